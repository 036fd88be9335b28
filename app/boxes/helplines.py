"""Who to ring when today is hard: read from helplines.json, whose numbers are checked before each release."""

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

_FILE = Path(__file__).with_name("helplines.json")


class Helpline(BaseModel):
    """One line. `way` is how a phone opens it (RFC 3966 tel:, RFC 5724 sms:)."""

    name: str
    words: str
    number: str
    way: Literal["tel", "sms"]

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
