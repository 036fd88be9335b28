"""A host of its own for files: by a pass for one file and one sign-in, without a cookie, and nothing else there."""

import html
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Connection as Database
from sqlalchemy import text
from starlette.testclient import TestClient

from app.boxes.connection import Connection
from app.kit.clock import now
from app.kit.config import Settings, settings
from app.kit.ids import fingerprint
from app.main import create_app
from app.media import media_host
from app.media.intake import attach
from app.media.media_file import MediaFile
from app.memories.memory import Memory
from app.people.door import cookie_name
from tests.cast import Cast
from tests.media.tools import some_bytes
from tests.memories.files import JPEG

MAIN, FILES = "http://localhost", "http://files.localhost"
MEDIA = re.compile(r"https?://[\w.:-]+/media/[^\s\"]+|/media/[0-9a-f-]{36}/[^\s\"]+")


@pytest.fixture
def browser(database: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., TestClient]]:
    """`browser(cookie)`: a client of an application whose files are on a host of their own."""
    monkeypatch.setattr(settings(), "media_host", "files.localhost")
    app = create_app()
    opened: list[TestClient] = []

    def open_client(cookie: str | None = None, base_url: str = MAIN) -> TestClient:
        client = TestClient(app, base_url=base_url, follow_redirects=False)  # type: ignore[arg-type]
        client.headers["Sec-Fetch-Site"] = "same-origin"
        if cookie is not None:
            client.cookies.set(cookie_name(), cookie)
        opened.append(client)
        return client

    yield open_client
    for client in opened:
        client.close()


@pytest.fixture
def shared(cast: Cast, run_jobs: Callable[[], None]) -> tuple[UUID, UUID]:
    """A photo in a memory of Kai's that Joe can see: ids of memory and file."""
    memory_id = cast.memory(kind="photo", audience=("joe",))
    with cast.acting("kai") as session:
        file = attach(
            session, box_id=cast.box["kai"], memory_id=memory_id, added_by=cast.person["kai"],
            name="a.jpg", mime="image/jpeg", chunks=[JPEG],
        )  # fmt: skip
    run_jobs()
    return memory_id, file.id


def addresses(page: str) -> list[str]:
    return sorted({html.unescape(found) for found in MEDIA.findall(page)})


def test_pages_point_there_and_nowhere_else(
    cast: Cast, browser: Callable[..., TestClient], shared: tuple[UUID, UUID]
) -> None:
    kai = browser(cast.sign_in("kai"))
    files = browser(base_url=FILES)
    for path in (f"/memories/{shared[0]}", "/"):
        page = kai.get(path)
        found = addresses(page.text)
        assert len(found) >= 4 and all(address.startswith(f"{FILES}/media/{shared[1]}/") for address in found)
        rules = dict(rule.split(" ", 1) for rule in page.headers["Content-Security-Policy"].split("; "))
        assert FILES in rules["img-src"] and FILES in rules["media-src"]
        assert not any(FILES in rule for name, rule in rules.items() if name not in ("img-src", "media-src"))
        for address in found:
            answer = files.get(address)
            assert answer.status_code == 200 and answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
            assert "set-cookie" not in answer.headers
            assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    original = next(address for address in addresses(kai.get(f"/memories/{shared[0]}").text) if "/original" in address)
    part = files.get(original, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, JPEG[10:20])
    tag = {"If-None-Match": part.headers["ETag"]}
    assert (files.get(original, headers=tag).status_code, files.head(original).status_code) == (304, 200)


def test_each_host_does_one_thing(cast: Cast, browser: Callable[..., TestClient], shared: tuple[UUID, UUID]) -> None:
    cookie = cast.sign_in("kai")
    kai, files, there = browser(cookie), browser(base_url=FILES), browser(cookie, base_url=FILES)
    signed = next(iter(addresses(kai.get(f"/memories/{shared[0]}").text)))
    plain = signed.partition("?")[0]
    # The main host has no files, whoever asks and with whatever pass.
    for address in (plain, signed):
        assert kai.get(address.replace(FILES, MAIN)).status_code == 404
    # The other host has nothing else, and a cookie is worth nothing there.
    for client in (files, there):
        for path in ("/", "/healthz", "/static/css/holdfast.css", "/sign-in", f"/memories/{shared[0]}", plain):
            answer = client.get(path)
            assert (answer.status_code, answer.content, "set-cookie" in answer.headers) == (404, b"", False)
        assert client.post(signed).status_code == client.delete(signed).status_code == 404
        assert client.post("/uploads", headers={"Tus-Resumable": "1.0.0", "Upload-Length": "5"}).status_code == 404


