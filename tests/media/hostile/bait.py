"""What nobody may read or call, and who did."""

import ctypes
import os
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_ACCESS, _OPEN = 0x1, 0x20
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(slots=True)
class Bait:
    """A file beside the cage, and an address that hears who calls. `calls` are the paths that were asked for."""

    path: Path
    url: str
    watch: int = -1
    calls: list[str] = field(default_factory=list)

    def looks(self) -> int:
        """How often the file was opened or read since the last time this was asked (inotify(7))."""
        try:
            events = os.read(self.watch, 65536)
        except BlockingIOError:
            return 0
        count = at = 0
        while at < len(events):
            at += 16 + struct.unpack_from("iIII", events, at)[3]
            count += 1
        return count


@contextmanager
def laid(folder: Path, content: bytes) -> Iterator[Bait]:
    """Bait in `folder` and on a port of this machine, until the block ends."""
    path = folder / "secret.ts"
    path.write_bytes(content)
    watch = _libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    assert watch >= 0 and _libc.inotify_add_watch(watch, os.fsencode(path), _ACCESS | _OPEN) >= 0
    calls: list[str] = []

    class Hear(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            calls.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Hear) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield Bait(path, f"http://127.0.0.1:{server.server_port}/", watch, calls)
        finally:
            server.shutdown()
            thread.join()
            os.close(watch)
