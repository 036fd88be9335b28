"""Adding a memory of every kind, on a phone with no JavaScript."""

import json
from pathlib import Path
from uuid import UUID

import pytest
from sqlmodel import col, select
from starlette.testclient import TestClient

from app.kit.ids import new_id
from app.media.media_file import MediaFile
from app.memories.kinds import KINDS
from app.memories.memory import Memory, MemoryRoute
from app.web.pages import TEMPLATES_DIR
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.memories import files

FILLED: dict[str, dict[str, str | list[str]]] = {
    "photo": {"title": "The sea", "when": "taken", "who": "Sam and me"},
    "video": {"title": "Biscuit v the sea", "when": "season", "when_season": "22", "when_year": "2019"},
    "voice": {"title": "Nan singing", "who": "Nan"},
    "message": {"words": "Proud of you today. Tea’s in the oven.", "from_whom": "Sam"},
    "letter": {"words": "Keep the windmill.", "opens_on": "2099-05-03", "when": "day", "when_day": "2026-06-14"},
    "pod_walk": {"title": "Railway Cottages", "who": "Sam", "stop1_title": "The gate", "stop1_at": "0:42"},
    "life_track": {"title": "This year", "song1_title": "Slow Tide", "song1_link": "https://example.org/slow-tide"},
    "treasured_thing": {"title": "Grass Gary", "words": "He needs a haircut.", "kept_where": "My windowsill"},
    "certificate": {"title": "500 metres", "given_by": "The pool", "when": "day", "when_day": "2026-06-14"},
}
FILES = {
    "photo": ("files", "sea.jpg", files.JPEG, "image/jpeg"),
    "video": ("files", "sea.mp4", b"not really a video", "video/mp4"),
    "voice": ("recording", "nan.wav", files.wav(), "audio/wav"),
    "pod_walk": ("recording", "walk.wav", files.wav(), "audio/wav"),
    "certificate": ("files", "swim.jpg", files.JPEG, "image/jpeg"),
}


def send(client: TestClient, kind: str, once: UUID | None = None, **changes: str | list[str]) -> tuple[int, str, str]:
    """Post a kind's page; returns status, place to go and body."""
    fields = {"once": str(once or new_id()), **FILLED[kind], **changes}
    sent = None
    if kind in FILES:
        field, name, data, mime = FILES[kind]
        sent = {field: (name, data, mime)}
    answer = client.post(f"/add/{kind}", data=fields, files=sent or {"nothing": ("", b"", "")})
    return answer.status_code, answer.headers.get("Location", ""), answer.text


def made(cast: Cast, location: str) -> Memory:
    with cast.acting("kai") as session:
        return session.get_one(Memory, UUID(location.removeprefix("/memories/").partition("?")[0]))


def test_every_kind_is_whole() -> None:
    for name, kind in KINDS.items():
        assert name == kind.name
        for part in ("_card", "_body", "_fields"):
            assert (TEMPLATES_DIR / "memories" / "kinds" / name / f"{part}.html").is_file(), (
                f"{name} has no {part}.html"
            )
        kind.details.model_validate({})
        assert kind.details.model_validate_json(kind.details().model_dump_json()) == kind.details()
    folders = {folder.name for folder in (TEMPLATES_DIR / "memories" / "kinds").iterdir()}
    assert folders == set(KINDS) == set(FILLED)


@pytest.mark.parametrize("kind", KINDS)
def test_a_memory_of_each_kind_is_kept_for_me_alone(client_as: ClientAs, cast: Cast, kind: str) -> None:
    kai = client_as("kai")
    assert kai.get(f"/add/{kind}").status_code == 200
    status, location, body = send(kai, kind)
    assert status == 303, body
    memory = made(cast, location)
    assert (memory.kind, memory.state, memory.audience) == (kind, "kept", [])
    page = kai.get(location)
    assert page.status_code == 200
    assert "Only you can" in page.text and "Nobody else can" in page.text
    assert f'href="/memories/{memory.id}"' in kai.get("/").text
    assert kai.get(f"/memories/{memory.id}/edit").status_code == 200
    assert kai.get(f"/memories/{memory.id}/audience").status_code == 200
    for other in ("joe", "casey"):
        assert client_as(other).get(f"/memories/{memory.id}").status_code == 404


def test_sending_twice_makes_one(client_as: ClientAs, cast: Cast) -> None:
    kai, once = client_as("kai"), new_id()
    places = {send(kai, "photo", once)[1] for _ in range(2)}
    assert len(places) == 1
    memory = made(cast, places.pop())
    assert memory.id != once
    with cast.acting("kai") as session:
        assert len(session.exec(select(MediaFile).where(MediaFile.memory_id == memory.id)).all()) == 1


