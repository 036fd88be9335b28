"""One form per HTML form of this slice."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from app.kit.clock import today
from app.kit.ids import new_id
from app.kit.language import N_, gettext
from app.memories.chapter import Chapter
from app.web.forms import Form, Typed

FIRST_YEAR = 1900


class ChapterForm(Form):
    """A chapter as typed: for each end a year, or the very day. No end at all is "until now"."""

    name: str = Field(min_length=1, max_length=120)
    words: str = Field("", max_length=10_000)
    home: bool = False
    from_year: int | None = Field(None, ge=FIRST_YEAR, le=2200)
    from_day: date | None = None
    to_year: int | None = Field(None, ge=FIRST_YEAR, le=2200)
    to_day: date | None = None
    messages: ClassVar = {
        "name.missing": N_("What do you call it? A place, a school, a time."),
        "from_year": N_("Please type a year, like 2019."),
        "to_year": N_("Please type a year, like 2019."),
    }

    def ends(self) -> tuple[date | None, date | None, dict[str, str]]:
        """The first and the last day, and one sentence per field that is wrong. The day wins over the year."""
        began = self.from_day or (date(self.from_year, 1, 1) if self.from_year else None)
        ended = self.to_day or (date(self.to_year, 12, 31) if self.to_year else None)
        errors: dict[str, str] = {}
        if began and began > today():
            errors["from_day" if self.from_day else "from_year"] = gettext(
                "That hasn’t come yet. Please pick a time up to today."
            )
        if began and ended and ended < began:
            errors["to_day" if self.to_day else "to_year"] = gettext("This is before it began. Please check the two.")
        return began, ended, errors

    def fill(self, chapter: Chapter) -> dict[str, str]:
        """Write it into a chapter; returns what is wrong, and then changes nothing."""
        began, ended, errors = self.ends()
        if not errors:
            chapter.name, chapter.words, chapter.home = self.name, self.words, self.home
            chapter.starts_on, chapter.ends_on = began, ended
        return errors


def shown_chapter(chapter: Chapter) -> Typed:
    """The fields that say this chapter again."""
    shown: Typed = {"name": chapter.name, "words": chapter.words, "home": "on" if chapter.home else ""}
    for end, day, whole in (("from", chapter.starts_on, (1, 1)), ("to", chapter.ends_on, (12, 31))):
        if day is not None:
            shown |= (
                {f"{end}_year": str(day.year)} if (day.month, day.day) == whole else {f"{end}_day": day.isoformat()}
            )
    return shown


class AskToSeeForm(Form):
    """What someone would like to see. `once` is the id of the ask."""

    once: UUID = Field(default_factory=new_id)
    words: str = Field(min_length=1, max_length=200)
    messages: ClassVar = {"words.missing": N_("What would you like to see?")}


class AskForForm(Form):
    """What a box asks for, and of whom."""

    once: UUID = Field(default_factory=new_id)
    words: str = Field(min_length=1, max_length=300)
    person: list[UUID] = Field(min_length=1, max_length=40)
    messages: ClassVar = {
        "words.missing": N_("What do you want to ask?"),
        "person.missing": N_("Who do you want to ask?"),
        "person": N_("Please choose from the list."),
    }


class ShowForm(Form):
    """What is shown to someone who asked."""

    memory: list[UUID] = Field(min_length=1, max_length=200)
    messages: ClassVar = {"memory.missing": N_("Choose something to show, or go back and leave it.")}
