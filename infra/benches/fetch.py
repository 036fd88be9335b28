"""Asks for parts of files again and again, and looks at every byte that comes.

`python -m benches.fetch PORT COOKIE CLIENTS SECONDS < parts.json`, where parts are [path, first byte or null, last
byte, SHA-256 of what should come]. Each of the clients keeps one connection. A part is hashed when it comes for the
first time, and compared with that ever after. Prints JSON: `answers`, `bytes` of bodies, `seconds`, and `used`
(processor seconds of the asking).
"""

import hashlib
import json
import selectors
import socket
import sys
import time
from typing import Any

LARGEST = 4 * 1024 * 1024


class Client:
    """One connection, and how far its answer has come."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2 * 1024 * 1024)
        self.socket.setblocking(False)
        self.answer = memoryview(bytearray(LARGEST))
        self.number = 0

    def ask(self, number: int, request: bytes) -> None:
        """Begin another answer."""
        self.number, self.have, self.body, self.end = number, 0, 0, LARGEST
        self.socket.send(request)

    def read(self) -> bool:
        """Take what has come; whether that was the last of it."""
        came = self.socket.recv_into(self.answer[self.have :])
        if came == 0:
            raise SystemExit("the server hung up")
        self.have += came
        if not self.body:
            head, found, _ = bytes(self.answer[: min(self.have, 4096)]).partition(b"\r\n\r\n")
            if not found:
                return False
            if head[9:12] not in (b"200", b"206"):
                raise SystemExit(f"not the file: {head[:60]!r}")
            self.body = len(head) + 4
            self.end = self.body + int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        return self.have >= self.end

    @property
    def content(self) -> memoryview:
        return self.answer[self.body : self.end]


def fetch(port: int, cookie: str, count: int, seconds: float, parts: list[Any]) -> None:
    """Ask with `count` clients for so many seconds, and print what came of it."""
    requests = []
    for path, first, last, _ in parts:
        ranged = "" if first is None else f"Range: bytes={first}-{last}\r\n"
        requests.append(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n{ranged}\r\n".encode())
    known: list[bytes | None] = [None] * len(parts)
    clients = [Client(port) for _ in range(count)]
    ready = selectors.DefaultSelector()
    answers = size = 0
    used, began = time.process_time(), time.perf_counter()
    following = 0
    for client in clients:
        ready.register(client.socket, selectors.EVENT_READ, client)
        client.ask(following % len(parts), requests[following % len(parts)])
        following += 1
    while ready.get_map():
        for key, _ in ready.select():
            client = key.data
            if not client.read():
                continue
            right = known[client.number]
            if right is None:
                right = known[client.number] = bytes(client.content)
                if hashlib.sha256(right).hexdigest() != parts[client.number][3]:
                    raise SystemExit(f"other bytes than were kept: {parts[client.number][0]}")
            elif bytes(client.content) != right:
                raise SystemExit(f"other bytes than before: {parts[client.number][0]}")
            answers += 1
            size += len(right)
            if time.perf_counter() - began < seconds:
                client.ask(following % len(parts), requests[following % len(parts)])
                following += 1
            else:
                ready.unregister(client.socket)
    whole, used = time.perf_counter() - began, time.process_time() - used
    print(json.dumps({"answers": answers, "bytes": size, "seconds": whole, "used": used}))


if __name__ == "__main__":
    fetch(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), json.load(sys.stdin))
