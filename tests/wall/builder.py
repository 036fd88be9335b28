"""Adds rows to the database and to the world at once, as the administrator."""

from datetime import date, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

from sqlmodel import Session, SQLModel

import app.models  # noqa: F401
from app.arrivals.mail.address import MailAddress
from app.arrivals.mail.post import MailPost
from app.boxes.box import Box, BoxAge, BoxKey
from app.boxes.connection import Circle
from app.boxes.connection import Connection as Tie
from app.boxes.invitation import Invitation
from app.boxes.ledger import LedgerEnd, LedgerRow
from app.boxes.looks import Look
from app.boxes.recovery import Recovery, RecoveryYes, TrustedPerson
from app.kit.clock import now
from app.kit.ids import new_id
from app.media.media_file import MediaFile, MediaLocation, MediaOriginal
from app.media.upload import Upload
from app.memories.chapter import Chapter
from app.memories.letter import LetterInside
from app.memories.memory import STATES, Gift, Memory, MemoryRoute, Perspective
from app.people.attempts import Attempt
from app.people.operator_act import OperatorAct
from app.people.person import Person
from app.people.push import PushChoice, PushSubscription
from app.people.sign_in import Challenge, ExternalWay, Passkey, RecoveryCode, SignIn, SignInLink, WayChange
from app.story.asks import Ask, AskAnswer
from tests.wall.oracle import Row, World

DAY = timedelta(days=1)


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
        self.world = World.empty(now())

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
        here = self.world.rows["sign_in"][-1]["id"]
        self.add(OperatorAct(person_id=person.id, act="sign-out", by="root"))
        self.add(WayChange(person_id=person.id, what="codes", sign_in_id=here, undo_print="u" + secret))
        self.add(SignInLink(person_id=person.id, token_print="l" + secret))
        self.add(RecoveryCode(person_id=person.id, code_print="r" + secret))
        self.add(Attempt(kind="link", client_print="a" + secret))
        self.add(MailPost(print="p" + secret))
        self.add(Challenge(person_id=person.id, token_print="h" + secret, purpose="register", challenge=b"x"))
        return UUID(str(person.id))

    def with_ways(self, name: str, *, passkey: bool = False, account: bool = False, codes: bool = False,
                  mailbox: bool = False, held: bool = False) -> UUID:  # fmt: skip
        """Somebody with just these ways in, and one of each that opens nothing any more."""
        email = f"{new_id().hex}@example.org" if mailbox else None
        person = UUID(str(self.add(Person(name=name, email=email, mailbox_held_at=now() if held else None)).id))
        self.ended_ways(person, now())
        secret = new_id().hex
        self.add(RecoveryCode(person_id=person, code_print="v" + secret, used_at=now()))
        key = {"credential_id": b"x", "credential_print": "c" + secret, "public_key": b"x", "name": "Phone"}
        for has, row in (
            (passkey, Passkey(person_id=person, **key)),
            (account, ExternalWay(person_id=person, issuer="x", identity_print="e" + secret, label="School")),
            (codes, RecoveryCode(person_id=person, code_print="r" + secret)),
        ):
            if has:
                self.add(row)
        return person

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

    def ended_ways(self, person: UUID, ended_at: datetime) -> None:
        """One of each way in, that opens nothing any more."""
        secret, ended = new_id().hex, {"person_id": person, "ended_at": ended_at}
        self.add(Passkey(**ended, credential_id=b"x", credential_print="c" + secret, public_key=b"x", name="Phone"))
        self.add(ExternalWay(**ended, issuer="x", identity_print="e" + secret, label="School"))
        self.add(RecoveryCode(**ended, code_print="r" + secret))

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
        day = self.world.laid.day
        until = (None, day - DAY, day)
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
        day = self.world.laid.day
        opens_on = (day, day + DAY, None)[len(self.world.rows["memory"]) % 3]
        if opens_on is not None:
            self.add(LetterInside(memory_id=memory.id, box_id=box, words="Hello.", opens_on=opens_on))
