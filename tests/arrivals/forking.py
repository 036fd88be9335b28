"""Real mail doors in processes of their own that can be killed and started again at once: `python -m` this.

Everything is imported first; each line "start" then forks a child that serves, and is answered with its pid once it
listens. A fork is what makes hundreds of starts affordable; what it serves with is the real thing.
"""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Self

from app.mail import serve_mail


class Doors:
    """Starts doors on one port, one at a time; `more` is environment."""

    def __init__(self, data: Path, port: int, **more: str) -> None:
        environment = {**os.environ, "HOLDFAST_DATA": str(data), "SMTP_PORT": str(port), **more}
        self.port = port
        self._starter = subprocess.Popen(
            [sys.executable, "-m", "tests.arrivals.forking"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
            bufsize=1,
        )
        self.pid = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def start(self) -> None:
        """A new door; returns when it listens."""
        assert self._starter.stdin is not None and self._starter.stdout is not None
        print("start", file=self._starter.stdin)
        self.pid = int(self._starter.stdout.readline())

    def kill(self) -> None:
        """kill -9 of the door."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            self.pid = 0

    def memory(self, field: str = "VmHWM") -> int:
        """A figure of the door's /proc/<pid>/status, in bytes: VmHWM is the most it ever held."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            name, _, value = line.partition(":")
            if name == field:
                return int(value.split()[0]) * 1024
        raise LookupError(field)

    def __exit__(self, *_: object) -> None:
        self.kill()
        assert self._starter.stdin is not None
        self._starter.stdin.close()
        self._starter.wait(10)


def _serve_forks() -> None:
    child = 0
    for _ in sys.stdin:
        if child:
            os.waitpid(child, 0)  # the port is free once it is gone
        child = _fork()
        print(child, flush=True)


def _fork() -> int:
    listening, told = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(0)
        try:
            asyncio.run(serve_mail(lambda: os.close(told)))
        finally:
            os._exit(1)
    os.close(told)
    os.read(listening, 1)
    os.close(listening)
    return child


if __name__ == "__main__":
    _serve_forks()
