"""The timeline: what is kept, newest first by when it happened."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    SelectBase,
    Uuid,
    and_,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    not_,
    or_,
    tuple_,
    union_all,
)
from sqlalchemy import select as select_columns
from sqlalchemy.dialects.postgresql.psycopg import dialect
from sqlmodel import Session, col

from app.boxes.box import Box
from app.boxes.connection import Connection
from app.kit.clock import today
from app.kit.language import gettext
from app.memories import edtf
from app.memories.around import FEW, Around, around, said
from app.memories.audience import sight_of
from app.memories.cards import Card, Sight, card, card_rows
from app.memories.memory import Memory
from app.people.viewer import Viewer

PAGE = 60
NEAR = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Divider:
    """A card tab that jumps to a part of the timeline. `query` is what follows "?" ("" for everything)."""

    words: str
    query: str
    current: bool


@dataclass(frozen=True, slots=True)
class Month:
    """Cards under one heading. `count` says how many there are under it, on other pages too, "" when it is not known;
    `carries_on` from the page before."""

    group: str
    words: str
    count: str
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
        if self.year is not None:
            return [_sort_day.between(date(self.year, 1, 1), date(self.year, 12, 31))]
        if self.chapter_id is not None:
            return [col(Memory.chapter_id) == self.chapter_id]
        return [_sort_day == _never] if self.unsorted else []


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `older` is the cursor of the next, "" on the last.

    To the one who decides, `total` says how many there are in all ("3 things"), `new` whether anything new may wait.
    """

    months: list[Month]
    dividers: list[Divider]
    part: Part
    older: str
    total: str
    new: bool

    @property
    def older_query(self) -> str:
        return f"{self.part.query}&before={self.older}" if self.part.query else f"before={self.older}"


_driver = dialect()  # type: ignore[no-untyped-call]

# What has no date comes last. Coarser dates stand before finer ones that end on the same day, so that every heading
# comes once. The index ix_memory_timeline has this order.
_never = literal_column("'-infinity'::date", Date)
_sort_day: ColumnElement[date] = case(
    (col(Memory.happened_on).is_(None), _never), else_=col(Memory.happened_on)
)  # SORT_DAY
_length = func.length(Memory.happened)
_ORDER = (_sort_day.desc(), _length, col(Memory.happened).desc(), col(Memory.id).desc())
_BOX: ColumnElement[UUID] = bindparam("box", type_=Uuid(), required=False)


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


def page(
    session: Session, viewer: Viewer, box: Box, part: Part, before: str, keepers: Sequence[Connection] | None
) -> Page:
    """A page of at most PAGE memories that this viewer can see, after the cursor `before` (`<EDTF>_<id>`, or "").

    `keepers` are those of the box for a viewer who decides in it, and so sees chapters and who can see what; None for
    others. Newest first by the last day it could have been, then what has no date. A cursor that is nonsense starts at
    the beginning.
    """
    everything = part == Part() and not before
    near = today() - NEAR if everything and keepers is None else None
    rows = _rows(session, box.id, part, before, near)
    shown, more = rows[:PAGE], rows[PAGE:]
    goes_on = edtf.group(more[0].happened) if more and part.chapter_id is None else None
    few = near is not None and (not more or (more[0].happened_on or date.min) < near)
    whole = around(session, box.id, heading=goes_on, decides=keepers is not None, few=few)
    sight = None if keepers is None else sight_of(viewer, box, keepers, whole.circles)
    months = _months(shown, sight, _cursor(before))
    if part.chapter_id is None:
        months = [replace(month, count=_count(month, goes_on, whole.under)) for month in months]
    return Page(
        months=months,
        dividers=_dividers(part, whole),
        part=part,
        older=f"{shown[-1].happened}_{shown[-1].id}" if more else "",
        total=said(whole.total),
        new=whole.new,
    )


def _rows(session: Session, box_id: UUID, part: Part, before: str, near: date | None) -> Sequence[Any]:
    connection = session.connection()
    if part == Part() and not before:
        statement, values = first_page() if near is None else first_page_shared()
        return connection.exec_driver_sql(statement, {**values, "box": box_id, "near": near}).all()
    return connection.execute(rows_query(box_id, part, before)).all()


