"""What an app can read and send, and what it cannot."""

import base64
import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from PIL import Image
from sqlalchemy import text
from sqlmodel import Session, select

from app.kit.clock import today
from app.kit.config import settings
from app.media.media_file import MediaFile
from app.memories.memory import Gift, Memory
from tests.oauth.conftest import Flow, StartFlow
from tests.wall.places import PICTURE, seal_picture
from tests.wall.world import administrator

RunJobs = Callable[[], None]


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("sent") / "certificate.png"
    Image.linear_gradient("L").convert("RGB").save(path)
    return path.read_bytes()


def with_picture(memory_id: UUID, asking: Flow) -> str:
    """A photo in a memory; the API's path of its clean copy."""
    with administrator() as admin, Session(admin, expire_on_commit=False) as session:
        memory = session.get_one(Memory, memory_id)
        file = MediaFile(box_id=memory.box_id, memory_id=memory.id, kind="photo", state="ready", sealed_key=b"")
        session.add(file)
        session.flush()
        seal_picture(session, file)
        session.commit()
    return f"/files/{file.id}/{file.renditions[0]['name']}"


def test_what_is_sent_arrives_in_the_tray_and_nobody_is_told_what_becomes_of_it(
    flow: StartFlow, picture: bytes, run_jobs: RunJobs
) -> None:
    asking = flow()
    token = asking.tokens(may=("add:certificate",))["access_token"]
    sent = asking.api(
        token,
        "POST",
        "/memories",
        data={"kind": "certificate", "title": "Science award", "words": "For the volcano.", "day": "2026-06-12"},
        files={"file": ("award.png", picture, "image/png")},
    )
    assert sent.status_code == 201, sent.text
    assert sent.json() | {"id": ""} == {"id": "", "kind": "certificate", "title": "Science award", "files": 1}
    assert "RateLimit" in sent.headers and "RateLimit-Policy" in sent.headers
    tray = asking.browser.get("/tray").text
    assert "Ashwood portal" in tray and "Science award" in tray and "#f-app" in tray
    assert "Sends you your certificates. " in tray and ".." not in re.sub("<[^>]*>", "", tray)
    run_jobs()
    with asking.cast.acting("kai") as session:
        memory = session.exec(select(Memory).where(Memory.gift_id == UUID(sent.json()["id"]))).one()
        assert (memory.state, memory.happened, memory.details) == (
            "arrived", "2026-06-12", {"given_by": "Ashwood High School"},
        )  # fmt: skip
        assert memory.cover and memory.cover["state"] == "ready"
    assert asking.browser.post(f"/gifts/{sent.json()['id']}/keeping").status_code == 303
    did = asking.browser.get("/me/apps").text
    grant = did.split("/me/apps/")[1].split('"')[0]
    assert "Sent ‘Science award’. You kept it." in asking.browser.get(f"/me/apps/{grant}").text


def test_the_same_key_is_the_same_memory(flow: StartFlow, picture: bytes) -> None:
    asking = flow()
    token = asking.tokens(may=("add:certificate", "add:photo"))["access_token"]

    def send(title: str, key: str) -> tuple[int, str]:
        answer = asking.api(
            token, "POST", "/memories", headers={"Idempotency-Key": key}, data={"kind": "photo", "title": title},
            files={"file": ("a.png", picture, "image/png")},
        )  # fmt: skip
        return answer.status_code, answer.json().get("id", "")

    first = send("A day", "one")
    assert first[0] == 201 and send("A day", "one") == first
    assert send("Another day", "one")[0] == 422
    assert send("A day", "two")[1] != first[1]
    with asking.cast.acting("kai") as session:
        assert len(session.exec(select(Gift).where(Gift.way == "app")).all()) == 2


def test_a_file_comes_in_pieces_and_is_named_in_json(flow: StartFlow) -> None:
    asking = flow()
    token = asking.tokens(may=("add:video",))["access_token"]
    name = base64.b64encode(b"a.mp4").decode()
    tus = {"Tus-Resumable": "1.0.0"}
    made = asking.api(
        token, "POST", "/uploads", headers={**tus, "Upload-Length": "70000", "Upload-Metadata": f"filename {name}"}
    )
    assert made.status_code == 201
    place = made.headers["location"].removeprefix("/api/v1")
    piece = {**tus, "Content-Type": "application/offset+octet-stream"}
    first = asking.api(token, "PATCH", place, headers={**piece, "Upload-Offset": "0"}, content=bytes(65536))
    assert first.headers["upload-offset"] == "65536"
    asking.api(token, "PATCH", place, headers={**piece, "Upload-Offset": "65536"}, content=bytes(70000 - 65536))
    body = {"kind": "video", "title": "Sports day", "uploads": [place.rsplit("/", 1)[1]]}
    assert asking.api(token, "POST", "/memories", json=body).status_code == 201
    assert asking.api(token, "POST", "/memories", json=body).status_code == 422  # it is part of a memory now
    another = flow().tokens(may=("add:video",))["access_token"]
    assert asking.api(another, "HEAD", place, headers=tus).status_code == 404


