"""Saying on a phone that there is something new: which phones, what for, and when it is quiet."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from fastapi import Request
from pydantic import BaseModel, ValidationError, field_validator
from pydantic import Field as Bounded
from sqlalchemy import ARRAY, CheckConstraint, Text, delete, update
from sqlmodel import Field, Session, SQLModel, col, select

from app.kit import base64url
from app.kit.clock import HOME_ZONE
from app.kit.columns import Moment, created, moment
from app.kit.config import settings
from app.kit.ids import fingerprint, new_id
from app.kit.language import N_, speaking
from app.people.door import OpenSignIn, presenting
from app.web.app_look import look

KINDS = {
    "arrived": (N_("Something new for you"), N_("When someone gives you something")),
    "asked": (N_("A question"), N_("When someone asks you something")),
    "letter": (N_("A letter for later"), N_("On the day it opens")),
}
"""What a phone may say something about -> what it is called, and when that is."""
NIGHT = time(20), time(8)


class PushSubscription(SQLModel, table=True):
    """A browser that may be told (Push API; RFC 8030). It belongs to a sign-in, and goes when that ends.

    `endpoint` is an address at the browser maker's push service, `p256dh` the browser's key (65 bytes, uncompressed)
    and `auth` its secret (16 bytes, RFC 8291). `called` is what the app is called on this phone (a key of
    app_look.NAMES), and `language` what is spoken there.
    """

    __tablename__ = "push_subscription"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    sign_in_id: UUID = Field(foreign_key="sign_in.id", ondelete="CASCADE", unique=True)
    endpoint: str
    endpoint_print: str = Field(unique=True)
    p256dh: bytes
    auth: bytes
    called: str
    language: str
    created_at: datetime = created()
    failed_at: Moment = moment()


class PushChoice(SQLModel, table=True):
    """What someone wants to be told about (keys of KINDS), and their quiet time; none, where the two are the same.

    `told_at` is when their phones were last told.
    """

    __tablename__ = "push_choice"
    __table_args__ = (CheckConstraint("kinds <@ array['" + "', '".join(KINDS) + "']", name="kinds"),)

    person_id: UUID = Field(primary_key=True, foreign_key="person.id")
    kinds: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))
    quiet_from: time = NIGHT[0]
    quiet_until: time = NIGHT[1]
    told_at: Moment = moment()

    def awake_at(self, moment: datetime) -> datetime:
        """When a phone may speak of what happens at `moment`: then, or when that quiet time ends, by London's clock."""
        here = moment.astimezone(HOME_ZONE)
        begins, ends = self.quiet_from, self.quiet_until
        over_midnight = begins > ends
        clock = here.time()
        quiet = (clock >= begins or clock < ends) if over_midnight else begins <= clock < ends
        if not quiet:
            return moment
        day = here.date() + timedelta(days=1 if over_midnight and clock >= begins else 0)
        return datetime.combine(day, ends, HOME_ZONE)


class _Keys(BaseModel):
    p256dh: Annotated[str, Bounded(max_length=100)]
    auth: Annotated[str, Bounded(max_length=100)]

    @field_validator("p256dh")
    @classmethod
    def _is_a_point(cls, text: str) -> str:
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), base64url.decode(text))
        return text

    @field_validator("auth")
    @classmethod
    def _is_a_secret(cls, text: str) -> str:
        if len(base64url.decode(text)) != 16:
            raise ValueError("not 16 bytes")
        return text


class Subscribing(BaseModel):
    """What a browser's PushSubscription says of itself (`toJSON()`). Refuses what is no https address, or no key."""

    endpoint: Annotated[str, Bounded(max_length=1000)]
    keys: _Keys

    @field_validator("endpoint")
    @classmethod
    def _is_https(cls, text: str) -> str:
        parts = urlsplit(text)
        if parts.port not in (None, 443) and settings().push_own_ca is None:
            raise ValueError("another port")
        if not all("!" <= letter <= "~" for letter in text):  # urlsplit leaves line ends and tabs out
            raise ValueError("no address")
        if parts.scheme != "https" or not parts.hostname or parts.username is not None or not text.isascii():
            raise ValueError("not an https address")
        return text


def subscribing(said: Any) -> Subscribing | None:
    """What a browser sent as JSON, or None for what no browser sends."""
    try:
        return Subscribing.model_validate(said)
    except ValidationError:
        return None


def subscribe(request: Request, session: Session, asked: Subscribing) -> None:
    """Tell this browser from now on. Whoever was told there before is told there no more. Flushed.

    The wall refuses it (ProgrammingError) on a device that is marked "not mine".
    """
    here: OpenSignIn = request.state.sign_in
    unsubscribe(session, here)
    with presenting(request, session, asked.endpoint):
        found = delete(PushSubscription).where(col(PushSubscription.endpoint_print) == fingerprint(asked.endpoint))
        session.connection().execute(found)
    session.add(
        PushSubscription(
            person_id=here.person_id,
            sign_in_id=here.id,
            endpoint=asked.endpoint,
            endpoint_print=fingerprint(asked.endpoint),
            p256dh=base64url.decode(asked.keys.p256dh),
            auth=base64url.decode(asked.keys.auth),
            called=look().name,
            language=speaking(),
        )
    )
    session.flush()


def unsubscribe(session: Session, here: OpenSignIn) -> None:
    """Tell the browser of this sign-in nothing more."""
    session.connection().execute(delete(PushSubscription).where(col(PushSubscription.sign_in_id) == here.id))


def now_called(session: Session, here: OpenSignIn, name: str) -> None:
    """The app has another name on the phone of this sign-in, a key of app_look.NAMES: what it says has it too."""
    renamed = update(PushSubscription).where(col(PushSubscription.sign_in_id) == here.id).values(called=name)
    session.connection().execute(renamed)


def now_spoken(session: Session, person_id: UUID, language: str) -> None:
    """This person chose another language: their phones say it in that one."""
    theirs = update(PushSubscription).where(col(PushSubscription.person_id) == person_id).values(language=language)
    session.connection().execute(theirs)


def is_told(session: Session, here: OpenSignIn) -> bool:
    """Whether the browser of this sign-in is told."""
    query = select(PushSubscription.id).where(PushSubscription.sign_in_id == here.id)
    return session.exec(query).first() is not None


def choice_of(session: Session, person_id: UUID) -> PushChoice:
    """What this person chose; a new one, with everything off, for someone who has chosen nothing yet."""
    return session.get(PushChoice, person_id) or PushChoice(person_id=person_id)


def choose(session: Session, person_id: UUID, kinds: Iterable[str], quiet: tuple[time, time]) -> None:
    """Be told about these kinds, outside this quiet time."""
    choice = choice_of(session, person_id)
    choice.kinds = [kind for kind in KINDS if kind in kinds]
    choice.quiet_from, choice.quiet_until = quiet
    session.add(choice)
