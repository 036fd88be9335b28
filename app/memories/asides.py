"""What slices further up have to say on the pages of this one."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session

from app.boxes.box import Box
from app.memories.memory import Memory


@dataclass(frozen=True, slots=True)
class Aside:
    """A part of a page: a template of theirs, and what it is `given`."""

    template: str
    given: dict[str, Any] = field(default_factory=dict)


on_memory: list[Callable[[Session, Memory], Iterable[Aside]]] = []
"""On the page of one memory, for those who decide about it."""

on_box: list[Callable[[Session, Box], Iterable[Aside]]] = []
"""On the first page of a box, for those who are let in and do not run it."""


def beside_memory(session: Session, memory: Memory) -> list[Aside]:
    """What is said beside a memory."""
    return [aside for teller in on_memory for aside in teller(session, memory)]


def beside_box(session: Session, box: Box) -> list[Aside]:
    """What is said beside a box."""
    return [aside for teller in on_box for aside in teller(session, box)]
