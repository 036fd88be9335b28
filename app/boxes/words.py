"""Words that these pages put together."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from app.kit.clock import HOME_ZONE
from app.web.errors import NotHere
from app.web.words import ago_words, day


def names(called: Iterable[str]) -> str:
    """People in one breath: "Joe", "Joe and Sam", "Joe, Sam and Nan"."""
    people = list(called)
    return " and ".join(part for part in (", ".join(people[:-1]), *people[-1:]) if part)


def count_words(count: int, one: str = "thing", many: str = "things") -> str:
    """ "1 thing", "3 things"."""
    return f"{count} {one if count == 1 else many}"


def id_in(text: str) -> UUID:
    """The id in a path. Raises NotHere, so that nonsense answers like the invisible."""
    try:
        return UUID(text)
    except ValueError:
        raise NotHere from None


def log_day(at: datetime) -> str:
    """When, at the start of a line: "Today", "Yesterday", "Tuesday", "16 May 2020"."""
    when = ago_words(at).split(" at ")[0]
    return when[:1].upper() + when[1:]


def moment_words(at: datetime) -> str:
    """A day to come and the time of it, in London: "25 November, 2:05 pm"."""
    there = at.astimezone(HOME_ZONE)
    return f"{day(at)}, {there.hour % 12 or 12}:{there:%M} {'am' if there.hour < 12 else 'pm'}"
