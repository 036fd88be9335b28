"""An invitation: how someone in a box's life comes in."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Index, func, text
from sqlmodel import Field, Session, SQLModel, col, select

from app.boxes.box import Box
from app.boxes.connection import Connection
from app.kit import outbox
from app.kit.clock import HOME_ZONE, now
from app.kit.columns import Moment, created, moment, one_of
from app.kit.config import settings
from app.kit.ids import fingerprint, new_id, new_token
from app.kit.language import gettext
from app.kit.master import derived_key
from app.people.addresses import AUTOMATIC, name_in_mail
from app.people.person import Person
from app.people.sealed_text import open_text, seal_text
from app.people.viewer import Viewer
from app.web import pages
from app.web.forms import plain_digits
from app.web.words import day_with_year

# Told apart when read out loud: no 0/O, 1/I/L, 5/S, 2/Z, 8/B, U/V.
CODE_LETTERS = "ACDEFGHJKMNPQRTUWXY34679"
CODE_LENGTH = 12
CODE_LASTS = timedelta(hours=24)
MOST_A_DAY = 20
"""Links by mail that one person may ask for in a day. Of all of them, one address gets one a day."""
PURPOSE = "invitation"


class Invitation(SQLModel, table=True):
    """One way in for one connection; it works once, until it expires or the young person takes it back.

    `way` is "mail" (a link) or "code" (to say out loud). Only the fingerprint of the secret finds the row (`shown`);
    `sealed` holds the secret and, for a link, the address it goes to. What the page says before anyone is let in is
    copied here: the box's name, and what is offered. When it was mailed, and to what: a print of the address.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        one_of("way", "mail", "code"),
        Index("ix_invitation_invited_by_created_at", "invited_by", "created_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    box_id: UUID = Field(foreign_key="box.id", index=True)
    connection_id: UUID = Field(foreign_key="connection.id", index=True)
    invited_by: UUID = Field(foreign_key="person.id", index=True)
    way: str
    secret_print: str = Field(unique=True)
    sealed: str
    box_name: str
    may_add: bool
    ends_on: date | None = None
    created_at: datetime = created()
    expires_at: datetime = created()
    accepted_at: Moment = moment()
    accepted_by: UUID | None = Field(default=None, foreign_key="person.id", index=True)
    ended_at: Moment = moment()
    mailed_print: str | None = Field(default=None, index=True)
    mailed_at: Moment = moment()

    @property
    def is_open(self) -> bool:
        """Whether it can still be accepted."""
        return self.accepted_at is None and self.ended_at is None and self.expires_at > now()

    def take_back(self, at: datetime | None = None) -> None:
        """It does not work any more. `at`: the moment at which its connection ends, where it ends with that."""
        self.ended_at = at or now()

    def offer(self, connection: Connection) -> None:
        """Say what this connection may do now."""
        self.may_add, self.ends_on = connection.may_add, connection.ends_on


@dataclass(frozen=True, slots=True)
class Opened:
    """What an invitation keeps sealed: the secret as it is typed or linked, and the address ("" for a code)."""

    secret: str
    email: str


@dataclass(frozen=True, slots=True)
class Acceptance:
    """How accepting went: "accepted", "already" (in that box), "own" (box), "other" (person's) or "gone"."""

    outcome: str
    box_id: UUID | None


# Called with (session, viewer, box, connection, the address invited or "") in the transaction of each invitation.
WhenInvited = Callable[[Session, Viewer, Box, Connection, str], None]
_when_invited: list[WhenInvited] = []


def when_invited(act: WhenInvited) -> WhenInvited:
    """Register something that an invitation brings with it; registering it again changes nothing."""
    if act not in _when_invited:
        _when_invited.append(act)
    return act


def bring_along(session: Session, viewer: Viewer, box: Box, connection: Connection, email: str) -> None:
    """Do what was registered with `when_invited`."""
    for act in _when_invited:
        act(session, viewer, box, connection, email)


def make_invitation(
    session: Session, invitation_id: UUID, box: Box, connection: Connection, by: UUID, email: str = ""
) -> Invitation:
    """A new invitation in place of any open one: a link for `email`, or a code to say when that is empty."""
    for earlier in open_invitations(session, connection.id):
        earlier.take_back()
    secret = new_token() if email else "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    invitation = Invitation(
        id=invitation_id,
        box_id=box.id,
        connection_id=connection.id,
        invited_by=by,
        way="mail" if email else "code",
        secret_print=fingerprint(shown(secret)),
        sealed=seal_text(json.dumps({"secret": secret, "email": email}), PURPOSE),
        box_name=box.name,
        may_add=connection.may_add,
        ends_on=connection.ends_on,
        expires_at=now() + (timedelta(days=settings().invitation_days) if email else CODE_LASTS),
    )
    session.add(invitation)
    session.flush()
    return invitation


