"""A memory as a card shows it: plain objects, made of one row."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from markupsafe import Markup
from sqlalchemy import ARRAY, Select, Text, case, cast, func, select
from sqlmodel import col

from app.boxes.connection import Connection
from app.kit.clock import today
from app.kit.language import speaking
from app.media.pictures import Picture, picture_of, strip_of
from app.memories.kinds import KINDS
from app.memories.kinds.kind import Details, Kind
from app.memories.memory import Memory, MemoryRoute
from app.web.pages import add_global

WORDS_ON_A_CARD = 160
REMEMBERED = 4096
"""Cards that a process keeps as they are drawn, about 4 kB each."""


@dataclass(frozen=True, slots=True)
class Sight:
    """Who can see things, for the small print of cards.

    `circles` are the names of the box's circles by id. `keepers` see whatever is not "Only me"; `alone` names all who
    see what is shared with nobody ("Just me", "You and Joe"). Whom this box calls `you` is the viewer.
    `words` are "Just me" and "you", said once for all cards.
    """

    circles: Mapping[str, str]
    keepers: Sequence[str] = ()
    alone: str = "Just me"
    you: str = ""
    words: tuple[str, str] = ("Just me", "you")


@dataclass(frozen=True, slots=True)
class Giver:
    """Whose gift it is, as the young person calls them."""

    called: str
    face: str
    tint: int


@dataclass(frozen=True, slots=True)
class Card:
    """What a card shows. `duration` in seconds; `peaks` 0–255; `sketch` (x, y) from 0 to 1, for those who may see it.

    `strip` is the address of a film's six moments.
    `seen_by` is an icon and words ("lock", "Just me"); None where the viewer may not know. `waiting` while the file is
    being made ready; `failed` when it is kept but cannot be shown. `more` counts the files after the first.
    `drawn` holds its HTML by what else it was drawn for, so that the same card is drawn once.
    """

    id: str
    kind: Kind
    name: str
    title: str
    words: str
    details: Details
    happened: str
    picture: Picture
    strip: str
    duration: float | None
    peaks: list[int]
    sketch: list[tuple[float, float]]
    giver: Giver | None
    seen_by: tuple[str, str] | None
    waiting: bool
    failed: bool
    more: int
    drawn: dict[Any, str] = field(default_factory=dict)

    @property
    def across(self) -> bool:
        """Whether its picture is so wide that two columns suit it."""
        return bool(self.picture) and self.picture.width > self.picture.height * 1.2

    @property
    def leads(self) -> bool:
        """Whether it may be the wide one that begins a heading."""
        return self.kind.name in ("photo", "video") and self.across

    @property
    def href(self) -> str:
        return f"/memories/{self.id}"

    @property
    def line(self) -> str:
        """The kind's own small print."""
        return self.kind.line(self.details)


_walks = [name for name, kind in KINDS.items() if kind.records == "walk"]
_sketch = case(
    (
        col(Memory.kind).in_(_walks),
        select(cast(col(MemoryRoute.sketch), Text)).where(col(MemoryRoute.memory_id) == Memory.id).scalar_subquery(),
    )
)


def card_rows(words: int = WORDS_ON_A_CARD) -> Select[Any]:
    """The one query behind cards: add where and order to it, and give its rows to `card`."""
    query: Select[Any] = (
        select(
            cast(col(Memory.id), Text).label("id"),
            col(Memory.kind),
            col(Memory.state),
            col(Memory.title),
            func.left(Memory.words, words).label("words"),
            cast(col(Memory.details), Text).label("details"),
            col(Memory.happened),
            col(Memory.happened_on),
            cast(col(Memory.audience), ARRAY(Text)).label("audience"),
            col(Memory.audience_until),
            col(Memory.only_me),
            cast(col(Memory.cover), Text).label("cover"),
            col(Memory.created_at),
            col(Memory.erase_on),
            col(Memory.gift_id),
            col(Connection.called),
            col(Connection.face),
            col(Connection.tint),
            _sketch.label("sketch"),
        )
        .select_from(Memory)
        .join(Connection, col(Connection.id) == Memory.connection_id, isouter=True)
    )
    return query


