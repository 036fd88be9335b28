"""Who to ring when today is hard: read from helplines.json, whose numbers are checked before each release."""

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from app.kit.language import N_, gettext

_FILE = Path(__file__).with_name("helplines.json")

_WORDS = {
    "Childline": N_("Day or night, under 19. It won’t show on the bill"),
    "Shout": N_("Text if you don’t want to talk"),
    "Become": N_("For young people in care and after"),
    "Help at Hand": N_("The Children’s Commissioner’s people, on your side"),
    "Coram Voice": N_("Someone to be your voice"),
    "Samaritans": N_("Any age, day or night"),
    "999": N_("If someone is in danger now"),
}


class Helpline(BaseModel):
    """One line. `way` is how a phone opens it (RFC 3966 tel:, RFC 5724 sms:)."""

    name: str
    number: str
    way: Literal["tel", "sms"]

    @property
    def words(self) -> str:
        """What it is for, in the language of the moment."""
        return gettext(_WORDS[self.name])

    @property
    def href(self) -> str:
        return f"{self.way}:{self.number.replace(' ', '')}"


class Helplines(BaseModel):
    """All of them, and the day that somebody last checked the numbers."""

    checked_on: date
    lines: list[Helpline]


@lru_cache
def helplines() -> Helplines:
    """The file, read once."""
    return Helplines.model_validate_json(_FILE.read_text())
