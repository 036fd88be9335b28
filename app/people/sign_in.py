"""The ways in: what a person signs in with, and the sign-ins that are open."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from app.kit.clock import now
from app.kit.columns import Moment, created, moment, one_of
from app.kit.ids import new_id
from app.kit.language import N_

WAYS = ("passkey", "link", "recovery", "trusted", "provider", "start", "invitation", "demo")
CAME_IN = {
    "passkey": N_("with a face, a finger or a PIN"),
    "link": N_("with a link in an email"),
    "recovery": N_("with a printed code"),
    "trusted": N_("with help from people you trust"),
    "provider": N_("with an account you have"),
    "start": N_("when the box began"),
    "invitation": N_("with an invitation"),
    "demo": N_("to try it out"),
}
"""A way -> how somebody came in, to follow "Came in on 1 December 2026"."""
PROOFS = ("passkey", "link", "code", "provider")
FOR_ONESELF = ("register", "provider-link", "prove", "address")


_WORKS = text("ended_at is null")


class Passkey(SQLModel, table=True):
    """A WebAuthn credential. `credential_print` is the fingerprint of the credential id: the key that finds it.

    One that ended is kept until it cannot be taken back any more (see `WayChange`), and nobody sees it.
    """

    __tablename__ = "passkey"
    __table_args__ = (Index("ix_passkey_credential_print", "credential_print", unique=True, postgresql_where=_WORKS),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    credential_id: bytes
    credential_print: str
    public_key: bytes
    sign_count: int = 0
    name: str
    created_at: datetime = created()
    last_used_at: Moment = moment()
    ended_at: Moment = moment()

    def used(self, sign_count: int) -> None:
        """Note that it let its person in, in their own session."""
        self.sign_count, self.last_used_at = sign_count, now()


class ExternalWay(SQLModel, table=True):
    """An account elsewhere that opens the door: OpenID Connect's issuer and subject, and never an e-mail address.

    `identity_print` stands for the two of them (see external_ways.py) and is all that is kept of the subject. `label`
    is what the provider was called when it was added.
    """

    __tablename__ = "external_way"
    __table_args__ = (Index("ix_external_way_identity_print", "identity_print", unique=True, postgresql_where=_WORKS),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    issuer: str
    identity_print: str
    label: str
    created_at: datetime = created()
    last_used_at: Moment = moment()
    ended_at: Moment = moment()

    def used(self) -> None:
        """Note that it let its person in, in their own session."""
        self.last_used_at = now()


class SignIn(SQLModel, table=True):
    """An open sign-in on one device. Only the fingerprint of its cookie is stored.

    `proven_at` and `proven_by` (one of PROOFS): when, and how, it last proved whose it is. Only the wall writes them.
    """

    __tablename__ = "sign_in"
    __table_args__ = (one_of("way", *WAYS), one_of("proven_by", *PROOFS))

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    token_print: str = Field(unique=True)
    way: str
    device: str
    shared_device: bool = False
    created_at: datetime = created()
    last_seen_at: datetime = created()
    expires_at: datetime = created()
    ended_at: Moment = moment()
    proven_at: Moment = moment()
    proven_by: str | None = None

    def end(self) -> None:
        """Nobody comes in with it from the next request on."""
        self.ended_at = self.ended_at or now()


class SignInLink(SQLModel, table=True):
    """A link sent by e-mail; it works once, and only until it expires.

    `asked_print`: the fingerprint of what the browser that asked holds, `client_print` of where it is. `tries`: wrong
    numbers typed in another one.
    """

    __tablename__ = "sign_in_link"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    token_print: str = Field(unique=True)
    asked_print: str | None = None
    client_print: str = ""
    tries: int = 0
    created_at: datetime = created()
    expires_at: datetime = created()
    used_at: Moment = moment()


class RecoveryCode(SQLModel, table=True):
    """One printed code; it works once."""

    __tablename__ = "recovery_code"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    code_print: str = Field(unique=True)
    created_at: datetime = created()
    used_at: Moment = moment()
    ended_at: Moment = moment()


class WayChange(SQLModel, table=True):
    """What opens somebody's door was changed: what (a key of changes.SAID), when, by which sign-in, what was before.

    Only the wall writes it. `undo_print` is the fingerprint of what the letter about it holds, with which it can be
    taken back for seven days; `by_mail`, whether there is such a letter.
    """

    __tablename__ = "way_change"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    what: str
    at: datetime = created()
    sign_in_id: UUID
    email_before: str | None = None
    links_alone_before: bool = True
    undo_print: str = Field(unique=True)
    by_mail: bool = True
    taken_back_at: Moment = moment()


class Challenge(SQLModel, table=True):
    """What waits for its answer; the browser holds the token, we hold its fingerprint.

    `challenge` is what a passkey signs, the key of the provider that someone was sent to, or the address to be proven.
    `shared_device` and `next_url` are what was chosen when it was asked for: the answer itself has no room for them.
    """

    __tablename__ = "challenge"
    __table_args__ = (one_of("purpose", "sign-in", "register", "provider", "provider-link", "prove", "address"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID | None = Field(default=None, foreign_key="person.id", index=True)
    token_print: str = Field(unique=True)
    purpose: str
    challenge: bytes
    shared_device: bool = False
    next_url: str = "/"
    created_at: datetime = created()
    expires_at: datetime = created()