def card(row: Any, sight: Sight | None = None) -> Card:
    """A card of a row of `card_rows`. `sight` is for those who decide, None for others."""
    seen = None if sight is None else seen_by(sight, row.audience, row.audience_until, row.only_me)
    return _card(
        row.id, row.kind, row.title, row.words, row.details, row.happened, row.cover, row.sketch,
        row.called, row.face, row.tint, seen, speaking(),
    )  # fmt: skip


@lru_cache(maxsize=REMEMBERED)
def _card(
    memory_id: str, kind_name: str, title: str, words: str, details: str, happened: str, cover_json: str | None,
    sketch: str | None, called: str | None, face: str, tint: int, seen: tuple[str, str] | None, language: str,
) -> Card:  # fmt: skip
    """Everything that a card is made of is an argument: who may not see a part of it cannot be given it from memory.
    A name may be our words, so the `language` it is said in is one too."""
    kind = KINDS[kind_name]
    typed = kind.details.model_validate_json(details)
    cover = json.loads(cover_json) if cover_json else None
    known = cover or {}
    giver = Giver(called, face, tint) if called else None
    return Card(
        id=memory_id,
        kind=kind,
        name=kind.called(title, typed, giver.called if giver else ""),
        title=title,
        words=words,
        details=typed,
        happened=happened,
        picture=picture_of(cover, alt=""),
        strip=strip_of(cover),
        duration=known.get("duration"),
        peaks=known.get("peaks") or [],
        sketch=[(x, y) for x, y in json.loads(sketch or "[]")],
        giver=giver,
        seen_by=seen,
        waiting=known.get("state") == "waiting",
        failed=known.get("state") == "failed",
        more=known.get("more", 0),
    )


def laid_out(cards: Sequence[Card], eager: int = 0) -> Iterator[tuple[Card, bool, bool]]:
    """The cards of one heading, each with whether it is wide, and whether its picture is wanted at once.

    The pictures of the first `eager` are. The first card may be wide; one that would stand alone in the last row is
    wide where it can be.
    """
    narrow = [card for place, card in enumerate(cards) if not (card.kind.wide or (place == 0 and card.leads))]
    alone = narrow[-1] if len(narrow) % 2 and (narrow[-1].across or not narrow[-1].picture) else None
    for place, card in enumerate(cards):
        yield card, card is alone or card.kind.wide or (place == 0 and card.leads), place < eager


def drawn(cards: Sequence[Card], eager: int, *others: Any, draw: Callable[[Card, bool, bool], str]) -> Markup:
    """For templates: the HTML of cards under one heading, each drawn the first time by `draw(card, wide, eager)`.

    `others` are all else that goes into it, beside the year that it is; a card is in one language. A kind that seals
    changes with the day, and is drawn each time.
    """
    parts: list[str] = []
    others = (*others, today().year)
    for card, wide, early in laid_out(cards, eager):
        wanted = (wide, early, others)
        html = card.drawn.get(wanted)
        if html is None:
            html = draw(card, wide, early)
            if not card.kind.seals:
                card.drawn[wanted] = html
        parts.append(html)
    return Markup("\n").join(parts)


add_global("drawn", drawn)


def seen_by(sight: Sight, audience: Sequence[str], until: date | None, only_me: bool) -> tuple[str, str]:
    """Who can see a kept memory, as an icon and words. A circle that `sight` lacks does not count."""
    just_me, you = sight.words
    said = [sight.circles[circle_id] for circle_id in audience if circle_id in sight.circles]
    if not said or (until is not None and until < today()):
        return "lock", just_me if only_me else sight.alone
    said += [keeper for keeper in sight.keepers if keeper not in said and not only_me]
    return "people", ", ".join(you if name == sight.you else name for name in said)


@dataclass(frozen=True, slots=True)
class Leaving:
    """A card in a drawer, and the day it will be erased. `state` is put_away, trashed or returned."""

    card: Card
    erase_on: date | None
    state: str
