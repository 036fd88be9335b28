"""All that stands round the cards of a page, asked for in one statement. However full the box, it asks for little."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlmodel import Session

from app.kit.language import gettext, ngettext
from app.memories import edtf
from app.memories.memory import SORT_DAY

MOST = 1000
"""Things are counted this far; what is beyond is "More than 1,000 things"."""

FEW = 300
"""So many things, shared with somebody, are few."""

signs: list[str] = ["select from memory where box_id = %(box)s and state = 'arrived'"]
"""Selects that find a row when something new may wait in the box %(box)s, for those who decide there: on most days
nothing does, and one question to all is enough."""


@dataclass(frozen=True, slots=True)
class Span:
    """A chapter, as the dividers name it."""

    id: str
    name: str
    starts_on: date | None
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class Around:
    """What this viewer can see of a box. `years` newest first; `unsorted` says whether anything has no date.

    `under` counts what stands under the heading that was asked about, and is exact up to MOST, and MOST + 1 beyond. The
    rest is for those who decide, and else empty: `total` of what is kept, counted likewise; `circles`, the names of
    those that count by id (all that have a name, and circles of one whose person has not ended); `chapters`; and
    whether there may be anything `new`.
    """

    years: Sequence[int]
    unsorted: bool
    under: int
    total: int
    circles: dict[str, str]
    chapters: list[Span]
    new: bool


# All go down ix_memory_timeline: years by one step for each, newest first, to what has no date (year 0); counts by at
# most MOST + 1.
_BY_STEPS = f"""
    select (select coalesce(extract(year from happened_on)::int, 0) from memory
            where box_id = %(box)s and state = 'kept' and {SORT_DAY} < make_date(year.number, 1, 1)
            order by {SORT_DAY} desc limit 1)
    from year where year.number > 0
"""
_YEARS = f"""
    with recursive year(number) as (select 10000 union all {_BY_STEPS})
"""
# Where few things are shared with somebody, each step would walk past all the others.
_YEARS_OF_FEW = f"""
    with recursive few as (select wall.shared_with_me(%(box)s, %(few)s + 1) as id),
    by_steps(number) as (select 10000 where (select count(*) from few) > %(few)s union all {_BY_STEPS}),
    year(number) as (
        select number from by_steps
        union all
        (select distinct coalesce(extract(year from happened_on)::int, 0) from memory
         where id in (select id from few) and (select count(*) from few) <= %(few)s order by 1 desc)
    )
""".replace("from year where year.number", "from by_steps year where year.number")
_ANYONE = f"""
    select array(select number from year where number between 1 and 9999) as years,
           exists (select from year where number = 0) as unsorted,
           case when %(heading)s::text is null then 0 else (
               select count(*) from (
                   select from memory
                   where box_id = %(box)s and state = 'kept'
                     and {SORT_DAY} between %(first)s::date and %(last)s::date
                     and left(happened, case when length(happened) < 7 then 4 else 7 end) = %(heading)s
                   limit {MOST + 1}) them) end as under
"""
_DECIDING = f"""
    (select count(*) from
        (select from memory where box_id = %(box)s and state = 'kept' limit {MOST + 1}) them) as total,
    (select json_object_agg(circle.id, coalesce(connection.called, circle.name))
     from circle left join connection on connection.id = circle.connection_id
     where circle.box_id = %(box)s and coalesce(connection.state, '') not in ('ended', 'blocked')) as circles,
    (select json_agg(json_build_array(id, name, starts_on, ends_on)) from chapter where box_id = %(box)s) as chapters
"""


@lru_cache
def _statement(decides: bool, few: bool) -> str:
    begins = f"{_YEARS_OF_FEW if few else _YEARS} {_ANYONE}"
    if not decides:
        return f"{begins}, 0 as total, null as circles, null as chapters, false as new"
    return f"{begins}, {_DECIDING}, {' or '.join(f'exists ({sign})' for sign in signs)} as new"


def around(session: Session, box_id: UUID, heading: str | None, decides: bool, few: bool = False) -> Around:
    """What stands round a page. `heading` is one to count under (see edtf.group), None for none.

    What is only for those who decide is not asked for unless the viewer `decides`. `few`: it seems that they are shown
    few things, and it is quicker so if they are.
    """
    first, last = _days(heading or "")
    asked: Any = {"box": box_id, "heading": heading, "first": first, "last": last, "few": FEW}
    row = session.connection().exec_driver_sql(_statement(decides, few), asked).one()
    return Around(
        years=row.years,
        unsorted=row.unsorted,
        under=row.under,
        total=row.total,
        circles=row.circles or {},
        chapters=[Span(key, name, _day(starts), _day(ends)) for key, name, starts, ends in row.chapters or ()],
        new=row.new,
    )


def _days(heading: str) -> tuple[str, str]:
    """The first and last sort day that anything under a heading can have."""
    when = edtf.read(heading)
    last = when.last_day if when else None
    if when is None or last is None:
        return "-infinity", "-infinity"
    return str(last.replace(day=1) if when.part and not when.season else last), str(last)


def _day(iso: str | None) -> date | None:
    return date.fromisoformat(iso) if iso else None


def said(count: int) -> str:
    """A count in words: "1 thing", "430 things", "More than 1,000 things"; "" for none."""
    if count > MOST:
        return gettext("More than %(count)s things", count=f"{MOST:,}")
    return ngettext("%(num)s thing", "%(num)s things", count) if count else ""
