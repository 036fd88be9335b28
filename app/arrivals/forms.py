"""One form per HTML form of this slice."""

from collections.abc import Mapping
from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field, field_validator

from app.kit.clock import today
from app.kit.language import N_, gettext
from app.memories.kinds.letter import coming
from app.people.addresses import EmailAddress
from app.web.forms import Form

FIRST_YEAR = 1900
GiveKind = Literal["photo", "video", "voice", "words"]


class GiveForm(Form):
    """What someone gives. `once` is the id the gift will have, so that sending twice makes one."""

    once: UUID
    kind: GiveKind = "photo"
    words: str = Field("", max_length=20_000)
    day: date | None = None
    who: str = Field("", max_length=200)

    @field_validator("day")
    @classmethod
    def _usable(cls, value: date | None) -> date | None:
        if value is not None and (value > today() or value.year < FIRST_YEAR):
            raise ValueError(gettext("That day isn’t one we can use. Please pick one up to today."))
        return value


class LetterForm(Form):
    """A letter to be opened later. `once` is the id the gift will have."""

    once: UUID
    title: str = Field("", max_length=120)
    words: str = Field(min_length=1, max_length=20_000)
    opens_on: date
    messages: ClassVar[Mapping[str, str]] = {
        "words.missing": N_("Write something. One line is fine."),
        "opens_on.missing": N_("Which day does it open?"),
    }

    @field_validator("opens_on")
    @classmethod
    def _to_come(cls, value: date) -> date:
        wrong = coming(value)
        if wrong:
            raise ValueError(wrong)
        return value


class OwnWordsForm(Form):
    """What a giver called it and said, corrected. An empty title leaves the one before."""

    title: str = Field("", max_length=120)
    words: str = Field("", max_length=20_000)


class HintForm(Form):
    """What has been written so far; the word to swap now, or to leave; the words left before."""

    words: str = Field("", max_length=20_000)
    swap: str = ""
    leave: str = ""
    left: list[str] = Field(default_factory=list, max_length=100)


class AddressForm(Form):
    """The address that someone's things come from."""

    once: UUID
    sender: EmailAddress
    messages: ClassVar[Mapping[str, str]] = {"sender.missing": N_("Please type the email they send from.")}


class LetInForm(Form):
    """Who a knocker is, whether all that are shown as one are opened, and whether their mail comes straight in from
    now on."""

    who: UUID
    every: Literal["", "1"] = ""
    always: Literal["", "1"] = ""
    messages: ClassVar[Mapping[str, str]] = {"who": N_("Please say who it is.")}


class TurnAwayForm(Form):
    """Whether all that are shown as one go, and whether whoever sent them may not even knock from now on."""

    every: Literal["", "1"] = ""
    never: Literal["", "1"] = ""


class OneOfThemForm(Form):
    """Which memory of a gift is meant; none is all of it."""

    memory: UUID | None = None
