"""The timeline: what is kept, newest first by when it happened, and what is new."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, and_, case, func, literal, literal_column, or_, tuple_
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from app.boxes.box import Box
from app.boxes.connection import Connection
from app.kit.clock import today
from app.media.pictures import Picture, picture_of
from app.memories import edtf
from app.memories.cards import Card, card, card_rows, circle_names
from app.memories.chapter import Chapter
from app.memories.kinds import KINDS
from app.memories.memory import Gift, Memory

PAGE = 60
TRAY_ROWS = 3


@dataclass(frozen=True, slots=True)
class TrayRow:
    """One line of "New for you". `icon` stands where there is no picture; `face` is (face, tint)."""

    href: str
    title: str
    sub: str
    icon: str = "box"
    face: tuple[str, int] | None = None
    picture: Picture | None = None


tray_providers: list[Callable[[Session, Box], list[TrayRow]]] = []
"""Others who have something new to show: each gives its rows for a box that the viewer runs."""


@dataclass(frozen=True, slots=True)
class Divider:
    """A card tab that jumps to a part of the timeline. `query` is what follows "?" ("" for everything)."""

    words: str
    query: str
    current: bool


@dataclass(frozen=True, slots=True)
class Month:
    """Cards under one heading. `count` is of all under it, on other pages too; `carries_on` from the page before."""

    group: str
    words: str
    count: int
    cards: list[Card]
    carries_on: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of the timeline is asked for: a year, a chapter, what has no date yet, or everything."""

    year: int | None = None
    chapter_id: UUID | None = None
    unsorted: bool = False

    @property
    def query(self) -> str:
        """What follows "?" in its address."""
        if self.year is not None:
            return f"year={self.year}"
        if self.chapter_id is not None:
            return f"chapter={self.chapter_id}"
        return "unsorted=1" if self.unsorted else ""

    def where(self) -> list[ColumnElement[bool]]:
        """The part as conditions on Memory."""
        happened_on = col(Memory.happened_on)
        if self.year is not None:
            return [happened_on.between(date(self.year, 1, 1), date(self.year, 12, 31))]
        if self.chapter_id is not None:
            return [col(Memory.chapter_id) == self.chapter_id]
        return [happened_on.is_(None)] if self.unsorted else []


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `older` is the cursor of the next, "" on the last; `total` counts all that this viewer sees."""

    months: list[Month]
    dividers: list[Divider]
    part: Part
    older: str
    total: int

    @property
    def older_query(self) -> str:
        return f"{self.part.query}&before={self.older}" if self.part.query else f"before={self.older}"


# What has no date comes last. Coarser dates stand before finer ones that end on the same day, so that every heading
# comes once. The index ix_memory_timeline has this order.
_never = literal_column("'-infinity'::date", Date)
_sort_day = func.coalesce(col(Memory.happened_on), _never)
_length = func.length(Memory.happened)
_group = func.left(Memory.happened, 7)


def part_of(year: str | None, chapter: str | None, unsorted: str | None) -> Part:
    """The part named in an address; nonsense is everything."""
    try:
        if year and 1 <= int(year) <= 9999:
            return Part(year=int(year))
        if chapter:
            return Part(chapter_id=UUID(chapter))
    except ValueError:
        return Part()
    return Part(unsorted=bool(unsorted))


def page(session: Session, box: Box, part: Part, before: str, decides: bool) -> Page:
    """A page of at most PAGE memories that this viewer can see, after the cursor `before` (`<EDTF>_<id>`, or "").

    `decides`: the viewer runs the box, and so sees chapters and who can see what. Newest first by the last day it could
    have been, then what has no date. A cursor that is nonsense starts at the beginning.
    """
    after = _after(before)
    rows = session.connection().execute(rows_query(box.id, part, before)).all()
    names = circle_names(session, box.id) if decides else None
    counts = _counts(session, box)
    chapters = list(session.exec(select(Chapter).where(Chapter.box_id == box.id))) if decides else []
    shown = rows[:PAGE]
    last = f"{shown[-1].happened}_{shown[-1].id}" if len(rows) > PAGE else ""
    month_counts = counts if not part.chapter_id else {}
    return Page(
        months=_months(shown, names, month_counts, before.partition("_")[0] if after is not None else None),
        dividers=_dividers(part, counts, chapters),
        part=part,
        older=last,
        total=sum(counts.values()),
    )


def rows_query(box_id: UUID, part: Part, before: str) -> Select[Any]:
    """The rows of a page's cards, and one more where an older page follows. The wall says which there are."""
    query = (
        card_rows()
        .where(col(Memory.box_id) == box_id, col(Memory.state) == "kept", *part.where())
        .order_by(_sort_day.desc(), _length, col(Memory.happened).desc(), col(Memory.id).desc())
    )
    after = _after(before)
    if after is not None:
        query = query.where(after)
    return query.limit(PAGE + 1)


