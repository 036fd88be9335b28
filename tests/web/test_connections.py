"""Who says nothing is not waited for."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn
import uvloop
from fastapi import FastAPI
from starlette.types import Message

from app.web import errors
from app.web.connections import PatientProtocol
from app.web.forms import Fields
from app.web.limits import BodyLimit, Pace
from tests.machine import free_port, until

HEAD = b"POST /echo HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\n"
TYPED = HEAD + b"Content-Type: application/x-www-form-urlencoded\r\n"


class Brief(PatientProtocol):
    """The same, with a second for a header."""

    header_s = 1.0


@contextmanager
def serving(app: FastAPI, **options: Any) -> Iterator[int]:
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", timeout_graceful_shutdown=1, **options))
    thread = threading.Thread(target=server.run)
    thread.start()
    until(lambda: server.started)
    try:
        yield port
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A form behind the real limits, made short."""
    app = FastAPI()
    app.add_middleware(BodyLimit, silence_s=1.0, pace=1000)
    errors.install(app)

    @app.post("/echo")
    def echo(fields: Fields) -> Any:
        return fields

    with serving(app, http=Brief, timeout_keep_alive=1) as port:
        yield port


def trickle(line: socket.socket, piece: bytes) -> bytes:
    """Send a little again and again until the other side has had enough; what it said."""
    said, line_over = b"", threading.Event()
    line.settimeout(0.05)
    while not line_over.is_set():
        try:
            line.sendall(piece)
            said += (heard := line.recv(65536))
            if not heard:
                line_over.set()
        except TimeoutError:
            continue
        except OSError:
            return said
    return said


def to_the_end(line: socket.socket) -> bytes:
    line.settimeout(60)
    said = b""
    try:
        while heard := line.recv(65536):
            said += heard
    except ConnectionResetError:
        pass
    return said


SLOW: dict[str, tuple[bytes, bytes]] = {
    "nothing at all": (b"", b""),
    "half a line": (b"POST /ec", b""),
    "half a header": (HEAD, b""),
    "a header that never ends": (HEAD, b"X-More: 1\r\n"),
    "no body": (TYPED + b"Content-Length: 900\r\n\r\n", b""),
    "half a body": (TYPED + b"Content-Length: 900\r\n\r\na=b&", b""),
    "a body that drips": (TYPED + b"Content-Length: 900000\r\n\r\n", b"a"),
    "chunks that drip": (TYPED + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    "another half request after a good one": (TYPED + b"Content-Length: 3\r\n\r\na=bPOST /ec", b""),
}


@pytest.mark.parametrize("what", SLOW)
def test_a_connection_that_is_idle_or_slow_ends(port: int, what: str) -> None:
    begin, more = SLOW[what]
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        line.sendall(begin)
        said = trickle(line, more) if more else to_the_end(line)
    if "body" in what or "chunks" in what:
        assert b" 408 " in said or said == b""
    if "another" in what:
        assert b'{"a":"b"}' in said


def test_a_form_that_comes_slowly_but_comes_is_read(port: int) -> None:
    body = b"a=" + b"b" * 5000
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        line.sendall(TYPED + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body))
        for at in range(0, len(body), 500):
            line.sendall(body[at : at + 500])
        assert to_the_end(line).endswith(b'{"a":"' + b"b" * 5000 + b'"}')


def test_silence_is_told_whatever_the_clock_rounds_to() -> None:
    async def nothing() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def heard() -> list[str]:
        waits = [Pace(nothing, silence_s=0.05 + tenth / 10_000)() for tenth in range(10)]
        return [message["type"] for message in await asyncio.gather(*waits)]

    assert uvloop.run(heard()) == ["http.disconnect"] * 10
