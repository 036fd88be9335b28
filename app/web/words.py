"""Jinja filters that turn numbers and times into words a nine-year-old reads."""

from datetime import UTC, date, datetime, timedelta

from app.kit import clock
from app.kit.language import ENGLISH, speaking


def _local_day(value: date | datetime) -> date:
    if not isinstance(value, datetime):
        return value
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(clock.HOME_ZONE).date()


def _written(value: date, english: str, elsewhere: str) -> str:
    """The English words for a day, or another language's by a pattern of Unicode's (UTS 35)."""
    if speaking() == ENGLISH:
        return english
    from babel.dates import format_date

    return format_date(value, elsewhere, locale=speaking())


def day(value: date | datetime) -> str:
    """A day in words, "31 August 2026", without the year when it is this year. A moment counts in London time."""
    that = _local_day(value)
    words = f"{that.day} {that:%B}"
    return words if that.year == clock.today().year else f"{words} {that.year}"


def day_and_year(value: date) -> str:
    """A day in words, always with its year: "31 August 2026"."""
    return _written(value, f"{value.day} {value:%B %Y}", "d MMMM y")


def month(value: date) -> str:
    """ "August"."""
    return _written(value, f"{value:%B}", "LLLL")


def month_and_year(value: date) -> str:
    """ "August 2026"."""
    return _written(value, f"{value:%B %Y}", "LLLL y")


def clock_words(seconds: float) -> str:
    """A length of time in seconds as "6:12", or "1:02:03" from an hour up."""
    whole = max(0, round(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def ago_words(value: datetime) -> str:
    """When something happened: "today at 3:40", "yesterday", "Tuesday", then the day. London time, 12-hour clock."""
    moment = (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(clock.HOME_ZONE)
    days = (clock.today() - moment.date()) // timedelta(days=1)
    if days == 0:
        return f"today at {moment.hour % 12 or 12}:{moment:%M}"
    if days == 1:
        return "yesterday"
    if 1 < days < 7:
        return f"{moment:%A}"
    return day(moment)


def size_words(count: int) -> str:
    """A number of bytes as "84 MB": powers of 1000, whole numbers, one decimal under 10 GB."""
    if count < 1000:
        return f"{count} bytes"
    if count < 999_500:
        return f"{round(count / 1000)} KB"
    if count < 999_500_000:
        return f"{round(count / 1_000_000)} MB"
    gigabytes = count / 1_000_000_000
    return f"{gigabytes:.1f} GB" if gigabytes < 10 else f"{round(gigabytes)} GB"
