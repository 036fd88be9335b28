"""Lost signal and killed processes, over real sockets to a real web process."""

import os
import select
import signal
import socket
import struct
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cast import Cast
from tests.media.tools import MIB, OCTETS, SEGMENT, TUS, Web, free_port, some_bytes, stored_upload, until, web_process

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