def test_a_pass_is_for_one_file_and_one_sign_in(
    cast: Cast, browser: Callable[..., TestClient], shared: tuple[UUID, UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = browser(base_url=FILES)
    cookie = cast.sign_in("joe")
    page = browser(cookie).get(f"/memories/{shared[0]}").text
    signed = next(address for address in addresses(page) if "/256.jpg" in address)
    path, _, given = signed.partition("?pass=")
    assert files.get(signed).status_code == 200
    assert cookie not in page
    other = media_host.make_pass(cookie, cast.memory("kai"), "256.jpg")
    sibling = media_host.make_pass(cookie, shared[1], "1024.jpg")
    lies = ["", "x", other, sibling, given[:-4], given[:20] + ("A" if given[20] != "A" else "B") + given[21:], "é" * 80]
    lies += [some_bytes(63, seed=seed).hex() for seed in range(20)]
    for lie in lies:
        answer = files.get(path, params={"pass": lie})
        assert (answer.status_code, answer.content) == (404, b"")
    # Joe's own pass for the original opens nothing that Joe may not see.
    original = path.replace("/256.jpg", "/original")
    assert files.get(original, params={"pass": given}).status_code == 404
    later = now() + timedelta(hours=media_host.STEPS, minutes=1)
    monkeypatch.setattr(media_host, "now", lambda: later)
    assert files.get(signed).status_code == 404


@pytest.mark.parametrize("how", ["signed out", "expired", "ended", "not shared"])
def test_nothing_from_the_next_request_on(
    cast: Cast, browser: Callable[..., TestClient], shared: tuple[UUID, UUID], how: str, admin: Database
) -> None:
    cookie = cast.sign_in("joe")
    files = browser(base_url=FILES)
    signed = addresses(browser(cookie).get(f"/memories/{shared[0]}").text)
    assert {files.get(address, headers={"Range": "bytes=0-9"}).status_code for address in signed} == {206}
    if how == "signed out":
        assert browser(cookie).post("/sign-out").status_code == 303
    elif how == "expired":
        ended = text("update sign_in set expires_at = now() - interval '1 second' where token_print = :print")
        assert admin.execute(ended, {"print": fingerprint(cookie)}).rowcount == 1
    elif how == "ended":
        with cast.acting("kai") as session:
            session.get_one(Connection, cast.connection["joe"]).state = "ended"
    else:
        with cast.acting("kai") as session:
            session.get_one(Memory, session.get_one(MediaFile, shared[1]).memory_id).audience = []
    for address in signed:
        answer = files.get(address, headers={"Range": "bytes=10-"})
        assert (answer.status_code, answer.content) == (404, b"")


def test_words_that_look_like_an_address_stay_words(
    cast: Cast, browser: Callable[..., TestClient], shared: tuple[UUID, UUID]
) -> None:
    typed = f'look at "/media/{shared[1]}/original" and src="/media/{shared[1]}/256.jpg" '
    memory_id = cast.memory(kind="message", words=typed)
    page = browser(cast.sign_in("kai")).get(f"/memories/{memory_id}").text
    assert html.escape(typed, quote=True).replace("&quot;", "&#34;").strip() in page


LINKS = [
    "https://evil.example/?u=/media/{id}/original",
    "https://evil.example/media/{id}/original",
    "https://evil.example/media/{id}/256.jpg#x",
    "https://evil.example/?a=1&u=http://files.localhost/media/{id}/original",
    "https://evil.example/?u=%2Fmedia%2F{id}%2Foriginal&v=/media/{id}/original",
]


@pytest.mark.parametrize("link", LINKS)
def test_a_typed_link_takes_no_pass_along(
    cast: Cast, browser: Callable[..., TestClient], shared: tuple[UUID, UUID], link: str
) -> None:
    typed, kai = link.format(id=shared[1]), browser(cast.sign_in("kai"))
    sent = {"title": "My songs", "song1_title": "A song", "song1_link": typed, "when": "unknown"}
    made = kai.post("/add/life_track", data=sent)
    assert made.status_code == 303, made.text
    here = made.headers["location"].partition("?")[0]
    for page in (kai.get(here).text, kai.get(f"{here}/edit").text):
        assert html.escape(typed) in page.replace("&#34;", "&quot;") and "pass=" not in page


@pytest.mark.parametrize("field", ["title", "words", "place"])
def test_what_fills_a_form_takes_no_pass_along(
    cast: Cast, browser: Callable[..., TestClient], shared: tuple[UUID, UUID], field: str
) -> None:
    kai, typed = browser(cast.sign_in("kai")), f"see /media/{shared[1]}/original"
    assert "pass=" not in kai.get("/add/message", params={field: typed}).text
    assert "pass=" not in kai.post("/add/message", data={field: typed, "when_year": "x", "when": "year"}).text


def test_it_must_be_another_host() -> None:
    with pytest.raises(ValueError, match="another host"):
        Settings(BASE_URL="https://box.example", MEDIA_HOST="box.example:8443")  # type: ignore[call-arg]
    assert Settings(BASE_URL="https://box.example", MEDIA_HOST="Files.example").media_origin == "https://files.example"  # type: ignore[call-arg]
