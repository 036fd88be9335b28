"""The language of the moment."""

import pytest

from app.kit.language import ENGLISH, asked_for, direction, gettext, ngettext, speak, speaking
from app.web.pages import environment


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


def test_a_template_counts_and_names_in_one_sentence() -> None:
    said = environment.from_string(
        "{% trans count=n, who=who %}{{ count }} thing for {{ who }}{% pluralize %}"
        "{{ count }} things for {{ who }}{% endtrans %}"
        '|{{ ngettext("%(num)s look of %(who)s", "%(num)s looks of %(who)s", n, who=who) }}|{{ _("100%%") }}'
    )
    assert said.render(n=1, who="Joe") == "1 thing for Joe|1 look of Joe|100%"
    assert said.render(n=3, who="<b>") == "3 things for &lt;b&gt;|3 looks of &lt;b&gt;|100%"
