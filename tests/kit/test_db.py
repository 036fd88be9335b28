"""The pool of connections."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine, text

from app.kit import db
from app.kit.db import admin_url, engine
from tests.cast import Cast
from tests.conftest import ClientAs

END_ALL = text("select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity where usename = 'holdfast_web'")


@pytest.fixture
def admin(database: object) -> Iterator[Connection]:
    made = create_engine(admin_url())
    with made.connect() as connection:
        yield connection
    made.dispose()


def test_nobody_notices_that_the_database_ended_their_connections(
    client_as: ClientAs, cast: Cast, admin: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    kai, nobody = client_as("kai"), client_as(None)
    assert kai.get("/").status_code == 200
    assert admin.execute(END_ALL).scalar_one() > 0
    assert kai.get("/").status_code == 200, "just after it was used"
    monkeypatch.setattr(db, "TRUSTED_S", 0)
    admin.execute(END_ALL)
    assert nobody.get("/sign-in").status_code == 200, "after it lay idle"
    with engine("holdfast_web").connect() as connection:
        assert connection.execute(text("select 1")).scalar() == 1
