"""What is in a message: 55 real ones, and the things mail programs do."""

import json
import subprocess
import sys
import time
from email.message import EmailMessage
from pathlib import Path

import pytest

from app.arrivals.mail.headers import read_headers
from app.arrivals.mail.html_text import html_text
from app.arrivals.mail.letter import Attached, read_letter
from app.arrivals.mail.own_words import own_words
from app.arrivals.mail.sealing import open_message
from app.arrivals.mail.sorting import items_of, kind_of, title_of
from app.kit.db import open_session
from app.people.viewer import Viewer
from tests.arrivals.conftest import Run, Send, address_for, letter, messages
from tests.arrivals.real_mail import REAL_MAIL
from tests.cast import Cast


def corpus(corpora: Path) -> list[Path]:
    found = sorted(path for path in (corpora / "mail").iterdir() if path.is_file())
    assert len(found) == 55
    return found


def test_every_real_message_gives_what_it_holds_in_little_time_and_memory(corpora: Path) -> None:
    paths = corpus(corpora)
    assert {path.name for path in paths} == set(REAL_MAIL)
    done = subprocess.run(
        [sys.executable, "-m", "tests.arrivals.reading", *map(str, paths)], capture_output=True, text=True, check=True
    )
    told = {each["name"]: each for each in map(json.loads, done.stdout.splitlines())}
    assert set(told) == set(REAL_MAIL)
    slowest = max(each["seconds"] for each in told.values())
    largest = max(each["mib"] for each in told.values())
    print(f"55 real messages: 0 crashes, slowest {slowest:.2f} s of processor, largest {largest:.0f} MB")
    assert slowest < 5 and largest < 256
    wrong = {name: found for name, held in REAL_MAIL.items() if (found := held.misread(told[name]))}
    assert wrong == {}


def test_every_real_message_goes_through_the_door_and_none_is_lost(
    corpora: Path, cast: Cast, send: Send, run_jobs: Run, trusting: None
) -> None:
    to = address_for(cast, sender="x@example.org")
    sent = {}
    for path in corpus(corpora):
        raw = path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        send(raw, to, sender="x@example.org")
        sent[path.name] = raw
    run_jobs()
    kept = messages(cast)
    assert {each.state for each in kept} == {"knocking"}
    originals = set()
    with open_session(Viewer(door="mail").claims(), role="holdfast_worker") as session:
        for each in kept:
            originals.add(open_message(session, each).rstrip(b"\r\n"))
    assert {name for name, raw in sent.items() if raw.rstrip(b"\r\n") not in originals} == set()


def test_words_are_the_writers_own() -> None:
    body = (
        "Kai was brilliant today.\n\nMrs Patel\n\nSent from my iPhone\n\n"
        "This email and any attachments are confidential and intended solely for the addressee.\n\n"
        "On Tue, 3 Nov 2026 at 10:01, Head of Year <h@example.org> wrote:\n> Please write to Kai\n> today.\n"
    )
    assert own_words(body) == "Kai was brilliant today.\n\nMrs Patel"
    outlook = "See below.\n\nFrom: H\nSent: Tuesday\nTo: P\nSubject: RE: Kai\n\nhistory"
    assert own_words(outlook) == "See below."
    assert own_words("---------- Forwarded message ----------\nFrom: H\nKai won.").endswith("Kai won.")


def test_html_becomes_text_and_nothing_else() -> None:
    markup = (
        "<html><head><title>x</title><style>p{}</style></head><p>Hello&nbsp;<b>Kai</b>,</p><p>you &lt;3 maths.</p>"
        "<script>alert(1)</script><img src='http://spy.example/pixel.gif'><ul><li>one<li>two</ul></body></html>"
    )
    assert html_text(markup) == "Hello Kai,\n\nyou <3 maths.\n\none\ntwo"


@pytest.mark.parametrize(
    "bad", ["<div>" * 100_000, "<!--" * 100_000, "<style>" * 100_000, "<a " * 100_000, "&" * 400_000]
)
def test_no_markup_is_slow(bad: str) -> None:
    began = time.monotonic()
    html_text(bad)
    assert time.monotonic() - began < 2


