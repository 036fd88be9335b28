"""How the demo's boxes are told: the shapes of stories/*.toml, and how its days move on with the years."""

import tomllib
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from app.kit.clock import HOME_ZONE, now, today
from app.memories import edtf
from app.memories.kinds import KINDS
from app.memories.kinds.kind import Details

STORIES = Path(__file__).parent / "stories"
TOLD_ON = date(2026, 11, 21)
"""The day the stories are told on. They move on by whole years, so that they end within the last twelve months."""


class Shape(BaseModel):
    """Part of a story, as it is written down."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Drawn(Shape):
    """A picture of a scene of `art`; `tall` as a phone held upright takes it."""

    scene: str
    seed: int = 0
    tall: bool = False


class Filmed(Shape):
    """A film of a scene, in seconds."""

    scene: str
    seconds: float
    seed: int = 0


class Heard(Shape):
    """A sound: a walk out of doors, or somebody humming, in seconds."""

    what: Literal["walk", "hum"]
    seconds: float
    seed: int = 0


class Paper(Shape):
    """A certificate: the PDF itself, or a photo of it on a table."""

    title: str
    name: str
    line: str
    school: str
    seed: int = 0
    photo: bool = False


Piece = Drawn | Filmed | Heard | Paper


class Side(Shape):
    """How someone remembers it. `who` is "me" or a key of the box's people; `on` a day, or how many days ago."""

    who: str
    words: str
    on: str | int


class StopOnTheWay(Shape):
    """A stop of a pod walk at a second, with the scene of its photo if it has one."""

    title: str
    at: float
    scene: str = ""

    @property
    def picture(self) -> Drawn | None:
        return Drawn(scene=self.scene, seed=9) if self.scene else None


class Told(Shape):
    """A memory. `happened` is EDTF; `put_in` the day it came to the box, or how many days ago ("" is the day after).

    `giver` is a key of the box's people ("" is the owner), `way` how it came. `seen_by`: names of circles and keys of
    people, from the day it came; `until` ("08-31") is the last day of it, chosen last week. `line` is a walk's way:
    (metres east, metres north) from where it began. `end` is what became of it.
    """

    kind: str
    title: str
    happened: str = ""
    words: str = ""
    put_in: str | int = ""
    place: str = ""
    chapter: str = ""
    details: dict[str, Any] = {}
    pieces: tuple[Piece, ...] = ()
    giver: str = ""
    way: Literal["web", "mail"] = "web"
    seen_by: tuple[str, ...] = ()
    until: str = ""
    sides: tuple[Side, ...] = ()
    stops: tuple[StopOnTheWay, ...] = ()
    line: tuple[tuple[float, float], ...] = ()
    only_me: bool = False
    end: Literal["kept", "put_away", "trashed", "arrived"] = "kept"

    @property
    def typed(self) -> Details:
        """`details` as its kind's pydantic model."""
        return KINDS[self.kind].details.model_validate(self.details)

    @property
    def pictured(self) -> list[Piece]:
        """Every piece there is to make for it."""
        return [*self.pieces, *(stop.picture for stop in self.stops if stop.picture)]


class Someone(Shape):
    """Someone in a box's life, as the young person calls them. `account` is who they sign in as, a key of the cast.

    `since` is the day they were let in, `ended` the day that stopped. `writes_from` is the e-mail address from which
    they send things.
    """

    key: str
    called: str
    about: str
    face: str
    tint: int
    ring: int
    since: str
    account: str = ""
    in_touch: bool = True
    keeper: bool = False
    ended: str = ""
    writes_from: str = ""


class Part(Shape):
    """A chapter. Its days may be unknown."""

    name: str
    starts_on: str = ""
    ends_on: str = ""
    home: bool = False
    words: str = ""


class Looked(Shape):
    """Someone opened a memory (or, without a title, the box), `on` a day or so many days ago, at an hour, so often."""

    who: str
    what: Literal["timeline", "memory", "listened", "watched"]
    title: str = ""
    on: str | int
    at: str
    times: int = 1


class Letter(Shape):
    """An e-mail from someone unknown, with one picture, to the address that was given to `to` (someone's key)."""

    to: str
    claimed: str
    sender: str
    subject: str
    words: str
    picture: Drawn


class Story(Shape):
    """One box: whose, how it looks, who is in its life and what is in it. `circles` are names and members' keys."""

    owner: str
    name: str
    age: int
    began: str
    people: tuple[Someone, ...] = ()
    circles: dict[str, tuple[str, ...]] = {}
    memories: tuple[Told, ...] = ()
    chapters: tuple[Part, ...] = ()
    looks: tuple[Looked, ...] = ()
    theme: str = "tide"
    pictures: bool = False
    cover: str = "tide"
    stage: Literal["mine", "kept_together"] = "mine"
    knock: Letter | None = None
    portal: bool = False

    @property
    def pictured(self) -> list[Piece]:
        """Every piece there is to make for it, in the order told."""
        pieces = [piece for told in self.memories for piece in told.pictured]
        return [*pieces, self.knock.picture] if self.knock else pieces


def read(name: str) -> Story:
    """The story of one box. Raises FileNotFoundError, and ValueError for one that is not of these shapes."""
    return Story.model_validate(tomllib.loads((STORIES / f"{name}.toml").read_text(encoding="utf-8")))


def years_on(day: date) -> int:
    """By how many years the stories have moved on when they are told on `day`."""
    return day.year - TOLD_ON.year - ((day.month, day.day) < (TOLD_ON.month, TOLD_ON.day))


def moved(text: str) -> str:
    """An EDTF text or a day of a story, moved on with it; "" stays unknown."""
    when = edtf.read(text)
    if when is None:
        return ""
    return edtf.When(when.year + years_on(today()), when.part, when.day, when.about).edtf


def day_of(text: str) -> date:
    """The last day that an EDTF text of a story could mean. Raises ValueError for ""."""
    day = edtf.last_day(moved(text))
    if day is None:
        raise ValueError("not a day")
    return day


def next_day(month_and_day: str) -> date:
    """The next "08-31" that has not gone."""
    month, day = (int(part) for part in month_and_day.split("-"))
    this_year = date(today().year, month, day)
    return this_year if this_year >= today() else date(today().year + 1, month, day)


def at(day: date, clock: str = "18:20") -> datetime:
    """A moment of a day in London; the present one where that is still to come."""
    moment = datetime.combine(day, time.fromisoformat(clock), HOME_ZONE)
    return min(moment, now() - timedelta(minutes=1))


def days_ago(days: int, clock: str = "18:20") -> datetime:
    """A moment so many days ago, as `at`."""
    return at(today() - timedelta(days=days), clock)


def moment_on(on: str | int, clock: str) -> datetime:
    """A moment of a day, or so many days ago."""
    return at(day_of(on), clock) if isinstance(on, str) else days_ago(on, clock)


def moment_of(told: Told, began: date) -> datetime:
    """When a memory came to the box: never before the box was there, never in the future."""
    if isinstance(told.put_in, int):
        return days_ago(told.put_in)
    if told.put_in or told.happened:
        day = day_of(told.put_in) if told.put_in else day_of(told.happened) + timedelta(days=1)
        return at(max(day, began))
    return at(began)
