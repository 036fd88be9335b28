"""Joe gives a moment from his phone; nobody tells him what becomes of it."""

from uuid import uuid4

import pytest
from sqlmodel import select

from app.arrivals.hints import hint_for, swapped
from app.boxes.connection import Connection
from app.kit.clock import today
from app.kit.config import settings
from app.kit.ids import new_id
from app.media.media_file import MediaFile
from app.memories.memory import Memory
from tests.arrivals.conftest import Run, gifts
from tests.cast import Cast
from tests.conftest import ClientAs

JPEG = b"\xff\xd8\xff\xe0 a picture"


def fields(**changes: str) -> dict[str, str]:
    return {"once": str(new_id()), "kind": "words", "words": "You laughed so much.", **changes}


def test_words_arrive_in_the_tray_and_nowhere_else(cast: Cast, client_as: ClientAs) -> None:
    answer = client_as("joe").post(f"/boxes/{cast.box['kai']}/give", data=fields())
    assert answer.status_code == 303
    ((gift, (memory,)),) = gifts(cast)
    assert (memory.kind, memory.state, memory.words, memory.audience) == (
        "message",
        "arrived",
        "You laughed so much.",
        [],
    )
    assert (gift.way, gift.title, memory.added_by) == ("web", "Words", cast.person["joe"])
    with cast.acting("joe") as session:
        assert session.exec(select(Memory).where(Memory.gift_id == gift.id)).all() == []


def test_a_photo_posted_plainly_arrives_with_its_file(cast: Cast, client_as: ClientAs) -> None:
    joe = client_as("joe")
    files = [("files", ("one.jpg", JPEG, "image/jpeg")), ("files", ("two.jpg", JPEG + b"2", "image/jpeg"))]
    sent = fields(kind="photo", words="Look", day="2020-05-16", who="Nan")
    answer = joe.post(f"/boxes/{cast.box['kai']}/give", data=sent, files=files)
    assert answer.status_code == 303
    ((gift, (memory,)),) = gifts(cast)
    assert (memory.kind, memory.happened, memory.details["who"], gift.title) == (
        "photo",
        "2020-05-16",
        "Nan",
        "2 photos",
    )
    with cast.acting("kai") as session:
        assert len(session.exec(select(MediaFile).where(MediaFile.memory_id == memory.id)).all()) == 2
    assert "It’s in Kai’s tray" in joe.get(answer.headers["location"]).text


def test_what_the_phone_says_counts_before_what_was_tapped(cast: Cast, client_as: ClientAs) -> None:
    files = [
        ("files", ("a.mov", b"\0\0\0\x14ftypqt  ", "video/quicktime")),
        ("files", ("b.jpg", JPEG, "image/jpeg")),
        ("files", ("c.pdf", b"%PDF-1.4", "application/pdf")),
        ("files", ("d.heic", b"\0\0\0\x18ftypheic", "application/octet-stream")),
    ]
    client_as("joe").post(f"/boxes/{cast.box['kai']}/give", data=fields(kind="photo"), files=files)
    ((gift, memories),) = gifts(cast)
    assert [each.kind for each in memories] == ["video", "photo", "certificate"]
    assert [each.words for each in memories] == ["You laughed so much.", "", ""] and gift.title == "4 things"


def test_sending_the_same_page_twice_makes_one_gift(cast: Cast, client_as: ClientAs) -> None:
    joe, sent = client_as("joe"), fields(kind="photo")
    files = [("files", ("one.jpg", JPEG, "image/jpeg"))]
    first = joe.post(f"/boxes/{cast.box['kai']}/give", data=sent, files=files)
    again = joe.post(f"/boxes/{cast.box['kai']}/give", data=sent, files=files)
    assert first.headers["location"] == again.headers["location"] and len(gifts(cast)) == 1


def test_something_new_on_an_old_page_is_not_lost(cast: Cast, client_as: ClientAs) -> None:
    joe, sent = client_as("joe"), fields()
    joe.post(f"/boxes/{cast.box['kai']}/give", data=sent)
    joe.post(f"/boxes/{cast.box['kai']}/give", data={**sent, "words": "And another thing."})
    assert {gift.words for gift, _ in gifts(cast)} == {"You laughed so much.", "And another thing."}


