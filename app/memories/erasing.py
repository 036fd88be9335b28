"""When the days to change one's mind are over: the memory goes, with everything that belongs to it."""

from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, select

from app.kit.clock import today
from app.media.erase import erase
from app.media.media_file import MediaFile
from app.memories.memory import Memory, MemoryRoute, Perspective


def overdue(session: Session) -> list[UUID]:
    """Memories whose day has come, for a worker by the door "processing"."""
    query = select(Memory.id).where(col(Memory.state).in_(("returned", "trashed")), col(Memory.erase_on) <= today())
    return list(session.exec(query))


def erase_memory(session: Session, memory_id: UUID) -> None:
    """Erase one memory in this transaction, and the bytes of its files after the commit. Nothing to do for one that was
    brought back meanwhile; the wall refuses one whose day has not come."""
    query = select(Memory).where(
        Memory.id == memory_id, col(Memory.state).in_(("returned", "trashed")), col(Memory.erase_on) <= today()
    )
    memory = session.exec(query.with_for_update()).first()
    if memory is None:
        return
    for file in session.exec(select(MediaFile).where(MediaFile.memory_id == memory_id)):
        erase(session, file)
    for perspective in session.exec(select(Perspective).where(Perspective.memory_id == memory_id)):
        session.delete(perspective)
    route = session.get(MemoryRoute, memory_id)
    if route is not None:
        session.delete(route)
    session.flush()
    # By its id alone: the worker may not read what is inside.
    session.connection().execute(text("delete from letter_inside where memory_id = :memory"), {"memory": memory_id})
    session.delete(memory)
