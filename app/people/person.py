"""Who someone is."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, Session, SQLModel, select

from app.kit.columns import Moment, created, moment
from app.kit.ids import new_id

TINTS = 12
FACES = ("short", "beard", "bob", "long", "bun", "curl", "afro", "top", "scarf", "specs")


class Person(SQLModel, table=True):
    """Anyone with a place of their own in Holdfast. `email` is set only after its mailbox answered, by the wall alone.

    `language` is the one they chose (a tag of kit/language.py), None when they never did. `links_alone`: whether an
    e-mailed link lets them in with nothing beside it. `mailbox_held_at`: someone who reads that mailbox said "this
    wasn't me", and until its person says otherwise no link goes there. `locked_at`: whoever runs the house locked it.
    """

    __tablename__ = "person"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    name: str
    email: str | None = Field(default=None, unique=True)
    face: str = "short"
    tint: int = 1
    language: str | None = None
    links_alone: bool = True
    mailbox_held_at: Moment = moment()
    locked_at: Moment = moment()
    created_at: datetime = created()


def language_of(session: Session, address: str) -> str | None:
    """The language that whoever comes in by this address (in its normal form) chose, None where that is not known.

    In a session of the sign-in door: mail to them speaks it.
    """
    return session.exec(select(Person.language).where(Person.email == address)).first()
