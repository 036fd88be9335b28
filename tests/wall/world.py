"""Builds a world of every consent state and every memory state, as the administrator, in rows of plain values."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import product
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, create_engine
from sqlmodel import Session, SQLModel

import app.models  # noqa: F401
from app.arrivals.mail.address import MailAddress, MailSender
from app.arrivals.mail.message import MailMessage
from app.arrivals.mail.post import MailPost
from app.boxes.box import Box, BoxAge, BoxKey
from app.boxes.connection import Circle, CircleMember
from app.boxes.connection import Connection as Tie
from app.boxes.invitation import Invitation
from app.boxes.ledger import LedgerEnd, LedgerRow
from app.boxes.looks import Look
from app.boxes.recovery import Recovery, RecoveryYes, TrustedPerson
from app.kit.clock import now, today
from app.kit.db import admin_url
from app.kit.ids import new_id
from app.media.media_file import MediaFile, MediaLocation, MediaOriginal
from app.media.upload import Upload
from app.memories.chapter import Chapter
from app.memories.letter import LetterInside
from app.memories.memory import STATES, Gift, Memory, MemoryRoute, Perspective
from app.oauth.token import OAuthRequest, OAuthToken
from app.people.attempts import Attempt
from app.people.person import Person
from app.people.push import PushChoice, PushSubscription
from app.people.sign_in import Challenge, ExternalWay, Passkey, RecoveryCode, SignIn, SignInLink
from app.story.asks import Ask, AskAnswer
from tests.wall.letting_in import let_apps_in
from tests.wall.oracle import Row, World

DAY = timedelta(days=1)
CONSENTS: dict[str, dict[str, Any]] = {
    "known": {"state": "known"},
    "invited": {"state": "invited"},
    "active": {"state": "active"},
    "active, may not add": {"state": "active", "may_add": False},
    "active, first day": {"state": "active", "starts_on": today()},
    "active, last day": {"state": "active", "ends_on": today()},
    "expired": {"state": "active", "ends_on": today() - DAY},
    "not begun": {"state": "active", "starts_on": today() + DAY},
    "ended": {"state": "ended"},
    "blocked": {"state": "blocked"},
}
TRUSTED: dict[str, dict[str, Any]] = {
    "connection active, may not add": {"answer": None},
    "connection active, first day": {"answer": "no"},
    "connection active, last day": {"answer": "yes", "ended_at": now()},
}
MEMBERS: dict[str, dict[str, Any]] = {
    "left the circle": {"ends_on": today() - DAY},
    "last day in the circle": {"ends_on": today()},
    "first day in the circle": {"starts_on": today()},
    "not yet in the circle": {"starts_on": today() + DAY},
}


def plain(row: SQLModel) -> Row:
    return {column.name: getattr(row, column.key) for column in row.__table__.columns}  # type: ignore[attr-defined]


def key_of(table: str) -> str:
    (column,) = SQLModel.metadata.tables[table].primary_key.columns
    return column.name


def _telling(state: str, audience: list[UUID], last_day: date | None, only_me: bool) -> bool:
    """Leaves out what cannot matter: an end without an audience, marks on what is hidden."""
    if not audience:
        return last_day is None
    return state == "kept" or (last_day is None and not only_me)


class Builder:
    """Adds rows to the database and to the world at once."""

    def __init__(self, session: Session, whole: bool) -> None:
        self.session = session
        self.whole = whole
        self.world = World(today())

    @classmethod
    def of(cls, session: Session, world: World) -> "Builder":
        """One that adds to a world that is there."""
        builder = cls(session, whole=False)
        builder.world = world
        return builder

    def add(self, row: SQLModel) -> Any:
        self.session.add(row)
        self.session.flush()
        self.session.refresh(row)
        self.world.rows.setdefault(str(row.__tablename__), []).append(plain(row))
        return row

    def person(self, name: str) -> UUID:
        person = self.add(Person(name=name))
        secret = new_id().hex
        self.add(
            Passkey(
                person_id=person.id, credential_id=b"x", credential_print="c" + secret, public_key=b"x", name="Phone"
            )
        )
        self.add(ExternalWay(person_id=person.id, issuer="x", identity_print="e" + secret, label="School"))
        self.browser(person.id, expires_at=now() + DAY)
        self.add(PushChoice(person_id=person.id))
        self.add(SignInLink(person_id=person.id, token_print="l" + secret))
        self.add(RecoveryCode(person_id=person.id, code_print="r" + secret))
        self.add(Attempt(kind="link", client_print="a" + secret))
        self.add(MailPost(print="p" + secret))
        self.add(Challenge(person_id=person.id, token_print="h" + secret, purpose="register", challenge=b"x"))
        return UUID(str(person.id))

    def browser(self, person: UUID, **columns: Any) -> None:
        """A sign-in whose browser is to be told."""
        secret = new_id().hex
        here = self.add(SignIn(person_id=person, token_print="s" + secret, way="link", device="Phone", **columns))
        told = {
            "endpoint": "https://push.example/x",
            "endpoint_print": "n" + secret,
            "called": "Notes",
            "language": "en-GB",
        }
        self.add(PushSubscription(person_id=person, sign_in_id=here.id, p256dh=b"x", auth=b"x", **told))

    def box(self, name: str, stage: str, adult_on: date | None) -> Box:
        box: Box = self.add(Box(owner_id=self.person(name), name=name, stage=stage))
        self.add(BoxKey(box_id=box.id, wrapped=b"x"))
        if adult_on is not None:
            self.add(BoxAge(box_id=box.id, adult_on=adult_on))
        self.add(Chapter(box_id=box.id, name="Railway Cottages"))
        self.add(LedgerRow(box_id=box.id, person_id=box.owner_id, action="memory.kept", sentence="You kept it."))
        self.world.rows.setdefault("ledger_end", []).append(plain(self.session.get_one(LedgerEnd, box.id)))
        return box

    def tie(self, box: Box, person: UUID, **columns: Any) -> Tie:
        tie: Tie = self.add(Tie(box_id=box.id, person_id=person, called="Somebody", **columns))
        self.add(Circle(box_id=box.id, name="Somebody", connection_id=tie.id))
        self.add(Gift(box_id=box.id, connection_id=tie.id, way="web", title="Their own"))
        self.add(Look(box_id=box.id, person_id=person, what="timeline"))
        self.add(
            Invitation(
                box_id=box.id,
                connection_id=tie.id,
                invited_by=box.owner_id,
                way="code",
                secret_print="i" + new_id().hex,
                sealed="",
                box_name=box.name,
                may_add=True,
            )
        )
        self.add(LedgerRow(box_id=box.id, person_id=person, action="memory.kept", sentence="They kept it."))
        self.add(
            Upload(
                box_id=box.id,
                person_id=person,
                name="a",
                length=1,
                store_key=new_id().hex,
                sealed_key=b"x",
                sealed_header=b"x",
            )
        )
        return tie

    def trusted(self, tie: Tie, **columns: Any) -> TrustedPerson:
        """Someone asked to help the owner back in, and their yes to a way back that is under way."""
        person: TrustedPerson = self.add(TrustedPerson(box_id=tie.box_id, connection_id=tie.id, **columns))
        asked = self.recovery(tie.box_id)
        self.add(RecoveryYes(recovery_id=asked.id, box_id=tie.box_id, trusted_id=person.id))
        return person

    def recovery(self, box_id: UUID | None, **columns: Any) -> Recovery:
        prints = {name: new_id().hex for name in ("device_print", "code_print", "stop_print")}
        then = {"begun_at": now(), "ready_at": now() + 3 * DAY} if box_id else {}
        recovery: Recovery = self.add(
            Recovery(box_id=box_id, **prints, **{"expires_at": now() + DAY, **then, **columns})
        )
        return recovery

    def address(self, tie: Tie, **columns: Any) -> MailAddress:
        secret = new_id().hex
        given = {"box_id": tie.box_id, "connection_id": tie.id, "local_print": secret, "sealed_local": b"x"}
        address: MailAddress = self.add(MailAddress(**given, sender="a@b", **columns))
        return address

    def memories(self, box: Box, circles: list[UUID], giver: Tie) -> None:
        until = (None, today() - DAY, today())
        audiences: list[list[UUID]] = [[], *([circle] for circle in circles)]
        every = list(product(STATES, audiences, until, (False, True)))
        for state, audience, last_day, only_me in every if self.whole else [cell for cell in every if _telling(*cell)]:
            gift = self.add(Gift(box_id=box.id, connection_id=giver.id, way="web", title="A gift"))
            memory = self.add(
                Memory(box_id=box.id, kind="photo", state=state, audience=audience, audience_until=last_day,
                       only_me=only_me, added_by=giver.person_id, connection_id=giver.id, gift_id=gift.id)
            )  # fmt: skip
            self.inside(memory, giver)

    def asks(self, box: Box, giver: Tie, gone: Tie) -> None:
        """Of every sort, open and closed, answered and not; of someone who is in and someone who is not any more."""
        for tie in (giver, gone):
            self.add(Gift(box_id=box.id, connection_id=tie.id, way="web", title="Old", sent_at=now() - 2 * DAY))
            self.add(Gift(box_id=box.id, connection_id=tie.id, way="web", title="New"))
            asked = {"box_id": box.id, "connection_id": tie.id}
            for direction, closed_at in (("see", None), ("give", None), ("give", now())):
                self.add(Ask(**asked, direction=direction, closed_at=closed_at))
            answered = self.add(Ask(**asked, direction="see", words="Christmas"))
            self.add(AskAnswer(ask_id=answered.id, box_id=box.id, person_id=box.owner_id, answer="ignored"))
        # One about a gift in every state that its memory can be in; every other one is answered.
        given = [row for row in self.world.rows["memory"] if row["box_id"] == box.id and row["gift_id"]]
        told = {(row["state"], row["only_me"]): row["gift_id"] for row in given}
        for number, gift_id in enumerate(told.values()):
            ask = self.add(Ask(box_id=box.id, connection_id=giver.id, direction="back", gift_id=gift_id))
            if number % 2:
                self.add(AskAnswer(ask_id=ask.id, box_id=box.id, person_id=box.owner_id, answer="kept"))

    def inside(self, memory: Memory, giver: Tie) -> None:
        box, by = memory.box_id, giver.person_id
        self.add(
            Perspective(
                box_id=box, memory_id=memory.id, person_id=by, connection_id=giver.id, author="Joe", words="I let go."
            )
        )
        self.add(MemoryRoute(memory_id=memory.id, box_id=box, points=[[0, 51.5, -0.1]]))
        file = self.add(MediaFile(box_id=box, memory_id=memory.id, added_by=by, sealed_key=b"x"))
        self.add(
            MediaOriginal(media_file_id=file.id, box_id=box, store_key=new_id().hex, name="a.jpg", bytes=1, sha256="x")
        )
        self.add(MediaLocation(media_file_id=file.id, box_id=box, latitude=51.5, longitude=-0.1))
        # Two of three hold closed words, which open today or tomorrow; for the others, words are still to be closed up.
        opens_on = (today(), today() + DAY, None)[len(self.world.rows["memory"]) % 3]
        if opens_on is not None:
            self.add(LetterInside(memory_id=memory.id, box_id=box, words="Hello.", opens_on=opens_on))


def build(session: Session, *, whole: bool) -> tuple[World, dict[str, UUID]]:
    """A world, and its viewers by what they are. `whole`: every combination of memory states; else a thinner choice."""
    made = Builder(session, whole)
    boxes: list[Box] = []
    viewers: dict[str, UUID] = {"a stranger": made.person("Casey"), "a practice lead": made.person("Morgan")}
    for sort in ({"ended_at": now()}, {"expires_at": now() - DAY}, {"shared_device": True}):
        made.browser(viewers["a stranger"], **{"expires_at": now() + DAY, **sort})
    for name, stage, adult_on in (
        ("mine", "mine", None),
        ("kept together", "kept_together", today() + DAY),
        ("kept together, grown up today", "kept_together", today()),
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
                ties[who] = made.tie(box, viewers[who], keeper=keeper, **columns)
                made.add(CircleMember(box_id=box.id, circle_id=circle.id, connection_id=ties[who].id))
        for member, dates in (
            MEMBERS.items() if stage == "mine" or whole else [("left the circle", MEMBERS["left the circle"])]
        ):
            who = f"{member} ({name})"
            viewers[who] = made.person(who)
            ties[who] = made.tie(box, viewers[who], state="active")
            made.add(CircleMember(box_id=box.id, circle_id=circle.id, connection_id=ties[who].id, **dates))
        giver = ties[f"connection active ({name})"]
        for who, tie in ties.items():
            made.trusted(tie, **TRUSTED.get(who.split(" (")[0], {"answer": "yes"}))
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
            made.add(
                MailMessage(
                    box_id=box.id, address_id=address.id, state=state, store_key=new_id().hex, sealed_key=b"x", bytes=1
                )
            )
    made.recovery(None)
    viewers["in two boxes"] = made.person("Drew")
    for box in boxes[:2]:
        made.tie(box, viewers["in two boxes"], state="active")
    made.tie(boxes[1], boxes[0].owner_id, state="active", keeper=True)  # whoever runs one box keeps another
    ageless = made.box("no birthday", "kept_together", None)
    viewers["keeper active (no birthday)"] = made.person("Robin")
    made.tie(ageless, viewers["keeper active (no birthday)"], state="active", keeper=True)
    return made.world, viewers


def old_things(made: Builder) -> None:
    """What the worker sweeps away when its day comes, and what it must leave until then."""
    box, person = made.world.rows["box"][0]["id"], made.world.rows["person"][0]["id"]
    tie = made.world.all("connection", box_id=box)[0]["id"]
    for state, erase_on in product(("kept", "trashed", "returned"), (today(), today() + DAY)):
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
