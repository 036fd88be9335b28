"""One memory: what can be done with it, how people remember it, its drawers and its end."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import create_engine, text
from sqlmodel import select

from app.kit.clock import today
from app.kit.db import admin_url
from app.kit.ids import new_id
from app.media.store import media_store
from app.memories.chapter import Chapter
from app.memories.jobs import sweep_hourly
from app.memories.memory import Memory, Perspective
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.memories import files

VERBS = {"keeping": "arrived", "putting-away": "kept", "return": "arrived", "trash": "kept", "restoration": "trashed"}


def state(cast: Cast, memory_id: UUID) -> str:
    with cast.acting("kai") as session:
        return session.get_one(Memory, memory_id).state


def test_the_road_of_a_gift(client_as: ClientAs, cast: Cast) -> None:
    kai, gift = client_as("kai"), cast.gift("joe")
    assert "Not for my box" in kai.get(f"/memories/{gift}").text
    verbs = ["keeping", "putting-away", "keeping", "trash", "restoration"]
    for verb, after in zip(verbs, ["kept", "put_away", "kept", "trashed", "kept"], strict=True):
        answer = kai.post(f"/memories/{gift}/{verb}")
        assert answer.status_code == 303
        assert state(cast, gift) == after
        assert kai.get(answer.headers["Location"]).status_code == 200
        assert kai.get(f"/memories/{gift}").status_code == 200


@pytest.mark.parametrize("verb", VERBS)
def test_nobody_else_decides(client_as: ClientAs, cast: Cast, verb: str) -> None:
    seen = cast.memory(audience=("joe",))
    before = state(cast, seen)
    assert client_as("joe").post(f"/memories/{seen}/{verb}").status_code == 403
    assert client_as("casey").post(f"/memories/{seen}/{verb}").status_code == 404
    gift = cast.gift("joe")
    absent = client_as("joe").post(f"/memories/{new_id()}/{verb}")
    invisible = client_as("joe").post(f"/memories/{gift}/{verb}")
    assert (absent.status_code, absent.content) == (invisible.status_code, invisible.content)
    assert (state(cast, seen), state(cast, gift)) == (before, "arrived")


def test_a_step_that_is_not_there_is_said_plainly(client_as: ClientAs, cast: Cast) -> None:
    memory_id = cast.memory()
    answer = client_as("kai").post(f"/memories/{memory_id}/return")
    assert answer.status_code == 422
    assert "already in your box" in answer.text
    assert state(cast, memory_id) == "kept"


def test_everyone_who_sees_it_may_remember_it_their_own_way(client_as: ClientAs, cast: Cast) -> None:
    memory_id = cast.memory(kind="photo", words="He let go by the gate.", audience=("joe", "sam"))
    joe = client_as("joe")
    once = str(new_id())
    for _ in range(2):
        answer = joe.post(f"/memories/{memory_id}/perspectives", data={"once": once, "remembered": "By the big tree."})
        assert answer.status_code == 303
    page = client_as("kai").get(f"/memories/{memory_id}").text
    assert page.index("He let go by the gate.") < page.index("By the big tree.")
    assert page.count("By the big tree.") == 1
    assert "You don’t have to pick one." in page
    assert "He let go by the gate." in joe.get(f"/memories/{memory_id}").text


def test_nobody_edits_anothers_words(client_as: ClientAs, cast: Cast) -> None:
    memory_id = cast.memory(audience=("joe", "sam"))
    client_as("joe").post(f"/memories/{memory_id}/perspectives", data={"remembered": "By the big tree."})
    with cast.acting("kai") as session:
        perspective = session.exec(select(Perspective).where(Perspective.memory_id == memory_id)).one()
    path = f"/memories/{memory_id}/perspectives/{perspective.id}"
    for name, status in {"kai": 403, "sam": 403, "casey": 404}.items():
        assert client_as(name).post(path, data={"remembered": "No."}).status_code == status
    assert client_as("joe").post(path, data={"remembered": "By the bench."}).status_code == 303
    assert "By the bench." in client_as("kai").get(f"/memories/{memory_id}").text


def test_an_empty_way_of_remembering_is_asked_again(client_as: ClientAs, cast: Cast) -> None:
    memory_id = cast.memory()
    answer = client_as("kai").post(f"/memories/{memory_id}/perspectives", data={"remembered": "  "})
    assert answer.status_code == 422
    assert "Write something first." in answer.text


def test_a_chapter_of_another_box_is_not_there(client_as: ClientAs, cast: Cast) -> None:
    own, other = Chapter(box_id=cast.box["kai"], name="Home"), Chapter(box_id=cast.box["riley"], name="Away")
    for name, chapter in (("kai", own), ("riley", other)):
        with cast.acting(name) as session:
            session.add(chapter)
    kai, memory_id = client_as("kai"), cast.memory()
    assert kai.post(f"/memories/{memory_id}/chapter", data={"chapter": str(own.id)}).status_code == 303
    assert "Now in: Home" in kai.get(f"/memories/{memory_id}").text
    assert kai.post(f"/memories/{memory_id}/chapter", data={"chapter": str(other.id)}).status_code == 404
    assert kai.post(f"/memories/{memory_id}/chapter", data={"chapter": ""}).status_code == 303
    assert "Not in one yet" in kai.get(f"/memories/{memory_id}").text


def test_drawers_hold_what_is_away(client_as: ClientAs, cast: Cast) -> None:
    away, gone = cast.memory(title="Later"), cast.memory(title="Never")
    kai = client_as("kai")
    kai.post(f"/memories/{away}/putting-away")
    kai.post(f"/memories/{gone}/trash")
    assert "Later" in kai.get("/put-away").text
    trash = kai.get("/trash").text
    assert "Never" in trash and "Gone on" in trash and "Later" not in trash
    front = kai.get("/").text
    assert "Later" not in front and "Never" not in front
    assert client_as("joe").get(f"/boxes/{cast.box['kai']}/trash").status_code == 403
    assert client_as("casey").get(f"/boxes/{cast.box['kai']}/put-away").status_code == 404
    assert "Only Ash can look in here." in client_as("joe").get(f"/boxes/{cast.box['ash']}/trash").text


def test_when_its_day_has_come_it_is_erased_with_its_bytes(
    client_as: ClientAs, cast: Cast, run_jobs: files.RunJobs
) -> None:
    kai, once = client_as("kai"), new_id()
    sent = kai.post("/add/photo", data={"once": str(once)}, files={"files": ("sea.jpg", files.JPEG, "image/jpeg")})
    once = UUID(sent.headers["Location"].partition("?")[0].rpartition("/")[2])
    kai.post(f"/memories/{once}/perspectives", data={"remembered": "It was cold."})
    run_jobs()
    with cast.acting("kai") as session:
        memory = session.get_one(Memory, once)
        assert memory.cover is not None
        stored = session.connection().execute(
            text("select store_key from media_original where box_id = :b"), {"b": memory.box_id}
        )
        key = stored.scalar_one()
    kai.post(f"/memories/{once}/trash")
    sweep_hourly(timestamp=0)
    run_jobs()
    assert state(cast, once) == "trashed", "not before its day"
    with cast.acting("kai") as session:
        session.get_one(Memory, once).erase_on = today()
    sweep_hourly(timestamp=0)
    run_jobs()
    with create_engine(admin_url()).connect() as admin:
        for table, column in [("memory", "id"), ("media_file", "memory_id"), ("perspective", "memory_id")]:
            count = admin.execute(text(f"select count(*) from {table} where {column} = :id"), {"id": once})
            assert count.scalar_one() == 0, table
    with pytest.raises(Exception):  # noqa: B017  # whatever the store says of bytes that are not there
        media_store().size(key)


def test_the_worker_cannot_erase_before_the_day(cast: Cast) -> None:
    memory_id = cast.memory(state="trashed", before_trash="kept", erase_on=today() + timedelta(days=1))
    from app.media.opening import processing_session

    with processing_session() as session:
        session.connection().execute(text("delete from memory where id = :id"), {"id": memory_id})
    assert state(cast, memory_id) == "trashed"
