"""What is said in a recording can be read, and a film has it as captions."""

from app.memories.kinds.said import captions
from tests.cast import Cast
from tests.conftest import ClientAs

SAID = "0:02 Look at the <sea>!\nIt goes on & on\n0:07 [laughs] --> home"


def test_timed_lines_are_cues_and_the_others_go_on_with_them() -> None:
    assert captions(SAID, 20.0) == (
        "WEBVTT\n\n00:00:02.000 --> 00:00:07.000\nLook at the &lt;sea&gt;!\nIt goes on &amp; on\n\n"
        "00:00:07.000 --> 00:00:20.000\n[laughs] --&gt; home\n"
    )


def test_words_without_a_time_stand_from_beginning_to_end() -> None:
    assert captions("Hello\n\nAnd goodbye", 61.5) == "WEBVTT\n\n00:00:00.000 --> 00:01:01.500\nHello\nAnd goodbye\n"
    assert captions(" \n", None) == "WEBVTT\n"


def test_what_is_typed_is_under_the_player_and_in_the_captions_for_who_may_see_it(
    client_as: ClientAs, cast: Cast
) -> None:
    film = cast.memory(kind="video", audience=("school",), details={"who": "Nan"})
    kai, here = client_as("kai"), f"/memories/{film}"
    assert "What is said in it" in kai.get(f"{here}/edit").text
    kai.post(f"{here}/edit", data={"title": "The sea", "who": "Nan", "said": SAID, "when": "unknown"})
    page = kai.get(here).text
    assert "The words</summary>" in page and "It goes on &amp; on" in page
    captioned = client_as("patel").get(f"{here}/words.vtt")
    assert captioned.headers["content-type"].startswith("text/vtt") and "00:00:07.000" in captioned.text
    assert client_as("sam").get(f"{here}/words.vtt").status_code == 404
    assert client_as(None).get(f"{here}/words.vtt").status_code != 200
