"""The files that are read again today, to find damage while a good copy is still somewhere."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, update
from sqlmodel import Session, col, select

from app.kit.clock import now
from app.media.media_file import MediaFile
from app.media.opening import processing_session
from app.media.scrub import Unsound, file_key, objects_of, unsound

# Everything is read again within this many days; what was missed (the worker was off) comes on the day after.
DAYS = 28
OVERDUE = timedelta(days=DAYS + 1)


def due_today(session: Session) -> list[UUID]:
    """The files to read today: a share, those longest unread first; what is overdue; and what was found damaged."""
    share = -(-session.exec(select(func.count()).select_from(MediaFile)).one() // DAYS)
    longest = select(MediaFile.id).order_by(col(MediaFile.checked_at).nulls_first(), col(MediaFile.id)).limit(share)
    overdue: ColumnElement[bool] = func.coalesce(MediaFile.checked_at, MediaFile.created_at) < now() - OVERDUE
    damaged = col(MediaFile.damage) != ""
    query = select(MediaFile.id).where(or_(col(MediaFile.id).in_(longest), overdue, damaged))
    return list(session.exec(query.order_by(col(MediaFile.id))))


def check(file_id: UUID) -> list[Unsound]:
    """Read one file to its end and write down on its row when, and what is damaged. Returns what is."""
    with processing_session() as session:
        file = session.get(MediaFile, file_id)
        if file is None:
            return []
        key, stored = file_key(session, file), objects_of(session, file)
    if key is None:
        found = [Unsound(each, "key") for each in stored]
    else:
        found = [wrong for wrong in (unsound(key, each) for each in stored) if wrong is not None]
    damage = ", ".join(f"{each.stored.what}: {each.reason}" for each in found)
    with processing_session() as session:
        # Erasing takes the row away first and then the bytes.
        query = update(MediaFile).where(col(MediaFile.id) == file_id).values(checked_at=now(), damage=damage)
        there = session.execute(query.returning(col(MediaFile.id))).first()
    return found if there is not None else []
