"""The world that the proofs of the wall share."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlmodel import Session

from tests.wall.matrix import TRIES
from tests.wall.oracle import World
from tests.wall.world import administrator, build, keep_up

Scene = tuple[World, dict[str, UUID]]


@pytest.fixture(scope="session")
def _laid(database: Path, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """A world in every consent state and memory state, and its viewers by what they are."""
    with administrator() as admin, Session(admin, expire_on_commit=False) as session:
        made = build(session, whole=bool(request.config.getoption("--deep")))
        session.connection().exec_driver_sql(TRIES.replace("%", "%%"))
        session.commit()
        yield made


@pytest.fixture
def scene(_laid: Scene) -> Scene:
    """That world, its dates laid round the day it is."""
    with administrator() as admin, admin.connect() as connection:
        keep_up(connection, _laid[0])
    return _laid
