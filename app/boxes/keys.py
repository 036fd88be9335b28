"""A box, and the key that everything in it is sealed with."""

from datetime import date
from uuid import UUID

from sqlmodel import Session, select

from app.boxes.box import Box, BoxAge, BoxKey
from app.kit.box_keys import unwrap_box_key, wrap_box_key
from app.kit.config import settings
from app.kit.sealed import new_key
from app.people.person import Person
from app.web.errors import NotHere


def make_box(session: Session, owner: Person, name: str, stage: str = "mine", born_on: date | None = None) -> Box:
    """A new box with its own random key, for a session that acts as its owner; flushed.

    `stage` is "mine" or "kept_together"; `born_on` is kept only as the day a keeper's part ends by itself.
    """
    box = Box(owner_id=owner.id, name=name, stage=stage)
    session.add(box)
    session.flush()
    session.add(BoxKey(box_id=box.id, wrapped=wrap_box_key(new_key(), box.id)))
    if born_on is not None:
        adult_on, leap_day = birthday(born_on, settings().adult_age), (born_on.month, born_on.day) == (2, 29)
        session.add(BoxAge(box_id=box.id, adult_on=adult_on, leap_day=leap_day))
    session.flush()
    return box


def box_key(session: Session, box_id: UUID) -> bytes:
    """The 32-byte key of a box. Raises NotHere when the wall does not show it to this viewer, and StoreError."""
    wrapped = session.exec(select(BoxKey.wrapped).where(BoxKey.box_id == box_id)).first()
    if wrapped is None:
        raise NotHere
    return unwrap_box_key(wrapped, box_id)


def rewrap_keys(session: Session) -> int:
    """Wrap the key of every box again, the way the settings now say, for a session of the administrator.

    Returns how many. No file changes: only what wraps the key that wraps theirs. Raises BrokenSeal and StoreError.
    """
    rows = session.exec(select(BoxKey).with_for_update()).all()
    for row in rows:
        row.wrapped = wrap_box_key(unwrap_box_key(row.wrapped, row.box_id), row.box_id)
    session.flush()
    return len(rows)


def birthday(born_on: date, age: int) -> date:
    """The day someone turns `age`; born on 29 February, that is 1 March in a year without one."""
    try:
        return born_on.replace(year=born_on.year + age)
    except ValueError:
        return date(born_on.year + age, 3, 1)


def turns(age: BoxAge, years: int) -> date:
    """The day a box's owner turns so many years old."""
    born_on = birthday(age.adult_on, -settings().adult_age)
    return birthday(born_on.replace(month=2, day=29) if age.leap_day else born_on, years)
