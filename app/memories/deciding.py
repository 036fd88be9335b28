"""What the one who runs a box decides about a memory: the verb, and one row in the ledger, in one transaction (C1, C4).

Each function takes the memory as loaded for someone who may change it, and returns whether anything changed, so that
a second tap writes nothing. Each raises Refused where the life of a memory has no such step.
"""

from collections.abc import Callable, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, select

from app.boxes import ledger
from app.boxes.box import Box
from app.boxes.connection import Circle
from app.kit.language import gettext
from app.memories.memory import Memory
from app.people.viewer import Viewer
from app.web.errors import NotAllowed, Refused

KEEPERS_SEE = ("arrived", "kept")

Decision = Callable[[Session, Viewer, Memory], bool]


def keep(session: Session, viewer: Viewer, memory: Memory) -> bool:
    """Into the box, seen by nobody else."""
    return _decide(session, viewer, memory, "memory.kept", lambda: memory.keep(by=viewer))


def put_away(session: Session, viewer: Viewer, memory: Memory) -> bool:
    """Into the drawer, for later."""
    return _decide(session, viewer, memory, "memory.put_away", lambda: memory.put_away(by=viewer))


def give_back(session: Session, viewer: Viewer, memory: Memory) -> bool:
    """Say that it is "Not for my box". Nothing that the giver can see changes."""
    return _decide(session, viewer, memory, "memory.returned", lambda: memory.give_back(by=viewer))


def trash(session: Session, viewer: Viewer, memory: Memory) -> bool:
    """Let it go; it can come back for TRASH_DAYS days."""
    return _decide(session, viewer, memory, "memory.trashed", lambda: memory.trash(by=viewer))


def restore(session: Session, viewer: Viewer, memory: Memory) -> bool:
    """Back to where it was before it was let go or sent back."""
    return _decide(session, viewer, memory, "memory.restored", lambda: memory.restore(by=viewer))


def share(
    session: Session, viewer: Viewer, memory: Memory, circle_ids: Sequence[UUID], until: date | None = None
) -> bool:
    """Let these circles of the box see it, up to and including `until`; none is "Just me".

    Raises Refused for a circle that is not there (any more), or a day that has gone.
    """
    query = select(Circle).where(Circle.box_id == memory.box_id, Circle.id.in_(circle_ids)).order_by(Circle.name)  # type: ignore[attr-defined]
    circles = session.exec(query).all()
    if len(circles) != len(set(circle_ids)):
        raise Refused(gettext("One of those circles isn’t there any more. Please choose again."))
    action = "memory.shared" if circles else "memory.just_me"
    return _decide(session, viewer, memory, action, lambda: memory.share(viewer, circles, until))


def hide_from_keepers(session: Session, viewer: Viewer, memory: Memory) -> bool:
    """Only the owner sees it, not even a keeper. Raises NotAllowed when a keeper asks."""
    _owner_only(session, viewer, memory)
    return _decide(session, viewer, memory, "memory.only_me", lambda: memory.hide_from_keepers(by=viewer))


def show_keepers(session: Session, viewer: Viewer, memory: Memory) -> bool:
    """Keepers see it again. Raises NotAllowed when a keeper asks."""
    _owner_only(session, viewer, memory)
    return _decide(session, viewer, memory, "memory.keepers_see", lambda: memory.show_keepers(by=viewer))


def _owner_only(session: Session, viewer: Viewer, memory: Memory) -> None:
    if session.get_one(Box, memory.box_id).owner_id != viewer.person_id:
        raise NotAllowed(gettext("Only the person whose box it is can do that."))


def _decide(session: Session, viewer: Viewer, memory: Memory, action: str, verb: Callable[[], str]) -> bool:
    session.flush()
    session.refresh(memory, with_for_update=True)
    box = session.get_one(Box, memory.box_id)
    sentence = verb()
    if not sentence:
        return False
    if box.owner_id != viewer.person_id and memory.state not in KEEPERS_SEE:
        _let_out_of_sight(session, memory)
    return ledger.decided(session, viewer, box, action=action, subject_id=memory.id, sentence=sentence)


def _let_out_of_sight(session: Session, memory: Memory) -> None:
    """A keeper's change to a state that keepers do not see: an ordinary update may not lose sight of its own row."""
    state, before, erase_on = memory.state, memory.before_trash, memory.erase_on
    session.expunge(memory)
    query = text("select wall.keeper_moves(:id, :state, :before, :erase_on)")
    session.connection().execute(
        query, {"id": memory.id, "state": state, "before": before, "erase_on": erase_on}
    ).scalar_one()
