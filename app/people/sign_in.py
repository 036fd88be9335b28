"""The ways in: what a person signs in with, and the sign-ins that are open."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from app.kit.clock import now
from app.kit.columns import Moment, created, moment, one_of
from app.kit.ids import new_id

WAYS = ("passkey", "link", "recovery", "trusted", "provider", "start", "invitation", "demo")
FOR_ONESELF = ("register", "provider-link")


class Passkey(SQLModel, table=True):
    """A WebAuthn credential. `credential_print` is the fingerprint of the credential id: the key that finds it."""

    __tablename__ = "passkey"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    credential_id: bytes
    credential_print: str = Field(unique=True)
    public_key: bytes
    sign_count: int = 0
    name: str
    created_at: datetime = created()
    last_used_at: Moment = moment()

    def used(self, sign_count: int) -> None:
        """Note that it let its person in, in their own session."""
        self.sign_count, self.last_used_at = sign_count, now()


class ExternalWay(SQLModel, table=True):
    """An account elsewhere that opens the door: OpenID Connect's issuer and subject, and never an e-mail address.

    `identity_print` stands for the two of them (see external_ways.py) and is all that is kept of the subject. `label`
    is what the provider was called when it was added.
    """

    __tablename__ = "external_way"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    issuer: str
    identity_print: str = Field(unique=True)
    label: str
    created_at: datetime = created()
    last_used_at: Moment = moment()

    def used(self) -> None:
        """Note that it let its person in, in their own session."""
        self.last_used_at = now()


class SignIn(SQLModel, table=True):
    """An open sign-in on one device. Only the fingerprint of its cookie is stored."""

    __tablename__ = "sign_in"
    __table_args__ = (one_of("way", *WAYS),)

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

    def end(self) -> None:
        """Nobody comes in with it from the next request on."""
        self.ended_at = self.ended_at or now()


class SignInLink(SQLModel, table=True):
    """A link sent by e-mail; it works once, and only until it expires."""

    __tablename__ = "sign_in_link"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    token_print: str = Field(unique=True)
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


class Challenge(SQLModel, table=True):
    """What waits for its answer; the browser holds the token, we hold its fingerprint.

    `challenge` is what a passkey signs, or the key of the provider that someone was sent to.
    `shared_device` and `next_url` are what was chosen when it was asked for: the answer itself has no room for them.
    """

    __tablename__ = "challenge"
    __table_args__ = (one_of("purpose", "sign-in", "register", "provider", "provider-link"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID | None = Field(default=None, foreign_key="person.id", index=True)
    token_print: str = Field(unique=True)
    purpose: str
    challenge: bytes
    shared_device: bool = False
    next_url: str = "/"
    created_at: datetime = created()
    expires_at: datetime = created()
