"""What processes cost: processor time and memory, of a process and all its descendants (Linux)."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
MIB = 1024 * 1024


def processor_s(*roots: int) -> float:
    """Processor seconds so far of these processes, their descendants, and those that have ended and were waited for."""
    stats = _stats()
    return sum(stats[pid].ticks for pid in _family(stats, roots)) / _TICKS


def own_processor_s(pid: int) -> float:
    """As `processor_s`, of this one process alone."""
    return _stats()[pid].own / _TICKS


def memory_mib(*roots: int) -> float:
    """PSS of these processes and their descendants: what is shared between them counts once. MiB."""
    total = 0
    for pid in _family(_stats(), roots):
        with suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total / 1024


class _Stat:
    def __init__(self, fields: list[str]) -> None:
        self.parent = int(fields[1])
        self.own = int(fields[11]) + int(fields[12])
        self.ticks = sum(int(ticks) for ticks in fields[11:15])


def _stats() -> dict[int, _Stat]:
    stats = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            stats[int(file.parent.name)] = _Stat(file.read_text().rpartition(")")[2].split())
    return stats


def _family(stats: dict[int, _Stat], roots: tuple[int, ...]) -> set[int]:
    family = set(roots) & set(stats)
    while found := {pid for pid, stat in stats.items() if stat.parent in family} - family:
        family |= found
    return family


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: str, **settings: str) -> Iterator[tuple[int, int]]:
    """`holdfast web` or `holdfast up` on free ports: its process id, and the port of its web server."""
    port = free_port()
    settings |= {"PORT": str(port), "SMTP_PORT": str(free_port())}
    with serving(port, [sys.executable, "-m", "app.cli", command], settings) as server:
        yield server


@contextmanager
def serving(port: int, command: list[str], settings: dict[str, str]) -> Iterator[tuple[int, int]]:
    """A server that answers at `port`, until the block ends: its process id, and the port."""
    server = subprocess.Popen(
        command, env={**os.environ, **settings}, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    )
    try:
        wait_for_port(port, server)
        yield server.pid, port
    finally:
        server.terminate()
        server.wait(30)


def wait_for_port(port: int, server: subprocess.Popen[bytes]) -> None:
    """Until somebody answers there. Ends the program when the server does not."""
    deadline = time.monotonic() + 60
    while True:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        if time.monotonic() > deadline or server.poll() is not None:
            raise SystemExit("A server did not start.")
        time.sleep(0.05)
