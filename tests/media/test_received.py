"""Forms with files: what is typed is kept, files are sealed as they come, and nothing lies about in the clear."""

import http.client
import json
import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import uvicorn
from fastapi import APIRouter
from sqlalchemy import create_engine, text
from starlette.testclient import TestClient

from app.boxes.box import Box
from app.kit.config import settings
from app.kit.db import admin_url
from app.main import create_app
from app.media.intake import claim_uploads, kept_uploads
from app.media.media_file import MediaFile, MediaOriginal
from app.media.received import ReceivedForm
from app.memories.memory import Memory
from app.people.door import CurrentViewer, ViewerSession
from app.web.errors import Refused
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.machine import free_port, until
from tests.media.tools import MIB, Web, some_bytes, stored_original, stored_upload

router = APIRouter()


@router.post("/add/here/anything")
@router.post("/boxes/{box_id}/add/here/anything")
def take(form: ReceivedForm, viewer: CurrentViewer, session: ViewerSession) -> dict[str, Any]:
    kept = kept_uploads(session, form.uploads)
    return {
        "fields": form.fields,
        "uploads": [str(each) for each in form.uploads],
        "by_field": {name: [str(each) for each in ids] for name, ids in form.upload_ids_by_field.items()},
        "problems": form.problems,
        "kept": [[each.name, each.mime, each.length] for each in kept],
    }


@pytest.fixture(scope="module")
def server(database: Path) -> Iterator[int]:
    """The real application with one more route, listening on a port that is returned."""
    app = create_app()
    app.include_router(router)
    port = free_port()
    uvicorn_server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", timeout_graceful_shutdown=2))
    thread = threading.Thread(target=uvicorn_server.run)
    thread.start()
    until(lambda: uvicorn_server.started)
    yield port
    uvicorn_server.should_exit = True
    thread.join()


@pytest.fixture
def web(server: int, cast: Cast) -> Web:
    return Web(server, cast.sign_in("kai"))


def part(name: str, value: bytes | str, filename: str | None = None, mime: str = "image/jpeg") -> bytes:
    disposition = f'form-data; name="{name}"' + (f'; filename="{filename}"' if filename is not None else "")
    kind = f"Content-Type: {mime}\r\n" if filename is not None else ""
    body = value.encode() if isinstance(value, str) else value
    return f"--frontier\r\nContent-Disposition: {disposition}\r\n{kind}\r\n".encode() + body + b"\r\n"


MULTIPART = {"Content-Type": "multipart/form-data; boundary=frontier"}
END = b"--frontier--\r\n"


def post(web: Web, *parts: bytes, path: str = "/add/here/anything", end: bytes = END) -> Any:
    answer = web.ask("POST", path, MULTIPART, b"".join(parts) + end)
    answer.json = json.loads(answer.content) if answer.status == 200 else None
    return answer


def test_fields_and_files_come_apart(cast: Cast, web: Web) -> None:
    first, second = some_bytes(3 * MIB + 7), some_bytes(10)
    got = post(
        web,
        part("title", "Café at the sea — 海"),
        part("photos", first, "a b “c”.jpg"),
        part("tag", "one"),
        part("photos", second, "/etc/../two%22.heic", "image/heic; x=y"),
        part("tag", "two"),
        part("empty", b"", ""),
    ).json
    assert got["fields"] == {"title": "Café at the sea — 海", "tag": ["one", "two"]}
    assert got["by_field"] == {"photos": got["uploads"]}
    assert got["kept"] == [["a b “c”.jpg", "image/jpeg", len(first)], ['two".heic', "image/heic", 10]]
    assert got["problems"] == []
    assert [stored_upload(cast, "kai", each) for each in got["uploads"]] == [first, second]


