"""What these pages say in another language: by a little Welsh and Arabic of the test's own."""

import html
import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from app.arrivals.tray import tray_of
from app.boxes.box import Box
from app.kit import language
from app.kit.clock import now
from app.kit.language import speak
from app.media.limits import limit_words
from app.memories import edtf
from app.memories.around import said
from app.oauth.scopes import may_words, until_words
from tests.cast import Cast
from tests.conftest import ClientAs

HEAD = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\nPlural-Forms: nplurals={}; plural={};\\n"\n\n'
WELSH = """
msgid "Recording"
msgstr "Recordiad"

msgid "Just me"
msgstr "Dim ond fi"

msgid "Summer %(year)s"
msgstr "Haf %(year)s"

msgid "Summer"
msgstr "Haf"

msgid "Not sorted yet"
msgstr "Heb ei drefnu eto"

msgid "happy"
msgstr "hapus"

msgid "Who can hear this?"
msgstr "Pwy sy’n cael clywed hwn?"

msgid "Only you can hear this. Nobody else can."
msgstr "Dim ond ti sy’n cael clywed hwn. Neb arall."

msgid "photos up to %(size)s"
msgstr "lluniau hyd at %(size)s"

msgid "Photos can be up to %(size)s."
msgstr "Gall lluniau fod hyd at %(size)s."

msgid "Waiting its turn."
msgstr "Yn aros ei dro."
"""
ARABIC = """
msgid "%(name)s sent %(num)s thing"
msgid_plural "%(name)s sent %(num)s things"
msgstr[0] "لا شيء من %(name)s"
msgstr[1] "شيء واحد من %(name)s"
msgstr[2] "شيئان من %(name)s"
msgstr[3] "%(num)s أشياء من %(name)s"
msgstr[4] "%(num)s شيئًا من %(name)s"
msgstr[5] "%(num)s شيء من %(name)s"
"""
FORMS = {
    "cy": (WELSH, 5, "(n==1 ? 1 : n==2 ? 2 : n==3 ? 3 : n==6 ? 4 : 0)"),
    "ar": (ARABIC, 6, "(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5)"),
}


@pytest.fixture(autouse=True)
def a_little_of_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for tag, (messages, forms, chosen) in FORMS.items():
        (tmp_path / f"{tag}.po").write_text(HEAD.format(forms, chosen) + messages)
    monkeypatch.setattr(language, "CATALOGUES", tmp_path)
    language.catalogue.cache_clear()
    yield
    language.catalogue.cache_clear()


@pytest.fixture
def read_in(client_as: ClientAs) -> Callable[[str, str], str]:
    """What Kai reads at a path in a language."""
    kai = client_as("kai")

    def read(path: str, tag: str) -> str:
        return html.unescape(kai.get(path, headers={"Accept-Language": tag}).text)

    return read


def test_a_card_does_not_stay_in_the_language_of_who_came_first(cast: Cast, read_in: Callable[[str, str], str]) -> None:
    cast.memory(kind="voice", title="", words="", happened="2019-03-07", happened_on=date(2019, 3, 7))
    for tag, name, who, month in (
        ("en", "Recording", "Just me", "March 2019"),
        ("cy", "Recordiad", "Dim ond fi", "Mawrth 2019"),
        ("en", "Recording", "Just me", "March 2019"),
    ):
        page = read_in("/", tag)
        assert f'<span class="name">{name}</span>' in page
        assert f"</svg>{who}</span>" in page
        assert f'<h3 class="month">{month}' in page


@pytest.mark.parametrize(
    ("happened", "welsh", "arabic", "heading"),
    [
        ("2020-05-16", "Dydd Sadwrn 16 Mai 2020", "السبت 16 مايو 2020", "Mai 2020"),
        ("2026-06", "Mehefin 2026", "يونيو 2026", "Mehefin"),
        ("2026-22", "Haf 2026", "Summer 2026", "Haf"),
        ("2019-22", "Haf 2019", "Summer 2019", "Haf 2019"),
        ("2014", "2014", "2014", "2014"),
        ("", "Heb ei drefnu eto", "Not sorted yet", "Heb ei drefnu eto"),
    ],
)
def test_when_it_happened_is_said_in_the_language_of_the_moment(
    happened: str, welsh: str, arabic: str, heading: str
) -> None:
    with speak("cy"):
        assert edtf.words(happened) == welsh
        assert edtf.group_words(edtf.group(happened), 2026) == heading
    with speak("ar"):
        assert edtf.words(happened) == arabic


