"""Who looks after a box with a child: begun and stopped by those who run it, and ended by the day itself."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel import select

from app.boxes.box import BoxAge
from app.boxes.connection import Circle, Connection
from app.boxes.jobs import grow_up
from app.boxes.ledger import LedgerRow, verify
from app.kit.clock import now, today
from app.kit.db import open_session
from app.people.viewer import Viewer
from tests.boxes.reading import decided
from tests.cast import Cast
from tests.conftest import ClientAs


def let_in(cast: Cast, name: str, **columns: Any) -> UUID:
    """Someone in Ash's box who sees what is shared with them, and no more."""
    given: dict[str, Any] = {
        "person_id": cast.person[name],
        "called": name.title(),
        "state": "active",
        "accepted_at": now(),
        **columns,
    }
    row = Connection(box_id=cast.box["ash"], **given)
    with cast.acting("ash") as session:
        session.add(row)
        session.flush()
        session.add(Circle(box_id=row.box_id, name=row.called, connection_id=row.id))
    return row.id


@pytest.mark.parametrize("by", ["ash", "joe"])
def test_someone_looks_after_it_too_and_stops(client_as: ClientAs, cast: Cast, by: str) -> None:
    sam, memory_id = let_in(cast, "sam"), cast.memory("ash", box="ash")
    hidden = cast.memory("ash", box="ash", only_me=True)
    base = "" if by == "ash" else f"/boxes/{cast.box['ash']}"
    who, looker = client_as(by), client_as("sam")
    assert "Sam looks after it too" in who.get(f"{base}/people/{sam}").text
    assert looker.get(f"/memories/{memory_id}").status_code == 404
    for _ in range(2):
        assert who.post(f"{base}/people/{sam}/keeping").status_code == 303
    assert looker.get(f"/memories/{memory_id}").status_code == 200
    assert looker.get(f"/memories/{hidden}").status_code == 404
    assert "Joe and Sam can see this box with you." in client_as("ash").get("/me").text
    for _ in range(2):
        assert who.post(f"{base}/people/{sam}/keeping/end").status_code == 303
    assert looker.get(f"/memories/{memory_id}").status_code == 404
    assert looker.post(f"/boxes/{cast.box['ash']}/people/{sam}/keeping").status_code == 403
    name = "You" if by == "ash" else "Joe"
    assert decided(cast, "ash", "ash") == [
        f"{name} asked Sam to look after this box together.",
        f"{name} stopped Sam looking after this box.",
    ]


@pytest.mark.parametrize("columns", [{"state": "known"}, {"state": "ended"}, {"ends_on": "yesterday"}])
def test_only_someone_who_is_let_in_can(client_as: ClientAs, cast: Cast, columns: dict[str, object]) -> None:
    if columns.get("ends_on") == "yesterday":
        columns = {"ends_on": today() - timedelta(days=1)}
    sam, ash = let_in(cast, "sam", **columns), client_as("ash")
    assert "looks after it too" not in ash.get(f"/people/{sam}").text
    refused = ash.post(f"/people/{sam}/keeping")
    assert refused.status_code == 422
    assert "Sam isn’t let in. Let them in first." in refused.text
    assert decided(cast, "ash", "ash") == []


def test_a_box_of_ones_own_has_nobody_to_look_after_it(client_as: ClientAs, cast: Cast) -> None:
    kai, joe = client_as("kai"), cast.connection["joe"]
    assert "Looking after this box" not in kai.get(f"/people/{joe}").text
    for verb in ("keeping", "keeping/end"):
        refused = kai.post(f"/people/{joe}/{verb}")
        assert refused.status_code == 422
        assert "Kai runs this box now." in refused.text
    assert decided(cast) == []


def test_nobody_stops_themselves_and_leaves_a_child_alone(client_as: ClientAs, cast: Cast) -> None:
    joe, ash = client_as("joe"), cast.box["ash"]
    refused = joe.post(f"/boxes/{ash}/people/{cast.connection['joe@ash']}/keeping/end")
    assert refused.status_code == 422
    assert joe.get(f"/boxes/{ash}/tray").status_code == 200


def test_a_child_can_stop_the_last_one(client_as: ClientAs, cast: Cast) -> None:
    client_as("ash").post(f"/people/{cast.connection['joe@ash']}/keeping/end")
    assert client_as("joe").get(f"/boxes/{cast.box['ash']}/tray").status_code == 403
    assert client_as("joe").get(f"/boxes/{cast.box['ash']}").status_code == 200


def test_on_the_birthday_it_is_written_down_once_for_the_owner_alone(client_as: ClientAs, cast: Cast) -> None:
    grow_up(0)
    assert decided(cast, "ash", "ash") == []
    with cast.acting("ash") as session:
        session.get_one(BoxAge, cast.box["ash"]).adult_on = today()
    ash, joe, sam = client_as("ash"), client_as("joe"), let_in(cast, "sam")
    assert joe.get(f"/boxes/{cast.box['ash']}/tray").status_code == 403  # the day alone did it
    assert ash.post(f"/people/{sam}/keeping").status_code == 422
    for _ in range(2):
        grow_up(0)
    said = "You turned 18. Nobody looks after this box with you any more. It’s all yours."
    assert decided(cast, "ash", "ash") == [said]
    assert said in ash.get("/me/decisions").text
    with cast.acting("joe") as session:
        assert session.exec(select(LedgerRow).where(LedgerRow.box_id == cast.box["ash"])).all() == []
    with cast.acting("ash") as session:
        assert verify(session, cast.box["ash"]) == []


def test_nobody_but_the_worker_writes_it(cast: Cast) -> None:
    with cast.acting("ash") as session:
        session.get_one(BoxAge, cast.box["ash"]).adult_on = today()
    for viewer in (cast.viewer("ash"), cast.viewer("joe"), Viewer()):
        with open_session(viewer.claims()) as session:
            assert session.connection().execute(text("select wall.grow_up('x')")).scalar() == 0
    assert decided(cast, "ash", "ash") == []
