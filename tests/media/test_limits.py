"""How much a box holds and how large a file may be: said before, and kept to whichever way it comes."""

from uuid import UUID

import pytest
from starlette.testclient import TestClient

from app.kit.config import settings
from app.media.erase import erase
from app.media.limits import limit_of, limit_words, room_in
from app.media.media_file import MediaFile
from app.media.opening import processing_session
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.media.test_damage import keep
from tests.media.tools import MIB, OCTETS, TUS, metadata, some_bytes


def create(client: TestClient, box: UUID, length: int, name: str = "a.mov", mime: str = "video/quicktime"):
    headers = {**TUS, "Upload-Length": str(length), **metadata(box, name, mime)}
    return client.post("/uploads", headers=headers)


def room(cast: Cast, who: str, box: str = "kai") -> int:
    with cast.acting(who) as session:
        return room_in(session, cast.box[box])


@pytest.mark.parametrize(
    ("mime", "name", "many"),
    [
        ("image/jpeg", "a.jpg", "Photos"),
        ("", "IMG_1.HEIC", "Photos"),
        ("application/octet-stream", "film.MOV", "Videos"),
        ("video/mp4", "a", "Videos"),
        ("model/vnd.mts", "00001.MTS", "Videos"),
        ("audio/mpeg", "song.mp3", "Recordings"),
        ("", "REC0001.W64", "Recordings"),
        ("application/pdf", "photo.jpg.pdf", "Other files"),
    ],
)
def test_each_sort_has_its_own_limit_in_words(cast: Cast, client_as: ClientAs, mime: str, name: str, many: str) -> None:
    limit = limit_of(mime, name)
    answer = create(client_as("joe"), cast.box["kai"], limit.most + 1, name, mime)
    assert answer.status_code == 413
    assert f"too big. {many} can be up to" in answer.text and "Your own copy is safe" in answer.text
    assert create(client_as("joe"), cast.box["kai"], limit.most, name, mime).status_code == 201


def test_the_pages_say_it_before_anything_is_sent(cast: Cast, client_as: ClientAs) -> None:
    assert limit_words("image/*,.heic") == "Photos up to 100 MB."
    owner = client_as("kai").get("/add/photo").text
    assert "Photos up to 100 MB." in owner and "Room left" not in owner
    giver = client_as("joe").get(f"/boxes/{cast.box['kai']}/give").text
    assert "Photos up to 100 MB, videos up to 2.1 GB and recordings up to 500 MB." in giver
    assert "Room left" not in giver  # what becomes of a gift could be read off it


@pytest.mark.parametrize("kind", ["photo", "video", "voice", "pod_walk", "certificate", "treasured_thing"])
def test_the_room_left_is_said_once_it_is_little(
    kind: str, cast: Cast, client_as: ClientAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "box_max_bytes", 8 * MIB)
    assert "Room left" not in client_as("kai").get(f"/add/{kind}").text
    create(client_as("joe"), cast.box["kai"], 5 * MIB)
    said = client_as("kai").get(f"/add/{kind}").text
    assert "Room left in this box: 3" in said, said[said.find("adding") :][:900]
    assert "Room left" not in client_as("joe").get(f"/boxes/{cast.box['kai']}/give").text


def test_all_that_a_box_holds_counts_and_nobody_else_learns_it(
    cast: Cast, client_as: ClientAs, database: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = settings().box_max_bytes
    assert room(cast, "kai") == room(cast, "joe") == whole
    assert room(cast, "casey") == room(cast, "avery") == 0
    path = create(client_as("joe"), cast.box["kai"], 3 * MIB).headers["Location"]
    assert room(cast, "kai") == whole - 3 * MIB
    client_as("joe").delete(path, headers=TUS)
    assert room(cast, "kai") == whole
    kept = keep(cast, database, some_bytes(2 * MIB))  # type: ignore[arg-type]
    with processing_session() as session:
        session.get_one(MediaFile, kept.id).shown_bytes = MIB
    assert room(cast, "kai") == whole - 3 * MIB
    assert room(cast, "ash", "ash") == whole

    monkeypatch.setattr(settings(), "box_max_bytes", 5 * MIB)
    answer = create(client_as("joe"), cast.box["kai"], 2 * MIB + 1)
    assert (answer.status_code, "isn’t enough room in this box" in answer.text) == (413, True)
    assert create(client_as("joe"), cast.box["kai"], MIB).status_code == 201
    assert create(client_as("joe"), cast.box["kai"], 2 * MIB).status_code == 413
    assert create(client_as("joe"), cast.box["kai"], MIB).status_code == 201
    for who, page in (("kai", "/add/photo"), ("joe", f"/boxes/{cast.box['kai']}/give")):
        assert "This box is full just now. Everything in it is safe." in client_as(who).get(page).text

    with processing_session() as session:
        erase(session, session.get_one(MediaFile, kept.id))
    assert room(cast, "kai") == 3 * MIB
    assert create(client_as("kai"), cast.box["kai"], 3 * MIB).status_code == 201


def test_without_javascript_a_full_box_keeps_the_words_and_says_which_file(
    cast: Cast, client_as: ClientAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "box_max_bytes", 2 * MIB)
    files = [
        ("files", ("small.jpg", some_bytes(MIB), "image/jpeg")),
        ("files", ("large.jpg", some_bytes(2 * MIB), "image/jpeg")),
    ]
    sent = {"title": "The beach", "once": str(cast.box["kai"]), "when": "taken"}
    answer = client_as("kai").post("/add/photo", data=sent, files=files)
    assert answer.status_code == 422
    assert "isn’t enough room in this box for “large.jpg” just now" in answer.text
    assert "The beach" in answer.text and "small.jpg" in answer.text
    assert room(cast, "kai") == MIB


def test_a_file_that_came_before_the_box_was_full_still_arrives(
    cast: Cast, client_as: ClientAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    kai = client_as("kai")
    path = create(kai, cast.box["kai"], MIB).headers["Location"]
    monkeypatch.setattr(settings(), "box_max_bytes", 1)
    answer = kai.patch(path, content=some_bytes(MIB), headers={**TUS, **OCTETS, "Upload-Offset": "0"})
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(MIB))
