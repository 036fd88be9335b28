"""What these pages say in another language: by a little Welsh and Arabic of the test's own."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.boxes.connection import CircleMember, Connection
from app.boxes.ledger import LedgerRow, in_words
from app.boxes.words import log_day, names
from app.kit import language
from app.kit.clock import now, today
from app.kit.language import speak
from tests.boxes.reading import decided
from tests.boxes.test_keepers import add_keeper
from tests.boxes.test_me import look
from tests.cast import Cast
from tests.conftest import ClientAs

HEAD = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\nPlural-Forms: nplurals={}; plural={};\\n"\n'
WELSH = (
    HEAD.format(5, "(n==1 ? 1 : n==2 ? 2 : n==3 ? 3 : n==6 ? 4 : 0)")
    + """
msgid "%(name)s looked at the box."
msgstr "Edrychodd %(name)s ar y blwch."

msgid "%(name)s said yes and came in."
msgstr "Dywedodd %(name)s ie a dod i mewn."

msgid "%(name)s changed what they wrote with ‘%(title)s’."
msgstr "Gyda ‘%(title)s’, newidiodd %(name)s y geiriau."

msgid "%(keeper)s decided: “%(sentence)s”"
msgstr "Penderfynodd %(keeper)s: “%(sentence)s”"

msgid "You added %(name)s to your people."
msgstr "Fe wnest ti ychwanegu %(name)s at dy bobl."

msgid "%(names)s and %(name)s"
msgstr "%(names)s a %(name)s"

msgid "Short hair"
msgstr "Gwallt byr"