@pytest.mark.parametrize("length", [1, 65535, 65536, 65537, MIB, MIB + 1, 2 * MIB])
def test_every_length_comes_back_as_it_was(cast: Cast, web: Web, length: int) -> None:
    content = some_bytes(length)
    got = post(web, part("file", content, "x.bin")).json
    assert stored_upload(cast, "kai", got["uploads"][0]) == content


def test_a_plain_post_works_the_same(cast: Cast, web: Web) -> None:
    earlier = post(web, part("file", b"abc", "x.txt")).json["uploads"][0]
    urlencoded = {"Content-Type": "application/x-www-form-urlencoded"}
    body = f"title=Caf%C3%A9+%26+sea&upload={earlier}&upload=nonsense&words="
    answer = web.ask("POST", "/add/here/anything", urlencoded, body)
    got = json.loads(answer.content)
    assert got["fields"] == {"title": "Café & sea", "upload": [earlier, "nonsense"], "words": ""}
    assert (got["uploads"], got["kept"]) == ([earlier], [["x.txt", "image/jpeg", 3]])


def test_a_bad_file_never_loses_the_rest(cast: Cast, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "upload_max_bytes", 2 * MIB)
    got = post(
        web,
        part("title", "Kept"),
        part("files", some_bytes(3 * MIB), "huge.mov"),
        part("files", b"", "nothing.jpg"),
        part("files", b"fine", "fine.jpg"),
        part("words", "also kept"),
    ).json
    assert got["fields"] == {"title": "Kept", "words": "also kept"}
    assert [name for name, *_ in got["kept"]] == ["fine.jpg"]
    assert len(got["problems"]) == 2
    assert "“huge.mov” is too big" in got["problems"][0] and "“nothing.jpg” is empty" in got["problems"][1]


def test_who_may_not_add_is_stopped(cast: Cast, server: int) -> None:
    def status(who: str) -> int:
        web = Web(server, cast.sign_in(who))
        return post(web, part("f", b"x", "x"), path=f"/boxes/{cast.box['kai']}/add/here/anything").status

    assert [status(who) for who in ("joe", "casey", "avery")] == [200, 404, 404]
    joe = Web(server, cast.sign_in("joe"))
    got = post(joe, part("f", b"x", "x"), path=f"/boxes/{cast.box['kai']}/add/here/anything").json
    assert stored_upload(cast, "joe", got["uploads"][0]) == b"x"


def test_what_breaks_off_leaves_nothing(cast: Cast, web: Web) -> None:
    folder = Path(os.environ["HOLDFAST_DATA"]) / "media" / "original"

    def objects() -> set[Path]:
        return {path for path in folder.rglob("*") if path.is_file()}

    post(web, part("f", b"x", "x"))
    before = objects()
    assert post(web, part("a", some_bytes(2 * MIB), "a"), part("b", b"whole", "b"), end=b"").status == 400
    assert objects() == before
    line = web.begin("POST", "/add/here/anything", {**MULTIPART, "Content-Length": str(9 * MIB)})
    line.sendall(part("a", b"whole", "a") + part("b", some_bytes(3 * MIB), "b")[: 2 * MIB])
    until(lambda: objects() > before)
    line.close()
    until(lambda: objects() == before)
    assert web.ask("POST", "/add/here/anything", {"Content-Type": "application/json"}, "{}").status == 400


