"""When something happened, as exactly as anybody knows: EDTF (ISO 8601-2:2019, levels 0 and 1) and its words.

Used of it: "" (unknown), "2014", "2014~" (about), "2014-22" (a season: 21 spring, 22 summer, 23 autumn, 24 winter),
"2014-06" and "2014-06-14".
"""

import calendar
import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from app.kit.language import N_, gettext
from app.web.words import month as month_name
from app.web.words import month_with_year, weekday_and_day

SEASONS = {21: N_("Spring"), 22: N_("Summer"), 23: N_("Autumn"), 24: N_("Winter")}
OF_A_YEAR = {
    21: N_("Spring %(year)s"),
    22: N_("Summer %(year)s"),
    23: N_("Autumn %(year)s"),
    24: N_("Winter %(year)s"),
}
# The last month a season of that year could be in. Winter is cut at the year's end, so that it stays in its own year.
LAST_MONTH = {21: 5, 22: 8, 23: 11, 24: 12}
NOT_SORTED = N_("Not sorted yet")
_SHAPE = re.compile(r"(\d{4})(?:(~)|-(\d{2})(?:-(\d{2}))?)?")


@dataclass(frozen=True, slots=True)
class When:
    """The parts of an EDTF text. `part` is a month 1–12 or a season 21–24."""

    year: int
    part: int | None = None
    day: int | None = None
    about: bool = False

    @property
    def season(self) -> int | None:
        """The season, 21–24, or None when the part is a month or nothing."""
        return self.part if self.part in SEASONS else None

    @property
    def last_day(self) -> date:
        """The last day it could have been."""
        month = LAST_MONTH.get(self.part or 12, self.part or 12)
        return date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])

    @property
    def edtf(self) -> str:
        """The text it was read from."""
        text = f"{self.year:04}{'~' if self.about else ''}"
        if self.part:
            text += f"-{self.part:02}"
        return text + (f"-{self.day:02}" if self.day else "")


@lru_cache(maxsize=4096)
def read(edtf: str) -> When | None:
    """The parts of an EDTF text, None for "" (unknown). Raises ValueError for anything else, and for 31 June."""
    if not edtf:
        return None
    match = _SHAPE.fullmatch(edtf)
    if match is None:
        raise ValueError("not a date we keep")
    year, about, part, day = match.groups()
    when = When(int(year), int(part) if part else None, int(day) if day else None, bool(about))
    if when.part is not None and not (1 <= when.part <= 12 or (when.part in SEASONS and when.day is None)):
        raise ValueError("not a month or a season")
    _ = when.last_day
    return when


def is_day(text: str) -> bool:
    """Whether an EDTF text is there, and says a day."""
    try:
        when = read(text)
    except ValueError:
        return False
    return when is not None and when.day is not None


def last_day(edtf: str) -> date | None:
    """The sort key: the last day it could have been, None when unknown."""
    when = read(edtf)
    return when.last_day if when else None


def words(edtf: str) -> str:
    """Say it: "Saturday 16 May 2020", "June 2026", "Summer 2019", "2014", "Around 2014" or "Not sorted yet"."""
    when = read(edtf)
    if when is None:
        return gettext(NOT_SORTED)
    if when.day:
        return weekday_and_day(when.last_day)
    if when.season:
        return gettext(OF_A_YEAR[when.season], year=when.year)
    if when.part:
        return month_with_year(when.last_day)
    return gettext("Around %(year)s", year=when.year) if when.about else str(when.year)


def month_words(month: int) -> str:
    """ "January", for 1."""
    return month_name(date(2000, month, 1))


def year_words(edtf: str, this_year: int) -> str:
    """Say its year alone: "2026 so far" in this year, "2014", "around 2014"; "" when unknown."""
    when = read(edtf)
    if when is None:
        return ""
    if when.year == this_year:
        return gettext("%(year)s so far", year=when.year)
    return gettext("around %(year)s", year=when.year) if when.about else str(when.year)


@lru_cache(maxsize=4096)
def group(edtf: str) -> str:
    """The heading it stands under: its month, its season, its year, or "" when unknown. EDTF again."""
    when = read(edtf)
    if when is None:
        return ""
    return When(when.year, when.part).edtf


def group_words(group: str, this_year: int) -> str:
    """A heading in words: "June" in this year, "June 2020" in another, "Summer 2019", "2014", "Not sorted yet"."""
    when = read(group)
    if when is None or when.year != this_year or when.part is None:
        return words(group)
    return gettext(SEASONS[when.season]) if when.season else month_words(when.part)
