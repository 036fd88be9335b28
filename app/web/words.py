"""Jinja filters that turn numbers and times into words a nine-year-old reads.

English is written here; Babel, which knows the other languages, is imported by who speaks one.
"""

from datetime import UTC, date, datetime, timedelta

from app.kit import clock
from app.kit.language import ENGLISH, gettext, ngettext, speaking


def _local(moment: datetime) -> datetime:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(clock.HOME_ZONE)


def _written(value: date, english: str, elsewhere: str) -> str:
    """The English words for a day, or another language's by a pattern of Unicode's (UTS 35)."""
    if speaking() == ENGLISH:
        return english
    from babel.dates import format_date

    return format_date(value, elsewhere, locale=speaking())


def day(value: date | datetime) -> str:
    """A day in words, "31 August 2026", without the year when it is this year. A moment counts in London time."""
    that = _local(value).date() if isinstance(value, datetime) else value
    if that.year != clock.today().year:
        return day_with_year(that)
    return _written(that, f"{that.day} {that:%B}", "d MMMM")


def day_with_year(value: date) -> str:
    """A day in words, always with its year: "31 August 2026"."""
    return _written(value, f"{value.day} {value:%B %Y}", "d MMMM y")


def weekday(value: date) -> str:
    """ "Tuesday"."""
    return _written(value, f"{value:%A}", "cccc")


def weekday_and_day(value: date) -> str:
    """ "Tuesday 31 August 2026"."""
    return _written(value, f"{value:%A} {value.day} {value:%B %Y}", "EEEE d MMMM y")


def month(value: date) -> str:
    """ "August"."""
    return _written(value, f"{value:%B}", "LLLL")


def month_with_year(value: date) -> str:
    """ "August 2026"."""
    return _written(value, f"{value:%B %Y}", "LLLL y")


def time_words(moment: datetime) -> str:
    """A time of day as it is written on a clock, "3:40"; where the language's way is to say which half, it is said."""
    if speaking() == ENGLISH:
        return f"{moment.hour % 12 or 12}:{moment:%M}"
    from babel.dates import format_time

    return format_time(moment.replace(tzinfo=None), "short", locale=speaking())


def clock_words(seconds: float) -> str:
    """A length of time in seconds as "6:12", or "1:02:03" from an hour up. In digits, as on a player, everywhere."""
    whole = max(0, round(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def ago_words(value: datetime) -> str:
    """When something happened: "today at 3:40", "yesterday", "Tuesday", then the day. London time, 12-hour clock."""
    moment = _local(value)
    days = (clock.today() - moment.date()) // timedelta(days=1)
    if days == 0:
        return gettext("today at %(time)s", time=time_words(moment))
    if days == 1:
        return gettext("yesterday")
    if 1 < days < 7:
        return weekday(moment)
    return day(moment)


def number_words(value: float) -> str:
    """A number in digits, with the language's own marks and at most one decimal: "2.3", "1,200"."""
    rounded = round(value, 1)
    if speaking() == ENGLISH:
        return f"{rounded:,}".removesuffix(".0")
    from babel.numbers import format_decimal

    return format_decimal(rounded, locale=speaking())


def size_words(count: int) -> str:
    """A number of bytes as "84 MB": powers of 1000, whole numbers, one decimal under 10 GB."""
    if count < 1000:
        return ngettext("%(num)s byte", "%(num)s bytes", count)
    if count < 999_500:
        return gettext("%(number)s KB", number=round(count / 1000))
    if count < 999_500_000:
        return gettext("%(number)s MB", number=round(count / 1_000_000))
    gigabytes = count / 1_000_000_000
    return gettext("%(number)s GB", number=number_words(gigabytes if gigabytes < 10 else round(gigabytes)))
