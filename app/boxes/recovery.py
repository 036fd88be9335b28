"""What the way back in with the help of trusted people is kept in. Only the wall writes it: see its _recovery.sql."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from app.kit.columns import Moment, created, moment, one_of
from app.kit.ids import new_id


class TrustedPerson(SQLModel, table=True):
    """Someone asked to help the owner of a box back in. `answer` is "yes", "no" or, while they have not said, None."""

    __tablename__ = "trusted_person"
    __table_args__ = (one_of("answer", "yes", "no"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    box_id: UUID = Field(foreign_key="box.id", index=True)
    connection_id: UUID = Field(foreign_key="connection.id", index=True)
    answer: str | None = None
    asked_at: datetime = created()
    answered_at: Moment = moment()
    ended_at: Moment = moment()


class Recovery(SQLModel, table=True):
    """A device that somebody wants to come back in on. It is nobody's until `begun_at`, when two people have said yes.

    `device_print`: the secret that the device holds. `code_print`: what it shows. `stop_print`: the link that stops it.
    """

    __tablename__ = "recovery"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    box_id: UUID | None = Field(default=None, foreign_key="box.id", index=True)
    device_print: str = Field(unique=True)
    code_print: str = Field(unique=True)
    stop_print: str = Field(unique=True)
    asked_at: datetime = created()
    begun_at: Moment = moment()
    ready_at: Moment = moment()
    stopped_at: Moment = moment()
    used_at: Moment = moment()
    expires_at: datetime = created()


class RecoveryYes(SQLModel, table=True):
    """A trusted person said that it is really them who wants to come back in on that device."""

    __tablename__ = "recovery_yes"
    __table_args__ = (UniqueConstraint("recovery_id", "trusted_id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    recovery_id: UUID = Field(foreign_key="recovery.id", ondelete="CASCADE")
    box_id: UUID = Field(foreign_key="box.id", index=True)
    trusted_id: UUID = Field(foreign_key="trusted_person.id", index=True)
    at: datetime = created()