def test_every_month_has_its_name(client_as: ClientAs) -> None:
    def months(tag: str) -> list[str]:
        page = client_as("kai").get("/add/photo", headers={"Accept-Language": tag}).text
        chosen = re.findall(r'<select[^>]*name="when_month">(.*?)</select>', page)[0]
        return re.findall(r'<option value="\d+">([^<]+)</option>', html.unescape(chosen))

    assert months("en")[:2] == ["January", "February"] and months("en")[-1] == "December"
    assert months("cy")[0] == "Ionawr" and len(set(months("cy"))) == len(set(months("ar"))) == 12


def test_what_is_heard_and_what_is_seen_are_sentences_of_their_own(
    cast: Cast, read_in: Callable[[str, str], str]
) -> None:
    memory = cast.memory(kind="voice", title="", words="")
    page = read_in(f"/memories/{memory}/audience", "cy")
    assert "<h1>Pwy sy’n cael clywed hwn?</h1>" in page
    assert "Dim ond ti sy’n cael clywed hwn. Neb arall." in page
    assert "Who can hear this?" in read_in(f"/memories/{memory}/audience", "en")


def test_feelings_that_are_offered_are_said_and_their_own_words_stay(
    cast: Cast, read_in: Callable[[str, str], str]
) -> None:
    songs = [{"title": "Ymlaen", "feelings": ["happy", "happy-ish"]}]
    memory = cast.memory(kind="life_track", title="", words="", details={"songs": songs})
    assert '<span class="chip">hapus</span><span class="chip">happy-ish</span>' in read_in(f"/memories/{memory}", "cy")
    assert '<span class="chip">happy</span><span class="chip">happy-ish</span>' in read_in(f"/memories/{memory}", "en")
    edit = read_in(f"/memories/{memory}/edit", "cy")
    assert 'value="happy" checked>hapus' in edit and 'value="happy-ish"' in edit


def test_the_tray_counts_with_as_many_forms_as_the_language_has(cast: Cast) -> None:
    cast.gift("joe")
    with cast.acting("kai") as session:
        [arrived] = tray_of(session, session.get_one(Box, cast.box["kai"])).gifts
    for count, words in ((2, "شيئان من Joe"), (3, "3 أشياء من Joe"), (11, "11 شيئًا من Joe"), (100, "100 شيء من Joe")):
        arrived.cards[1:] = arrived.cards[:1] * (count - 1)
        with speak("ar"):
            assert arrived.headline == words
        assert arrived.headline == f"Joe sent {count} things"


def test_a_limit_is_said_on_the_page_and_to_the_script(read_in: Callable[[str, str], str]) -> None:
    with speak("cy"):
        assert limit_words("image/*") == "Lluniau hyd at 100 MB."
    page = read_in("/add/photo", "cy")
    [most] = re.findall(r'data-upload-most="(\{.*?\})" data-upload-words', page)
    [words] = re.findall(r'data-upload-words="(\{.*?\})" data-box', page)
    assert json.loads(most)["image"][1].split(". ")[1] == "Gall lluniau fod hyd at 100 MB"
    assert json.loads(words)["queued"] == "Yn aros ei dro."


def test_english_needs_no_catalogue_and_says_what_it_said() -> None:
    language.catalogue.cache_clear()
    assert said(1001) == "More than 1,000 things"
    assert may_words(["read:circle", "add:photo"], "School") == "send you photos and see what you share with School"
    assert until_words("until", now()) == "until you stop it"
    assert language.catalogue.cache_info().currsize == 0
