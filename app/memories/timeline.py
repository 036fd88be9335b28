"""The timeline: what is kept, newest first by when it happened, and what is new."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    Uuid,
    and_,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    or_,
    tuple_,
)
from sqlalchemy import select as select_columns
from sqlalchemy.dialects.postgresql.psycopg import dialect
from sqlmodel import Session, col

from app.boxes.box import Box
from app.boxes.connection import Connection
from app.kit.clock import today
from app.media.pictures import Picture, picture_of
from app.memories import edtf
from app.memories.around import Around, around, said, signs
from app.memories.audience import sight_of
from app.memories.cards import Card, Sight, card, card_rows
from app.memories.kinds import KINDS
from app.memories.memory import Gift, Memory
from app.people.viewer import Viewer

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


@dataclass(frozen=True, slots=True)
class TrayProvider:
    """Others who have something new to show: `rows` for a box that the viewer runs, newest first.

    `sign` is a select that finds a row when there may be any (see around.signs).
    """

    sign: str
    rows: Callable[[Session, Box], list[TrayRow]]


_providers: list[TrayProvider] = []


def provide(provider: TrayProvider) -> None:
    """Let others say what is new, too."""
    _providers.append(provider)
    signs.append(provider.sign)


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
    rows = _rows(session, box.id, part, before)
    shown, more = rows[:PAGE], rows[PAGE:]
    goes_on = edtf.group(more[0].happened) if more and part.chapter_id is None else None
    whole = around(session, box.id, heading=goes_on, decides=keepers is not None)
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


def _rows(session: Session, box_id: UUID, part: Part, before: str) -> Sequence[Any]:
    connection = session.connection()
    if part == Part() and not before:
        statement, values = first_page()
        return connection.exec_driver_sql(statement, {**values, "box": box_id}).all()
    return connection.execute(rows_query(box_id, part, before)).all()


@lru_cache
def first_page() -> tuple[str, dict[str, Any]]:
    """The statement that is asked for most, put together once."""
    query = rows_query(bindparam("box", type_=Uuid(), required=False), Part(), "")
    compiled = query.compile(dialect=_driver, compile_kwargs={"render_postcompile": True})
    return str(compiled), compiled.params


def rows_query(box_id: UUID | ColumnElement[UUID], part: Part, before: str) -> Select[Any]:
    """The rows of a page's cards, and one more where an older page follows. The wall says which there are.

    They are found first, by the index alone, and then read.
    """
    order = (_sort_day.desc(), _length, col(Memory.happened).desc(), col(Memory.id).desc())
    found = select_columns(col(Memory.id)).where(
        col(Memory.box_id) == box_id, col(Memory.state) == "kept", *part.where()
    )
    after = _after(before)
    if after is not None:
        found = found.where(after)
    first = found.order_by(*order).limit(PAGE + 1).subquery()
    return card_rows().join(first, first.c.id == col(Memory.id)).order_by(*order)


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
    this_year = today().year
    tabs: list[tuple[date, Divider]] = []
    for year in whole.years:
        words = "This year" if year == this_year else str(year)
        tabs.append((date(year, 12, 31), Divider(words, Part(year=year).query, part.year == year)))
    for chapter in whole.chapters:
        ends = chapter.ends_on or (today() if chapter.starts_on else date.min)
        tab = Divider(chapter.name, f"chapter={chapter.id}", str(part.chapter_id) == chapter.id)
        tabs.append((ends, tab))
    tabs.sort(key=lambda tab: tab[0], reverse=True)
    dividers = [Divider("Everything", "", part == Part()), *(divider for _, divider in tabs)]
    if whole.unsorted:
        dividers.append(Divider(edtf.NOT_SORTED, Part(unsorted=True).query, part.unsorted))
    return dividers


_ARRIVED = (
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
    .where(col(Memory.box_id) == bindparam("box"), col(Memory.state) == "arrived")
    .order_by(col(Memory.gift_id).desc(), col(Memory.id))
)


def tray_rows(session: Session, box: Box, base: str) -> tuple[list[TrayRow], int]:
    """The first rows of "New for you", and how many there are: gifts that wait, newest first, then what others add."""
    rows: list[TrayRow] = []
    seen: set[Any] = set()
    for row in session.connection().execute(_ARRIVED, {"box": box.id}):
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
    for provider in _providers:
        rows += provider.rows(session, box)
    return rows[:TRAY_ROWS], len(rows)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
