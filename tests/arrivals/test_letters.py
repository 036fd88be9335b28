"""What is in a message: 55 real ones, and the things mail programs do."""

import json
import random
import struct
import subprocess
import sys
import time
from email.message import EmailMessage
from pathlib import Path

import pytest

from app.arrivals.knocks import let_in
from app.arrivals.mail import senders
from app.arrivals.mail.headers import plain_text, read_headers
from app.arrivals.mail.html_text import html_text
from app.arrivals.mail.letter import Attached
from app.arrivals.mail.message import MailMessage
from app.arrivals.mail.own_words import own_words
from app.arrivals.mail.sealing import open_message
from app.arrivals.mail.sorting import items_of, kind_of, title_of
from app.boxes.box import Box
from app.boxes.connection import Connection
from app.kit.db import open_session
from app.people.viewer import Viewer
from tests.arrivals.conftest import Run, Send, address_for, gifts, letter, messages
from tests.arrivals.opened import read_letter
from tests.arrivals.real_mail import NOBODYS, REAL_MAIL
from tests.cast import Cast
from tests.machine import slowness


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


def test_every_real_message_knocks_is_let_in_and_none_is_lost(
    corpora: Path, cast: Cast, send: Send, run_jobs: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(senders, "UNPROVEN_A_DAY", 100)
    to = address_for(cast, sender="x@example.org")
    names: dict[bytes, str] = {}
    for path in corpus(corpora):
        raw = path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        send(raw, to, sender="x@example.org")
        names.setdefault(raw.rstrip(b"\r\n"), path.name)
    run_jobs()
    kept = messages(cast)
    assert {each.state for each in kept} == {"knocking"}
    with open_session(Viewer(door="mail").claims(), role="holdfast_worker") as session:
        found = {names.pop(open_message(session, each).rstrip(b"\r\n"), ""): each.id for each in kept}
    assert list(names.values()) == [NOBODYS] and "" not in found
    with cast.acting("kai") as session:
        box, nan = session.get_one(Box, cast.box["kai"]), session.get_one(Connection, cast.connection["nan"])
        for each in found.values():
            let_in(session, cast.viewer("kai"), box, session.get_one(MailMessage, each), nan, always=False)
    run_jobs()
    opened = {each.id: each for each in messages(cast)}
    given = {gift.id: (gift, memories) for gift, memories in gifts(cast)}
    for name, message_id in found.items():
        gift, memories = given[opened[message_id].gift_id]
        assert gift.title == REAL_MAIL[name].title or name == "mail_test_9" or not REAL_MAIL[name].title, name
        assert gift.words.startswith(REAL_MAIL[name].begins), name
        assert len(memories) == max(1, len(REAL_MAIL[name].files)), name
    print(f"{len(found)} different real messages: {len(given)} gifts, 0 lost originals")


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


def test_what_a_mail_program_would_hide_is_left_out() -> None:
    markup = (
        '<div style="display:none;font-size:1px">Read this in your browser</div><p hidden>no</p><p>Well done, Kai.</p>'
        '<span style="DISPLAY : NONE">tracked</span><p style="color:red">Red <b style="display:none">day</p>'
    )
    assert html_text(markup) == "Well done, Kai.\n\nRed day"


@pytest.mark.parametrize(
    "bad", ["<div>" * 100_000, "<!--" * 100_000, "<style>" * 100_000, "<a " * 100_000, "&" * 400_000]
)
def test_no_markup_is_slow(bad: str) -> None:
    began = time.monotonic()
    html_text(bad)
    assert time.monotonic() - began < 2 * slowness()


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


def test_a_photo_comes_with_the_film_beside_it() -> None:
    found = read_letter(letter().as_bytes())
    found.title = "The sea"
    heic, mov = b"\0\0\0\x18ftypheic", b"\0\0\0\x14ftypqt  "
    names = {"IMG_2.MOV": mov, "IMG_1.MOV": mov, "IMG_1.HEIC": heic, "IMG_3.HEIC": heic}
    found.attached = [Attached(name, "application/octet-stream", data) for name, data in names.items()]
    items = items_of(found)
    assert [(each.kind, [file.name for file in each.files]) for each in items] == [
        ("video", ["IMG_2.MOV"]),
        ("photo", ["IMG_1.HEIC", "IMG_1.MOV"]),
        ("photo", ["IMG_3.HEIC"]),
    ]
    assert [each.words for each in items] == ["Well done.", "", ""]


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


def test_a_few_broken_bytes_do_not_spoil_the_rest() -> None:
    assert plain_text("Молодец, Кай".encode() + b"\xff!", "utf-8") == "Молодец, Кай\ufffd!"
    assert plain_text("Très bien".encode("cp1252"), "utf-8") == "Très bien"
    assert plain_text("再屄".encode("gb18030"), "gb2312") == "再屄"
    assert plain_text("naïve".encode(), "iso-8859-1") == "naïve"
    assert plain_text(b"x" * 10, "punycode") == "x" * 10


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("Kai won.\n\nKind regards,\nMrs R Patel\nForm tutor\nAshwood High\nTel: 01632 960123", "Mrs R Patel"),
        ("Kai won.\n\nBest wishes\n\nMrs Patel\n\nAshwood High\nwww.ashwood.example", "Mrs Patel"),
        ("Kai won.\n\nBest wishes,\nMrs Patel\nForm tutor", "Form tutor"),
        ("Kai won.\n\nThanks,\nP\n\nP.S. ring me on 01632 960123", "P.S. ring me on 01632 960123"),
        ("Kai won.\n\nRegards,\nP\n\nHe told everyone to see www.ashwood.example for the photos.", "the photos."),
        ("Kai won.\n___________\nThis email is confidential.\nTel: 1", "Kai won."),
    ],
)
def test_a_signature_goes_and_a_word_to_kai_stays(body: str, words: str) -> None:
    assert own_words(body).startswith("Kai won.") and own_words(body).endswith(words)


