"""Memories, loaded through the viewer: an id alone never fetches."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy import text
from sqlmodel import Session

from app.boxes.box import Box
from app.boxes.loading import seen
from app.kit.language import gettext
from app.memories.memory import Memory
from app.people.door import CurrentViewer, ViewerSession
from app.web.errors import NotAllowed


def get_visible_memory(memory_id: str, request: Request, viewer: CurrentViewer, session: ViewerSession) -> Memory:
    """A memory the wall lets this viewer see. Raises NotHere, for an id that is none at all too."""
    memory = seen(session, Memory, memory_id)
    request.state.box = session.get(Box, memory.box_id)
    return memory


VisibleMemory = Annotated[Memory, Depends(get_visible_memory)]


def decides_about(session: Session, memory_id: UUID) -> bool:
    """Whether this viewer decides about the memory (C1): its owner, and a keeper but for what is marked only me.

    One who keeps the box may see a marked one because it was shared with them, as anyone may. The wall says.
    """
    query = text("select wall.decided_by_me(:memory)").bindparams(memory=memory_id)
    return bool(session.connection().execute(query).scalar())


def get_editable_memory(memory: VisibleMemory, session: ViewerSession) -> Memory:
    """A memory that the viewer decides about. Raises NotHere, or NotAllowed for one they can only see."""
    if not decides_about(session, memory.id):
        raise NotAllowed(gettext("You can see this, but only the person whose box it is can change it."))
    return memory


EditableMemory = Annotated[Memory, Depends(get_editable_memory)]