def test_an_app_reads_what_its_circle_may_see_and_nothing_else(flow: StartFlow) -> None:
    asking = flow()
    cast = asking.cast
    shown = cast.memory(title="Shown", audience=("school",), place="3 Elm Road")
    hidden = [
        cast.memory(title="Just me"),
        cast.memory(title="At home", audience=("home",)),
        cast.memory(title="Over", audience=("school",), audience_until=today() - timedelta(days=1)),
        cast.memory(title="Put away", audience=("school",), state="put_away"),
        cast.memory(title="Only me", audience=("school",), only_me=True),
        cast.memory(title="A letter", audience=("school",), kind="letter"),
        cast.gift(title="Waits"),
    ]
    path = with_picture(shown, asking)
    secret = with_picture(hidden[0], asking)
    token = asking.tokens(may=("read:circle",))["access_token"]
    said = asking.api(token, "GET", "/memories").json()
    assert [each["title"] for each in said["memories"]] == ["Shown"]
    assert said["memories"][0]["files"][0]["copies"][0]["url"].endswith(path)
    assert "Elm Road" not in asking.api(token, "GET", f"/memories/{shown}").text
    nothing = asking.api(token, "GET", f"/memories/{UUID(int=1)}")
    for one in hidden:
        answer = asking.api(token, "GET", f"/memories/{one}")
        assert (answer.status_code, answer.content) == (404, nothing.content)
    assert asking.api(token, "GET", path).content == PICTURE
    assert asking.api(token, "GET", path, headers={"Range": "bytes=10-19"}).content == PICTURE[10:20]
    assert asking.api(token, "HEAD", path).headers["content-length"] == str(len(PICTURE))
    assert asking.api(token, "GET", secret).status_code == 404
    assert asking.api(token, "GET", "/me").json()["name"] is None
    assert asking.api(token, "POST", "/memories", json={"kind": "photo"}).status_code == 403
    looks = asking.browser.get("/me/looks").text
    assert "Ashwood portal" in looks and "looked at “Shown”" in looks


def test_whatever_byte_an_app_is_sent_it_has_looked(flow: StartFlow) -> None:
    asking = flow()
    shown = asking.cast.memory(title="Shown", audience=("school",))
    path = with_picture(shown, asking)
    token = asking.tokens(may=("read:circle",))["access_token"]

    def looks() -> int:
        return asking.browser.get("/me/looks").text.count("looked at “Shown”")

    assert asking.api(token, "HEAD", path).status_code == 200
    assert asking.api(token, "GET", path, headers={"Range": "bytes=999999-"}).status_code == 416
    assert looks() == 0
    for asked in ("bytes=1-1", "bytes=-999999999", "bytes=2-"):
        assert asking.api(token, "GET", path, headers={"Range": asked}).status_code == 206
    assert looks() == 1 and "Twice" not in asking.browser.get("/me/looks").text


def test_a_token_does_what_it_was_given_and_no_more(flow: StartFlow) -> None:
    asking = flow()
    token = asking.tokens(may=("read:profile",))["access_token"]
    assert asking.api(token, "GET", "/me").json() | {"until": ""} == {
        "app": "Ashwood portal", "name": "Kai", "scopes": ["read:profile"], "until": "",
    }  # fmt: skip
    refused = asking.api(token, "GET", "/memories")
    assert refused.status_code == 403
    assert refused.headers["content-type"] == "application/problem+json"
    assert 'error="insufficient_scope"' in refused.headers["www-authenticate"]
    tus = {"Tus-Resumable": "1.0.0", "Upload-Length": "4"}
    assert asking.api(token, "POST", "/uploads", headers=tus).status_code == 403
    for path in ("/me", "/tray", "/people", "/me/decisions", "/journey", "/boxes/x"):
        answer = asking.program.get(path, headers={"Authorization": f"Bearer {token}"})
        assert answer.headers.get("location", "").startswith("/sign-in"), path  # a token opens no page


def stored(asking: Flow) -> tuple[int, int]:
    with administrator() as admin:
        found = admin.connect().execute(text("select count(*), coalesce(sum(received), 0) from upload")).one()
    return (int(found[0]), int(found[1]))


