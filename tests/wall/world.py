"""Builds a world of every consent state and every memory state, as the administrator, in rows of plain values."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import product
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Date, Engine, create_engine, text
from sqlmodel import Session, SQLModel, select

from app.arrivals.mail.address import MailSender
from app.arrivals.mail.message import MailMessage
from app.arrivals.mail.post import MailPost
from app.arrivals.mail.whole import MailText
from app.boxes.box import Box
from app.boxes.connection import Circle, CircleMember
from app.boxes.invitation import Invitation
from app.kit.clock import now
from app.kit.db import admin_url
from app.kit.ids import new_id
from app.media.upload import Upload
from app.memories.memory import Memory
from app.oauth.token import OAuthRequest, OAuthToken
from app.operate.installation import Installation
from app.people.attempts import Attempt
from app.people.operator_act import OperatorAct
from app.people.person import Person
from app.people.sign_in import Challenge, SignIn
from tests.wall.builder import DAY, Builder, key_of, plain
from tests.wall.letting_in import let_apps_in
from tests.wall.oracle import World

# The dates of each are counted in days from the one on which the world is laid.
CONSENTS: dict[str, dict[str, Any]] = {
    "known": {"state": "known"},
    "invited": {"state": "invited"},
    "active": {"state": "active"},
    "active, may not add": {"state": "active", "may_add": False},
    "active, first day": {"state": "active", "starts_on": 0},
    "active, last day": {"state": "active", "ends_on": 0},
    "expired": {"state": "active", "ends_on": -1},
    "not begun": {"state": "active", "starts_on": 1},
    "ended": {"state": "ended"},
    "blocked": {"state": "blocked"},
}
MEMBERS: dict[str, dict[str, Any]] = {
    "left the circle": {"ends_on": -1},
    "last day in the circle": {"ends_on": 0},
    "first day in the circle": {"starts_on": 0},
    "not yet in the circle": {"starts_on": 1},
}

# How somebody comes in who keeps a box: with one way of one kind they keep nothing.
WAYS: dict[str, dict[str, bool]] = {
    "a mailbox alone": {"mailbox": True},
    "a passkey alone": {"passkey": True},
    "an account alone": {"account": True},
    "a mailbox that is held, and an account": {"mailbox": True, "held": True, "account": True},
    "an account and codes": {"account": True, "codes": True},
}


def trusted() -> dict[str, dict[str, Any]]:
    """What some of those who are asked to help the owner back in have answered; the others say yes."""
    return {
        "connection active, may not add": {"answer": None},
        "connection active, first day": {"answer": "no"},
        "connection active, last day": {"answer": "yes", "ended_at": now()},
    }


def dated(columns: dict[str, Any], day: date) -> dict[str, Any]:
    """These columns with their days counted from this one."""
    return {name: day + value * DAY if name.endswith("s_on") else value for name, value in columns.items()}


def build(session: Session, *, whole: bool) -> tuple[World, dict[str, UUID]]:
    """A world, and its viewers by what they are. `whole`: every combination of memory states; else a thinner choice."""
    made = Builder(session, whole)
    day = made.world.today
    boxes: list[Box] = []
    viewers: dict[str, UUID] = {"a stranger": made.person("Casey"), "a practice lead": made.person("Morgan")}
    for sort in ({"ended_at": now()}, {"expires_at": now() - DAY}, {"shared_device": True}):
        made.browser(viewers["a stranger"], **{"expires_at": now() + DAY, **sort})
        made.browser(viewers["a practice lead"], **{"expires_at": now() + DAY, "proven_at": now(), **sort})
    for ago in (-DAY, timedelta(0), timedelta(minutes=11)):
        ends = {"expires_at": now() + DAY}
        made.browser(viewers["a practice lead"], **ends, proven_at=now() - ago, proven_by="passkey")
    for days in (0, 9):
        made.ended_ways(viewers["a stranger"], now() - timedelta(days=days))
    for name, stage, adult_on in (
        ("mine", "mine", None),
        ("kept together", "kept_together", day + DAY),
        ("kept together, grown up today", "kept_together", day),
    ):
        box = made.box(name, stage, adult_on)
        boxes.append(box)
        viewers[f"owner ({name})"] = box.owner_id
        circle = made.add(Circle(box_id=box.id, name="School"))
        ties = {}
        for consent, columns in CONSENTS.items():
            for keeper in (False, True):
                if keeper and stage == "mine" and consent != "active" and not whole:
                    continue  # nobody keeps this box: the mark tells nothing
                who = f"{'keeper' if keeper else 'connection'} {consent} ({name})"
                viewers[who] = made.person(who)
                ties[who] = made.tie(box, viewers[who], keeper=keeper, **dated(columns, day))
                made.add(CircleMember(box_id=box.id, circle_id=circle.id, connection_id=ties[who].id))
        for member, dates in (
            MEMBERS.items() if stage == "mine" or whole else [("left the circle", MEMBERS["left the circle"])]
        ):
            who = f"{member} ({name})"
            viewers[who] = made.person(who)
            ties[who] = made.tie(box, viewers[who], state="active")
            made.add(CircleMember(box_id=box.id, circle_id=circle.id, connection_id=ties[who].id, **dated(dates, day)))
        giver = ties[f"connection active ({name})"]
        for who, tie in ties.items():
            made.trusted(tie, **trusted().get(who.split(" (")[0], {"answer": "yes"}))
        one = next(row["id"] for row in made.world.all("circle", connection_id=giver.id))
        made.memories(box, [circle.id, one], giver)
        let_apps_in(made, box, [circle.id, one])
        letter = {"kind": "letter", "state": "kept", "audience": [circle.id], "added_by": box.owner_id}
        made.add(Memory(box_id=box.id, **letter))
        made.asks(box, giver, ties[f"connection expired ({name})"])
        for by in (box.owner_id, viewers[f"connection active, may not add ({name})"]):
            made.add(Memory(box_id=box.id, kind="letter", state="kept", audience=[], added_by=by))
        address = made.address(giver)
        if stage == "mine":
            made.address(giver, revoked_at=now())
            for who, tie in ties.items():
                if who.startswith("connection") and tie is not giver:
                    made.address(tie)
        made.add(MailSender(box_id=box.id, connection_id=giver.id, sender="c@d"))
        made.add(MailSender(box_id=box.id, answer="never", sender="e@f", name="E."))
        for state in ("received", "delivered", "knocking", "turned_away", "returned"):
            message = made.add(
                MailMessage(
                    box_id=box.id, address_id=address.id, state=state, store_key=new_id().hex, sealed_key=b"x", bytes=1
                )
            )
            gift = made.world.all("gift", box_id=box.id)[0]["id"]
            made.add(MailText(message_id=message.id, box_id=box.id, gift_id=gift, words="All of it."))
    made.recovery(None)
    made.add(OperatorAct(act="sign-out", by="root"))
    made.world.rows["installation"] = [plain(row) for row in made.session.exec(select(Installation))]
    viewers["in two boxes"] = made.person("Drew")
    for box in boxes[:2]:
        made.tie(box, viewers["in two boxes"], state="active")
    made.tie(boxes[1], boxes[0].owner_id, state="active", keeper=True)  # whoever runs one box keeps another
    ageless = made.box("no birthday", "kept_together", None)
    viewers["keeper active (no birthday)"] = made.person("Robin")
    made.tie(ageless, viewers["keeper active (no birthday)"], state="active", keeper=True)
    for who, ways in WAYS.items() if whole else list(WAYS.items())[:2]:
        viewers[f"with {who}"] = made.with_ways(who, **ways)
        made.tie(boxes[1], viewers[f"with {who}"], state="active", keeper=True)
    return made.world, viewers


def old_things(made: Builder) -> None:
    """What the worker sweeps away when its day comes, and what it must leave until then."""
    day = made.world.laid.day
    box, person = made.world.rows["box"][0]["id"], made.world.rows["person"][0]["id"]
    tie = made.world.all("connection", box_id=box)[0]["id"]
    made.add(Person(name="Lou", locked_at=now()))
    for state, erase_on in product(("kept", "trashed", "returned"), (day, day + DAY)):
        made.add(Memory(box_id=box, kind="photo", state=state, added_by=person, erase_on=erase_on))
    for minutes in (-5, 600):
        ends = {"expires_at": now() + timedelta(minutes=minutes)}
        made.add(SignIn(person_id=person, token_print=new_id().hex, way="link", device="Phone", **ends))
        made.add(Challenge(token_print=new_id().hex, purpose="register", challenge=b"x", **ends))
        made.add(
            Upload(
                box_id=box, person_id=person, name="a", length=1, store_key=new_id().hex, sealed_key=b"x",
                sealed_header=b"x", **ends,
            )
        )  # fmt: skip
    for whose, days in product((None, box), (0, 31)):
        made.recovery(whose, expires_at=now() - timedelta(days=days, minutes=5))
    made.add(Attempt(kind="link", client_print=new_id().hex, at=now() - timedelta(hours=2)))
    for hours in (2, 30):
        made.add(MailPost(print=new_id().hex, at=now() - timedelta(hours=hours)))
    grant = made.world.rows["oauth_grant"][0]
    for days in (0, 2, 31):
        held = {"client_id": grant["client_id"], "expires_at": now() - timedelta(days=days, minutes=5)}
        made.add(OAuthToken(**held, grant_id=grant["id"], kind="access", token_print=new_id().hex))
        made.add(OAuthRequest(**held, kind="pushed", request_print=new_id().hex))
    for kind, hours in product(("pushed", "device", "code"), (0, 2, 25)):
        over = {"client_id": grant["client_id"], "expires_at": now() - timedelta(hours=hours, minutes=5)}
        asked = grant["id"] if kind == "code" else None
        made.add(OAuthRequest(**over, kind=kind, grant_id=asked, request_print=new_id().hex))
    for days, ended_at in product((1, 31), (None, now())):
        invited = {
            "box_id": box,
            "connection_id": tie,
            "invited_by": person,
            "way": "code",
            "sealed": "",
            "box_name": "",
        }
        secret, then = new_id().hex, now() - timedelta(days=days)
        made.add(Invitation(**invited, secret_print=secret, may_add=True, expires_at=then, ended_at=ended_at))


def keep_up(connection: Connection, world: World) -> None:
    """Where a day has ended since the world was laid, lay its dates round the new one: first days are today again."""
    world.now = now()
    days = (world.today - world.laid.day).days
    if not days:
        return
    with connection.begin():
        connection.exec_driver_sql("set local session_replication_role = replica")  # nobody did anything
        for table, rows in world.rows.items():
            columns = SQLModel.metadata.tables[table].columns
            for name in (column.name for column in columns if isinstance(column.type, Date)):
                key = key_of(table)
                ours = [row for row in rows if row[name] is not None]
                statement = text(f"update {table} set {name} = {name} + :days where {key} = any(:keys)")
                connection.execute(statement, {"days": days, "keys": [row[key] for row in ours]})
                for row in ours:
                    row[name] += days * DAY
    world.laid.day = world.today


@contextmanager
def administrator() -> Iterator[Engine]:
    engine = create_engine(admin_url())
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def undone(connection: Connection) -> Iterator[None]:
    """Whatever happens inside is taken back."""
    savepoint = connection.begin_nested()
    try:
        yield
    finally:
        savepoint.rollback()
