"""What the tests of media share: real web processes, raw HTTP, and a look at what is really stored."""

import http.client
import os
import random
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from app.kit.db import open_session
from app.kit.sealed import open_stream
from app.media.file_keys import open_key
from app.media.media_file import MediaFile, MediaOriginal
from app.media.opening import processing_session
from app.media.store import media_store
from app.media.upload import Upload
from app.people.door import cookie_name
from tests.cast import Cast
from tests.machine import free_port, listens, until

TUS = {"Tus-Resumable": "1.0.0"}
OCTETS = {"Content-Type": "application/offset+octet-stream"}
SEGMENT = 65536
MIB = 1024 * 1024


def some_bytes(length: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(length)


def stored_upload(cast: Cast, who: str, upload_id: str | UUID) -> bytes:
    """The plaintext of a complete upload, opened from what the store holds."""
    with open_session(cast.viewer(who).claims()) as session:
        upload = session.get_one(Upload, UUID(str(upload_id)))
        key = open_key(session, upload.box_id, upload.id, upload.sealed_key)
        return b"".join(
            open_stream(key, upload.store_key, partial(media_store().read, upload.store_key), upload.length)
        )


def stored_original(file_id: UUID) -> bytes:
    """The plaintext of a file as it came, opened from what the store holds."""
    with processing_session() as session:
        media_file, row = session.get_one(MediaFile, file_id), session.get_one(MediaOriginal, file_id)
        key = open_key(session, media_file.box_id, media_file.id, media_file.sealed_key)
        return b"".join(open_stream(key, row.store_key, partial(media_store().read, row.store_key), row.bytes))


@dataclass
class Web:
    """A web server on a port of this machine, and a cookie to speak with."""

    port: int
    cookie: str
    process: subprocess.Popen[bytes] | None = None

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": f"{cookie_name()}={self.cookie}", "Sec-Fetch-Site": "same-origin", "Host": "localhost"}

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None, body: Any = None) -> Any:
        """One request on a connection of its own; the response with its body read as `.content`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body=body, headers={**self.headers, **(headers or {})})
            response: Any = connection.getresponse()
            response.content = response.read()
            return response
        finally:
            connection.close()

    def begin(self, method: str, path: str, headers: dict[str, str]) -> socket.socket:
        """A connection on which a request's head was sent; its body is the caller's."""
        line = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        head = "".join(f"{name}: {value}\r\n" for name, value in {**self.headers, **headers}.items())
        line.sendall(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode())
        return line

    def offset(self, path: str) -> int:
        """What a HEAD of an upload says is safe."""
        response = self.ask("HEAD", path, TUS)
        assert response.status == 200, response.status
        return int(response.headers["Upload-Offset"])

    def create(self, length: int, box: UUID) -> str:
        """The path of a new upload."""
        response = self.ask("POST", "/uploads", {**TUS, "Upload-Length": str(length), **metadata(box)})
        assert response.status == 201, response.content
        return str(response.headers["Location"])


def metadata(box: UUID | str, name: str = "ride.mov", mime: str = "video/quicktime") -> dict[str, str]:
    from base64 import b64encode

    pairs = {"filename": name, "filetype": mime, "box": str(box)}
    return {"Upload-Metadata": ",".join(f"{key} {b64encode(value.encode()).decode()}" for key, value in pairs.items())}


@contextmanager
def web_process(data: Path, cookie: str, port: int | None = None) -> Iterator[Web]:
    """A real `holdfast web` on the tests' own database."""
    chosen = port or free_port()
    environment = {**os.environ, "HOLDFAST_DATA": str(data), "PORT": str(chosen)}
    process = subprocess.Popen([sys.executable, "-m", "app.cli", "web"], env=environment)
    web = Web(chosen, cookie, process)
    try:
        until(lambda: listens(chosen))
        yield web
    finally:
        process.kill()
        process.wait()