@lru_cache
def first_page() -> tuple[str, dict[str, Any]]:
    """The statement that is asked for most, put together once: the first page of the box %(box)s."""
    return _put_together(rows_query(_BOX, Part(), ""))


@lru_cache
def first_page_shared() -> tuple[str, dict[str, Any]]:
    """The same for somebody who is let in; %(near)s is the day to which it is looked for by day alone."""
    return _put_together(_shared_rows(_BOX, bindparam("near", type_=Date(), required=False)))


def _put_together(query: Select[Any]) -> tuple[str, dict[str, Any]]:
    compiled = query.compile(dialect=_driver, compile_kwargs={"render_postcompile": True})
    return str(compiled), compiled.params


def rows_query(box_id: UUID | ColumnElement[UUID], part: Part, before: str) -> Select[Any]:
    """The rows of a page's cards, and one more where an older page follows. The wall says which there are.

    They are found first, by the index alone, and then read.
    """
    found = select_columns(col(Memory.id)).where(
        col(Memory.box_id) == box_id, col(Memory.state) == "kept", *part.where()
    )
    after = _after(before)
    if after is not None:
        found = found.where(after)
    return _cards_of(found.order_by(*_ORDER).limit(PAGE + 1))


def _shared_rows(box_id: ColumnElement[UUID], near: ColumnElement[date]) -> Select[Any]:
    """As `rows_query`, when the wall may hide most of what is there.

    What is near is looked through by day. Where that does not fill the page, it may be that few things are shared with
    them: they are found by their circles. Where those are many, all is looked through by day.
    """
    found = select_columns(col(Memory.id)).order_by(*_ORDER).limit(PAGE + 1)
    first = found.where(col(Memory.box_id) == box_id, col(Memory.state) == "kept")
    newest = first.where(_sort_day >= near).cte("newest")
    full = select_columns(func.count() > PAGE).select_from(newest).scalar_subquery()
    few = select_columns(func.wall.shared_with_me(box_id, FEW + 1).label("id")).where(not_(full)).cte("few")
    many = select_columns(func.count() > FEW).select_from(few).scalar_subquery()
    ways = (
        select_columns(newest.c.id).where(full),
        found.where(not_(full), not_(many), col(Memory.id).in_(select_columns(few.c.id))),
        first.where(many),
    )
    return _cards_of(union_all(*ways))


def _cards_of(found: SelectBase) -> Select[Any]:
    first = found.subquery()
    return card_rows().join(first, first.c.id == col(Memory.id)).order_by(*_ORDER)


def _cursor(before: str) -> str | None:
    """The EDTF text that the page begins after; None at the beginning."""
    return None if _after(before) is None else before.partition("_")[0]


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


def _months(rows: Sequence[Any], sight: Sight | None, after: str | None) -> list[Month]:
    months: list[Month] = []
    carried = edtf.group(after) if after is not None else None
    for row in rows:
        group = edtf.group(row.happened)
        if not months or months[-1].group != group:
            words = edtf.group_words(group, today().year)
            months.append(Month(group, words, "", [], carries_on=not months and group == carried))
        months[-1].cards.append(card(row, sight))
    return months


def _count(month: Month, goes_on: str | None, under: int) -> str:
    """How many there are under the heading: `under` it, where it goes on after this page."""
    if month.carries_on:
        return ""
    return said(under if month.group == goes_on else len(month.cards))


def _dividers(part: Part, whole: Around) -> list[Divider]:
    this_year, this_years = today().year, gettext("This year")
    tabs: list[tuple[date, Divider]] = []
    for year in whole.years:
        words = this_years if year == this_year else str(year)
        tabs.append((date(year, 12, 31), Divider(words, Part(year=year).query, part.year == year)))
    for chapter in whole.chapters:
        ends = chapter.ends_on or (today() if chapter.starts_on else date.min)
        tab = Divider(chapter.name, f"chapter={chapter.id}", str(part.chapter_id) == chapter.id)
        tabs.append((ends, tab))
    tabs.sort(key=lambda tab: tab[0], reverse=True)
    dividers = [Divider(gettext("Everything"), "", part == Part()), *(divider for _, divider in tabs)]
    if whole.unsorted:
        dividers.append(Divider(gettext(edtf.NOT_SORTED), Part(unsorted=True).query, part.unsorted))
    return dividers
