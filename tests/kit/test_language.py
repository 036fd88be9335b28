"""The language of the moment."""

import pytest

from app.kit.language import ENGLISH, asked_for, direction, gettext, ngettext, speak, speaking


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", ENGLISH),
        ("cy", "cy"),
        ("ar-EG,ar;q=0.9,en;q=0.8", "ar"),
        ("fr-FR,fr;q=0.9", ENGLISH),
        ("en;q=0.3, cy;q=0.7", "cy"),
        ("cy;q=0, en", ENGLISH),
        ("cy;q=lots, ar", "ar"),
    ],
)
def test_the_browser_says_which_language_it_would_like(accepted: str, language: str) -> None:
    assert asked_for(accepted) == language


def test_a_language_ends_where_it_was_begun() -> None:
    with speak("ar"):
        assert (speaking(), direction()) == ("ar", "rtl")
    assert (speaking(), direction()) == (ENGLISH, "ltr")


def test_a_language_that_nobody_wrote_is_english() -> None:
    with speak("tlh"):
        assert speaking() == ENGLISH


def test_words_are_filled_in_and_counted() -> None:
    assert gettext("%(name)s can see this", name="Joe") == "Joe can see this"
    assert gettext("100%") == "100%"
    assert ngettext("%(num)s thing", "%(num)s things", 1) == "1 thing"
    assert ngettext("%(num)s thing", "%(num)s things", 3) == "3 things"
