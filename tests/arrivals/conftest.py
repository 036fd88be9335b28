"""The real mail door on a free port, and a real name server for sender checks."""

import asyncio
import smtplib
import threading
from collections.abc import Callable, Iterator
from email import policy
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

import pytest
from sqlmodel import select

from app.arrivals.mail.addresses import address_of, make_address
from app.arrivals.mail.dns import resolver
from app.arrivals.mail.message import MailMessage
from app.boxes.box import Box
from app.boxes.connection import Connection
from app.kit.config import settings
from app.kit.db import open_session
from app.mail import serve_mail
from app.memories.memory import Gift, Memory
from app.people.viewer import Viewer
from tests.arrivals.elsewhere import Elsewhere
from tests.arrivals.names import NameServer
from tests.cast import Cast
from tests.machine import free_port

PATEL = "patel@ashwood-high.example.org"
Send = Callable[..., None]
Run = Callable[[], None]


@pytest.fixture(scope="session")
def name_server() -> Iterator[NameServer]:
    """A name server, and sender checks that ask it."""
    server = NameServer()
    server.start()
    settings().dns_server = f"127.0.0.1:{server.port}"
    resolver.cache_clear()
    yield server
    settings().dns_server = ""
    resolver.cache_clear()
    server.stop()


@pytest.fixture(autouse=True)
def names(name_server: NameServer) -> NameServer:
    """The name server, with nothing in it yet."""
    name_server.txt.clear()
    name_server.records.clear()
    name_server.silent.clear()
    resolver().cache.flush()
    return name_server


@pytest.fixture(scope="session")
def door(database: Path, name_server: NameServer) -> Iterator[int]:
    """The port of the running mail door. Its LMTP socket is settings().lmtp_listen."""
    port, before = free_port(), settings().smtp_port
    settings().smtp_port, settings().lmtp_listen = port, str(database / "lmtp.sock")
    ready, loop = threading.Event(), asyncio.new_event_loop()
    task = loop.create_task(serve_mail(ready.set))

    def run() -> None:
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            pass

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(20)
    yield port
    loop.call_soon_threadsafe(task.cancel)
    thread.join(10)
    settings().smtp_port, settings().lmtp_listen = before, ""


@pytest.fixture
def elsewhere(run_jobs: Run) -> Iterator[Elsewhere]:
    """Where our own mail goes from now on: a real server that keeps what it hears."""
    run_jobs()
    server = Elsewhere()
    settings().outgoing_smtp = f"smtp://127.0.0.1:{server.port}"
    yield server
    settings().outgoing_smtp = ""
    server.close()


@pytest.fixture
def trusting() -> Iterator[None]:
    """Take the sender's word for mail from this machine, as the demo does."""
    settings().mail_trust_loopback = True
    yield
    settings().mail_trust_loopback = None


@pytest.fixture
def send(door: int) -> Send:
    """Send raw bytes or a message to one or several addresses through the door."""

    def deliver(message: EmailMessage | bytes, *to: str, sender: str = PATEL) -> None:
        raw = message if isinstance(message, bytes) else message.as_bytes(policy=policy.SMTP)
        with smtplib.SMTP("127.0.0.1", door, timeout=20) as client:
            client.sendmail(sender, list(to), raw)

    return deliver


def letter(
    subject: str = "Star of the week", words: str = "Well done.", sender: str = f"Mrs Patel <{PATEL}>"
) -> EmailMessage:
    """A small message."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "someone@in.localhost", subject
    message["Message-ID"] = f"<{subject.replace(' ', '.')}@ashwood-high.example.org>"
    message["Date"] = "Fri, 20 Nov 2026 15:40:00 +0000"
    message.set_content(words)
    return message


def address_for(cast: Cast, name: str = "patel", sender: str = PATEL) -> str:
    """A new address in Kai's box, made by Kai for someone."""
    with cast.acting("kai") as session:
        connection = session.get_one(Connection, cast.connection[name])
        box = session.get_one(Box, cast.box["kai"])
        make_address(session, cast.viewer("kai"), box, connection, sender)
    with cast.acting("kai") as session:
        given = address_of(session, session.get_one(Connection, cast.connection[name]))
    assert given is not None
    return given.whole


def messages(cast: Cast, box: str = "kai") -> list[MailMessage]:
    """What came through the door for a box, as its owner sees it."""
    with cast.acting(box) as session:
        return list(session.exec(select(MailMessage).where(MailMessage.box_id == cast.box[box])))


def gifts(cast: Cast, box: str = "kai") -> list[tuple[Gift, list[Memory]]]:
    """Gifts with their memories, as the owner sees them, oldest first."""
    with cast.acting(box) as session:
        found = session.exec(select(Gift).where(Gift.box_id == cast.box[box]).order_by(Gift.id)).all()  # type: ignore[arg-type]
        return [
            (gift, list(session.exec(select(Memory).where(Memory.gift_id == gift.id).order_by(Memory.id))))  # type: ignore[arg-type]
            for gift in found
        ]


def as_worker(message_id: UUID) -> MailMessage | None:
    """A message as the worker sees it."""
    with open_session(Viewer(door="mail").claims(), role="holdfast_worker") as session:
        return session.get(MailMessage, message_id)