NAMED = base64.b64encode(b"secret name.mp4").decode()
TUS = {"Tus-Resumable": "1.0.0"}
PIECE = {**TUS, "Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
UPLOADS: dict[str, tuple[str, str, dict[str, str], bytes]] = {
    "makes one": ("POST", "/uploads", {**TUS, "Upload-Length": "9"}, b""),
    "makes one with bytes": ("POST", "/uploads", {**PIECE, "Upload-Length": "9"}, bytes(9)),
    "adds to one": ("PATCH", "{made}", PIECE, bytes(70_000)),
    "asks its name": ("HEAD", "{made}", TUS, b""),
    "ends one": ("DELETE", "{made}", TUS, b""),
    "ends one by POST": ("POST", "{made}", {**TUS, "X-HTTP-Method-Override": "DELETE"}, b""),
    "adds by POST": ("POST", "{made}", {**PIECE, "X-HTTP-Method-Override": "PATCH"}, bytes(70_000)),
}


@pytest.mark.parametrize("what", UPLOADS)
def test_a_token_that_was_given_less_touches_no_upload_of_its_grant(flow: StartFlow, what: str) -> None:
    asking = flow()
    whole = asking.tokens()
    headers = {**TUS, "Upload-Length": "70000", "Upload-Metadata": f"filename {NAMED}"}
    made = asking.api(whole["access_token"], "POST", "/uploads", headers=headers)
    place, before = made.headers["location"].removeprefix("/api/v1"), stored(asking)
    less = asking.refresh(whole["refresh_token"], scope="read:profile").json()["access_token"]
    method, path, sent, body = UPLOADS[what]
    answer = asking.api(less, method, path.format(made=place), headers=sent, content=body)
    assert answer.status_code == 403 and "insufficient_scope" in answer.headers["www-authenticate"]
    assert NAMED not in str(answer.headers)
    assert stored(asking) == before
    assert asking.api(whole["access_token"], "HEAD", place, headers=TUS).status_code == 200


@pytest.mark.parametrize(
    ("scope", "form", "status"),
    [
        ("read:profile", {"kind": "photo"}, 403),
        ("add:photo", {"kind": "certificate"}, 403),
        ("add:photo", {"kind": "nonsense"}, 422),
        ("add:photo", {"kind": "photo", "day": "2999-01-01"}, 422),
        ("add:photo", {"kind": "photo", "title": "x" * 121}, 422),
        ("add:photo", {}, 422),
    ],
)
def test_a_form_that_is_refused_leaves_no_file(
    flow: StartFlow, picture: bytes, scope: str, form: dict[str, str], status: int
) -> None:
    asking = flow()
    token = asking.refresh(asking.tokens()["refresh_token"], scope=scope).json()["access_token"]
    before = stored(asking)
    files = {"file": ("a.png", picture, "image/png")}
    assert asking.api(token, "POST", "/memories", data=form, files=files).status_code == status
    assert stored(asking) == before


def test_a_form_with_too_many_files_leaves_none(flow: StartFlow, picture: bytes) -> None:
    asking = flow()
    token, before = asking.tokens()["access_token"], stored(asking)
    files = [("file", (f"{number}.png", picture, "image/png")) for number in range(2)]
    assert asking.api(token, "POST", "/memories", data={"kind": "video"}, files=files).status_code == 422
    assert stored(asking) == before


def test_an_app_that_asks_too_often_waits(flow: StartFlow, monkeypatch: pytest.MonkeyPatch) -> None:
    asking = flow()
    token = asking.tokens(may=("read:profile",))["access_token"]
    monkeypatch.setattr(settings(), "app_requests", 5)
    answers = [asking.api(token, "GET", "/me") for _ in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
    wait_s = int(answers[-1].headers["retry-after"])
    assert wait_s <= 60
    assert ("Wait 1 minute," if wait_s == 60 else f"Wait {wait_s} second") in answers[-1].json()["detail"]
    other = asking.cast  # another box's grant of the same app is not held up
    asking.browser.cookies.set("holdfast", other.sign_in("riley"))
    theirs = asking.tokens(may=("read:profile",))["access_token"]
    assert asking.api(theirs, "GET", "/me").status_code == 200


def test_nonsense_is_a_problem_and_never_an_error(flow: StartFlow) -> None:
    asking = flow()
    token = asking.tokens()["access_token"]
    for content, kind in (
        (b"[" * 100_000, "application/json"),
        (b'{"kind": "photo", "title": "\\ud800\\u0000"}', "application/json"),
        (b"null", "application/json"),
        (b"{}", "application/json"),
        (b"\xff", "application/json"),
        (b"x" * 300_000, "application/json"),
        (b"x", "text/plain"),
        (b"x", "multipart/form-data"),
        (b"x", "multipart/form-data; boundary=y"),
    ):
        answer = asking.api(token, "POST", "/memories", content=content, headers={"Content-Type": kind})
        assert 400 <= answer.status_code < 500, (content[:20], answer.status_code)
        assert answer.headers["content-type"] == "application/problem+json"
        assert set(answer.json()) == {"type", "title", "status", "detail"}
    for header in ("", "Bearer", "Bearer x y", "Basic eDp5", "bearer " + "x" * 600, "Bearer \x7f"):
        answer = asking.program.get("/api/v1/me", headers={"Authorization": header})
        assert answer.status_code == 401 and "resource_metadata=" in answer.headers["www-authenticate"]