def test_the_answered_mail_goes_in_any_tongue() -> None:
    for history in (
        "Von: H\nGesendet: Dienstag\nAn: P\nBetreff: Kai\n\nalt",
        "De : H\nEnvoyé : mardi\nÀ : P\nObjet : Kai\n\nvieux",
        "Da: H\nInviato: martedì\nA: P\nOggetto: Kai\n\nvecchio",
        "Begin forwarded message:\n\nFrom: H\nold",
        "On Tuesday H <h@example.org>\nwrote:\n> old",
    ):
        assert own_words(f"Well done.\n\n{history}") == "Well done."


def test_a_mail_passed_on_brings_what_it_passes_on() -> None:
    raw = (
        b"Subject: FW: Kai\r\n\r\nYou should have this.\r\n-- \r\nOffice\r\n\r\n"
        b"-----Original Message-----\r\nFrom: Coach\r\nSent: Monday\r\nTo: Office\r\nSubject: Kai\r\n\r\n"
        b"Kai swam 400 metres.\r\n\r\nFrom: Office\r\nSent: Sunday\r\nTo: Coach\r\n\r\nHow was it?\r\n"
    )
    found = read_letter(raw)
    assert (found.title, found.words) == ("Kai", "You should have this.\n\nKai swam 400 metres.")


def test_nothing_that_cannot_be_kept_as_text_comes_through() -> None:
    raw = b"From: a@example.org\0\r\nSubject: A\0B\r\n\r\nyou \0won\x07 \xe2\x80\xaeit\r\n"
    found = read_letter(raw)
    assert (found.title, found.words, read_headers(raw).sender) == ("AB", "you won it", "")


def winmail(files: dict[str, bytes], body: str = "") -> bytes:
    """A winmail.dat as Outlook writes it (MS-OXTNEF, 2.1.1)."""

    def attribute(level: int, name: int, kind: int, data: bytes) -> bytes:
        total = sum(data) & 0xFFFF
        return struct.pack("<BHHI", level, name, kind, len(data)) + data + struct.pack("<H", total)

    made = [struct.pack("<IH", 0x223E9F78, 1), attribute(1, 0x9006, 8, struct.pack("<I", 0x10000))]
    made.append(attribute(1, 0x9007, 6, struct.pack("<II", 1252, 0)))
    if body:
        made.append(attribute(1, 0x800C, 2, body.encode("cp1252") + b"\0"))
    for name, data in files.items():
        made.append(attribute(2, 0x9002, 6, bytes(14)))
        made.append(attribute(2, 0x8010, 1, name.encode() + b"\0"))
        made.append(attribute(2, 0x800F, 6, data))
    return b"".join(made)


