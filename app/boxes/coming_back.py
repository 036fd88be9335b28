"""The way back in with the help of trusted people: a code for two of them, a wait, and a stop.

The device that begins says nobody's name, so that nothing it gets can tell whether somebody has a box: it holds a
secret and shows a code, and whose way back it is comes with the second trusted person's yes. What counts, how long the
wait is and when it is over is decided by the wall (migrations/wall/_recovery.sql); here is only how to ask it.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import Request
from sqlalchemy import text
from sqlmodel import Session, col, select

from app.boxes.box import Box
from app.boxes.connection import Connection
from app.boxes.jobs import tell
from app.boxes.letters import stop_token
from app.boxes.recovery import Recovery, RecoveryYes, TrustedPerson
from app.kit.clock import now
from app.kit.config import settings
from app.kit.ids import fingerprint, new_id, new_token
from app.kit.jobs import enqueue
from app.kit.language import gettext
from app.kit.master import derived_key
from app.people.door import presenting
from app.people.push_jobs import alert
from app.people.recovery import ALPHABET, GROUP, letters_typed

LENGTH = 8


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands for the device that began: "asked", "waiting", "ready", "stopped", "used" or "gone"."""

    said: str
    ready: datetime | None = None


def begin(request: Request, session: Session) -> str:
    """Begin on this device. Returns the secret that it keeps; `code_of` is what it shows."""
    secret, recovery_id = new_token(), new_id()
    given = {"id": recovery_id, "code": _code_print(code_of(secret)), "stop": fingerprint(stop_token(recovery_id))}
    with presenting(request, session, secret):
        session.connection().execute(text("select wall.ask_for_help(:id, :code, :stop)"), given)
    return secret


def code_of(secret: str) -> str:
    """The 40 bits that this device shows, as eight letters and numbers: "7F3K9QXM"."""
    number = int.from_bytes(hmac.digest(derived_key("code for help"), secret.encode(), hashlib.sha256)[:5], "big")
    return "".join(ALPHABET[number >> 5 * at & 31] for at in range(LENGTH))


def spoken(code: str) -> str:
    """The code as it is read aloud: "7F3K-9QXM"."""
    return "-".join(code[at : at + GROUP] for at in range(0, LENGTH, GROUP))


def stands(request: Request, session: Session, secret: str) -> Standing:
    """How it stands for the device with this secret."""
    with presenting(request, session, secret):
        row = session.connection().execute(text("select * from wall.help_stands()")).first()
    return Standing(row.said, row.ready) if row else Standing("gone")


def normal_code(typed: str) -> str:
    """The code as it was made, from what was typed. Raises ValueError for a person."""
    code = letters_typed(typed)
    if len(code) != LENGTH or not set(code) <= set(ALPHABET):
        raise ValueError(gettext("That isn’t a whole code. It has 8 letters and numbers."))
    return code


def say_yes(session: Session, trusted: TrustedPerson, code: str) -> str:
    """Say as a trusted person that it is really them. Says how it went: "said", "wrong", "paused" or "gone".

    It never says how many have said yes. With the second one the wait begins, and everyone concerned is told.
    """
    say = text("select * from wall.say_yes(:trusted, :code, :hours)")
    given = {"trusted": trusted.id, "code": _code_print(code), "hours": settings().recovery_wait_hours}
    went = session.connection().execute(say, given).one()
    if went.said == "begun":
        _tell(session, went, _owner_of(session, trusted), "begun", went.ready)
        return "said"
    return str(went.said)


def come_back(request: Request, session: Session, secret: str) -> UUID | None:
    """The wait is over: whose it is, once, for the device with this secret; else None. Everyone is told."""
    with presenting(request, session, secret):
        went = session.connection().execute(text("select * from wall.come_back()")).first()
    if went is None:
        return None
    _tell(session, went, went.person, "used")
    return UUID(str(went.person))


def can_stop(request: Request, session: Session, token: str) -> bool:
    """Whether the link in a mail would stop anything now."""
    with presenting(request, session, token):
        return bool(session.connection().execute(text("select wall.can_stop()")).scalar_one())


def stop(session: Session) -> bool:
    """Stop what is under way: the signed-in owner, or inside `presenting` the link's secret. Whether anything was."""
    went = session.connection().execute(text("select * from wall.stop_recovery()")).first()
    if went is None:
        return False
    _tell(session, went, went.owner, "stopped")
    return True


def under_way(session: Session, box: Box) -> Recovery | None:
    """What two people said yes to and nobody stopped, for the owner of the box and for who helps them; newest first."""
    query = (
        select(Recovery)
        .where(Recovery.box_id == box.id, col(Recovery.stopped_at).is_(None), col(Recovery.expires_at) > now())
        .order_by(col(Recovery.begun_at).desc())
    )
    return session.exec(query).first()


def who_said_yes(session: Session, recovery: Recovery) -> list[Connection]:
    """For the owner: the people who said that it was them."""
    query = (
        select(Connection)
        .join(TrustedPerson, col(TrustedPerson.connection_id) == Connection.id)
        .join(RecoveryYes, col(RecoveryYes.trusted_id) == TrustedPerson.id)
        .where(RecoveryYes.recovery_id == recovery.id)
        .order_by(col(Connection.called))
    )
    return list(session.exec(query))


def _owner_of(session: Session, trusted: TrustedPerson) -> UUID:
    return session.get_one(Box, trusted.box_id).owner_id


def _tell(session: Session, went: Any, owner: UUID, what: str, ready: datetime | None = None) -> None:
    """Put in one letter for each, in the transaction that decided it: one that cannot be sent keeps back no other.

    While it may not be them, the owner's phones speak up too.
    """
    if what in ("begun", "used"):
        enqueue(session, alert, person_id=str(owner))
    for person_id in went.people:
        who = "owner" if person_id == owner else "helper"
        enqueue(
            session,
            tell,
            person_id=str(person_id),
            what=f"{who} {what}",
            recovery_id=str(went.asked) if who == "owner" else "",
            ready=ready.isoformat() if ready else "",
        )


def _code_print(code: str) -> str:
    """Eight letters could be found again from a plain hash of them; not from a keyed one."""
    return fingerprint(hmac.digest(derived_key("code for help, stored"), code.encode(), hashlib.sha256))
