"""A memory as a card shows it: plain objects, made of one row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlmodel import Session, col

from app.boxes.connection import Circle, Connection
from app.kit.clock import today
from app.media.pictures import Picture, picture_of
from app.memories.kinds import KINDS
from app.memories.kinds.kind import Details, Kind
from app.memories.memory import Memory, MemoryRoute

WORDS_ON_A_CARD = 160
JUST_ME = ("lock", "Just me")


@dataclass(frozen=True, slots=True)
class Giver:
    """Whose gift it is, as the young person calls them."""

    called: str
    face: str
    tint: int


@dataclass(frozen=True, slots=True)
class Card:
    """What a card shows. `duration` in seconds; `peaks` 0–255; `sketch` (x, y) from 0 to 1, for those who may see it.

    `seen_by` is an icon and words ("lock", "Just me"); None where the viewer may not know. `waiting` while the file is
    being made ready; `failed` when it is kept but cannot be shown. `more` counts the files after the first.
    """

    id: UUID
    kind: Kind
    name: str
    title: str
    words: str
    details: Details
    happened: str
    picture: Picture
    duration: float | None
    peaks: list[int]
    sketch: list[tuple[float, float]]
    giver: Giver | None
    seen_by: tuple[str, str] | None
    waiting: bool
    failed: bool
    more: int

    @property
    def href(self) -> str:
        return f"/memories/{self.id}"

    @property
    def line(self) -> str:
        """The kind's own small print."""
        return self.kind.line(self.details)


def card_rows(words: int = WORDS_ON_A_CARD) -> Select[Any]:
    """The one query behind cards: add where and order to it, and give its rows to `card`."""
    query: Select[Any] = (
        select(
            col(Memory.id),
            col(Memory.kind),
            col(Memory.state),
            col(Memory.title),
            func.left(Memory.words, words).label("words"),
            col(Memory.details),
            col(Memory.happened),
            col(Memory.happened_on),
            col(Memory.audience),
            col(Memory.audience_until),
            col(Memory.only_me),
            col(Memory.cover),
            col(Memory.created_at),
            col(Memory.erase_on),
            col(Memory.gift_id),
            col(Connection.called),
            col(Connection.face),
            col(Connection.tint),
            col(MemoryRoute.sketch),
        )
        .select_from(Memory)
        .join(Connection, col(Connection.id) == Memory.connection_id, isouter=True)
        .join(MemoryRoute, col(MemoryRoute.memory_id) == Memory.id, isouter=True)
    )
    return query


def card(row: Any, names: Mapping[UUID, str] | None = None) -> Card:
    """A card of a row of `card_rows`. `names` are the box's circles by id for those who decide, None for others."""
    kind = KINDS[row.kind]
    details = kind.details.model_validate(row.details)
    cover = row.cover or {}
    giver = Giver(row.called, row.face, row.tint) if row.called else None
    name = kind.called(row.title, details, giver.called if giver else "")
    return Card(
        id=row.id,
        kind=kind,
        name=name,
        title=row.title,
        words=row.words,
        details=details,
        happened=row.happened,
        picture=picture_of(row.cover, alt=""),
        duration=cover.get("duration"),
        peaks=cover.get("peaks") or [],
        sketch=[(x, y) for x, y in row.sketch or []],
        giver=giver,
        seen_by=None if names is None else seen_by(names, row.audience, row.audience_until),
        waiting=cover.get("state") == "waiting",
        failed=cover.get("state") == "failed",
        more=cover.get("more", 0),
    )


def seen_by(names: Mapping[UUID, str], audience: Sequence[UUID], until: date | None) -> tuple[str, str]:
    """Who can see a kept memory, as an icon and words. A circle that `names` lacks does not count."""
    said = [names[circle_id] for circle_id in audience if circle_id in names]
    if not said or (until is not None and until < today()):
        return JUST_ME
    return "people", ", ".join(said)


def circle_names(session: Session, box_id: UUID) -> dict[UUID, str]:
    """Names of the circles that count: all that have a name, and circles of one whose person has not ended."""
    query = (
        select(col(Circle.id), col(Circle.name), col(Connection.called), col(Connection.state))
        .join(Connection, col(Connection.id) == Circle.connection_id, isouter=True)
        .where(col(Circle.box_id) == box_id)
    )
    return {
        circle_id: called or name
        for circle_id, name, called, state in session.connection().execute(query)
        if state not in ("ended", "blocked")
    }


@dataclass(frozen=True, slots=True)
class Leaving:
    """A card in a drawer, and the day it will be erased. `state` is put_away, trashed or returned."""

    card: Card
    erase_on: date | None
    state: str
