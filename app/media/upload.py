"""Bytes on their way in (tus 1.0): sealed as they arrive, bound to one sender and one box."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint
from sqlmodel import Field, SQLModel

from app.kit.columns import created, one_of
from app.kit.ids import new_id


class Upload(SQLModel, table=True):
    """`received` of `length` plaintext bytes are safe. `state`: open, complete, claimed (now part of a memory).

    Its sender is a person, or an app (the `grant_id` it was let in by).
    """

    __tablename__ = "upload"
    __table_args__ = (
        one_of("state", "open", "complete", "claimed"),
        CheckConstraint("(person_id is null) <> (grant_id is null)", name="sender"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    box_id: UUID = Field(foreign_key="box.id", index=True)
    person_id: UUID | None = Field(default=None, foreign_key="person.id", index=True)
    grant_id: UUID | None = Field(default=None, foreign_key="oauth_grant.id", index=True)
    name: str
    mime: str = "application/octet-stream"
    length: int = Field(sa_type=BigInteger)
    received: int = Field(default=0, sa_type=BigInteger)
    state: str = "open"
    store_key: str
    sealed_key: bytes
    sealed_header: bytes
    sha256: str = ""
    created_at: datetime = created()
    expires_at: datetime = created()
