"""What an app can be let do, for how long, and the words for it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from app.boxes.words import names
from app.kit.clock import HOME_ZONE, now, today
from app.kit.config import settings
from app.kit.language import N_, gettext
from app.web.words import day_with_year

Length = Literal["once", "term", "year", "until"]
LENGTHS: tuple[Length, ...] = ("once", "term", "year", "until")
ONCE = timedelta(hours=1)
# A term that is nearly over is not what anyone means by "this term".
SHORTEST_TERM = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Scope:
    """One permission. `title` and `sub` stand beside its switch; `may` ends the sentence "It can …".

    `kind` is the kind of memory it lets an app send; `shows` marks one that lets an app see something.
    """

    name: str
    title: str
    sub: str
    may: str
    kind: str = ""
    shows: bool = False


_NOTHING_KEPT = N_("You still choose what to keep.")
SCOPES: dict[str, Scope] = {
    scope.name: scope
    for scope in (
        Scope(
            "add:certificate", N_("Send you certificates"), _NOTHING_KEPT, N_("send you certificates"), "certificate"
        ),
        Scope("add:photo", N_("Send you photos"), _NOTHING_KEPT, N_("send you photos"), "photo"),
        Scope("add:video", N_("Send you videos"), _NOTHING_KEPT, N_("send you videos"), "video"),
        Scope(
            "read:circle",
            N_("See what you share with one circle"),
            "",
            N_("see what you share with %(circle)s"),
            shows=True,
        ),
        Scope(
            "read:profile",
            N_("Know what you are called"),
            N_("Your name here. Nothing else about you."),
            N_("know what you are called"),
            shows=True,
        ),
    )
}
SENDING = tuple(name for name in SCOPES if name.startswith("add:"))
READ_CIRCLE, READ_PROFILE = "read:circle", "read:profile"


def in_order(asked: list[str] | tuple[str, ...] | set[str]) -> list[str]:
    """Those that are ours, each once, in the order they are shown."""
    return [name for name in SCOPES if name in asked]


def may_words(scopes: list[str], circle: str) -> str:
    """What it comes to, to follow "can": "send you photos and see what you share with School"."""
    called = circle or gettext("nobody")
    return names(gettext(SCOPES[name].may, circle=called) for name in in_order(scopes))


def term_end(day: date | None = None) -> date:
    """The last day of the term that `day` (today) is in, by TERM_ENDS; one that ends within a week is passed over."""
    first = (day or today()) + SHORTEST_TERM
    ends = [tuple(int(part) for part in each.split("-")) for each in settings().term_ends.split(",")]
    return min(on for year in (first.year, first.year + 1) for on in (date(year, m, d) for m, d in ends) if on >= first)


def ends_at(length: Length) -> datetime:
    """When a permission given now for so long ends. Days end at midnight in London.

    "Until I say stop" is a year as well, and then the app has to ask again: nobody is forgotten in a box for ever.
    """
    if length == "once":
        return now() + ONCE
    last = term_end() if length == "term" else today() + timedelta(days=365)
    return datetime.combine(last + timedelta(days=1), time(), HOME_ZONE)


def until_words(length: str, at: datetime) -> str:
    """ "for one hour", "until 17 July 2026", "until you stop it"."""
    if length == "until":
        return gettext("until you stop it")
    if length == "once":
        return gettext("for one hour")
    return gettext("until %(day)s", day=day_with_year(last_day(at)))


def last_day(at: datetime) -> date:
    """The last whole day of a permission that ends at this moment."""
    return (at - timedelta(seconds=1)).astimezone(HOME_ZONE).date()