def _after(before: str) -> ColumnElement[bool] | None:
    happened, _, last = before.partition("_")
    try:
        last_id, last_on = UUID(last), edtf.last_day(happened)
    except ValueError:
        return None
    last_day = literal(last_on) if last_on else _never
    beside = tuple_(col(Memory.happened), col(Memory.id)) < tuple_(literal(happened), literal(last_id))
    same_day = or_(_length > len(happened), and_(_length == len(happened), beside))
    return and_(_sort_day <= last_day, or_(_sort_day < last_day, same_day))


def _counts(session: Session, box: Box) -> dict[str, int]:
    heading = case((func.length(Memory.happened) < 7, func.left(Memory.happened, 4)), else_=_group)
    query = (
        select(heading, func.count()).where(col(Memory.box_id) == box.id, col(Memory.state) == "kept").group_by(heading)
    )
    return {str(group): count for group, count in session.exec(query)}


def _months(
    rows: Sequence[Any], names: dict[UUID, str] | None, counts: dict[str, int], after: str | None
) -> list[Month]:
    months: list[Month] = []
    carried = edtf.group(after) if after is not None else None
    for row in rows:
        group = edtf.group(row.happened)
        if not months or months[-1].group != group:
            words = edtf.group_words(group, today().year)
            months.append(Month(group, words, counts.get(group, 0), [], carries_on=not months and group == carried))
        months[-1].cards.append(card(row, names))
    return months


def _dividers(part: Part, counts: dict[str, int], chapters: Sequence[Chapter]) -> list[Divider]:
    this_year = today().year
    tabs: list[tuple[date, Divider]] = []
    for year in sorted({int(group[:4]) for group in counts if group}, reverse=True):
        words = "This year" if year == this_year else str(year)
        tabs.append((date(year, 12, 31), Divider(words, Part(year=year).query, part.year == year)))
    for chapter in chapters:
        ends = chapter.ends_on or (today() if chapter.starts_on else date.min)
        tab = Divider(chapter.name, Part(chapter_id=chapter.id).query, part.chapter_id == chapter.id)
        tabs.append((ends, tab))
    tabs.sort(key=lambda tab: tab[0], reverse=True)
    dividers = [Divider("Everything", "", part == Part()), *(divider for _, divider in tabs)]
    if "" in counts:
        dividers.append(Divider(edtf.NOT_SORTED, Part(unsorted=True).query, part.unsorted))
    return dividers


def tray_rows(session: Session, box: Box, base: str) -> tuple[list[TrayRow], int]:
    """The first rows of "New for you", and how many there are: gifts that wait, newest first, then what others add."""
    query = (
        select_columns(
            col(Memory.kind),
            col(Memory.title),
            col(Memory.cover),
            col(Memory.gift_id),
            col(Gift.title).label("gift_title"),
            col(Connection.called),
            col(Connection.face),
            col(Connection.tint),
        )
        .select_from(Memory)
        .join(Gift, col(Gift.id) == Memory.gift_id, isouter=True)
        .join(Connection, col(Connection.id) == Memory.connection_id, isouter=True)
        .where(col(Memory.box_id) == box.id, col(Memory.state) == "arrived")
        .order_by(col(Memory.gift_id).desc(), col(Memory.id))
    )
    rows: list[TrayRow] = []
    seen: set[Any] = set()
    for row in session.connection().execute(query):
        if row.gift_id in seen:
            continue
        seen.add(row.gift_id)
        kind = KINDS[row.kind]
        picture = picture_of(row.cover)
        rows.append(
            TrayRow(
                href=f"{base}/tray#gift-{row.gift_id}",
                title=f"From {row.called}" if row.called else "Something new",
                sub=row.gift_title or row.title or _capital(kind.a),
                icon=kind.icon,
                face=(row.face, row.tint) if row.face else None,
                picture=picture or None,
            )
        )
    for provider in tray_providers:
        rows += provider(session, box)
    return rows[:TRAY_ROWS], len(rows)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
