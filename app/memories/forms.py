"""The forms of this slice: what every kind asks, when it happened, who can see it, how someone remembers it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from app.kit.clock import today
from app.kit.language import N_, gettext
from app.memories import edtf
from app.memories.edtf import When
from app.memories.memory import Memory
from app.web.forms import Form, Typed, parse

FIRST_YEAR = 1900
Raw = Mapping[str, str | list[str]]


class Shown(dict[str, Any]):
    """What the fields of a page hold; one that holds nothing is empty."""

    def __missing__(self, name: str) -> str:
        return ""


class EnvelopeForm(Form):
    """What every kind asks. `once` is the id the memory will have, so that sending twice makes one."""

    once: UUID | None = None
    title: str = Field("", max_length=120)
    words: str = Field("", max_length=20_000)
    place: str = Field("", max_length=200)
    chapter: UUID | None = None


class WhenForm(Form):
    """When it happened, as exactly as anybody knows. "taken" leaves it to the file."""

    when: Literal["unknown", "taken", "year", "about", "season", "month", "day"] = "unknown"
    when_year: int | None = None
    when_season: int | None = Field(None, ge=21, le=24)
    when_month: int | None = Field(None, ge=1, le=12)
    when_day: date | None = None
    messages: ClassVar = {
        "when_year": N_("Please type a year, like 2019."),
        "when_day": N_("Please pick a day, like 14 June 2026."),
    }

    def edtf(self) -> tuple[str, dict[str, str]]:
        """EDTF and no errors, or "" and one sentence per field."""
        if self.when in ("unknown", "taken"):
            return "", {}
        if self.when == "day":
            if self.when_day is None:
                return "", {"when_day": gettext("Which day? Or choose “I don’t know”.")}
            if self.when_day > today() or self.when_day.year < FIRST_YEAR:
                return "", {"when_day": gettext("That day isn’t one we can use. Please pick one up to today.")}
            return self.when_day.isoformat(), {}
        if self.when_year is None:
            return "", {"when_year": gettext("Which year? Or choose “I don’t know”.")}
        if not FIRST_YEAR <= self.when_year <= today().year:
            said = gettext("Please type a year from %(first)s to %(last)s.", first=FIRST_YEAR, last=today().year)
            return "", {"when_year": said}
        part = {"season": self.when_season, "month": self.when_month}.get(self.when)
        if self.when == "season" and part is None:
            return "", {"when_season": gettext("Which season?")}
        if self.when == "month" and part is None:
            return "", {"when_month": gettext("Which month?")}
        return When(self.when_year, part, about=self.when == "about").edtf, {}


def read_when(fields: Raw) -> tuple[str, bool, dict[str, str]]:
    """EDTF, whether it is left to the file ("the day it was taken"), and one sentence per field that is wrong."""
    # A field of another choice may hold anything: it is not looked at.
    used = {
        "day": ("when_day",), "month": ("when_year", "when_month"), "season": ("when_year", "when_season"),
        "year": ("when_year",), "about": ("when_year",),
    }.get(str(fields.get("when") or ""), ())  # fmt: skip
    form, errors = parse(WhenForm, {name: fields[name] for name in ("when", *used) if name in fields})
    if form is None:
        return "", False, errors
    happened, wrong = form.edtf()
    return happened, form.when == "taken", wrong


def shown_when(happened: str) -> Typed:
    """The fields that say this EDTF again."""
    when = edtf.read(happened)
    if when is None:
        return {"when": "unknown"}
    shown: Typed = {"when_year": str(when.year)}
    if when.day:
        return {"when": "day", "when_day": happened}
    if when.season:
        return shown | {"when": "season", "when_season": str(when.part)}
    if when.part:
        return shown | {"when": "month", "when_month": str(when.part)}
    return shown | {"when": "about" if when.about else "year"}


def shown_memory(memory: Memory) -> Typed:
    """The shared fields of a memory that is being changed."""
    return {
        "title": memory.title,
        "words": memory.words,
        "place": memory.place,
        "chapter": str(memory.chapter_id or ""),
        **shown_when(memory.happened),
    }


class AudienceForm(Form):
    """Who can see it. `start` is "me" or "people"; `until` is "change" (until I change it) or "date"."""

    start: Literal["me", "people"] = "me"
    circle: list[UUID] = Field(default_factory=list)
    until: Literal["change", "date"] = "change"
    until_day: date | None = None
    messages: ClassVar = {
        "until_day": N_("Please pick a day, like 31 August 2026."),
        "circle": N_("Please choose from the list."),
    }

    def last_day(self) -> tuple[date | None, dict[str, str]]:
        """The last day they can see it (None: until I change it), or a sentence for `until_day`."""
        if self.start == "me" or self.until == "change":
            return None, {}
        if self.until_day is None:
            return None, {"until_day": gettext("Until which day? Or choose “I change it”.")}
        if self.until_day < today():
            return None, {"until_day": gettext("That day has gone. Pick today or a later day.")}
        return self.until_day, {}

    def circles(self) -> Sequence[UUID]:
        """The circles that were picked; none for "Just me"."""
        return list(dict.fromkeys(self.circle)) if self.start == "people" else []


class PerspectiveForm(Form):
    """How someone remembers it."""

    once: UUID | None = None
    remembered: str = Field(min_length=1, max_length=20_000)
    messages: ClassVar = {"remembered.missing": N_("Write something first. One line is fine.")}


class ChapterForm(Form):
    """Which chapter it belongs in; empty takes it out."""

    chapter: UUID | None = None


class StillForm(Form):
    """What a phone holds to read with no signal: `of` names the sign-in it was sealed for."""

    of: str = Field("", max_length=64)
    id: list[UUID] = Field(default_factory=list, max_length=500)
