from datetime import date, time
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from pydantic import Field, field_validator, model_validator

from app.web import pages
from app.web.forms import Form, parse
from tests.web.conftest import OURS


class Kind(StrEnum):
    PHOTO = "photo"
    SONG = "song"


class Moment(Form):
    messages: ClassVar[dict[str, str]] = {"title.missing": "Give it a name.", "title": "That name won’t do."}

    title: Annotated[str, Field(max_length=20)]
    why: str = ""
    on: date | None = None
    kind: Kind = Kind.PHOTO
    stars: Annotated[int, Field(ge=1, le=5)] = 1
    circles: list[UUID] = []
    loud: bool = False

    @field_validator("why")
    @classmethod
    def kind_words(cls, value: str) -> str:
        if "stupid" in value:
            raise ValueError("Please say it another way.")
        return value

    @model_validator(mode="after")
    def together(self) -> "Moment":
        if self.kind is Kind.SONG and not self.why:
            raise ValueError("A song needs a why.")
        return self


def test_what_was_typed_becomes_a_model_with_blanks_as_not_given() -> None:
    form, errors = parse(Moment, {"title": "  Bike \x00day ", "why": "a\r\nb", "on": "", "loud": "on", "other": "x"})
    assert errors == {}
    assert form is not None
    assert (form.title, form.why, form.on, form.loud) == ("Bike day", "a\nb", None, True)


@pytest.mark.parametrize("circles", ["0199a000-0000-7000-8000-000000000001", ["0199a000-0000-7000-8000-000000000001"]])
def test_one_tick_is_a_list_of_one(circles: str | list[str]) -> None:
    form, _ = parse(Moment, {"title": "x", "circles": circles})
    assert form is not None
    assert form.circles == [UUID("0199a000-0000-7000-8000-000000000001")]


def test_a_single_field_sent_twice_takes_the_last() -> None:
    form, _ = parse(Moment, {"title": ["first", "second"]})
    assert form is not None
    assert form.title == "second"


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({}, "title", "Give it a name."),
        ({"title": "   "}, "title", "Give it a name."),
        ({"title": "x" * 21}, "title", "That name won’t do."),
        ({"title": "x", "on": "2026-02-31"}, "on", "Please give a real day, like 31 August 2026."),
        ({"title": "x", "kind": "potato"}, "kind", "Please choose one from the list."),
        ({"title": "x", "stars": "9"}, "stars", "Please type 5 or less."),
        ({"title": "x", "stars": "many"}, "stars", "Please type a whole number."),
        ({"title": "x", "circles": ["no"]}, "circles", "Please choose one from the list."),
        ({"title": "x", "why": "stupid"}, "why", "Please say it another way."),
        ({"title": "x", "kind": "song"}, "form", "A song needs a why."),
    ],
)
def test_each_mistake_is_one_plain_sentence(fields: dict[str, str], field: str, sentence: str) -> None:
    assert parse(Moment, fields) == (None, {field: sentence})


def test_the_fields_of_a_multipart_form_arrive_without_its_files(client: TestClient) -> None:
    # As Chromium sends it: a file input left empty is there, with no name and no bytes.
    parts = [
        'name="title"\r\n\r\nx',
        'name="circles"\r\n\r\na',
        'name="circles"\r\n\r\nb',
        'name="photos"; filename="one.jpg"\r\nContent-Type: image/jpeg\r\n\r\n1',
        'name="photos"; filename="two.jpg"\r\nContent-Type: image/jpeg\r\n\r\n2',
        'name="sound"; filename=""\r\nContent-Type: application/octet-stream\r\n\r\n',
    ]
    body = "".join(f"--edge\r\nContent-Disposition: form-data; {part}\r\n" for part in parts) + "--edge--\r\n"
    sent = {**OURS, "Content-Type": "multipart/form-data; boundary=edge"}
    answer = client.post("/echo", content=body.encode(), headers=sent)
    assert answer.json() == {"fields": {"title": "x", "circles": ["a", "b"]}}


def test_an_error_is_tied_to_its_field_and_keeps_what_was_typed() -> None:
    page = pages.environment.from_string(
        '{% from "shared/forms.html" import field, errors_summary %}'
        '{{ errors_summary(errors) }}{{ field("title", "Name", typed, errors, hint="Short is fine") }}'
    ).render(typed={"title": 'a"b'}, errors={"title": "Give it a name."})
    assert 'aria-describedby="title-hint title-error"' in page
    assert 'aria-invalid="true"' in page
    assert 'id="title-error"' in page
    assert 'href="#title"' in page
    assert "a&#34;b" in page


SCRIPTS = ["٢٠١٥", "۲۰۱۵", "２０１５", "२०१५", "২০১৫", "௨௦௧௫", "\u200f٢٠١٥\u200e", "𝟚𝟘𝟙𝟝"]


class Told(Form):
    year: int
    on: date | None = None
    at: Annotated[time, Field()] = time(0)
    far: float | None = None
    words: str = ""


@pytest.mark.parametrize("typed", SCRIPTS)
def test_a_number_may_be_typed_in_any_script(typed: str) -> None:
    form, errors = parse(Told, {"year": typed, "words": typed})
    assert (form and form.year, errors) == (2015, {})
    assert form is not None and form.words == typed.strip(), "words stay as they were typed"


@pytest.mark.parametrize(
    ("field", "typed", "meant"),
    [
        ("on", "٢٠١٥-٠٦-٠٧", date(2015, 6, 7)),
        ("on", "２０１５－０６－０７", date(2015, 6, 7)),
        ("at", "۱۴:۰۵", time(14, 5)),
        ("at", "１４：０５", time(14, 5)),
        ("far", "٣٫٥", 3.5),
        ("far", "३.५", 3.5),
    ],
)
def test_so_may_a_day_a_time_and_a_part(field: str, typed: str, meant: object) -> None:
    form, errors = parse(Told, {"year": "2015", field: typed})
    assert (getattr(form, field, None), errors) == (meant, {})


@pytest.mark.parametrize("typed", ["٢٠x٥", "²⁰¹⁵x", "", "٢٠ ١٥"])
def test_what_is_no_number_stays_none(typed: str) -> None:
    assert parse(Told, {"year": typed})[1].keys() == {"year"}
