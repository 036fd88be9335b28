"""`kill -9` around "250 OK", and what a very large message costs."""

import random
import smtplib
import socket
import statistics
import threading
import time
from collections import Counter
from email import policy
from pathlib import Path

import pytest

from app.arrivals.mail.headers import read_headers
from app.arrivals.mail.sealing import open_message
from app.kit.db import open_session
from app.media.store import media_store
from app.people.viewer import Viewer
from tests.arrivals.conftest import PATEL, Run, address_for, letter, messages
from tests.arrivals.forking import Doors
from tests.cast import Cast
from tests.machine import free_port, until

MIB = 1024**2


def deliver(port: int, to: str, raw: bytes, sent: threading.Event | None = None) -> bool:
    """Send one message as a mail server does; whether it heard 250. `sent` is set right before the final dot."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
            talk = client.makefile("rwb")

            def say(line: bytes) -> bytes:
                talk.write(line + b"\r\n")
                talk.flush()
                return talk.readline()

            talk.readline()
            say(b"HELO here")
            say(f"MAIL FROM:<{PATEL}>".encode())
            say(f"RCPT TO:<{to}>".encode())
            if not say(b"DATA").startswith(b"354"):
                return False
            talk.write(raw)
            talk.flush()
            if sent is not None:
                sent.set()
            return say(b".").startswith(b"250")
    except OSError:
        return False
    finally:
        if sent is not None:
            sent.set()


@pytest.mark.parametrize("kills", [40, pytest.param(300, marks=[pytest.mark.deep, pytest.mark.timeout(1800)])])
def test_what_was_answered_with_250_is_there_once_however_the_door_died(
    cast: Cast, database: Path, run_jobs: Run, trusting: None, kills: int
) -> None:
    to, chance = address_for(cast), random.Random(kills)
    accepted: list[str] = []
    again = after = 0
    with Doors(database, free_port()) as doors:
        took = []
        for number in range(5):
            began = time.perf_counter()
            assert deliver(doors.port, to, letter(f"calm {number}").as_bytes(policy=policy.SMTP))
            took.append(time.perf_counter() - began)
            accepted.append(f"calm {number}")
        for number in range(kills):
            subject = f"storm {number}"
            raw = letter(subject, "x" * chance.choice((10, 1000, 30_000))).as_bytes(policy=policy.SMTP)
            sent, heard = threading.Event(), []
            sender = threading.Thread(target=lambda raw=raw, sent=sent, heard=heard: heard.append(
                deliver(doors.port, to, raw, sent)))  # fmt: skip
            sender.start()
            sent.wait(20)
            time.sleep(chance.uniform(0, 2 * statistics.median(took)))
            doors.kill()
            sender.join(20)
            doors.start()
            after += heard[0]
            if not heard[0]:  # as a mail server does, until it is told 250
                again += 1
                assert deliver(doors.port, to, raw)
            accepted.append(subject)
    print(f"kills: {kills}, {after} after 250, {again} before it and sent again; ", end="")
    run_jobs()
    with open_session(Viewer(door="mail").claims(), role="holdfast_worker") as session:
        found = Counter(read_headers(open_message(session, each)).title for each in messages(cast))
    lost, twice = set(accepted) - set(found), [title for title, count in found.items() if count > 1]
    print(f"accepted: {len(accepted)}, lost: {len(lost)}, twice: {len(twice)}")
    assert not lost and not twice and len(found) == len(accepted)
    assert 0 < after < kills, "the kills were not around the answer"
    assert all(each.state != "received" for each in messages(cast))


def test_a_very_large_message_is_not_held_in_memory(cast: Cast, database: Path) -> None:
    to = address_for(cast)
    large = (
        letter("large").as_bytes(policy=policy.SMTP)
        + (b"a line of an attachment, 64 bytes with its end. " * 2 + b"\r\n") * 400_000
    )
    large = large[: 38 * MIB] + b"\r\n"
    with Doors(database, free_port()) as doors:
        assert deliver(doors.port, to, letter("small").as_bytes(policy=policy.SMTP))
        before = doors.memory()
        assert deliver(doors.port, to, large)
        more = doors.memory() - before
    print(f"a message of {len(large) / MIB:.0f} MiB: {more / MIB:.1f} MiB more than a small one")
    assert more < 32 * MIB
    kept = max(messages(cast), key=lambda each: each.bytes)
    with open_session(Viewer(door="mail").claims(), role="holdfast_worker") as session:
        assert open_message(session, kept) == large


def test_a_message_that_breaks_off_leaves_nothing(cast: Cast, door: int) -> None:
    to, before = address_for(cast), set(media_store().keys())
    client = smtplib.SMTP("127.0.0.1", door, timeout=20)
    client.ehlo()
    client.mail(PATEL)
    client.rcpt(to)
    assert client.docmd("DATA")[0] == 354
    client.send(b"Subject: half\r\n\r\n" + b"x" * 3 * MIB)
    until(lambda: set(media_store().keys()) != before, 20)
    client.close()
    until(lambda: set(media_store().keys()) == before, 20)
    assert messages(cast) == []


def test_a_message_comes_out_as_it_went_in_wherever_it_was_cut(cast: Cast, door: int) -> None:
    """Dots, bare line ends and long lines, in pieces that end anywhere."""
    to, chance = address_for(cast), random.Random(7)
    ends = (b"\r\n", b"\r\n.", b"\r\n..", b"\n.\n", b"\r", b"\n", b".", b"\r\n.\n", b"x" * 61, b"y" * 65_530)
    raw = b".\r" + b"".join(chance.choice(ends) for _ in range(400)) + b"\r\n" + b".\r\n.a\r\n" * 300_000
    stuffed = (b"\r\n" + raw).replace(b"\r\n.", b"\r\n..")[2:]
    with socket.create_connection(("127.0.0.1", door), timeout=20) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        heard = client.makefile("rb")
        heard.readline()
        for line in (b"HELO here", f"MAIL FROM:<{PATEL}>".encode(), f"RCPT TO:<{to}>".encode(), b"DATA"):
            client.sendall(line + b"\r\n")
            heard.readline()
        whole, at = stuffed + b".\r\nNOOP\r\n", 0
        while at < len(whole):
            step = chance.choice((1, 2, 3, 5, 1000, 70_000))
            client.sendall(whole[at : at + step])
            at += step
        assert heard.readline().startswith(b"250 2.0.0") and heard.readline().startswith(b"250")
    (kept,) = messages(cast)
    with open_session(Viewer(door="mail").claims(), role="holdfast_worker") as session:
        assert open_message(session, kept) == raw
