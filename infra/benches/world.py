"""A large made-up world, made once and kept: many boxes, one of them very full."""

import hashlib
import json
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, Engine, Table, create_engine, text
from sqlmodel import Session, SQLModel

import app.models  # noqa: F401  # every table
from app.boxes.box import Box
from app.boxes.connection import Circle, CircleMember
from app.boxes.connection import Connection as Someone
from app.kit import embedded_postgres
from app.kit.clock import now
from app.kit.config import settings
from app.kit.db import admin_url
from app.kit.migrate import MIGRATIONS
from app.memories.memory import Memory, MemoryRoute
from app.operate.installation import bring_up_to_date
from app.people.person import Person
from app.people.sign_in import SignIn
from app.people.viewer import Viewer

_SPACE = UUID("5f0b7f5c-95e5-4c0e-9a55-6f7b1c0d3a11")
CIRCLES = 8


@dataclass(frozen=True)
class Size:
    """How many: memories and boxes in all, and memories in the fullest box and in an ordinary large one."""

    memories: int
    boxes: int
    full: int
    ordinary: int = 2_000


LARGE = Size(memories=1_000_000, boxes=10_000, full=100_000)
SMALL = Size(memories=20_000, boxes=200, full=10_000)


def name(what: str) -> UUID:
    """The id of something in this world: the same each time it is made."""
    return uuid5(_SPACE, what)


@dataclass(frozen=True)
class World:
    """What stands. `full` and `ordinary` name a box, its owner ("full owner") and their cookie ("full cookie").

    In the full box, "friend" is a connection in two of its eight circles and "stranger" one who is shown 70 memories.
    """

    size: Size

    def viewer(self, who: str) -> Viewer:
        return Viewer(name(who))


@contextmanager
def standing(size: Size) -> Iterator[World]:
    """The world, with its database running. Made again when tables, or this file, have changed."""
    data = settings().data
    files = sorted([*MIGRATIONS.glob("versions/*.py"), Path(__file__)])
    wanted = hashlib.sha256(b"".join(file.read_bytes() for file in files) + repr(size).encode()).hexdigest()
    stamp = data / "bench.made"
    made = stamp.exists() and stamp.read_text() == wanted
    if not made and data.exists():
        if not stamp.exists() and any(data.iterdir()):
            raise SystemExit(f"{data} holds something else; give HOLDFAST_DATA an empty folder.")
        pid = embedded_postgres.running_pid(data)
        if pid is not None:
            embedded_postgres.stop(data, pid)
        shutil.rmtree(data)
    data.mkdir(parents=True, exist_ok=True)
    stamp.touch()
    started = None if settings().database_url else embedded_postgres.start(data)
    try:
        bring_up_to_date()
        if not made:
            _make(size)
            stamp.write_text(wanted)
        _sign_in_owners()
        yield World(size)
    finally:
        if started is not None:
            embedded_postgres.stop(data, started)


def administrator() -> Engine:
    """Past the wall."""
    return create_engine(admin_url())


def _make(size: Size) -> None:
    print(f"Making {size.memories:,} memories in {size.boxes:,} boxes (once) …", flush=True)
    began = time.monotonic()
    engine = administrator()
    with engine.begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))  # what is made here fits together
        connection.execute(text("set local synchronous_commit = off"))
        connection.execute(text("select setseed(0.5)"))
        with Session(connection) as session:
            _two_boxes(session)
            session.flush()
        _other_boxes(connection, size.boxes - 2)
        for box, count in (("full", size.full), ("ordinary", size.ordinary)):
            _memories(connection, count, _In.one(box))
        _memories(connection, size.memories - size.full - size.ordinary, _In.others(size.boxes - 2))
        _some_for(connection, "stranger", 70)
        _routes(connection)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))
    engine.dispose()
    print(f"Made in {time.monotonic() - began:.0f} s.", flush=True)


def _two_boxes(session: Session) -> None:
    for box in ("full", "ordinary"):
        owner = Person(id=name(f"{box} owner"), name=box.capitalize())
        session.add(owner)
        session.flush()
        session.add(Box(id=name(box), owner_id=owner.id, name=owner.name))
        for number in range(CIRCLES):
            session.add(Circle(id=name(f"{box} circle {number}"), box_id=name(box), name=f"Circle {number}"))
        for number in range(20):
            giver = Someone(
                id=name(f"{box} giver {number}"), box_id=name(box), called=f"Giver {number}", tint=1 + number % 12
            )
            session.add(giver)
            session.add(Circle(box_id=name(box), name=giver.called, connection_id=giver.id))
    for who, circles in (("friend", (0, 1)), ("stranger", ())):
        session.add(Person(id=name(who), name=who.capitalize()))
        for box in ("full", "ordinary"):
            them = Someone(id=name(f"{who} in {box}"), box_id=name(box), called=who.capitalize(), state="active")
            them.person_id = name(who)
            session.add(them)
            session.add(
                Circle(id=name(f"{box} circle {who}"), box_id=name(box), name=them.called, connection_id=them.id)
            )
            for number in circles:
                circle_id = name(f"{box} circle {number}")
                session.add(CircleMember(box_id=name(box), circle_id=circle_id, connection_id=them.id))


