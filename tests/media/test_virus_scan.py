"""No file goes past the virus check: found is locked away, and while the check is down, files wait."""

import os
import shutil
import socket
import socketserver
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel import select

from app.kit.config import settings
from app.media.intake import attach
from app.media.media_file import MediaFile
from app.media.opening import processing_session
from app.media.scanning import ScannerDown, scan, scanner
from app.media.store import media_store
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.machine import free_port, listens, until
from tests.media.tools import MIB, some_bytes
from tests.memories.files import JPEG

RunJobs = Callable[[], None]
# The standard test file (EICAR), in two pieces so that no scanner takes this source for it.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD" + b"-ANTIVIRUS-TEST-FILE!$H+H*"
LONGEST = 4 * MIB
# A picture of a length of its own: files of other tests may be checked meanwhile.
PICTURE = JPEG + bytes(37)


class Clamd(socketserver.ThreadingTCPServer):
    """clamd's side of INSTREAM (clamd(8)): finds EICAR, and takes files of up to LONGEST bytes."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int) -> None:
        self.streams: list[int] = []
        self.answer: bytes | None = None
        super().__init__(("127.0.0.1", port), _Stream)


class _Stream(socketserver.StreamRequestHandler):
    server: Clamd

    def handle(self) -> None:
        assert self.rfile.read(10) == b"zINSTREAM\0"
        data = b""
        while length := int.from_bytes(self.rfile.read(4), "big"):
            data += self.rfile.read(length)
            if len(data) > LONGEST:
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.server.streams.append(len(data))
        said = b"stream: Eicar-Test-Signature FOUND\0" if EICAR in data else b"stream: OK\0"
        self.wfile.write(said if self.server.answer is None else self.server.answer)


@contextmanager
def listening(port: int) -> Iterator[Clamd]:
    with Clamd(port) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> int:
    """Where CLAMAV_HOST points; nothing listens there yet."""
    chosen = free_port()
    monkeypatch.setattr(settings(), "clamav_host", f"127.0.0.1:{chosen}")
    return chosen


def sent(cast: Cast, content: bytes, audience: tuple[str, ...] = ("joe",)) -> tuple[UUID, UUID]:
    """A file in a memory of Kai's that Joe can see: ids of memory and file."""
    memory_id = cast.memory(kind="photo", audience=audience)
    with cast.acting("kai") as session:
        file = attach(
            session, box_id=cast.box["kai"], memory_id=memory_id, added_by=cast.person["kai"],
            name="ride.jpg", mime="image/jpeg", chunks=[content],
        )  # fmt: skip
    return memory_id, file.id


def state(file_id: UUID) -> tuple[str, str, int]:
    with processing_session() as session:
        file = session.exec(select(MediaFile).where(MediaFile.id == file_id)).one()
        return file.state, file.problem, len(file.renditions)


def hurry() -> None:
    """Jobs that wait for their next try are due."""
    with processing_session() as session:
        session.execute(text("update procrastinate_jobs set scheduled_at = now() where status = 'todo'"))


def test_a_clean_file_is_checked_whole_and_shown(cast: Cast, run_jobs: RunJobs, port: int) -> None:
    with listening(port) as clamd:
        _, file_id = sent(cast, PICTURE)
        run_jobs()
        assert clamd.streams.count(len(PICTURE)) == 1
    assert state(file_id)[:2] == ("ready", "")


def test_what_is_found_is_locked_away(cast: Cast, client_as: ClientAs, run_jobs: RunJobs, port: int) -> None:
    # A real picture, so that only the check keeps it from being shown.
    bad = JPEG + EICAR
    with listening(port):
        memory_id, file_id = sent(cast, bad)
        run_jobs()
    assert state(file_id) == ("failed", "virus", 0)
    assert [key for key in media_store().keys() if key.startswith("shown/") and file_id.hex in key] == []  # noqa: SIM118
    page = client_as("kai").get(f"/memories/{memory_id}").text
    assert "can harm a phone or a computer" in page and "Nobody can open it here" in page
    assert page.count(f"/media/{file_id}/original") == 1 and "Save it anyway" in page
    assert client_as("kai").get(f"/media/{file_id}/original").content == bad
    joe = client_as("joe")
    assert "harm" not in joe.get(f"/memories/{memory_id}").text
    names = ("original", "256.jpg", "2048.avif")
    assert {joe.get(f"/media/{file_id}/{name}").status_code for name in names} == {404}


