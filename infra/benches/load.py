"""Asks for one page again and again, over connections that stay open.

`python -m benches.load PORT PATH COOKIE CLIENTS SECONDS`

Every client is a socket of its own that asks for gzip, as a browser does, and asks again when it has read the whole
answer. What asking costs is taken from the machine that answers, so there is nothing here but sockets.

Prints JSON: `took` (seconds of each answer), `seconds` (all of them together), `used` (processor seconds of the
asking), `bytes` (of one answer, as it was sent) and `page` (the HTML of one answer).
"""

import gzip
import json
import selectors
import socket
import sys
import time

LARGEST = 1024 * 1024


class Client:
    """One connection: what of the answer has come so far."""

    def __init__(self, port: int, request: bytes) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.request = request
        self.answer = memoryview(bytearray(LARGEST))

    def ask(self) -> None:
        """Begin another answer."""
        self.have, self.head, self.wanted = 0, 0, LARGEST
        self.asked = time.perf_counter()
        self.socket.send(self.request)

    def read(self) -> bool:
        """Take what has come; whether that was the last of it. Ends the program when it is not the page."""
        came = self.socket.recv_into(self.answer[self.have :])
        if came == 0:
            raise SystemExit("the server hung up")
        self.have += came
        if self.head == 0:
            begun = bytes(self.answer[: self.have])
            self.head = begun.find(b"\r\n\r\n") + 4
            if not begun.startswith(b"HTTP/1.1 200"[: self.have]):
                raise SystemExit(f"not the page: {begun[:80]!r}")
            if self.head < 4:
                self.head = 0
                return False
            length = begun[: self.head].lower().split(b"content-length:")[1].split(b"\r\n")[0]
            self.wanted = self.head + int(length)
        return self.have >= self.wanted

    @property
    def page(self) -> str:
        """The HTML that came last."""
        body = bytes(self.answer[self.head : self.wanted])
        zipped = b"content-encoding: gzip" in bytes(self.answer[: self.head]).lower()
        return (gzip.decompress(body) if zipped else body).decode()


def load(port: int, path: str, cookie: str, count: int, seconds: float) -> None:
    """Ask with `count` clients for so many seconds, and print what came of it."""
    request = (
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nAccept-Encoding: gzip\r\n"
        f"Cookie: {cookie}\r\n\r\n"
    ).encode()
    clients = [Client(port, request) for _ in range(count)]
    ready = selectors.DefaultSelector()
    took: list[float] = []
    used, began = time.process_time(), time.perf_counter()
    for client in clients:
        ready.register(client.socket, selectors.EVENT_READ, client)
        client.ask()
    until = began + seconds
    while ready.get_map():
        for key, _ in ready.select():
            client = key.data
            if client.read():
                now = time.perf_counter()
                took.append(now - client.asked)
                if now < until:
                    client.ask()
                else:
                    ready.unregister(client.socket)
    whole, used = time.perf_counter() - began, time.process_time() - used
    answer = {"bytes": clients[0].wanted, "page": clients[0].page}
    print(json.dumps({"took": took, "seconds": whole, "used": used, **answer}))


if __name__ == "__main__":
    load(int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5]))
