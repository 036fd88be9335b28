"""Bytes in and out, as people feel them, each figure beside the bare library's: photos, a large file, thumbnails, parts
of films, and the memory of the whole house.
"""

import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.kit import embedded_postgres
from app.kit.config import settings
from benches import house, pictures
from benches.house import House
from benches.machine import MIB, free_port, memory_mib, own_processor_s, processor_s, running, serving
from benches.sending import Sender

PHOTO_S, PHOTOS_A_SECOND = 0.25, 8
TUS_MB_A_SECOND, TUS_S, TUS_GROWS_MIB = 200, 3.0, 16
THUMBNAILS_A_SECOND, RANGE_OF_PLAIN = 1000, 0.5
IDLE_MIB, PEAK_MIB, BACK = 250, 500, 1.2
AT_ONCE = 8
PIECE = 5 * MIB
PART = MIB
FILM = 256 * MIB


@dataclass(frozen=True)
class Plan:
    """How much to do: photos sent, bytes of the large file, seconds of each run of asking, web processes."""

    photos: int
    large: int
    seconds: float
    processes: int = 2


WHOLE = Plan(photos=500, large=1024 * MIB, seconds=5.0)
SMALL = Plan(photos=40, large=256 * MIB, seconds=2.0)


def measure(plan: Plan, parts: list[str]) -> None:
    """Print every figure, the bare library's beside it, and whether its goal is met."""
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the beginning. Processor time is of web, worker,")
    print("caged children and PostgreSQL together; what asks is not in it, but runs on the same machine.")
    with house.built() as home:
        if "photos" in parts:
            _photos(home, plan)
        if "large" in parts:
            _large(home, plan)
        if "shown" in parts:
            _shown(home, plan)


def _goal(what: str, met: bool) -> None:
    print(f"    goal {what}: {'met' if met else 'MISSED'}")


