"""An address per giver and box, and who may write to a box without knocking."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from app.kit.columns import Moment, created, moment, one_of
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
    """What a box says of whoever writes from `sender`, until `ended_at`.

    "always": mail proven to come from there is from this connection, by whichever address. "never": what comes from
    there and would have to knock is let go unopened, whoever it says it is; when this was said of somebody who was not
    proven, it counts for what is not proven alone, so that a pretender shuts nobody out. `name` is how they named
    themselves then.
    """

    __tablename__ = "mail_sender"
    __table_args__ = (
        one_of("answer", "always", "never"),
        CheckConstraint("(answer = 'always') = (connection_id is not null)", name="somebody"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    box_id: UUID = Field(foreign_key="box.id", index=True)
    connection_id: UUID | None = Field(default=None, foreign_key="connection.id", index=True)
    sender: str
    answer: str = "always"
    proven: bool = True
    name: str = ""
    created_at: datetime = created()
    ended_at: Moment = moment()