def test_several_photos_and_the_day_they_were_taken(
    client_as: ClientAs, cast: Cast, corpora: Path, run_jobs: files.RunJobs
) -> None:
    photos = sorted((corpora / "photos-with-location").glob("DSCN00*.jpg"))[:3]
    kai = client_as("kai")
    sent = [("files", (photo.name, photo.read_bytes(), "image/jpeg")) for photo in photos]
    answer = kai.post("/add/photo", data={"once": str(new_id()), "when": "taken"}, files=sent)
    assert answer.status_code == 303
    run_jobs()
    memory = made(cast, answer.headers["Location"])
    assert memory.cover is not None
    assert (memory.cover["state"], memory.cover["more"]) == ("ready", 2)
    assert memory.cover["renditions"]
    assert memory.happened == "2008-10-22", "the day came from the photos"
    page = kai.get("/")
    assert memory.cover["id"] in page.text
    assert '3<span class="vh"> photos' in page.text
    assert kai.get(f"/memories/{memory.id}").text.count('<figure id="photo-') == 3


def test_a_day_i_chose_is_not_changed_by_the_file(
    client_as: ClientAs, cast: Cast, corpora: Path, run_jobs: files.RunJobs
) -> None:
    photo = corpora / "photos-with-location" / "DSCN0010.jpg"
    answer = client_as("kai").post(
        "/add/photo",
        data={"once": str(new_id()), "when": "year", "when_year": "2014"},
        files={"files": (photo.name, photo.read_bytes(), "image/jpeg")},
    )
    run_jobs()
    assert made(cast, answer.headers["Location"]).happened == "2014"


def test_a_day_i_change_my_mind_to_stays_when_the_file_is_ready_later(
    client_as: ClientAs, cast: Cast, corpora: Path, run_jobs: files.RunJobs
) -> None:
    photo = corpora / "photos-with-location" / "DSCN0010.jpg"
    kai = client_as("kai")
    sent = {"files": (photo.name, photo.read_bytes(), "image/jpeg")}
    answer = kai.post("/add/photo", data={"once": str(new_id()), "when": "taken"}, files=sent)
    memory = made(cast, answer.headers["Location"])
    kai.post(f"/memories/{memory.id}/edit", data={"when": "season", "when_season": "22", "when_year": "2019"})
    run_jobs()
    after = made(cast, answer.headers["Location"])
    assert (after.happened, (after.cover or {})["state"]) == ("2019-22", "ready")


def test_a_file_that_cannot_be_shown_is_kept_and_can_be_saved(
    client_as: ClientAs, cast: Cast, run_jobs: files.RunJobs
) -> None:
    kai = client_as("kai")
    _, location, _ = send(kai, "video")
    assert "Getting it ready" in kai.get(location).text
    run_jobs()
    memory = made(cast, location)
    assert memory.cover is not None and memory.cover["state"] in ("failed", "ready")
    page = kai.get(f"/memories/{memory.id}").text
    assert "sea.mp4" in page
    assert f"/media/{memory.cover['id']}/original" in page
    assert kai.get(f"/media/{memory.cover['id']}/original").content == b"not really a video"
    assert "Kept safe" in kai.get("/").text


