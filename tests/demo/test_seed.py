"""The demo as people meet it: seeded once into a real database, looked at through real HTTP."""

import html
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import create_engine, text
from sqlmodel import Session, col, func, select
from starlette.testclient import TestClient

from app.boxes import ledger
from app.boxes.box import Box
from app.demo.seed import seed
from app.kit.db import admin_url
from app.memories.kinds import KINDS
from app.memories.memory import Memory
from app.people.door import cookie_name
from app.people.this_machine import demo_people
from tests.cast import Cast

Be = Callable[[str], TestClient]


@pytest.fixture(scope="module")
def said(database: Path) -> Iterator[list[str]]:
    """What the seed said; the demo is there."""
    lines: list[str] = []
    seed(lines.append)
    yield lines
    (database / "demo.json").unlink()


@pytest.fixture(scope="module")
def demo(said: list[str]) -> Cast:
    """The demo cast, by the names on the demo page."""
    return Cast(person={person["name"]: UUID(person["id"]) for person in demo_people()})


@pytest.fixture
def be(app: object, demo: Cast) -> Iterator[Be]:
    """`be("Kai")`: a browser signed in as one of the demo cast."""
    opened: list[TestClient] = []

    def open_client(name: str) -> TestClient:
        client = TestClient(app, base_url="http://localhost")  # type: ignore[arg-type]
        client.headers["Sec-Fetch-Site"] = "same-origin"
        client.cookies.set(cookie_name(), demo.sign_in(name))
        opened.append(client)
        return client

    yield open_client
    for client in opened:
        client.close()


def page(client: TestClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return html.unescape(answer.text)


def box_of(demo: Cast, name: str) -> Box:
    with demo.acting(name) as session:
        return session.exec(select(Box).where(Box.owner_id == demo.person[name])).one()


def memory_called(demo: Cast, name: str, title: str) -> Memory:
    with demo.acting(name) as session:
        return session.exec(select(Memory).where(Memory.title == title)).one()


def asked(question: str, **values: object) -> int:
    """The administrator's answer to a question with one number."""
    engine = create_engine(admin_url())
    with engine.connect() as connection:
        answer = connection.execute(text(question), values).scalar_one()
    engine.dispose()
    return int(answer)


def counts(demo: Cast) -> dict[str, int]:
    """How many rows there are in the demo's boxes, and how many files that wait."""
    boxes = [box_of(demo, name).id for name in ("Kai", "Ash", "Riley", "Casey")]
    tables = ("connection", "memory", "media_file", "gift", "mail_message", "ledger", "look")
    found = {table: asked(f"select count(*) from {table} where box_id = any(:boxes)", boxes=boxes) for table in tables}
    waiting = "select count(*) from media_file where box_id = any(:boxes) and state <> 'ready'"
    return found | {"not ready": asked(waiting, boxes=boxes)}


def test_a_second_time_changes_nothing(said: list[str]) -> None:
    assert any("Kai" in line for line in said)
    cast, people, again = demo_people(), asked("select count(*) from person"), []
    seed(again.append)
    assert (demo_people(), asked("select count(*) from person"), again) == (cast, people, [])


def test_kais_box_is_lived_in(be: Be, demo: Cast) -> None:
    with demo.acting("Kai") as session:
        kept = select(Memory.kind, func.count()).where(Memory.state == "kept", Memory.box_id == box_of(demo, "Kai").id)
        by_kind = dict(session.exec(kept.group_by(col(Memory.kind))).all())
    assert set(by_kind) == set(KINDS)
    assert sum(by_kind.values()) == 40
    home = page(be("Kai"), "/")
    assert "40 things" in home
    for title in ("The most expensive ice cream", "Biscuit v the sea", "Message from Sam", "Railway Cottages, walking"):
        assert title in home


def test_every_picture_is_ready_before_the_first_page(be: Be) -> None:
    client = be("Kai")
    home = page(client, "/")
    assert "Getting it ready" not in home
    pictures = sorted(set(re.findall(r'src="(/media/[^"]+)"', home)))
    assert len(pictures) >= 25
    for address in pictures:
        answer = client.get(address)
        assert answer.status_code == 200 and answer.headers["content-type"].startswith("image/")


def test_two_gifts_and_a_knock_wait(be: Be) -> None:
    tray = page(be("Kai"), "/tray")
    for words in ("Mrs Patel sent a certificate", "Joe sent a video", "Found this on my old phone", "D. Mensah"):
        assert words in tray
    assert "snail" not in tray, "a knock is shut"


def test_mrs_patel_sees_what_school_sees_and_nothing_else(be: Be, demo: Cast) -> None:
    there = page(be("Mrs Patel"), f"/boxes/{box_of(demo, 'Kai').id}")
    assert len(set(re.findall(r'href="(/memories/[^"?#]+)"', there))) == 2
    assert "500 metres swim" in there and "Reader of the month" in there


def test_joe_sees_what_is_shared_with_him(be: Be, demo: Cast) -> None:
    there = page(be("Joe"), f"/boxes/{box_of(demo, 'Kai').id}")
    assert "Biscuit v the sea" in there and "The day I got the hang of it" in there
    assert "Top deck, raining" not in there and "Star of the week" not in there


def test_people_remember_it_differently(be: Be, demo: Cast) -> None:
    memory = memory_called(demo, "Kai", "The day I got the hang of it")
    shown = page(be("Kai"), f"/memories/{memory.id}")
    for words in ("He let go by the gate", "I let go at the big tree", "the ducks left"):
        assert words in shown


@pytest.mark.parametrize("name", ["Casey", "Avery", "Morgan"])
def test_strangers_find_nothing_of_kais(be: Be, demo: Cast, name: str) -> None:
    client = be(name)
    memory = memory_called(demo, "Kai", "Biscuit v the sea")
    for path in (f"/memories/{memory.id}", f"/boxes/{memory.box_id}"):
        assert client.get(path).status_code == 404
    assert "Kai" not in page(client, "/")


def test_ashs_box_is_kept_together_but_for_one_thing(be: Be, demo: Cast) -> None:
    secret = "Where the secret base is"
    box = box_of(demo, "Ash")
    assert box.stage == "kept_together"
    assert secret in page(be("Ash"), "/")
    joes = page(be("Joe"), f"/boxes/{box.id}")
    assert "The best den in the world" in joes and "From Miss Lowe" in joes
    assert secret not in joes


def test_riley_moved_on_and_two_things_are_shared(demo: Cast) -> None:
    box = box_of(demo, "Riley")
    assert (box.stage, box.theme) == ("mine", "rowan")
    with demo.acting("Riley") as session:
        kept = session.exec(select(Memory).where(Memory.box_id == box.id, Memory.state == "kept")).all()
    assert len(kept) == 14
    assert sum(bool(memory.audience) for memory in kept) == 2


def test_what_was_decided_holds_together(demo: Cast) -> None:
    engine = create_engine(admin_url())
    with Session(engine) as session:
        for name in ("Kai", "Ash", "Riley"):
            assert ledger.verify(session, box_of(demo, name).id) == []
    engine.dispose()


def test_jobs_that_were_asked_for_find_nothing_left_to_do(demo: Cast, run_jobs: Callable[[], None]) -> None:
    before = counts(demo)
    assert before["not ready"] == 0
    run_jobs()
    assert counts(demo) == before
