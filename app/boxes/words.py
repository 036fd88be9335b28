"""Words that these pages put together."""

from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from unicodedata import bidirectional
from uuid import UUID

from markupsafe import Markup

from app.kit.clock import HOME_ZONE, today
from app.kit.language import ENGLISH, direction, gettext, speaking
from app.web.errors import NotHere
from app.web.words import ago_words, day, time_words


def names(called: Iterable[str]) -> str:
    """People in one breath: "Joe", "Joe and Sam", "Joe, Sam and Nan"."""
    people = list(called)
    if len(people) < 2:
        return "".join(people)
    but_one = reduce(lambda before, name: gettext("%(names)s, %(name)s", names=before, name=name), people[:-1])
    return gettext("%(names)s and %(name)s", names=but_one, name=people[-1])


def bdi(name: str) -> str:
    """What a person typed, as it stands in a sentence of a page (HTML's bdi element).

    Apart from the sentence where either may be written from right to left; else as it is.
    """
    if direction() == "ltr" and (name.isascii() or not any(bidirectional(letter) in ("R", "AL") for letter in name)):
        return name
    return Markup("<bdi>{}</bdi>").format(name)


def id_in(text: str) -> UUID:
    """The id in a path. Raises NotHere, so that nonsense answers like the invisible."""
    try:
        return UUID(text)
    except ValueError:
        raise NotHere from None


def log_day(at: datetime) -> str:
    """When, at the start of a line: "Today", "Yesterday", "Tuesday", "16 May 2020"."""
    if at.astimezone(HOME_ZONE).date() == today():
        return gettext("Today")
    when = ago_words(at)
    return when[:1].upper() + when[1:]


def moment_words(at: datetime) -> str:
    """A day to come and the time of it, in London: "25 November, 2:05 pm"."""
    there = at.astimezone(HOME_ZONE)
    half = f" {'am' if there.hour < 12 else 'pm'}" if speaking() == ENGLISH else ""
    return gettext("%(day)s, %(time)s", day=day(at), time=time_words(there) + half)