msgid "Can see %(num)s thing"
msgid_plural "Can see %(num)s things"
msgstr[0] "%(num)s o bethau"
msgstr[1] "%(num)s peth"
msgstr[2] "%(num)s beth"
msgstr[3] "%(num)s pheth"
msgstr[4] "%(num)s pheth"
"""
)


@pytest.fixture(autouse=True)
def a_little_of_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "cy.po").write_text(WELSH)
    (tmp_path / "ar.po").write_text(HEAD.format(6, "(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : 4)"))
    monkeypatch.setattr(language, "CATALOGUES", tmp_path)
    language.catalogue.cache_clear()
    yield
    language.catalogue.cache_clear()


def test_who_looked_is_a_whole_sentence_with_the_name_where_it_belongs(client_as: ClientAs, cast: Cast) -> None:
    look(cast, "joe", "timeline")
    kai = client_as("kai")
    assert "<b>Joe</b> looked at the box." in kai.get("/me").text
    assert "Edrychodd <b>Joe</b> ar y blwch." in kai.get("/me", headers={"Accept-Language": "cy"}).text


def test_things_are_counted_with_the_forms_that_the_language_has(client_as: ClientAs, cast: Cast) -> None:
    kai = client_as("kai")
    for written in ("1 peth", "2 beth", "3 pheth", "4 o bethau"):
        cast.memory(audience=("school",))
        page = kai.get(f"/circles/{cast.circle['school']}", headers={"Accept-Language": "cy"}).text
        assert f'<p class="soft">{written}</p>' in page


def test_the_words_of_a_page_do_not_stay_in_the_language_of_who_came_first(client_as: ClientAs) -> None:
    kai = client_as("kai")
    for accepted, hair in (("cy", "Gwallt byr"), ("en", "Short hair"), ("cy", "Gwallt byr")):
        assert hair in kai.get("/me/face", headers={"Accept-Language": accepted}).text


def test_what_a_keeper_decides_in_another_language_is_not_said_of_the_young_person(
    client_as: ClientAs, cast: Cast
) -> None:
    add_keeper(cast, "sam")
    here = f"/boxes/{cast.box['ash']}/people"
    client_as("sam").post(here, data={"called": "Gran"}, headers={"Accept-Language": "cy"})
    client_as("ash").post("/people", data={"called": "Bo"}, headers={"Accept-Language": "cy"})
    assert decided(cast, "ash", "ash") == [
        "Penderfynodd Sam: “Fe wnest ti ychwanegu Gran at dy bobl.”",
        "Fe wnest ti ychwanegu Bo at dy bobl.",
    ]


@pytest.mark.parametrize(
    ("action", "sentence", "welsh"),
    [
        ("connection.accepted", "Nan said yes and came in.", "Dywedodd Nan ie a dod i mewn."),
        (
            "memory.corrected",
            "Mrs\nPatel changed what they wrote with ‘50% ‘off’’.",
            "Gyda ‘50% ‘off’’, newidiodd Mrs\nPatel y geiriau.",
        ),
        ("connection.accepted", "Something else.", "Something else."),
        ("connection.blocked", "Nan said yes and came in.", "Nan said yes and came in."),
    ],
)
def test_what_the_database_wrote_is_said_in_the_readers_language(action: str, sentence: str, welsh: str) -> None:
    row = LedgerRow(action=action, sentence=sentence)
    assert in_words(row) == sentence
    with speak("cy"):
        assert in_words(row) == welsh


def test_names_stand_apart_in_a_page_from_right_to_left_and_where_they_are_written_so(
    client_as: ClientAs, cast: Cast
) -> None:
    kai, joe = client_as("kai"), f"/people/{cast.connection['joe']}"
    assert "<bdi>" not in kai.get(joe).text
    assert "What <bdi>Joe</bdi> can see" in kai.get(joe, headers={"Accept-Language": "ar"}).text
    kai.post(f"{joe}/edit", data={"called": "<i>ليلى</i>"})
    assert "What <bdi>&lt;i&gt;ليلى&lt;/i&gt;</bdi> can see" in kai.get(joe).text


def test_names_and_days_are_joined_and_written_as_the_language_does() -> None:
    with speak("cy"):
        assert names(["Joe", "Sam", "Nan"]) == "Joe, Sam a Nan"
        assert log_day(datetime(2020, 5, 16, 12, tzinfo=UTC)).startswith("16 ")
    assert (names([]), names(["Joe"]), names(["Joe", "Sam"])) == ("", "Joe", "Joe and Sam")
    assert names(["Joe", "Sam", "Nan"]) == "Joe, Sam and Nan"
    assert (log_day(now()), log_day(now() - timedelta(days=1))) == ("Today", "Yesterday")


def test_each_change_of_what_someone_may_do_is_one_sentence() -> None:
    day = today().replace(year=2031, month=8, day=31)
    joe = Connection(called="Joe", may_add=True)
    days = ((False, None), (True, day), (True, None), (False, day), (True, None), (False, None), (False, day))
    assert [joe.allow(may_add, ends_on) for may_add, ends_on in (*days, (True, day), (True, day))] == [
        "You stopped Joe adding things.",
        "You let Joe add things and let Joe in until 31 August 2031.",
        "You let Joe in until you change it.",
        "You stopped Joe adding things and let Joe in until 31 August 2031.",
        "You let Joe add things and let Joe in until you change it.",
        "You stopped Joe adding things.",
        "You let Joe in until 31 August 2031.",
        "You let Joe add things.",
        "",
    ]


def test_the_days_in_a_circle_are_said_with_it() -> None:
    first, last = today().replace(year=2030, month=3, day=1), today().replace(year=2031, month=8, day=31)
    said = []
    for days in ((None, None), (first, None), (None, last), (first, last)):
        member = CircleMember(starts_on=days[0], ends_on=days[1])
        said += [member.joining("Joe", "School"), member.staying("Joe", "School")]
    assert said == [
        "You put Joe in School.",
        "You changed how long Joe is in School: until you change it.",
        "You put Joe in School from 1 March 2030.",
        "You changed how long Joe is in School: from 1 March 2030.",
        "You put Joe in School until 31 August 2031.",
        "You changed how long Joe is in School: until 31 August 2031.",
        "You put Joe in School from 1 March 2030 until 31 August 2031.",
        "You changed how long Joe is in School: from 1 March 2030 until 31 August 2031.",
    ]