@pytest.mark.parametrize(
    ("kind", "changes", "sentence"),
    [
        ("message", {"words": ""}, "Write something. One line is fine."),
        ("treasured_thing", {"title": " "}, "Give it a name"),
        ("photo", {"when": "year", "when_year": "soon"}, "Please type a year, like 2019."),
        ("life_track", {"song1_title": ""}, "What is this song called?"),
        ("life_track", {"song1_link": "http://example.org"}, "It starts with https://"),
        ("life_track", {"song1_link": "javascript:alert(1)"}, "It starts with https://"),
        ("life_track", {"song1_link": "https://"}, "It starts with https://"),
        ("pod_walk", {"stop1_at": "after a bit"}, "like 1:58"),
        ("certificate", {"chapter": str(new_id())}, "That chapter isn’t there now."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_or_sent_is_lost(
    client_as: ClientAs, cast: Cast, kind: str, changes: dict[str, str], sentence: str
) -> None:
    kai, once = client_as("kai"), new_id()
    status, _, body = send(kai, kind, once, place="By the boating lake", **changes)
    assert status == 422
    assert sentence in body
    assert "By the boating lake" in body and str(once) in body
    with cast.acting("kai") as session:
        assert session.get(Memory, once) is None
    if kind in FILES:
        kept = files.hidden_uploads(body)
        assert len(kept) == 1, "the file that came is safe and goes with the next try"
        again = {"once": str(once), **FILLED[kind], "upload": kept}
        assert kai.post(f"/add/{kind}", data=again).status_code == 303


@pytest.mark.parametrize(("kind", "sentence"), [("photo", "at least one photo"), ("voice", "Record something")])
def test_a_file_is_asked_for(client_as: ClientAs, kind: str, sentence: str) -> None:
    answer = client_as("kai").post(f"/add/{kind}", data={"once": str(new_id()), "title": "The sea"})
    assert answer.status_code == 422
    assert sentence in answer.text and "The sea" in answer.text


def test_an_empty_file_is_said_in_plain_words(client_as: ClientAs) -> None:
    answer = client_as("kai").post(
        "/add/video", data={"once": str(new_id()), "title": "Waves"}, files={"files": ("waves.mp4", b"", "video/mp4")}
    )
    assert answer.status_code == 422
    assert "is empty" in answer.text and "Waves" in answer.text


def test_a_walk_keeps_its_stops_its_photo_and_a_line_only_i_see(client_as: ClientAs, cast: Cast) -> None:
    kai = client_as("kai")
    north = [[k * 10, 52.63 + k * 0.0005, 1.3 + (k % 3) * 0.0002] for k in range(40)]
    answer = kai.post(
        "/add/pod_walk",
        data={
            "once": str(new_id()), "title": "To Nan’s bench", "route": json.dumps(north),
            "stops": json.dumps([{"t_s": 4.8, "title": "The gate still sticks", "upload": None}]),
            "stop1_title": "The bench", "stop1_at": "1:58",
        },
        files={
            "recording": ("walk.wav", files.wav(), "audio/wav"),
            "stop1_file": ("bench.jpg", files.JPEG, "image/jpeg"),
        },
    )  # fmt: skip
    assert answer.status_code == 303, answer.text
    memory = made(cast, answer.headers["Location"])
    stops = memory.details["stops"]
    assert [(stop["at"], stop["title"]) for stop in stops] == [(4.8, "The gate still sticks"), (118.0, "The bench")]
    with cast.acting("kai") as session:
        assert session.get_one(MediaFile, UUID(stops[1]["photo"])).role == "part"
        route = session.get_one(MemoryRoute, memory.id)
        assert len(route.points) < len(north) and route.sketch
        session.get_one(Memory, memory.id).audience = [cast.circle["joe"]]
    assert "52.6" not in json.dumps(memory.details)
    assert 'class="route"' in kai.get("/").text
    joes = client_as("joe").get(f"/boxes/{cast.box['kai']}").text
    assert "To Nan’s bench" in joes and 'class="route"' not in joes


def test_in_anothers_box_one_gives(client_as: ClientAs, cast: Cast) -> None:
    joe = client_as("joe")
    for path in (f"/boxes/{cast.box['kai']}/add", f"/boxes/{cast.box['kai']}/add/message"):
        assert joe.get(path).headers["Location"] == f"/boxes/{cast.box['kai']}/give"
    answer = joe.post(f"/boxes/{cast.box['kai']}/add/message", data={"once": str(new_id()), "words": "Hello"})
    assert answer.headers["Location"] == f"/boxes/{cast.box['kai']}/give"
    with cast.acting("kai") as session:
        assert session.exec(select(Memory).where(col(Memory.box_id) == cast.box["kai"])).all() == []
    assert client_as("casey").get(f"/boxes/{cast.box['kai']}/add/message").status_code == 404


def test_changing_keeps_what_is_not_asked_again(client_as: ClientAs, cast: Cast) -> None:
    kai = client_as("kai")
    _, location, _ = send(kai, "pod_walk", route=json.dumps([[0, 52.6, 1.3], [60, 52.61, 1.3]]))
    memory = made(cast, location)
    page = kai.get(f"/memories/{memory.id}/edit").text
    assert "0:42" in page and "The gate" in page
    changed = {
        "title": "The long way",
        "who": "Sam",
        "stop1_title": "The old gate",
        "stop1_at": "0:50",
        "when": "unknown",
    }
    assert kai.post(f"/memories/{memory.id}/edit", data=changed).status_code == 303
    after = made(cast, location)
    assert after.title == "The long way"
    assert after.details["stops"] == [{"title": "The old gate", "at": 50.0, "photo": ""}]
    assert after.details["distance_m"] == memory.details["distance_m"] > 1000


def test_the_words_of_a_gift_stay_as_they_were_given(client_as: ClientAs, cast: Cast) -> None:
    gift = cast.gift("joe", words="Sorry about my running.")
    kai = client_as("kai")
    answer = kai.post(f"/memories/{gift}/edit", data={"title": "Mine now", "words": "Joe cannot run."})
    assert answer.status_code == 303
    with cast.acting("kai") as session:
        memory = session.get_one(Memory, gift)
        assert (memory.title, memory.words) == ("Mine now", "Sorry about my running.")