@pytest.mark.parametrize(
    ("changes", "files", "sentence"),
    [
        ({"kind": "video", "words": "typed"}, [], "There’s no video yet. Choose one, or pick Words."),
        ({"words": ""}, [], "Write something first. One line is fine."),
        ({"day": "2999-01-01"}, [], "That day isn’t one we can use. Please pick one up to today."),
        (
            {"kind": "video"},
            [("files", ("a.mp4", b"", "video/mp4"))],
            "“a.mp4” is empty. There’s nothing in it to keep.",
        ),
    ],
)
def test_what_cannot_be_sent_comes_back_with_what_was_typed(
    cast: Cast,
    client_as: ClientAs,
    changes: dict[str, str],
    files: list[tuple[str, tuple[str, bytes, str]]],
    sentence: str,
) -> None:
    sent = fields(**changes)
    answer = client_as("joe").post(f"/boxes/{cast.box['kai']}/give", data=sent, files=files or None)
    assert answer.status_code == 422
    assert sentence in answer.text and sent["once"] in answer.text and sent["words"] in answer.text
    assert gifts(cast) == []


def test_a_file_that_is_too_big_loses_nothing_else(
    cast: Cast, client_as: ClientAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "upload_max_bytes", 1000)
    files = [("files", ("ok.jpg", JPEG, "image/jpeg")), ("files", ("big.mp4", b"x" * 2000, "video/mp4"))]
    answer = client_as("joe").post(f"/boxes/{cast.box['kai']}/give", data=fields(kind="photo"), files=files)
    assert answer.status_code == 422
    assert "ok.jpg" in answer.text and 'name="upload"' in answer.text and "You laughed so much." in answer.text


def test_only_people_who_may_add_can_give(cast: Cast, client_as: ClientAs) -> None:
    give = f"/boxes/{cast.box['kai']}/give"
    nonsense = client_as("casey").get(f"/boxes/{uuid4()}/give")
    for name in ("casey", "avery", "ash"):
        client = client_as(name)
        assert client.get(give).status_code == client.post(give, data=fields()).status_code == 404
        assert client.get(give).content == nonsense.content
    with cast.acting("kai") as session:
        session.get_one(Connection, cast.connection["joe"]).may_add = False
    assert client_as("joe").post(give, data=fields()).status_code == 403
    assert client_as("kai").get(give).headers["location"] == "/add"
    assert gifts(cast) == []


def test_the_list_of_what_was_sent_never_says_what_became_of_it(cast: Cast, client_as: ClientAs) -> None:
    joe, kai = client_as("joe"), client_as("kai")
    for verb in ("keeping", "putting-away", "return"):
        joe.post(f"/boxes/{cast.box['kai']}/give", data=fields(words=f"for {verb}"))
    before = joe.get(f"/boxes/{cast.box['kai']}/given")
    assert "for keeping" in before.text and "for return" in before.text
    for (gift, _), verb in zip(gifts(cast), ("keeping", "putting-away", "return"), strict=True):
        assert kai.post(f"/gifts/{gift.id}/{verb}").status_code == 303
    assert [memories[0].state for _, memories in gifts(cast)] == ["kept", "put_away", "returned"]
    assert joe.get(f"/boxes/{cast.box['kai']}/given").content == before.content


def test_a_hint_is_offered_and_never_in_the_way(cast: Cast, client_as: ClientAs) -> None:
    joe, hint = client_as("joe"), f"/boxes/{cast.box['kai']}/give/hint"
    joe.headers["HX-Request"] = "true"
    text = "You told Nan all about it at Contact."
    shown = joe.post(hint, data={"words": text})
    assert "“Contact”" in shown.text and "“family time”" in shown.text and "<html" not in shown.text
    assert "at Family time." in joe.post(hint, data={"words": text, "swap": "contact"}).text
    left = joe.post(hint, data={"words": text, "leave": "contact"})
    assert "You wrote" not in left.text and 'name="left" value="contact"' in left.text
    del joe.headers["HX-Request"]
    joe.post(f"/boxes/{cast.box['kai']}/give", data=fields(words=text))
    assert gifts(cast)[0][0].words == text


def test_hints_know_whole_words_and_the_longest_first() -> None:
    assert hint_for("We went to the contact centre").prefer == "family centre"  # type: ignore[union-attr]
    assert hint_for("eye-contactless replacement") is None
    assert hint_for("her foster carer").swap is False  # type: ignore[union-attr]
    assert swapped("My siblings. SIBLINGS!", "siblings") == "My brothers and sisters. Brothers and sisters!"


def test_a_keeper_gives_too(cast: Cast, client_as: ClientAs, run_jobs: Run) -> None:
    client_as("joe").post(f"/boxes/{cast.box['ash']}/give", data=fields(day=today().isoformat()))
    assert len(gifts(cast, "ash")) == 1