def open_invitations(session: Session, connection_id: UUID) -> list[Invitation]:
    """Those that can still be accepted, newest first."""
    query = (
        select(Invitation)
        .where(
            Invitation.connection_id == connection_id,
            col(Invitation.accepted_at).is_(None),
            col(Invitation.ended_at).is_(None),
            col(Invitation.expires_at) > now(),
        )
        .order_by(col(Invitation.id).desc())
    )
    return list(session.exec(query))


def unseal(invitation: Invitation) -> Opened:
    """What is sealed in it: for the one who invites, and for the job that sends the link."""
    kept = json.loads(open_text(invitation.sealed, PURPOSE))
    return Opened(kept["secret"], kept["email"])


def spoken(code: str) -> str:
    """A code in groups of four, for reading out: "ACDE-FGHJ-KMNP"."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def tidy(typed: str) -> str:
    """The secret in what was typed or linked; a code may come in small letters, with spaces or dashes."""
    code = plain_digits(typed).replace("-", "").replace(" ", "").upper()
    return code if is_code(code) else typed.strip()


def is_code(secret: str) -> bool:
    """Whether it is in the form of a code, as `tidy` gives it."""
    return len(secret) == CODE_LENGTH and set(secret) <= set(CODE_LETTERS)


def shown(secret: str) -> str:
    """What a session presents of a secret. A code is short enough to be tried out on a stolen table: its fingerprint is
    worth nothing without our key.
    """
    if not is_code(secret):
        return secret
    return hmac.digest(derived_key("spoken codes"), secret.encode(), hashlib.sha256).hex()


def presented(session: Session, secret: str) -> Invitation | None:
    """The invitation whose secret this session presents (`Viewer(…, secret=shown(secret))`)."""
    return session.exec(select(Invitation).where(Invitation.secret_print == fingerprint(shown(secret)))).first()


def may_mail(session: Session, by: UUID) -> bool:
    """Whether this person may ask for one more link by mail today. Two at once wait for one another."""
    session.connection().execute(
        text("select pg_advisory_xact_lock(hashtextextended(:by, 0))"), {"by": f"invitations {by}"}
    )
    today = select(func.count()).where(
        Invitation.invited_by == by, Invitation.way == "mail", col(Invitation.created_at) > now() - timedelta(days=1)
    )
    return session.exec(today).one() < MOST_A_DAY


def accept(session: Session) -> Acceptance:
    """Let the person of this session in by the secret it presents: connection, invitation and ledger in one act."""
    session.flush()
    row = session.connection().execute(text("select outcome, box from wall.accept_invitation()")).one()
    return Acceptance(row.outcome, row.box)


def send(session: Session, invitation: Invitation) -> datetime | None:
    """Send the link by e-mail, in a session of the sign-in door; or say when it may be sent, where another one went to
    this address within a day. Raises what `kit.outbox.send` raises.
    """
    opened = unseal(invitation)
    address = hmac.digest(derived_key("invited address"), opened.email.encode(), hashlib.sha256).hex()
    wait = session.connection().execute(
        text("select wall.mail_invitation(:id, :address)"), {"id": invitation.id, "address": address}
    )
    until: datetime | None = wait.scalar_one()
    if until is not None:
        return until
    asker = session.get_one(Person, invitation.invited_by)
    body = pages.render_text(
        "mail/invitation.txt",
        name=name_in_mail(invitation.box_name) if asker.email is not None else "",
        url=f"{settings().public_url}/invitation/{opened.secret}",
        until=day_with_year(invitation.expires_at.astimezone(HOME_ZONE).date()),
    )
    outbox.send(opened.email, gettext("An invitation for you"), body, AUTOMATIC)
    return None
