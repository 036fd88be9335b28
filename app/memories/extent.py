"""How far a timeline goes, told without reading all of it: however full the box, a page asks for little."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from app.boxes.words import count_words
from app.memories import edtf
from app.memories.memory import SORT_DAY

MOST = 1000
"""Things are counted this far; what is beyond is "More than 1,000 things"."""


@dataclass(frozen=True, slots=True)
class Extent:
    """What this viewer can see of a box. `years` newest first; `unsorted` says whether anything has no date.

    `total` is exact up to MOST, and MOST + 1 beyond.
    """

    years: list[int]
    unsorted: bool
    total: int


# Both go down ix_memory_timeline: years by one step for each, newest first, to what has no date (year 0); counts by at
# most MOST + 1.
_EXTENT = f"""
    with recursive year(number) as (
        select 10000
        union all
        select (select coalesce(extract(year from happened_on)::int, 0) from memory
                where box_id = %(box)s and state = 'kept' and {SORT_DAY} < make_date(year.number, 1, 1)
                order by {SORT_DAY} desc limit 1)
        from year where year.number > 0
    )
    select array(select number from year where number between 1 and 9999) as years,
           exists (select from year where number = 0) as unsorted,
           case when %(counted)s then
               (select count(*) from
                   (select from memory where box_id = %(box)s and state = 'kept' limit {MOST + 1}) them)
           else 0 end as total
"""
_UNDER = text(f"""
    select count(*) from (
        select from memory
        where box_id = :box and state = 'kept'
          and {SORT_DAY} between cast(:first as date) and cast(:last as date)
          and left(happened, case when length(happened) < 7 then 4 else 7 end) = :heading
        limit {MOST + 1}) them
""")


def extent(session: Session, box_id: UUID, counted: bool) -> Extent:
    """How far it goes for this viewer. Nothing is counted, and `total` is 0, unless `counted`."""
    asked: Any = {"box": box_id, "counted": counted}
    years, unsorted, total = session.connection().exec_driver_sql(_EXTENT, asked).one()
    return Extent(years, unsorted, total)


def count_under(session: Session, box_id: UUID, heading: str) -> int:
    """How many this viewer can see under a heading (see edtf.group): exact up to MOST, and MOST + 1 beyond."""
    when = edtf.read(heading)
    last = when.last_day if when else None
    first = last.replace(day=1) if when and last and when.part and not when.season else last
    days = {"first": first or "-infinity", "last": last or "-infinity"}
    asked: Any = {"box": box_id, **days, "heading": heading}
    return int(session.connection().execute(_UNDER, asked).scalar_one())


def said(count: int) -> str:
    """A count in words: "1 thing", "430 things", "More than 1,000 things"; "" for none."""
    if count > MOST:
        return f"More than {MOST:,} things"
    return count_words(count) if count else ""