def test_logos_and_pixels_are_dropped_and_pictures_kept() -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = "patel@example.org", "Photo"
    message.set_content("See photo")
    message.add_alternative('<p>See photo <img src="cid:logo"><img src="cid:photo"></p>', subtype="html")
    (related,) = [part for part in message.iter_parts() if part.get_content_type() == "text/html"]
    assert isinstance(related, EmailMessage)
    related.add_related(b"\x89PNG small", maintype="image", subtype="png", cid="<logo>", filename="image001.png")
    related.add_related(
        b"\xff\xd8\xff" + b"x" * 50_000, maintype="image", subtype="jpeg", cid="<photo>", filename="p.jpg"
    )
    message.add_attachment(b"GIF89a\1\0\1\0", maintype="image", subtype="gif", filename="open.gif")
    assert [each.name for each in read_letter(message.as_bytes()).attached] == ["p.jpg"]


def test_a_forwarded_message_is_opened_one_level() -> None:
    inner = letter("Swimming badge", "Kai swam 400 metres.")
    inner.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="badge.pdf")
    deep = letter("Deeper", "no")
    deep.add_attachment(letter("Deepest", "no"))
    inner.add_attachment(deep)
    outer = letter("Fwd: Swimming badge", "From the coach.")
    outer.add_attachment(inner)
    found = read_letter(outer.as_bytes())
    assert found.title == "Swimming badge"
    assert found.words == "From the coach.\n\nSwimming badge\n\nKai swam 400 metres."
    assert [each.mime for each in found.attached] == ["application/pdf", "message/rfc822"]


def test_a_message_nobody_can_take_apart_is_kept_whole() -> None:
    deep = b"Content-Type: multipart/mixed; boundary=b0\r\n\r\n" + b"".join(
        b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (n, n + 1) for n in range(2000)
    )
    raw = b"Subject: deep\r\n" + deep
    (only,) = read_letter(raw).attached
    assert only.data == raw


@pytest.mark.parametrize(
    ("name", "mime", "data", "kind"),
    [
        ("IMG_1.HEIC", "application/octet-stream", b"\0\0\0\x18ftypheic", "photo"),
        ("clip.mov", "application/octet-stream", b"\0\0\0\x14ftypqt  ", "video"),
        ("song.m4a", "audio/mp4", b"\0\0\0\x18ftypM4A ", "voice"),
        ("star.png", "image/png", b"\x89PNG\r\n\x1a\n", "photo"),
        ("certificate.png", "image/png", b"\x89PNG\r\n\x1a\n", "certificate"),
        ("a.pdf", "application/pdf", b"%PDF-1.4", "certificate"),
        ("report.docx", "application/vnd.openxmlformats", b"PK\3\4", "certificate"),
        ("evil.jpg", "image/jpeg", b"<html>", "photo"),
    ],
)
def test_what_a_file_becomes(name: str, mime: str, data: bytes, kind: str) -> None:
    assert kind_of(Attached(name, mime, data), "") == kind


def test_a_cameras_name_is_no_title() -> None:
    names = ("IMG_2041.jpg", "scan_0001.pdf", "20261120_1540.mp4", "image001.png", "star-of-the-week.pdf")
    assert [title_of(Attached(name, "", b"")) for name in names] == ["", "", "", "", "star of the week"]


def test_the_words_go_with_the_first_of_several() -> None:
    found = read_letter(letter().as_bytes())
    found.attached = [Attached("a.pdf", "application/pdf", b"%PDF-"), Attached("b.pdf", "application/pdf", b"%PDF-")]
    assert [each.words for each in items_of(found)] == ["Well done.", ""]


def test_a_claimed_name_cannot_carry_a_message() -> None:
    def named(sender: str) -> str:
        return read_headers(f"From: {sender}\r\n\r\n".encode()).claimed_name

    assert named("D. Mensah <d@example.org>") == "D. Mensah"
    assert named("=?utf-8?b?w5Zuw6Rs?= <o@example.org>") == "Önäl"
    assert named("Call 07700 900123 <o@example.org>") == "Call"
    assert named("see http://x.example/1 <o@example.org>") == "see httpx.example"
    assert named("a@b.example <o@example.org>") == ""
    assert named("\u202eevil <o@example.org>") == "evil"
    assert len(named("I know where you live and I will come " * 5 + "<o@example.org>")) <= 40
