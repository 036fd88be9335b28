"""The inside of a letter for later."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlmodel import Field, Session, SQLModel, col, select

from app.boxes.box import Box, BoxAge
from app.boxes.keys import turns
from app.kit.clock import today
from app.kit.language import gettext
from app.memories.kinds.letter import LetterDetails
from app.memories.memory import Memory
from app.web.errors import Refused

OLDEST = 100


class LetterInside(SQLModel, table=True):
    """The words of a letter. The wall shows them to nobody, not even to whose box it is, before `opens_on` (S1).

    Written once, and never changed: a date that could be changed would be no seal.
    """

    __tablename__ = "letter_inside"

    memory_id: UUID = Field(primary_key=True, foreign_key="memory.id")
    box_id: UUID = Field(foreign_key="box.id", index=True)
    words: str
    opens_on: date


def seal(session: Session, memory: Memory, words: str, opens_on: date) -> None:
    """Close these words up in a letter that is there already, until that day. Flushed; after this nobody reads them."""
    inside = LetterInside(memory_id=memory.id, box_id=memory.box_id, words=words, opens_on=opens_on)
    session.add(inside)
    session.flush()
    session.expunge(inside)


def inside_of(session: Session, memory: Memory) -> str | None:
    """The words of a letter whose day has come; None before."""
    inside = session.get(LetterInside, memory.id)
    return inside.words if inside else None


def opening_today(session: Session) -> Sequence[UUID]:
    """The letters in all boxes whose day it is, for a worker by the door "processing"; by the day on their cover."""
    day = col(Memory.details)["opens_on"].astext
    query = select(Memory.id).where(
        Memory.kind == "letter", col(Memory.state).in_(("arrived", "kept")), day == today().isoformat()
    )
    return session.exec(query).all()


def ages_to_come(session: Session, box: Box) -> Sequence[int]:
    """The ages that the owner of a box has still to reach, where the box knows their birthday and the viewer may."""
    age = session.get(BoxAge, box.id)
    return [years for years in range(1, OLDEST) if turns(age, years) > today()] if age else ()


def with_its_day(session: Session, box: Box, details: LetterDetails) -> LetterDetails:
    """The details with the day that an age means. Raises Refused for an age that is not to come."""
    if details.opens_age is None:
        return details
    age = session.get(BoxAge, box.id)
    if age is None or details.opens_age not in ages_to_come(session, box):
        raise Refused(gettext("Pick an age that is still to come, or pick a day."))
    return details.model_copy(update={"opens_on": turns(age, details.opens_age)})
