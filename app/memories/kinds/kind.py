"""What a kind of memory adds to the envelope."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from app.kit.language import gettext
from app.web.forms import Form, Typed, parse


class Details(BaseModel):
    """What differs, kept as JSON in `memory.details`. Every field has a default: a gift arrives with none of them."""

    model_config = ConfigDict(extra="ignore")

    def uploads(self) -> list[UUID]:
        """Uploads that belong to a part of the details (a stop's photo), not to the memory as a whole."""
        return []

    def claimed(self, files: Mapping[UUID, UUID]) -> None:
        """Told which file each of `uploads()` became (upload id -> media file id)."""


Raw = Mapping[str, str | list[str]]
Read = tuple[Details | None, dict[str, str]]


class KindForm(Form):
    """A kind's own part of the page. One whose fields are the details' fields needs only `details_type`."""

    @classmethod
    def read(cls, fields: Raw, details: type[Details]) -> Read:
        """What was typed as details and no errors, or None and one sentence per field."""
        form, errors = parse(cls, fields)
        return (details.model_validate(form.model_dump()) if form else None), errors

    @classmethod
    def shown(cls, details: Any) -> Typed:
        """The other way round: what the fields hold when it is changed later."""
        kept: Typed = {name: str(value or "") for name, value in details.model_dump().items()}
        return kept


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind. Its templates are memories/kinds/<name>/{_card,_body,_fields}.html.

    `word`, `a` and `noun` are its name on screen ("Voice", "a recording", "Recording"); `heading` asks for it on its
    own page; `see` is what people do with it ("see", "hear"). `offer` is the line under it on the Add page, where it is
    a tile or a row. `least`–`most` files come with it, of the sorts in `accepts` (the HTML attribute); `none_chosen` is
    said when there are too few. `needs` names the shared field that may not be empty ("title", "words" or neither).
    `wide` cards take two columns. `when` is what "When was it?" says at first; "taken" leaves it to the file.
    `records` is what its page records: "", "voice" or "walk". The words of one that `seals` are closed up until a day,
    and its page asks everything itself. `change_form` is the form for changing it later, where that asks less than
    `form`.
    All words are marked with N_, and said where they are shown.
    `untitled(details, giver)` is its name when nobody gave it one; `line(details)` is a card's small print.
    """

    name: str
    word: str
    a: str
    noun: str
    icon: str
    heading: str
    offer: str = ""
    tile: bool = False
    see: str = "see"
    wide: bool = False
    accepts: str = ""
    least: int = 0
    most: int = 0
    none_chosen: str = ""
    needs: str = ""
    when: Literal["unknown", "taken", "today", "this_year"] = "unknown"
    records: str = ""
    seals: bool = False
    details: type[Details] = Details
    form: type[KindForm] = KindForm
    change_form: type[KindForm] | None = None
    untitled: Callable[[Any, str], str] = lambda details, giver: ""
    line: Callable[[Any], str] = lambda details: ""

    @property
    def taken(self) -> bool:
        """Whether a file of this kind may say when it happened."""
        return self.when == "taken"

    def called(self, title: str, details: Details, giver: str = "") -> str:
        """What it is called on a page: its title, or the kind's own words, never nothing."""
        return title or self.untitled(details, giver) or gettext(self.noun)
