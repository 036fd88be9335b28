"""Nobody waits for what a stranger sends: it is read where it can be ended, and in a lane of its own."""

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest

from app.arrivals.mail import caged_letter
from app.arrivals.mail.caged_letter import read_apart
from app.arrivals.mail.headers import read_headers
from app.arrivals.mail.letter import Attached, Letter
from app.kit.db import open_session
from app.kit.ids import new_id
from app.kit.jobs import enqueue
from app.media.processing import cage
from app.people.push_jobs import alert
from app.people.viewer import Viewer
from app.worker import work
from tests.arrivals.conftest import PATEL, Send, address_for, gifts, letter, messages
from tests.arrivals.elsewhere import Elsewhere
from tests.arrivals.opened import read_letter
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.machine import until
from tests.people.conftest import service  # noqa: F401
from tests.people.pushing import PushService
from tests.people.telling import EVERY, phone_of

WORDY = b"<p>Thanks</p>\n<blockquote>On Monday, Mrs Patel wrote:</blockquote>\n"


def heavy(size: int) -> bytes:
    """A message of about this many bytes of which every part has to be read."""
    part = b"--x\r\nContent-Type: text/html\r\n\r\n" + WORDY * (size // 400 // len(WORDY)) + b"\r\n"
    head = (
        b"From: "
        + PATEL.encode()
        + b"\r\nSubject: Heavy\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n"
    )
    return head + b"\r\n" + part * 400 + b"--x--\r\n"


def apart(raw: bytes, *, patient: bool = False) -> Letter:
    return read_apart(raw, read_headers(raw), patient=patient)


def test_what_is_read_in_the_cage_is_what_is_read_outside() -> None:
    message = letter("Star of the week", "Well done, Kaï. 👩‍👧", sender="Mrs Patel <p@b.example>")
    message.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="Stern für Kai.pdf")
    found = apart(message.as_bytes())
    assert found == read_letter(message.as_bytes()) and found.attached[0].name == "Stern für Kai.pdf"


@pytest.mark.parametrize(("limit", "value"), [("cpu_seconds", 1), ("memory", 96 * 1024 * 1024), ("seconds", 1)])
def test_a_message_that_takes_too_much_is_kept_whole(monkeypatch: pytest.MonkeyPatch, limit: str, value: int) -> None:
    monkeypatch.setattr(cage, "LETTER", cage.LETTER._replace(**{limit: value}))
    raw = heavy(40_000_000)
    assert apart(raw) == Letter("Heavy", "", [Attached("message.eml", "message/rfc822", raw)])


def test_a_message_that_was_cut_off_by_the_clock_is_tried_again_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cage, "LETTER", cage.LETTER._replace(seconds=1))
    with pytest.raises(caged_letter.Unreadable):
        apart(heavy(40_000_000), patient=True)


@pytest.fixture
def worker(elsewhere: Elsewhere) -> Iterator[None]:
    """The job process, with all its lanes."""
    ready, loop = threading.Event(), asyncio.new_event_loop()
    task = loop.create_task(work(ready.set))

    def run() -> None:
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            pass

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(60)
    yield
    loop.call_soon_threadsafe(task.cancel)
    thread.join(60)


@pytest.mark.deep
@pytest.mark.timeout(900)
def test_two_attacks_hold_up_neither_a_teacher_nor_a_sign_in(
    cast: Cast,
    client_as: ClientAs,
    send: Send,
    trusting: None,
    worker: None,
    elsewhere: Elsewhere,
    service: PushService,  # noqa: F811
) -> None:
    to, theirs, nobody = address_for(cast), address_for(cast, "joe"), client_as(None)
    phone = phone_of(client_as, service, "kai", *EVERY)[1]

    def arrive(title: str) -> float:
        began = time.perf_counter()
        send(letter(title, "Well done."), to)
        until(lambda: any(gift.title == title for gift, _ in gifts(cast)), 60, "The mail")
        return time.perf_counter() - began

    def sign_in() -> float:
        heard, began = len(elsewhere.heard), time.perf_counter()
        nobody.post("/sign-in/link", data={"email": cast.email["kai"]})
        until(lambda: len(elsewhere.heard) > heard, 60, "The link")
        return time.perf_counter() - began

    def push() -> float:
        told, began = len(phone.got), time.perf_counter()
        with open_session(Viewer(door="mail").claims(), role="holdfast_worker") as session:
            enqueue(session, alert, person_id=str(cast.person["kai"]))
        until(lambda: len(phone.got) > told, 60, "The push")
        return time.perf_counter() - began

    ways = {"a mail": lambda: arrive(str(new_id())), "a link": sign_in, "a push": push}
    alone = {way: min(take() for _ in range(3)) for way, take in ways.items()}
    for number in range(2):
        send(heavy(40_000_000).replace(b"Subject: Heavy", b"Subject: Heavy %d" % number), theirs)
    waiting = [each for each in messages(cast) if each.bytes > 1_000_000]
    assert [each.state for each in waiting] == ["received"] * 2
    beside = {way: take() for way, take in ways.items()}
    assert [each.state for each in messages(cast) if each.bytes > 1_000_000] != ["delivered"] * 2
    for way, seconds in beside.items():
        print(f"{way} alone {alone[way]:.2f} s, beside two mails of 40 MB {seconds:.2f} s")
        assert seconds < 10 and seconds < 2 * max(alone[way], 1)  # under a second nobody notices
