"""The whole timeline page as people feel it: sign-in, wall, sixty memories, Jinja, gzip, over HTTP."""

import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from app.people.door import cookie_name
from benches.world import World

CLIENTS = 8
PAGES_A_SECOND, P95_MS, SLOWER = 300, 40, 1.3


@dataclass
class Run:
    """Answers from one box: seconds of each, and seconds of wall-clock for all of them."""

    took: list[float] = field(default_factory=list)
    seconds: float = 0.0
    bytes: int = 0

    @property
    def pages_a_second(self) -> float:
        return len(self.took) / self.seconds

    def percentile_ms(self, percent: int) -> float:
        return statistics.quantiles(self.took, n=100)[percent - 1] * 1000


def measure(world: World, workers: list[int], seconds: float, rounds: int) -> None:
    """Print pages a second, p50 and p95 for the full box and for an ordinary one, asked in turn."""
    print(f"The owner's page, {CLIENTS} at once, {rounds} × {seconds:.0f} s each, in turn, {os.cpu_count()} cores:")
    for count in workers:
        with _serving(count) as port:
            runs = {"full": Run(), "ordinary": Run()}
            for box in runs:
                _load(port, box, Run(), min(2.0, seconds))
            for _ in range(rounds):
                for box, run in runs.items():
                    _load(port, box, run, seconds)
        _say(world, count, runs)


def _say(world: World, count: int, runs: dict[str, Run]) -> None:
    sizes = {"full": world.size.full, "ordinary": world.size.ordinary}
    print(f"  {count} web process{'es' if count > 1 else ''} (load {os.getloadavg()[0]:.1f}):")
    for box, run in runs.items():
        print(
            f"    box of {sizes[box]:>7,}: {run.pages_a_second:5.0f} pages/s, p50 {run.percentile_ms(50):.1f} ms,"
            f" p95 {run.percentile_ms(95):.1f} ms, {run.bytes / 1000:.1f} kB"
        )
    full, slower = runs["full"], runs["ordinary"].pages_a_second / runs["full"].pages_a_second
    for met, goal in (
        (full.pages_a_second >= PAGES_A_SECOND, f"{PAGES_A_SECOND} pages/s"),
        (full.percentile_ms(95) <= P95_MS, f"p95 ≤ {P95_MS} ms"),
        (slower <= SLOWER, f"{slower:.2f} × slower than the ordinary box, ≤ {SLOWER}"),
    ):
        print(f"    goal {goal}: {'met' if met else 'MISSED'}")


def _load(port: int, box: str, run: Run, seconds: float) -> None:
    cookie = f"{cookie_name()}={box} cookie"
    command = [sys.executable, "-m", "benches.load", str(port), "/", cookie, str(CLIENTS), str(seconds)]
    said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    run.took += said["took"]
    run.seconds += said["seconds"]
    run.bytes = said["bytes"]


@contextmanager
def _serving(processes: int) -> Iterator[int]:
    """`holdfast web` on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "web"], env={**os.environ, "PORT": str(port), "WEB_PROCESSES": str(processes)}
    )
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if time.monotonic() > deadline or server.poll() is not None:
                    raise SystemExit("The web server did not start.") from None
                time.sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait(20)