def test_what_outlook_wrapped_is_unwrapped() -> None:
    inside = winmail({"Star.pdf": b"%PDF-1.4 star", "IMG_1.jpg": b"\xff\xd8\xff jpeg"}, "Well done, Kaï.")
    message = EmailMessage()
    message["Subject"] = "Star"
    message.add_attachment(inside, maintype="application", subtype="ms-tnef", filename="winmail.dat")
    found = read_letter(message.as_bytes())
    assert found.words == "Well done, Kaï."
    assert [(each.name, each.mime, each.data) for each in found.attached] == [
        ("Star.pdf", "application/pdf", b"%PDF-1.4 star"),
        ("IMG_1.jpg", "image/jpeg", b"\xff\xd8\xff jpeg"),
    ]
    said = letter(words="Said outside.")
    said.add_attachment(inside, maintype="application", subtype="octet-stream", filename="WINMAIL.DAT")
    assert read_letter(said.as_bytes()).words == "Said outside."


@pytest.mark.parametrize("broken", [b"\x78\x9f\x3e\x22", b"not a winmail at all", winmail({"a": b"x" * 9000})[:40]])
def test_a_winmail_that_cannot_be_opened_is_kept_as_it_came(broken: bytes) -> None:
    message = EmailMessage()
    message["Subject"] = "Star"
    message.add_attachment(broken, maintype="application", subtype="ms-tnef", filename="winmail.dat")
    assert [(each.name, each.data) for each in read_letter(message.as_bytes()).attached] == [("winmail.dat", broken)]


@pytest.mark.parametrize(("count", "names"), [(100, 100), (101, 1)])
def test_a_winmail_of_more_files_than_are_opened_is_kept_as_it_came(count: int, names: int) -> None:
    inside = winmail({f"{number}.txt": b"%d" % number for number in range(count)})
    message = EmailMessage()
    message.set_content("See.")
    message.add_attachment(inside, maintype="application", subtype="ms-tnef", filename="winmail.dat")
    assert len(read_letter(message.as_bytes()).attached) == names


def test_a_winmail_with_nothing_but_looks_is_no_gift() -> None:
    message = letter()
    message.add_attachment(winmail({}), maintype="application", subtype="ms-tnef", filename="winmail.dat")
    found = read_letter(message.as_bytes())
    assert (found.words, found.attached) == ("Well done.", [])


def test_nothing_from_elsewhere_is_fetched_or_kept() -> None:
    message = EmailMessage()
    message["Subject"] = "News"
    message.set_content(
        '<p onclick="x()">Hi <a href="javascript:alert(1)">there</a></p><img src="http://spy.example/1.gif">'
        '<link rel="stylesheet" href="http://spy.example/a.css"><iframe src="http://spy.example/"></iframe>'
        "<form action='http://spy.example'><p>Kai</p></form>",
        subtype="html",
    )
    found = read_letter(message.as_bytes())
    assert (found.words, found.attached) == ("Hi there\n\nKai", [])


def test_no_damage_makes_a_message_unreadable(corpora: Path) -> None:
    """Real messages cut, joined and scattered with bytes, always the same ones."""
    chance = random.Random(55)
    whole = [path.read_bytes() for path in corpus(corpora) if path.stat().st_size < 40_000]
    for _ in range(300):
        raw = bytearray(chance.choice(whole))
        for _ in range(chance.randint(1, 12)):
            at, other = chance.randrange(len(raw) + 1), chance.choice(whole)
            start = chance.randrange(len(other))
            raw[at : at + chance.choice((0, 1, 100))] = chance.choice(
                (b"\0\xff", b"\r\n\r\n", other[start : start + 300])
            )
        found, headers = read_letter(bytes(raw)), read_headers(bytes(raw))
        for text in (found.title, found.words, headers.sender, headers.claimed_name, *(a.name for a in found.attached)):
            assert "\0" not in text and text.encode() is not None
