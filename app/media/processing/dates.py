"""Days as devices write them down: which are days at all, and which a device writes when it knows none."""

import re
from datetime import UTC, date, datetime, timedelta, timezone

# What clocks begin with: Macintosh, Unix, DOS (and GPS, 1980-01-06), cameras of every make, and Android's own camera.
_NEVER_SET = {
    date(1904, 1, 1), date(1969, 12, 31), date(1970, 1, 1), date(1979, 12, 31), date(1980, 1, 1), date(1980, 1, 6),
    date(2000, 1, 1), date(2002, 12, 8),
}  # fmt: skip
_FIRST_YEAR = 1826
_LAST_YEAR = 2200
# EXIF 2.32 writes 2019:07:04 10:20:30; XMP 2019-07-04T10:20:30.5+01:00; others mix the two, or leave the hour out.
_SHAPE = re.compile(
    r"\s*(\d{4})([:\-/.])(\d{1,2})\2(\d{1,2})"
    r"(?:[T ]+(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?(?:[.,]\d+)?\s*(Z|[+-]\d{2}:?\d{2})?)?(?![:\-/.]?\d)"
)
_IN_A_NAME = re.compile(
    r"(?<!\d)(?P<year>19[89]\d|20\d\d)(?P<gap>[-_.: ]?)(?P<month>0[1-9]|1[0-2])(?P=gap)(?P<day>0[1-9]|[12]\d|3[01])"
    r"(?=\d{6}(?:\d{3})?(?!\d)|\D|$)"
)
# Facebook's and some chat programs': milliseconds since 1970, from 2001 to 2033.
_MILLISECONDS = re.compile(r"(?<!\d)(1\d{12})(?!\d)")


def read_when(text: str) -> datetime | None:
    """The moment a device wrote down, None for none: no such day, or one that only says that its clock was never set.

    With a zone where the text has one; a day without an hour is its midnight.
    """
    found = _SHAPE.match(text)
    if found is None:
        return None
    year, month, day = int(found[1]), int(found[3]), int(found[4])
    hour, minute, second = (int(found[at] or 0) for at in (5, 6, 7))
    try:
        when = datetime(year, month, day)
    except ValueError:
        return None
    if not _FIRST_YEAR <= year <= _LAST_YEAR or when.date() in _NEVER_SET:
        return None
    if hour < 24 and minute < 60 and second < 60:
        when = when.replace(hour=hour, minute=minute, second=second)
    return when.replace(tzinfo=_zone(found[8]))


def _zone(text: str | None) -> timezone | None:
    if not text:
        return None
    if text == "Z":
        return UTC
    ahead = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return timezone(-ahead if text[0] == "-" else ahead) if ahead < timedelta(hours=24) else None


def day_in_name(name: str, until: date) -> date | None:
    """The day that a file's name says, for a person to say yes or no to; none after `until`.

    Phones, cameras and chat programs write it as 20220528, 2022-05-28 and the like; it may be the day of sending.
    """
    for found in _IN_A_NAME.finditer(name):
        try:
            day = date(int(found["year"]), int(found["month"]), int(found["day"]))
        except ValueError:
            continue
        if day <= until and day not in _NEVER_SET:
            return day
    since = _MILLISECONDS.search(name)
    if since is None:
        return None
    day = (datetime(1970, 1, 1) + timedelta(milliseconds=int(since[1]))).date()
    return day if day <= until else None
