"""The mail door: whether time tells a revoked address from one that never was, a flood, and a very large message."""

import os
import random
import secrets
import shutil
import smtplib
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session

from app.arrivals.mail.addresses import address_of, make_address
from app.arrivals.mail.proquint import new_secret
from app.boxes.box import Box
from app.boxes.connection import Connection
from app.boxes.keys import make_box
from app.kit import embedded_postgres
from app.kit.clock import now
from app.kit.config import settings
from app.operate.installation import bring_up_to_date
from app.people.person import Person
from app.people.viewer import Viewer
from benches.world import administrator

ADDRESSES = 100_000
LINES = 20
SAME_MS, REAL_S, MORE_MIB = 0.2, 2.0, 128
SENDER = "patel@ashwood.example"


@dataclass(frozen=True)
class Addresses:
    """One that works, one that was stopped, and one of someone who may send no more."""

    works: str
    revoked: str
    ended: str


def measure(small: bool) -> None:
    """Print the medians, the flood and the memory, each beside its goal."""
    tries, flood = (200, 500) if small else (2000, 5000)
    with _database(), _door() as (port, pid):
        addresses = _addresses()
        _same_time(port, addresses, tries)
        _flooded(port, addresses, flood)
        _large(port, addresses, pid)


def _same_time(port: int, addresses: Addresses, tries: int) -> None:
    domain = settings().mail_domain
    kinds = {
        "never made": lambda: f"{new_secret()}@{domain}",
        "revoked": lambda: addresses.revoked,
        "of someone who left": lambda: addresses.ended,
        "of nobody": lambda: f"postmaster@{domain}",
    }
    took: dict[str, list[float]] = {kind: [] for kind in kinds}
    answers = set()
    for _ in range(-(-tries // 100)):
        with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
            client.ehlo()
            client.mail(SENDER)
            for kind in random.sample([each for each in kinds for _ in range(100)], 100 * len(kinds)):
                address = kinds[kind]()
                began = time.perf_counter()
                answers.add(client.rcpt(address))
                took[kind].append(time.perf_counter() - began)
    base = statistics.median(took["never made"]) * 1000
    print(f"RCPT among {ADDRESSES:,} addresses, {tries} tries each in random order, load {os.getloadavg()[0]:.1f}:")
    for kind, times in took.items():
        middle = statistics.median(times) * 1000
        met = "met" if abs(middle - base) <= SAME_MS else "MISSED"
        print(f"  {kind}: median {middle:.3f} ms, {middle - base:+.3f} (goal ± {SAME_MS}: {met})")
    print(f"  different answers: {len(answers)} (goal 1: {'met' if len(answers) == 1 else 'MISSED'})")


def _flooded(port: int, addresses: Addresses, count: int) -> None:
    def flood(share: int) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
            client.ehlo()
            for _ in range(share):
                client.mail(SENDER)
                client.rcpt(f"{new_secret()}@{settings().mail_domain}")
                client.rset()

    real = []
    began = time.perf_counter()
    with ThreadPoolExecutor(LINES) as pool:
        floods = [pool.submit(flood, count // LINES) for _ in range(LINES)]
        while not all(each.done() for each in floods):
            sent = time.perf_counter()
            with smtplib.SMTP("127.0.0.1", port, timeout=30, source_address=("127.0.0.2", 0)) as client:
                client.sendmail(SENDER, [addresses.works], f"Subject: {secrets.token_hex(8)}\r\n\r\nWell done.\r\n")
            real.append(time.perf_counter() - sent)
    took = time.perf_counter() - began
    met = "met" if max(real) <= REAL_S else "MISSED"
    print(f"{count} messages for unknown addresses on {LINES} lines in {took:.1f} s; {len(real)} real ones meanwhile:")
    print(f"  median {statistics.median(real):.3f} s, slowest {max(real):.3f} s (goal {REAL_S}: {met})")


def _large(port: int, addresses: Addresses, pid: int) -> None:
    line = b"a" * 76 + b"\r\n"
    message = b"Subject: large\r\n\r\n" + line * (38 * 1024**2 // len(line))
    before, cpu = _most_memory(pid), _cpu_s(pid)
    began = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port, timeout=120) as client:
        client.sendmail(SENDER, [addresses.works], message)
    took, used = time.perf_counter() - began, _cpu_s(pid) - cpu
    more = (_most_memory(pid) - before) / 1024
    print(f"A message of {len(message) / 1024**2:.0f} MiB: {took:.2f} s, {used:.2f} CPU-s,", end=" ")
    print(f"{more:.0f} MiB more memory (goal {MORE_MIB}: {'met' if more <= MORE_MIB else 'MISSED'})")


def _most_memory(pid: int) -> int:
    """The most memory a process ever held, in KiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _addresses() -> Addresses:
    """A box with three givers, among ADDRESSES of others."""
    with administrator().begin() as connection, Session(connection) as session:
        person = Person(name="Kai")
        session.add(person)
        session.flush()
        box = make_box(session, person, "Kai")
        made = [_address(session, box, person, called) for called in ("Mrs Patel", "Joe", "Avery")]
        (_, works), (joe, revoked), (avery, ended) = made
        session.execute(text("update mail_address set revoked_at = now() where connection_id = :of"), {"of": joe.id})
        avery.state, avery.ended_at = "ended", now()
        session.flush()
        session.execute(
            text(
                "insert into mail_address (id, box_id, connection_id, local_print, sealed_local, sender, created_at)"
                " select gen_random_uuid(), :box, :tie, encode(sha256(n::text::bytea), 'hex'), '', 'x', now()"
                " from generate_series(1, :count) n"
            ),
            {"box": box.id, "tie": made[0][0].id, "count": ADDRESSES},
        )
        session.commit()
    with administrator().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze mail_address"))
    return Addresses(works, revoked, ended)


def _address(session: Session, box: Box, person: Person, called: str) -> tuple[Connection, str]:
    tie = Connection(box_id=box.id, called=called, state="known")
    session.add(tie)
    session.flush()
    make_address(session, Viewer(person.id), box, tie, SENDER)
    given = address_of(session, tie)
    assert given is not None
    return tie, given.whole


@contextmanager
def _database() -> Iterator[None]:
    data = settings().data
    data.mkdir(parents=True)
    started = embedded_postgres.start(data)
    try:
        bring_up_to_date()
        yield
    finally:
        if started is not None:
            embedded_postgres.stop(data, started)
        shutil.rmtree(data, ignore_errors=True)


@contextmanager
def _door() -> Iterator[tuple[int, int]]:
    """Port and process id of a mail door of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen([sys.executable, "-m", "app.cli", "mail"], env={**os.environ, "SMTP_PORT": str(port)})
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.05)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(20)
