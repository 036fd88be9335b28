"""An address per giver and box, and who may write to a box without knocking."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from app.kit.columns import Moment, created, moment
from app.kit.ids import new_id


class MailAddress(SQLModel, table=True):
    """`local_print` is the fingerprint of the local part; `sealed_local` is the local part wrapped by the box's key,
    so that the owner can read it out again. `sender` is the address it was given to."""

    __tablename__ = "mail_address"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    box_id: UUID = Field(foreign_key="box.id", index=True)
    connection_id: UUID = Field(foreign_key="connection.id", index=True)
    local_print: str = Field(unique=True)
    sealed_local: bytes
    sender: str
    created_at: datetime = created()
    revoked_at: Moment = moment()


class MailSender(SQLModel, table=True):
    """“I know them, always”: mail proven to come from `sender` is from this connection, by whichever address."""

    __tablename__ = "mail_sender"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    box_id: UUID = Field(foreign_key="box.id", index=True)
    connection_id: UUID = Field(foreign_key="connection.id", index=True)
    sender: str
    created_at: datetime = created()
    ended_at: Moment = moment()
