"""Memories, loaded through the viewer: an id alone never fetches."""

from typing import Annotated

from fastapi import Depends, Request

from app.boxes.box import Box
from app.boxes.loading import runs, seen
from app.memories.memory import Memory
from app.people.door import CurrentViewer, ViewerSession
from app.web.errors import NotAllowed


def get_visible_memory(memory_id: str, request: Request, viewer: CurrentViewer, session: ViewerSession) -> Memory:
    """A memory the wall lets this viewer see. Raises NotHere, for an id that is none at all too."""
    memory = seen(session, Memory, memory_id)
    request.state.box = session.get(Box, memory.box_id)
    return memory


VisibleMemory = Annotated[Memory, Depends(get_visible_memory)]


def get_editable_memory(memory: VisibleMemory, session: ViewerSession) -> Memory:
    """A memory in a box in which the viewer decides. Raises NotHere, or NotAllowed for one they can only see."""
    if not runs(session, memory.box_id):
        raise NotAllowed("You can see this, but only the person whose box it is can change it.")
    return memory


EditableMemory = Annotated[Memory, Depends(get_editable_memory)]
