"""The worker's side of the fork server: a child for a file, in a thousandth of the time that starting one takes.

Why it is as safe as a new process: the server was started clean (no environment, descriptor or memory of ours), never
opens a file, and each fork of it still puts up its own fence and lives for one file. What forks share is where things
lie in memory, so a child that dies without an answer takes its server with it, and a server serves a limited number:
nobody tries addresses twice. Whose process id it is stays certain, because only the worker lets the server wait for it.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any

IDLE_S = 20.0
MOST_FILES = 200

_PROJECT = Path(__file__).resolve().parents[3]
_PROMPT_S = 30.0


def possible() -> bool:
    """Whether children can be forked here; elsewhere each is started from nothing."""
    return sys.platform == "linux"


def say(line: socket.socket, message: dict[str, Any], descriptors: tuple[int, ...] = ()) -> None:
    """One message: its length (4 bytes), with the descriptors, and then JSON."""
    data = json.dumps(message).encode()
    socket.send_fds(line, [len(data).to_bytes(4, "big")], list(descriptors))
    line.sendall(data)


def hear(line: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """One message and its descriptors. Raises EOFError at the end of the line, TimeoutError when nobody speaks."""
    length, descriptors, _, _ = socket.recv_fds(line, 4, 2)
    data = b""
    while len(length) == 4 and len(data) < int.from_bytes(length, "big"):
        piece = line.recv(int.from_bytes(length, "big") - len(data))
        if not piece:
            break
        data += piece
    if not data:
        raise EOFError
    message: dict[str, Any] = json.loads(data)
    return message, descriptors


class Forked:
    """A child that a server forked; it leads a process group of its own. `stdout`: what it answers."""

    def __init__(self, server: "_Server", pid: int, stdout: IO[bytes]) -> None:
        self.pid = pid
        self.stdout = stdout
        self._server = server

    def wait(self, answered: bool) -> int:
        """Its status, negative for a signal; call it once, after killing its group. `answered`: it ended as it should.

        Until then its process id cannot be anybody else's.
        """
        try:
            return int(self._server.ask({"end": self.pid})["status"])
        except (OSError, EOFError):
            return -signal.SIGKILL
        finally:
            _give_back(self._server, answered)


class _Server:
    def __init__(self) -> None:
        self.files = 0
        self.under_way = 0
        self.retired = False
        self._asking = threading.Lock()
        self._line, theirs = socket.socketpair()
        self._line.settimeout(_PROMPT_S)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-s", "-P", "-B", "-m", "app.media.processing.fork_server"],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={
                    "PYTHONPATH": str(_PROJECT),
                    "LC_ALL": "C.UTF-8",
                    "VIPS_CONCURRENCY": "1",
                    # Memory in large pages, where the kernel gives them for the asking: a tenth off a photo's time.
                    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
                },
                start_new_session=True,
            )

    def ask(self, message: dict[str, Any], descriptors: tuple[int, ...] = ()) -> dict[str, Any]:
        with self._asking:
            say(self._line, message, descriptors)
            return hear(self._line)[0]

    def close(self) -> None:
        """It ends when its line does, and the children that it may still have with it."""
        self._line.close()
        self._process.wait()


_servers = threading.Lock()
_current: _Server | None = None


def fork(task: str, order: dict[str, Any], source: IO[bytes]) -> Forked:
    """A child that does `task` as `caged.answer` does, on `source`. Raises OSError when none can be made."""
    for _ in range(2):
        server = _take()
        reading, writing = os.pipe()
        try:
            pid = server.ask({"task": task, "order": order}, (source.fileno(), writing))["child"]
            return Forked(server, pid, os.fdopen(reading, "rb"))
        except (OSError, EOFError):
            # It had been quiet for long, and has just ended.
            os.close(reading)
            _give_back(server, answered=False)
        finally:
            os.close(writing)
    raise OSError("no child could be forked")


def retire() -> None:
    """End the server that waits for files, if there is one; the next file starts another."""
    with _servers:
        server = _current
        if server is None:
            return
        server.under_way += 1
    _give_back(server, answered=False)


def _take() -> _Server:
    global _current
    with _servers:
        if _current is None:
            _current = _Server()
        server = _current
        server.files += 1
        server.under_way += 1
        if server.files >= MOST_FILES:
            _retire(server)
        return server


def _give_back(server: _Server, answered: bool) -> None:
    with _servers:
        server.under_way -= 1
        if not answered:
            _retire(server)
        over = server.retired and not server.under_way
    if over:
        server.close()


def _retire(server: _Server) -> None:
    """It takes no more files; those under way are finished first."""
    global _current
    server.retired = True
    if _current is server:
        _current = None