def test_while_the_check_is_down_files_wait(
    cast: Cast, client_as: ClientAs, run_jobs: RunJobs, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory_id, file_id = sent(cast, PICTURE)
    kai = client_as("kai")
    assert kai.get(f"/media/{file_id}/original").status_code == 409
    for _ in range(5):  # more often than any other trouble is forgiven
        run_jobs()
        hurry()
        assert state(file_id) == ("waiting", "no_scanner", 0)
    page = kai.get(f"/memories/{memory_id}").text
    assert "The check isn’t working just now" in page and f"/media/{file_id}" not in page
    refused = kai.get(f"/media/{file_id}/original")
    assert refused.status_code == 409 and "checking this file for viruses" in refused.text
    assert client_as("joe").get(f"/media/{file_id}/original").status_code == 404
    with listening(port) as clamd:
        hurry()
        run_jobs()
        assert clamd.streams.count(len(PICTURE)) == 1
    assert state(file_id)[:2] == ("ready", "")
    assert kai.get(f"/media/{file_id}/original").content == PICTURE


@pytest.mark.parametrize("answer", [b"", b"stream: \0", b"COMMAND READ TIMED OUT. ERROR\0", b"stream: OK and more\0"])
def test_no_verdict_is_not_a_yes(cast: Cast, run_jobs: RunJobs, port: int, answer: bytes) -> None:
    with listening(port) as clamd:
        clamd.answer = answer
        _, file_id = sent(cast, JPEG)
        run_jobs()
        assert state(file_id) == ("waiting", "no_scanner", 0)
        clamd.answer = None
        hurry()
        run_jobs()
    assert state(file_id)[0] == "ready"


def test_what_is_too_long_to_check_is_not_shown(cast: Cast, client_as: ClientAs, run_jobs: RunJobs, port: int) -> None:
    with listening(port):
        memory_id, file_id = sent(cast, JPEG + some_bytes(LONGEST + MIB))
        run_jobs()
    assert state(file_id) == ("failed", "unchecked", 0)
    assert "too big for our virus check" in client_as("kai").get(f"/memories/{memory_id}").text


def test_a_check_that_hangs_up_is_down(port: int) -> None:
    with socket.create_server(("127.0.0.1", port)) as server:
        threading.Thread(target=lambda: server.accept()[0].close()).start()
        with pytest.raises(ScannerDown):
            scan(Source(some_bytes(2 * MIB)), ("127.0.0.1", port))


@pytest.mark.parametrize(
    ("written", "where"),
    [
        ("", None),
        ("clamav", ("clamav", 3310)),
        ("clamav:3311", ("clamav", 3311)),
        ("[::1]:3310", ("::1", 3310)),
        ("/run/clamav/clamd.ctl", "/run/clamav/clamd.ctl"),
    ],
)
def test_where_it_is(monkeypatch: pytest.MonkeyPatch, written: str, where: str | tuple[str, int] | None) -> None:
    monkeypatch.setattr(settings(), "clamav_host", written)
    assert scanner() == where


class Source:
    def __init__(self, data: bytes) -> None:
        self.data = data

    def read(self, size: int, /) -> bytes:
        piece, self.data = self.data[:size], self.data[size:]
        return piece


@pytest.mark.deep
def test_a_real_clamd(tmp_path: Path) -> None:
    """Debian's clamd, with a signature of our own: whether we speak its language and not only our idea of it."""
    clamd = shutil.which("clamd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if clamd is None:
        pytest.skip("clamd is not installed (Debian: clamav-daemon)")
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "own.ndb").write_text(f"Holdfast.Test:0:*:{EICAR.hex()}\n")
    port = free_port()
    (tmp_path / "clamd.conf").write_text(
        f"DatabaseDirectory {tmp_path}/db\nTCPSocket {port}\nTCPAddr 127.0.0.1\nForeground yes\n"
        "StreamMaxLength 4M\nConcurrentDatabaseReload no\n"
    )
    daemon = subprocess.Popen([clamd, "-c", str(tmp_path / "clamd.conf")], stdout=subprocess.DEVNULL)
    where = ("127.0.0.1", port)
    try:
        until(lambda: listens(port) or daemon.poll() is not None)
        assert daemon.poll() is None
        assert scan(Source(JPEG), where) == "clean"
        assert scan(Source(EICAR), where) == "virus"
        assert scan(Source(some_bytes(3 * MIB) + EICAR), where) == "virus"
        assert scan(Source(some_bytes(9 * MIB)), where) == "unchecked"
    finally:
        daemon.kill()
        daemon.wait()