def _bare(*arguments: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benches.bare", *arguments]
    said: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return said


@dataclass
class _Watch:
    """Memory of the whole house, looked at twice a second while something goes on. MiB, PSS."""

    roots: tuple[int, ...]
    seen: list[float] = field(default_factory=list)

    @contextmanager
    def on(self) -> Iterator[None]:
        over = threading.Event()

        def look() -> None:
            while not over.wait(0.5):
                self.seen.append(memory_mib(*self.roots))

        thread = threading.Thread(target=look)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def _photos(home: House, plan: Plan) -> None:
    with tempfile.TemporaryDirectory() as folder:
        files = pictures.twelve_megapixels(Path(folder))
        bare = _bare("photos", *[str(file) for file in files * 5])
        photos = [file.read_bytes() for file in files]
    with running("up") as (up, port):
        home.wait_until_well(port)
        roots = (up, embedded_postgres.running_pid(settings().data) or up)
        senders = [Sender(port, home, photos) for _ in range(2)]
        senders[0].send(1)
        home.wait_until_ready()
        time.sleep(40)
        idle = memory_mib(*roots)
        watch = _Watch(roots)
        used, began = _shares(*roots), time.perf_counter()
        with watch.on():
            with ThreadPoolExecutor(len(senders)) as phones:
                list(phones.map(lambda each: each.send(plan.photos // len(senders)), senders))
            home.wait_until_ready()
        count = plan.photos // len(senders) * len(senders)
        seconds = time.perf_counter() - began
        shares = [(now - then) / count for now, then in zip(_shares(*roots), used, strict=True)]
        after = _settled(roots, idle)
    each, bare_each = sum(shares), bare["used"] / bare["count"]
    print(f"\n{count} photos of 12 megapixels, from upload to visible in {seconds:.0f} s:")
    print(f"  processor a photo: {each:.3f} s; bare libvips, no cage: {bare_each:.3f} s = {each / bare_each:.2f} ×")
    print("  of that: web and worker {:.3f} s, caged children {:.3f} s, PostgreSQL {:.3f} s".format(*shares))
    _goal(f"≤ {PHOTO_S} s", each <= PHOTO_S)
    print(f"  {count / seconds:.1f} photos/s, two sent at once")
    _goal(f"≥ {PHOTOS_A_SECOND} photos/s", count / seconds >= PHOTOS_A_SECOND)
    peak = max(watch.seen)
    print(f"  memory of the house (PSS): idle, once used, {idle:.0f} MiB, at the most {peak:.0f}, after {after:.0f}")
    _goal(f"≤ {IDLE_MIB} MiB idle", idle <= IDLE_MIB)
    _goal(f"≤ {PEAK_MIB} MiB at the most", peak <= PEAK_MIB)
    _goal(f"back within {BACK - 1:.0%} of idle", after <= BACK * idle)


def _shares(up: int, database: int) -> tuple[float, float, float]:
    """Processor seconds so far of web and worker, of caged children, and of the database, which `up` has started."""
    own, stored = own_processor_s(up), processor_s(database)
    return own, processor_s(up) - own - stored, stored


def _settled(roots: tuple[int, ...], idle: float) -> float:
    """Memory once the house has come to rest; at most a minute is waited for."""
    deadline = time.monotonic() + 60
    while (now := memory_mib(*roots)) > BACK * idle and time.monotonic() < deadline:
        time.sleep(2)
    return now


def _large(home: House, plan: Plan) -> None:
    bare = _bare("sealing", str(settings().data), str(plan.large))
    with home.database(), running("web") as (web, port):
        roots = (web, *filter(None, [embedded_postgres.running_pid(settings().data)]))
        sender = Sender(port, home, [])
        sender.send_large(16 * MIB, PIECE)
        before, watch = memory_mib(web), _Watch((web,))
        used, began = processor_s(*roots), time.perf_counter()
        with watch.on():
            upload = sender.send_large(plan.large, PIECE)
        seconds, used = time.perf_counter() - began, processor_s(*roots) - used
        home.check_hash(upload, sender.sent)
    megabytes, grown = plan.large / 1e6, max([before, *watch.seen]) - before
    print(f"\n{plan.large // MIB} MiB through tus in pieces of {PIECE // MIB} MiB, hashed, sealed and synced to disk:")
    print(
        f"  {megabytes / seconds:.0f} MB/s, {used:.2f} processor seconds; bare AES-GCM, SHA-256 and write:"
        f" {megabytes / bare['seconds']:.0f} MB/s, {bare['used']:.2f} s = {used / bare['used']:.1f} ×"
    )
    _goal(f"≥ {TUS_MB_A_SECOND} MB/s", megabytes / seconds >= TUS_MB_A_SECOND)
    _goal(f"≤ {TUS_S:.0f} processor seconds a GiB", used * 1024 * MIB / plan.large <= TUS_S)
    print(f"  memory of the web process: {before:.0f} MiB before, {grown:.0f} more at the most")
    _goal(f"flat (≤ {TUS_GROWS_MIB} MiB more)", grown <= TUS_GROWS_MIB)


@dataclass
class _Run:
    answers: int = 0
    bytes: int = 0
    seconds: float = 0.0
    used: float = 0.0

    @property
    def a_second(self) -> float:
        return self.answers / self.seconds

    @property
    def megabytes_a_second(self) -> float:
        return self.bytes / self.seconds / 1e6


def _shown(home: House, plan: Plan) -> None:
    with home.database(), tempfile.TemporaryDirectory() as folder:
        thumbnails = home.thumbnails(60)
        film = home.film(FILM)
        places = [random.Random(n).randrange(FILM - PART) for n in range(40)]
        for number, (_, data) in enumerate(thumbnails):
            Path(folder, f"{number}.avif").write_bytes(data)
        Path(folder, "film.mp4").write_bytes(film.data)
        sealed = {
            "thumbnails": [[path, None, None, _sha256(data)] for path, data in thumbnails],
            "parts": [[film.path, at, at + PART - 1, _sha256(film.data[at : at + PART])] for at in places],
        }
        plain = {
            "thumbnails": [[f"/{n}.avif", None, None, each[3]] for n, each in enumerate(sealed["thumbnails"])],
            "parts": [["/film.mp4", *each[1:]] for each in sealed["parts"]],
        }
        runs = {(who, what): _Run() for who in ("sealed", "plain") for what in sealed}
        with running("web", WEB_PROCESSES=str(plan.processes)) as (web, port), _plain(folder, plan) as (server, other):
            roots = (web, *filter(None, [embedded_postgres.running_pid(settings().data)]))
            for number in range(4):
                for what in sealed:
                    for who, where, wanted in (("sealed", port, sealed[what]), ("plain", other, plain[what])):
                        run = runs[who, what] if number else _Run()
                        _fetch(where, home.cookie, wanted, plan.seconds, run, roots if who == "sealed" else (server,))
    ours, theirs = runs["sealed", "thumbnails"], runs["plain", "thumbnails"]
    print(f"\nWhat is shown, {AT_ONCE} at once, {plan.processes} web processes, sealed and plain files in turn:")
    print("  (plain: FileResponse of Starlette under the same uvicorn, without sign-in, wall and seal)")
    print(
        f"  thumbnails: {ours.a_second:.0f}/s, {ours.used / ours.answers * 1000:.2f} ms of processor each;"
        f" plain {theirs.a_second:.0f}/s = {ours.a_second / theirs.a_second:.2f} of it"
    )
    _goal(f"≥ {THUMBNAILS_A_SECOND}/s", ours.a_second >= THUMBNAILS_A_SECOND)
    ours, theirs = runs["sealed", "parts"], runs["plain", "parts"]
    ratio = ours.megabytes_a_second / theirs.megabytes_a_second
    print(
        f"  parts of {PART // MIB} MiB of a film: {ours.megabytes_a_second:.0f} MB/s,"
        f" {ours.used / ours.answers * 1000:.2f} ms of processor each; plain {theirs.megabytes_a_second:.0f} MB/s,"
        f" {theirs.used / theirs.answers * 1000:.2f} ms = {ratio:.2f} of it"
    )
    _goal(f"≥ {RANGE_OF_PLAIN} of plain", ratio >= RANGE_OF_PLAIN)


def _fetch(port: int, cookie: str, parts: list[Any], seconds: float, run: _Run, roots: tuple[int, ...]) -> None:
    used = processor_s(*roots)
    command = [sys.executable, "-m", "benches.fetch", str(port), cookie, str(AT_ONCE), str(seconds)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, input=json.dumps(parts))
    said = json.loads(done.stdout)
    run.answers += said["answers"]
    run.bytes += said["bytes"]
    run.seconds += said["seconds"]
    run.used += processor_s(*roots) - used


@contextmanager
def _plain(folder: str, plan: Plan) -> Iterator[tuple[int, int]]:
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "benches.plain:app", "--port", str(port), "--log-level", "error"]
    command += ["--workers", str(plan.processes), "--no-access-log"]
    with serving(port, command, {"PLAIN_FILES": folder}) as server:
        yield server


def _sha256(data: bytes | memoryview) -> str:
    return hashlib.sha256(data).hexdigest()
