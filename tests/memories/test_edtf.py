"""Dates that nobody remembers exactly (ISO 8601-2)."""

from datetime import date

import pytest

from app.memories import edtf
from app.memories.forms import read_when, shown_when


@pytest.mark.parametrize(
    ("text", "last_day", "words"),
    [
        ("", None, "Not sorted yet"),
        ("2014", date(2014, 12, 31), "2014"),
        ("2014~", date(2014, 12, 31), "Around 2014"),
        ("2019-22", date(2019, 8, 31), "Summer 2019"),
        ("2017-24", date(2017, 12, 31), "Winter 2017"),
        ("2026-06", date(2026, 6, 30), "June 2026"),
        ("2020-02", date(2020, 2, 29), "February 2020"),
        ("2020-05-16", date(2020, 5, 16), "Saturday 16 May 2020"),
    ],
)
def test_a_date_is_kept_as_exactly_as_it_is_known(text: str, last_day: date | None, words: str) -> None:
    assert edtf.last_day(text) == last_day
    assert edtf.words(text) == words
    when = edtf.read(text)
    assert (when.edtf if when else "") == text


@pytest.mark.parametrize(
    "text", ["14", "2014-13", "2014-00", "2014-25", "2021-02-29", "2014-22-01", "2014-06-14T10:00", "x"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        edtf.read(text)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"when": "unknown", "when_year": "2014"}, ""),
        ({"when": "year", "when_year": "2014"}, "2014"),
        ({"when": "about", "when_year": "2014"}, "2014~"),
        ({"when": "season", "when_year": "2014", "when_season": "23"}, "2014-23"),
        ({"when": "month", "when_year": "2014", "when_month": "6", "when_season": "99"}, "2014-06"),
        ({"when": "day", "when_day": "2014-06-14", "when_year": "rubbish"}, "2014-06-14"),
    ],
)
def test_a_choice_becomes_a_date_and_is_shown_again(fields: dict[str, str], expected: str) -> None:
    happened, taken, errors = read_when(fields)
    assert (happened, taken, errors) == (expected, False, {})
    assert read_when(shown_when(happened))[0] == expected


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"when": "year"}, "when_year"),
        ({"when": "year", "when_year": "soon"}, "when_year"),
        ({"when": "year", "when_year": "2999"}, "when_year"),
        ({"when": "season", "when_year": "2014"}, "when_season"),
        ({"when": "month", "when_year": "2014", "when_month": "13"}, "when_month"),
        ({"when": "day", "when_day": "31 June"}, "when_day"),
        ({"when": "day", "when_day": "2999-01-01"}, "when_day"),
        ({"when": "once upon a time"}, "when"),
    ],
)
def test_a_date_that_cannot_be_used_says_why(fields: dict[str, str], wrong: str) -> None:
    _, _, errors = read_when(fields)
    assert list(errors) == [wrong]