def _other_boxes(connection: Connection, count: int) -> None:
    """Each with its owner, two people in its life, and their circles of one."""
    person = Person(name="Somebody")
    box = Box(owner_id=person.id, name="Somebody")
    someone = Someone(box_id=box.id, called="Someone", state="active")
    circle = Circle(box_id=box.id, name="Someone")
    numbers = f"generate_series(1, {count}) n"
    people = f"{numbers}, generate_series(1, 2) k"
    _insert(connection, person, numbers, id="md5('person' || n)::uuid")
    _insert(connection, box, numbers, id="md5('box' || n)::uuid", owner_id="md5('person' || n)::uuid")
    other = "md5('person' || (1 + (n + k * 7) % :count))::uuid".replace(":count", str(count))
    ids = {"box_id": "md5('box' || n)::uuid"}
    _insert(connection, someone, people, id="md5('someone' || n || '-' || k)::uuid", person_id=other, **ids)
    of_one = "md5('someone' || n || '-' || k)::uuid"
    _insert(connection, circle, people, id="md5('circle' || n || '-' || k)::uuid", connection_id=of_one, **ids)


@dataclass(frozen=True)
class _In:
    """Where memories go, as SQL: their box, its owner, one circle by chance, who gave them."""

    box: str
    owner: str
    circle: str
    giver: str

    @classmethod
    def one(cls, box: str) -> "_In":
        circles = ", ".join(f"'{name(f'{box} circle {number}')}'" for number in range(CIRCLES))
        givers = ", ".join(f"'{name(f'{box} giver {number}')}'" for number in range(20))
        return cls(
            box=f"'{name(box)}'::uuid",
            owner=f"'{name(f'{box} owner')}'::uuid",
            circle=f"(array[{circles}]::uuid[])[1 + floor(random() * {CIRCLES})::int]",
            giver=f"case when random() < 0.3 then (array[{givers}]::uuid[])[1 + floor(random() * 20)::int] end",
        )

    @classmethod
    def others(cls, count: int) -> "_In":
        box = f"(1 + n % {count})"
        return cls(
            box=f"md5('box' || {box})::uuid",
            owner=f"md5('person' || {box})::uuid",
            circle=f"md5('circle' || {box} || '-' || (1 + floor(random() * 2)::int))::uuid",
            giver=f"case when random() < 0.3 then md5('someone' || {box} || '-1')::uuid end",
        )


def _memories(connection: Connection, count: int, place: _In) -> None:
    """Of every kind, over nineteen years, four in ten seen by nobody else; not put in by the order of their day."""
    envelope = Memory(box_id=name("full"), kind="photo", state="kept")
    when = f"""
        (select n, date '2007-12-01' + floor(random() * 6900)::int as on_day, random() as how, random() as what,
                random() as seen, {place.circle} as first_circle, {place.circle} as second_circle
         from generate_series(1, {count}) n) made
    """
    happened = """case when how < 0.03 then '' when how < 0.08 then to_char(on_day, 'YYYY')
        when how < 0.12 then to_char(on_day, 'YYYY') || '-22' when how < 0.25 then to_char(on_day, 'YYYY-MM')
        else to_char(on_day, 'YYYY-MM-DD') end"""
    happened_on = """case when how < 0.03 then null
        when how < 0.08 then make_date(extract(year from on_day)::int, 12, 31)
        when how < 0.12 then make_date(extract(year from on_day)::int, 8, 31)
        when how < 0.25 then (date_trunc('month', on_day) + interval '1 month - 1 day')::date else on_day end"""
    kind = """case when what < 0.62 then 'photo' when what < 0.75 then 'video' when what < 0.80 then 'voice'
        when what < 0.87 then 'message' when what < 0.90 then 'pod_walk' when what < 0.92 then 'life_track'
        when what < 0.96 then 'treasured_thing' else 'certificate' end"""
    state = """case when n % 50 = 0 then 'put_away' when n % 50 = 1 then 'trashed' else 'kept' end"""
    _insert(
        connection,
        envelope,
        when,
        id="uuidv7()",
        box_id=place.box,
        added_by=place.owner,
        kind=kind,
        state=state,
        title="'A day we went out, number ' || n",
        words="'It rained, and then it did not. We had chips on the way back and nobody minded the sand.'",
        happened=happened,
        happened_on=happened_on,
        connection_id=place.giver,
        audience=f"""case when {state} <> 'kept' or seen < 0.4 then '{{}}'::uuid[]
            when seen < 0.8 then array[first_circle] else array[first_circle, second_circle] end""",
        cover=f"""case when what < 0.62 or what >= 0.92 then {_cover("photo")} when what < 0.75 then {_cover("video")}
            when what < 0.80 or (what >= 0.87 and what < 0.90) then {_cover("audio")} end""",
        details="""case when what >= 0.90 and what < 0.92
            then '{"songs": [{"title": "Homely", "artist": "Nobody"}, {"title": "Out", "artist": "Nobody"}]}'::jsonb
            else '{}'::jsonb end""",
    )


