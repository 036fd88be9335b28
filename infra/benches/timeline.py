"""The whole timeline page as people feel it: sign-in, wall, sixty memories, Jinja, gzip, over HTTP.

A process remembers cards that it has drawn, so these are the pages of somebody who comes back. A page of sixty cards
that no one has asked for yet takes the web process about twice as long.
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from app.kit import embedded_postgres
from app.kit.config import settings
from app.memories.timeline import PAGE
from app.people.door import cookie_name
from benches.world import World

CLIENTS = 8
PAGES_A_SECOND, P95_MS, SLOWER = 300, 40, 1.3


@dataclass
class Run:
    """Answers from one box: seconds of each, of wall-clock for all of them, and of processor time.

    `asking_s` is the processor time of the clients; `all_s` is of the whole machine, whoever used it.
    """

    took: list[float] = field(default_factory=list)
    seconds: float = 0.0
    bytes: int = 0
    web_s: float = 0.0
    database_s: float = 0.0
    asking_s: float = 0.0
    all_s: float = 0.0

    @property
    def pages_a_second(self) -> float:
        return len(self.took) / self.seconds

    def percentile_ms(self, percent: int) -> float:
        return statistics.quantiles(self.took, n=100)[percent - 1] * 1000


def measure(world: World, workers: list[int], seconds: float, rounds: int) -> None:
    """Print pages a second, p50 and p95 for the full box and for an ordinary one, asked in turn."""
    print(f"The owner's page, {CLIENTS} at once, {rounds} × {seconds:.0f} s each, in turn, {os.cpu_count()} cores:")
    for count in workers:
        with _serving(count) as (web, port):
            runs = {"full": Run(), "ordinary": Run()}
            for box in runs:
                _load(web, port, box, Run(), min(2.0, seconds))
            for _ in range(rounds):
                for box, run in runs.items():
                    _load(web, port, box, run, seconds)
        _say(world, count, runs)


def _say(world: World, count: int, runs: dict[str, Run]) -> None:
    sizes = {"full": world.size.full, "ordinary": world.size.ordinary}
    print(f"  {count} web process{'es' if count > 1 else ''} (load {os.getloadavg()[0]:.1f}):")
    for box, run in runs.items():
        print(
            f"    box of {sizes[box]:>7,}: {run.pages_a_second:5.0f} pages/s, p50 {run.percentile_ms(50):.1f} ms,"
            f" p95 {run.percentile_ms(95):.1f} ms, {run.bytes / 1000:.1f} kB"
        )
        pages = len(run.took)
        web_ms, database_ms, asking_ms = (part / pages * 1000 for part in (run.web_s, run.database_s, run.asking_s))
        print(
            f"      processor a page: web {web_ms:.2f} ms, database {database_ms:.2f} ms, asking {asking_ms:.2f} ms;"
            f" they had {(run.web_s + run.database_s + run.asking_s) / run.all_s:.0%} of what the machine gave"
        )
    full, slower = runs["full"], runs["ordinary"].pages_a_second / runs["full"].pages_a_second
    for met, goal in (
        (full.pages_a_second >= PAGES_A_SECOND, f"{PAGES_A_SECOND} pages/s"),
        (full.percentile_ms(95) <= P95_MS, f"p95 ≤ {P95_MS} ms"),
        (slower <= SLOWER, f"{slower:.2f} × slower than the ordinary box, ≤ {SLOWER}"),
    ):
        print(f"    goal {goal}: {'met' if met else 'MISSED'}")


def _load(web: int, port: int, box: str, run: Run, seconds: float) -> None:
    database = embedded_postgres.running_pid(settings().data)
    before = _processor_s(web), _processor_s(database), _processor_s(None)
    cookie = f"{cookie_name()}={box} cookie"
    command = [sys.executable, "-m", "benches.load", str(port), "/", cookie, str(CLIENTS), str(seconds)]
    said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    if said["page"].count('<li class="keep') != PAGE:
        raise SystemExit(f"not a page of {PAGE} memories")
    run.took += said["took"]
    run.seconds += said["seconds"]
    run.bytes = said["bytes"]
    run.web_s += _processor_s(web) - before[0]
    run.asking_s += said["used"]
    run.database_s += _processor_s(database) - before[1]
    run.all_s += _processor_s(None) - before[2]


def _processor_s(root: int | None) -> float:
    """Processor seconds of a process and its children so far (Linux); without one, of the whole machine but idling."""
    ticks = os.sysconf("SC_CLK_TCK")
    if root is None:
        user, nice, system = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:4]
        return (int(user) + int(nice) + int(system)) / ticks
    used, parents = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            fields = stat.read_text().rpartition(")")[2].split()
            pid = int(stat.parent.name)
            parents[pid], used[pid] = int(fields[1]), int(fields[11]) + int(fields[12])
    family = {root}
    while found := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= found
    return sum(used.get(pid, 0) for pid in family) / ticks


@contextmanager
def _serving(processes: int) -> Iterator[tuple[int, int]]:
    """`holdfast web` on a free port: its process id, and the port."""
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
        yield server.pid, port
    finally:
        server.terminate()
        server.wait(20)
