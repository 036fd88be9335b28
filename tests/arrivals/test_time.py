"""What time does to messages, and what a killed process leaves."""

import os
import signal
import smtplib
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text

from app.arrivals.jobs import look_again, sweep
from app.arrivals.mail.message import KNOCK_DAYS
from app.arrivals.mail.opening import MAIL_DOOR
from app.arrivals.mail.sealing import open_message
from app.kit.clock import today
from app.kit.config import PROJECT, settings
from app.kit.db import admin_url, open_session
from app.kit.ids import new_id
from app.media.store import media_store
from app.operate.sweep import sweep as set_unnamed_aside
from tests.arrivals.conftest import PATEL, Run, Send, address_for, as_worker, gifts, letter, messages
from tests.browser.conftest import wait_until
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.machine import free_port

Age = Callable[..., None]


@pytest.fixture
def age() -> Iterator[Age]:
    """Make a message older, as only an administrator can."""
    engine = create_engine(admin_url())

    def make_older(message_id: object, days: int) -> None:
        with engine.begin() as connection:
            older = (
                "update mail_message set received_at = received_at - :by, decided_at = decided_at - :by where id = :id"
            )
            connection.execute(text(older), {"by": timedelta(days=days), "id": message_id})

    yield make_older
    engine.dispose()


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def in_store(store_key: str) -> bool:
    return store_key in set(media_store().keys())


def test_a_knock_goes_back_after_thirty_days_and_its_bytes_are_gone(
    cast: Cast, send: Send, run_jobs: Run, age: Age
) -> None:
    send(letter(), address_for(cast))
    run_jobs()
    (knock,) = messages(cast)
    age(knock.id, KNOCK_DAYS - 1)
    sweep(0)
    assert as_worker(knock.id) is not None and in_store(knock.store_key)
    age(knock.id, 2)
    sweep(0)
    assert as_worker(knock.id) is None and not in_store(knock.store_key)


def test_a_message_goes_when_what_it_brought_is_erased(
    cast: Cast, send: Send, run_jobs: Run, age: Age, trusting: None, client_as: ClientAs
) -> None:
    send(letter("Keep me"), address_for(cast))
    send(letter("Not me"), address_for(cast, "joe"))
    run_jobs()
    first, second = sorted(messages(cast), key=lambda each: each.received_at)
    sweep(0)
    assert in_store(first.store_key) and in_store(second.store_key)
    engine = create_engine(admin_url())
    with engine.begin() as connection:
        connection.execute(text("delete from memory where gift_id = :gift"), {"gift": second.gift_id})
    engine.dispose()
    sweep(0)
    assert in_store(first.store_key) and not in_store(second.store_key)


def test_bytes_that_no_row_names_are_swept_after_a_day(cast: Cast) -> None:
    old = new_id()
    stale = f"mail/aa/{(old.int - (3 * 86_400_000 << 80)):032x}"
    fresh = f"mail/aa/{new_id().hex}"
    for key in (stale, fresh):
        media_store().put(key, [b"sealed"])
    set_unnamed_aside()
    assert not in_store(stale) and in_store(fresh)


def test_a_message_whose_job_was_lost_is_opened_all_the_same(
    cast: Cast, send: Send, run_jobs: Run, age: Age, trusting: None
) -> None:
    send(letter(), address_for(cast))
    (message,) = messages(cast)
    engine = create_engine(admin_url())
    with engine.begin() as connection:
        connection.execute(text("set local search_path = jobs"))
        connection.execute(
            text("delete from jobs.procrastinate_jobs where args ->> 'message_id' = :id"), {"id": str(message.id)}
        )
    engine.dispose()
    look_again(0)
    run_jobs()
    assert gifts(cast) == []
    age(message.id, 1)
    look_again(0)
    run_jobs()
    assert len(gifts(cast)) == 1


def test_the_day_a_knock_goes_back_is_said(cast: Cast, send: Send, run_jobs: Run) -> None:
    send(letter(), address_for(cast))
    run_jobs()
    (knock,) = messages(cast)
    assert knock.goes_back_on == today() + timedelta(days=KNOCK_DAYS)


@pytest.mark.parametrize("after", ["250", "the last dot"])
def test_a_door_killed_at_250_has_lost_nothing_it_promised(cast: Cast, database: object, after: str) -> None:
    to, port = address_for(cast), free_port()
    environment = {**os.environ, "HOLDFAST_DATA": str(settings().data), "SMTP_PORT": str(port)}
    process = subprocess.Popen([sys.executable, "-m", "app.cli", "mail"], cwd=PROJECT, env=environment)
    promised = []
    try:
        for number in range(3):
            message = letter(f"Number {number}", "safe")
            wait_until(lambda: answers(port), 30, "the mail door")
            client = smtplib.SMTP("127.0.0.1", port, timeout=10)
            client.ehlo()
            client.mail(PATEL)
            client.rcpt(to)
            if number < 2 or after == "250":
                assert client.data(message.as_bytes())[0] == 250
                promised.append(f"Number {number}")
            else:
                client.docmd("DATA")
                client.send(message.as_bytes().replace(b"\n", b"\r\n") + b"\r\n.\r\n")
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        process.wait()
    with open_session(MAIL_DOOR, role="holdfast_worker") as session:
        kept = [open_message(session, each) for each in messages(cast)]
    for subject in promised:
        assert sum(f"Subject: {subject}".encode() in raw for raw in kept) == 1
