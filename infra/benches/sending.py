"""Sends files as our pages do: tus in pieces, then the form that makes a memory of them."""

import base64
import hashlib
import http.client
import os
import socket
from urllib.parse import urlencode
from uuid import uuid4

from benches.house import House
from benches.machine import MIB

TOGETHER = 5


class Sender:
    """One phone: a connection that stays open, and photos to send. `sent`: SHA-256 of the large file sent last."""

    def __init__(self, port: int, home: House, photos: list[bytes]) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port)
        self._headers = {"Cookie": home.cookie, "Sec-Fetch-Site": "same-origin", "Host": "localhost"}
        self._box = str(home.box_id)
        self._photos = photos
        self.sent = ""

    def send(self, count: int) -> None:
        """So many photos, a few to a memory."""
        self._line.close()  # the server may have, after a pause; it opens by itself
        waiting: list[str] = []
        for number in range(count):
            photo = self._photos[number % len(self._photos)]
            path = self._begin(len(photo), "image/jpeg")
            self._ask("PATCH", path, 204, photo, **self._piece(0))
            waiting.append(path.rpartition("/")[2])
            if len(waiting) == TOGETHER or number == count - 1:
                self._keep(waiting)
                waiting = []

    def send_large(self, length: int, piece: int) -> str:
        """A file of random bytes, which costs this side next to nothing: the id of its upload."""
        path = self._begin(length, "video/mp4")
        digest = hashlib.sha256()
        descriptor = os.memfd_create("piece")
        block = os.urandom(piece)
        os.write(descriptor, block)
        for at in range(0, length, piece):
            count = min(piece, length - at)
            self._line.putrequest("PATCH", path, skip_host=True, skip_accept_encoding=True)
            for name, value in {**self._headers, **self._piece(at), "Content-Length": str(count)}.items():
                self._line.putheader(name, value)
            self._line.endheaders()
            _send_all(self._line.sock, descriptor, count)
            answer = self._line.getresponse()
            answer.read()
            if answer.status != 204:
                raise SystemExit(f"A piece was not taken: {answer.status}")
            digest.update(memoryview(block)[:count])
        os.close(descriptor)
        self.sent = digest.hexdigest()
        return path.rpartition("/")[2]

    def _begin(self, length: int, mime: str) -> str:
        told = {"filename": "IMG_0001", "filetype": mime, "box": self._box}
        metadata = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in told.items())
        headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(length), "Upload-Metadata": metadata}
        return str(self._ask("POST", "/uploads", 201, b"", **headers).getheader("Location"))

    def _piece(self, offset: int) -> dict[str, str]:
        octets = "application/offset+octet-stream"
        return {"Tus-Resumable": "1.0.0", "Upload-Offset": str(offset), "Content-Type": octets}

    def _keep(self, uploads: list[str]) -> None:
        fields = [("once", str(uuid4())), ("title", "A day out"), ("when", "taken")]
        body = urlencode([*fields, *(("upload", each) for each in uploads)]).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        self._ask("POST", "/add/photo", 303, body, **headers)

    def _ask(self, method: str, path: str, status: int, body: bytes, **headers: str) -> http.client.HTTPResponse:
        self._line.request(method, path, body, {**self._headers, **headers})
        answer = self._line.getresponse()
        content = answer.read()
        if answer.status != status:
            raise SystemExit(f"{method} {path}: {answer.status} {content[:200]!r}")
        return answer


def _send_all(line: socket.socket, descriptor: int, count: int) -> None:
    at = 0
    while at < count:
        at += os.sendfile(line.fileno(), descriptor, at, min(8 * MIB, count - at))
