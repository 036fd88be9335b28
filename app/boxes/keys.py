"""A box, and the key that everything in it is sealed with."""

from datetime import date
from uuid import UUID

from sqlmodel import Session, select

from app.boxes.box import Box, BoxAge, BoxKey
from app.kit.config import settings
from app.kit.master import derived_key
from app.kit.sealed import new_key, unwrap_key, wrap_key
from app.people.person import Person
from app.web.errors import NotHere

WRAPPING = "box keys"


def make_box(session: Session, owner: Person, name: str, stage: str = "mine", born_on: date | None = None) -> Box:
    """A new box with its own random key, for a session that acts as its owner; flushed.

    `stage` is "mine" or "kept_together"; `born_on` is kept only as the day a keeper's part ends by itself.
    """
    box = Box(owner_id=owner.id, name=name, stage=stage)
    session.add(box)
    session.flush()
    session.add(BoxKey(box_id=box.id, wrapped=wrap_key(new_key(), derived_key(WRAPPING), box.id.bytes)))
    if born_on is not None:
        session.add(BoxAge(box_id=box.id, adult_on=birthday(born_on, settings().adult_age)))
    session.flush()
    return box


def box_key(session: Session, box_id: UUID) -> bytes:
    """The 32-byte key of a box. Raises NotHere when the wall does not show it to this viewer."""
    wrapped = session.exec(select(BoxKey.wrapped).where(BoxKey.box_id == box_id)).first()
    if wrapped is None:
        raise NotHere
    return unwrapped(wrapped, box_id)


def unwrapped(wrapped: bytes, box_id: UUID) -> bytes:
    """The key of a box, out of what the wall showed of it."""
    return unwrap_key(wrapped, derived_key(WRAPPING), box_id.bytes)


def birthday(born_on: date, age: int) -> date:
    """The day someone turns `age`; born on 29 February, that is 1 March in a year without one."""
    try:
        return born_on.replace(year=born_on.year + age)
    except ValueError:
        return date(born_on.year + age, 3, 1)
