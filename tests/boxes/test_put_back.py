"""For a minute, stopping or blocking someone is put back by one tap; after that they are asked in again."""

import re

import pytest
from sqlalchemy import create_engine, text
from starlette.testclient import TestClient

from app.boxes.connection import Connection
from app.kit.db import admin_url
from app.kit.ids import new_id
from tests.boxes.reading import decided, secret_for, state
from tests.cast import Cast
from tests.conftest import ClientAs


def ago(cast: Cast, name: str, seconds: int) -> None:
    """Let it be so long ago that someone in Kai's box was stopped or blocked."""
    with create_engine(admin_url()).begin() as admin:
        earlier = "update connection set ended_at = ended_at - make_interval(secs => :ago) where id = :id"
        admin.execute(text(earlier), {"id": cast.connection[name], "ago": seconds})


def ask(kai: TestClient, cast: Cast, name: str) -> str:
    """Ask somebody in by a link; what opens it."""
    form = {"way": "mail", "email": f"{new_id().hex}@example.org", "once": str(new_id())}
    assert kai.post(f"/people/{cast.connection[name]}/invitation", data=form).status_code == 303
    return secret_for(cast, name)


def plain(page: str) -> str:
    return re.sub("<[^>]+>|[\u2066-\u2069]", "", page)


@pytest.mark.parametrize("act", ["ending", "block"])
def test_one_tap_puts_back_what_they_saw(client_as: ClientAs, cast: Cast, act: str) -> None:
    kai, joe, where = client_as("kai"), client_as("joe"), f"/people/{cast.connection['joe']}"
    shown = f"/memories/{cast.memory(audience=('joe',))}"
    kai.post(f"{where}/{act}")
    assert joe.get(shown).status_code == 404
    page = kai.get(where).text
    assert f'action="{where}/ending/undo"' in page
    assert "For a minute you can put it back. Then Joe sees what they saw before." in plain(page)
    for _ in range(2):  # a second tap changes nothing
        assert kai.post(f"{where}/ending/undo").headers["Location"] == where
    assert joe.get(shown).status_code == 200
    assert decided(cast)[-1] == "You put Joe back as before." != decided(cast)[-2]
    assert "Put it back" not in kai.get(where).text


@pytest.mark.parametrize("act", ["ending", "block"])
def test_after_a_minute_they_stay_out(client_as: ClientAs, cast: Cast, act: str) -> None:
    kai, where = client_as("kai"), f"/people/{cast.connection['joe']}"
    kai.post(f"{where}/{act}")
    before = state(cast, "joe")
    ago(cast, "joe", 61)
    assert "Put it back" not in kai.get(where).text
    late = kai.post(f"{where}/ending/undo")
    assert late.status_code == 422
    assert "That was more than a minute ago. You can still let Joe in again." in late.text
    assert state(cast, "joe") == before
    assert "put Joe back" not in decided(cast)[-1]


def test_stopped_and_then_blocked_goes_back_one_step(client_as: ClientAs, cast: Cast) -> None:
    kai, where = client_as("kai"), f"/people/{cast.connection['joe']}"
    kai.post(f"{where}/ending")
    kai.post(f"{where}/block")
    assert "Then Joe isn’t blocked any more." in plain(kai.get(where).text)
    kai.post(f"{where}/ending/undo")
    assert state(cast, "joe") == "ended"
    assert "Put it back" not in kai.get(where).text
    kai.post(f"{where}/ending/undo")
    assert state(cast, "joe") == "ended"


@pytest.mark.parametrize("act", ["ending", "block"])
def test_an_invitation_works_again_and_one_taken_back_before_does_not(
    client_as: ClientAs, cast: Cast, act: str
) -> None:
    kai, casey, where = client_as("kai"), client_as("casey"), f"/people/{cast.connection['nan']}"
    older, newer = ask(kai, cast, "nan"), ask(kai, cast, "nan")
    kai.post(f"{where}/{act}")
    assert casey.post(f"/invitation/{newer}/acceptance").status_code == 404
    assert "Then Nan can still come in." in plain(kai.get(where).text)
    kai.post(f"{where}/ending/undo")
    assert casey.post(f"/invitation/{older}/acceptance").status_code == 404
    assert casey.post(f"/invitation/{newer}/acceptance").status_code == 303
    assert state(cast, "nan") == "active"


@pytest.mark.parametrize("then", ["invitation", "block/end"])
def test_what_came_later_is_not_undone(client_as: ClientAs, cast: Cast, then: str) -> None:
    kai, where = client_as("kai"), f"/people/{cast.connection['joe']}"
    kai.post(f"{where}/block" if then == "block/end" else f"{where}/ending")
    kai.post(f"{where}/{then}", data={"way": "code", "once": str(new_id())})
    came = state(cast, "joe")
    assert "Put it back" not in kai.get(where).text
    kai.post(f"{where}/ending/undo")
    assert state(cast, "joe") == came != "active"


def test_nobody_is_put_back_who_left(client_as: ClientAs, cast: Cast) -> None:
    kai, joe, where = client_as("kai"), client_as("joe"), f"/people/{cast.connection['joe']}"
    kai.post(f"{where}/ending")
    kai.post(f"{where}/ending/undo")
    joe.post(f"/boxes/{cast.box['kai']}/leaving")
    assert "Put it back" not in kai.get(where).text
    assert kai.post(f"{where}/ending/undo").status_code == 422
    assert state(cast, "joe") == "ended"


def test_nobody_puts_themselves_back(client_as: ClientAs, cast: Cast) -> None:
    client_as("kai").post(f"/people/{cast.connection['joe']}/ending")
    answer = client_as("joe").post(f"/boxes/{cast.box['kai']}/people/{cast.connection['joe']}/ending/undo")
    assert answer.status_code == 404
    assert state(cast, "joe") == "ended"


def test_not_beside_another_way_in_that_came_since(client_as: ClientAs, cast: Cast) -> None:
    """Joe is stopped, and comes in at once by another name: he is let in once, under one."""
    kai, joe, where = client_as("kai"), client_as("joe"), f"/people/{cast.connection['joe']}"
    kai.post(f"{where}/ending")
    with cast.acting("kai") as session:
        other = Connection(box_id=cast.box["kai"], called="Uncle Joe")
        cast.connection["uncle"] = other.id
        session.add(other)
    assert joe.post(f"/invitation/{ask(kai, cast, 'uncle')}/acceptance").status_code == 303
    assert kai.post(f"{where}/ending/undo").status_code == 422
    assert (state(cast, "joe"), state(cast, "uncle")) == ("ended", "active")