def test_a_large_file_never_lies_in_the_clear_and_holds_no_transaction(cast: Cast, web: Web) -> None:
    planted = b"PLANTED-WORD-IN-A-LARGE-FILE"
    content = some_bytes(15 * MIB) + planted + some_bytes(15 * MIB, seed=2)
    body = part("f", content, "large.bin") + END
    open_before = _open_files()
    connection = http.client.HTTPConnection("127.0.0.1", web.port)
    connection.putrequest("POST", "/add/here/anything", skip_host=True)
    for name, value in {**web.headers, **MULTIPART, "Content-Length": str(len(body))}.items():
        connection.putheader(name, value)
    connection.endheaders()
    connection.send(body[: 20 * MIB])
    folder = Path(os.environ["HOLDFAST_DATA"]) / "media"
    until(lambda: any(path.stat().st_size > 10 * MIB for path in folder.rglob("*") if path.is_file()))

    elsewhere = ("/dev", str(folder))  # the sealed store itself may be at work
    assert [path for path in _open_files() - open_before if path[0] == "/" and not path.startswith(elsewhere)] == []
    with create_engine(admin_url()).connect() as admin:
        query = "select count(*) from pg_stat_activity where usename like 'holdfast%' and state like 'idle in%'"
        assert until(lambda: admin.execute(text(query)).scalar() == 0 or admin.rollback(), 5)

    connection.send(body[20 * MIB :])
    assert connection.getresponse().status == 200
    assert [path for path in folder.rglob("*") if path.is_file() and planted in path.read_bytes()] == []


def _open_files() -> set[str]:
    """What this process (the server's too) has open; a temporary file without a name counts."""
    found = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found.add(str(descriptor.readlink()))
    return found


def test_uploads_become_files_of_a_memory_once(cast: Cast, web: Web) -> None:
    content = some_bytes(100_000)
    got = post(web, part("f", content, "x.jpg"), part("f", b"two", "y.pdf", "application/pdf")).json
    ids = [UUID(each) for each in got["uploads"]]
    memory_id = cast.memory(kind="photo")

    def claim(who: str = "kai", wanted: Any = ids) -> list[MediaFile]:
        with cast.acting(who) as session:
            box = session.get_one(Box, cast.box["kai"])
            return claim_uploads(session, cast.viewer(who), box.id, memory_id, list(wanted))

    with pytest.raises(Refused, match="can’t find one of the files"):
        claim("joe")
    files = claim()
    assert [(each.position, each.state, each.added_by) for each in files] == [
        (0, "waiting", cast.person["kai"]),
        (1, "waiting", cast.person["kai"]),
    ]
    assert stored_original(files[0].id) == content
    with cast.acting("kai") as session:
        original = session.get_one(MediaOriginal, files[0].id)
        assert (original.name, original.mime, original.bytes) == ("x.jpg", "image/jpeg", 100_000)
        assert session.get_one(Memory, memory_id).id == files[0].memory_id
    with pytest.raises(Refused):
        claim()
    later = post(web, part("f", b"three", "z.jpg")).json["uploads"]
    assert [each.position for each in claim(wanted=[UUID(later[0])])] == [2]


def test_a_giver_attaches_to_a_gift_they_cannot_see(cast: Cast, client_as: Any, server: int) -> None:
    joe = Web(server, cast.sign_in("joe"))
    got = post(joe, part("f", b"a gift", "gift.txt"), path=f"/boxes/{cast.box['kai']}/add/here/anything").json
    memory_id = cast.gift("joe")
    with cast.acting("joe") as session:
        box = session.get_one(Box, cast.box["kai"])
        [media_file] = claim_uploads(session, cast.viewer("joe"), box.id, memory_id, [UUID(got["uploads"][0])])
    assert stored_original(media_file.id) == b"a gift"
    client: TestClient = client_as("joe")
    assert client.get(f"/media/{media_file.id}/original").status_code == 404
    assert client_as("kai").get(f"/media/{media_file.id}/original").content == b"a gift"


def test_only_where_files_are_sent_may_a_body_be_large(cast: Cast, client_as: ClientAs) -> None:
    kai, large = client_as("kai"), {"Content-Length": str(3 * MIB), "Content-Type": "text/plain"}
    for path, refused in (
        (f"/boxes/{cast.box['kai']}/people", True),
        ("/people", True),
        (f"/boxes/{cast.box['kai']}/give/nowhere", False),
        ("/add/nowhere/at-all", False),
    ):
        assert (kai.post(path, content=bytes(3 * MIB), headers=large).status_code == 413) == refused
