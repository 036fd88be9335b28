"""Who someone is."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from app.kit.columns import created
from app.kit.ids import new_id

TINTS = 12
FACES = ("short", "beard", "bob", "long", "bun", "curl", "afro", "top", "scarf", "specs")


class Person(SQLModel, table=True):
    """Anyone with a place of their own in Holdfast. `email` is set only after its mailbox answered.

    `language` is the one they chose (a tag of kit/language.py), None when they never did.
    """

    __tablename__ = "person"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    name: str
    email: str | None = Field(default=None, unique=True)
    face: str = "short"
    tint: int = 1
    language: str | None = None
    created_at: datetime = created()