def _cover(kind: str) -> str:
    """What a real file leaves on its memory, as large as real ones are; previews differ from row to row."""
    sizes = [("2048", 1600, 1200), ("1024", 1024, 768), ("512", 512, 384), ("256", 256, 192)]
    if kind == "video":
        sizes = [("poster", 1280, 720), ("poster-512", 512, 288), ("poster-256", 256, 144)]
    shown = [
        {"name": f"{size}.{ending}", "mime": mime, "width": width, "height": height}
        for size, width, height in sizes
        for ending, mime in (("avif", "image/avif"), ("jpg", "image/jpeg"))
    ]
    if kind == "video":
        shown.append({"name": "phone.mp4", "mime": "video/mp4", "width": 1280, "height": 720})
    if kind == "audio":
        shown = [{"name": "phone.m4a", "mime": "audio/mp4", "width": 0, "height": 0}]
    cover = {
        "kind": kind, "state": "ready", "problem": "", "pages": None, "more": 0, "renditions": shown,
        "width": None if kind == "audio" else sizes[0][1], "height": None if kind == "audio" else sizes[0][2],
        "duration": None if kind == "photo" else 83.4,
        "peaks": [20 + (k * 53) % 230 for k in range(48)] if kind == "audio" else [],
    }  # fmt: skip
    preview = "'data:image/webp;base64,' || " + " || ".join(
        f"encode(sha256((n * 10 + {k})::text::bytea), 'base64')" for k in range(6)
    )
    if kind == "audio":
        preview = "''"
    return f"'{json.dumps(cover)}'::jsonb || jsonb_build_object('id', md5('file' || n)::uuid, 'preview', {preview})"


def _some_for(connection: Connection, who: str, count: int) -> None:
    """Share a few memories of the full box, from all its years, with one person alone."""
    connection.execute(
        text(
            "update memory set audience = array[:circle]::uuid[] where id in (select id from memory"
            " where box_id = :box and state = 'kept' order by random() limit :count)"
        ),
        {"circle": name(f"full circle {who}"), "box": name("full"), "count": count},
    )


def _routes(connection: Connection) -> None:
    sketch = json.dumps([[round(k / 24, 2), round((k * 7 % 24) / 24, 2)] for k in range(24)])
    route = MemoryRoute(memory_id=name("a walk"), box_id=name("full"))
    walks = "(select id, box_id as its_box from memory where kind = 'pod_walk') walks"
    _insert(connection, route, walks, memory_id="id", box_id="its_box", sketch=f"'{sketch}'::jsonb")


def _insert(connection: Connection, row: SQLModel, rows: str, **columns: str) -> None:
    """Many rows in one statement: `columns` as SQL over `rows`, every other column as the model makes it."""
    table: Table = row.__table__  # type: ignore[attr-defined]
    constant: Mapping[str, Any] = {
        column.name: getattr(row, column.name)
        for column in table.columns
        if column.name not in columns and getattr(row, column.name) is not None
    }
    types = {column.name: column.type.compile(connection.dialect) for column in table.columns}
    values = {name: json.dumps(value) if isinstance(value, dict) else value for name, value in constant.items()}
    names = ", ".join(f'"{name}"' for name in (*columns, *constant))
    made = [sql.replace("%", "%%") for sql in columns.values()]
    kept = [f"cast(%({name})s as {types[name]})" for name in constant]
    chosen = ", ".join([*made, *kept])
    connection.exec_driver_sql(
        f"insert into {table.name} ({names}) select {chosen} from {rows.replace('%', '%%')}", values
    )


def _sign_in_owners() -> None:
    """Open sign-ins for both owners, with cookies named after the boxes."""
    with administrator().begin() as connection, Session(connection) as session:
        for box in ("full", "ordinary"):
            row = session.get(SignIn, name(f"{box} sign-in")) or SignIn(
                id=name(f"{box} sign-in"),
                person_id=name(f"{box} owner"),
                token_print=Viewer(secret=f"{box} cookie").claims()["app.secret"],
                way="passkey",
                device="Bench",
            )
            row.last_seen_at, row.expires_at = now(), now() + timedelta(days=1)
            session.add(row)
        session.commit()
