"""The SMTP door: who may be written to, what 250 promises, and what is refused in words."""

import smtplib
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from email import policy
from email.message import EmailMessage

import pytest
from sqlmodel import select

from app.arrivals.mail.address import MailAddress
from app.arrivals.mail.addresses import address_of, make_address, revoke_address
from app.arrivals.mail.message import MailMessage
from app.arrivals.mail.sealing import open_message
from app.boxes.box import Box
from app.boxes.connection import Connection
from app.kit.config import settings
from app.kit.db import open_session
from app.media.store import media_store
from app.memories.memory import Gift
from app.people.viewer import Viewer
from tests.arrivals.conftest import PATEL, Run, Send, address_for, gifts, letter, messages
from tests.cast import Cast

UNKNOWN = "lusab-babad-gutih-tugad-lusab-babad-gutih-tugad@in.localhost"


def refusal(send: Send, message: EmailMessage, to: str) -> tuple[int, bytes]:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
        send(message, to)
    return caught.value.recipients[to]


def test_a_certificate_from_an_ordinary_mail_program_lands_in_the_tray(
    cast: Cast, send: Send, run_jobs: Run, trusting: None
) -> None:
    message = letter(words="Kai helped a new student all day.\n\nBest wishes,\nMrs Patel\n-- \nAshwood High School")
    message.add_attachment(b"%PDF-1.4 star", maintype="application", subtype="pdf", filename="star.pdf")
    send(message, address_for(cast))
    run_jobs()
    ((gift, (memory,)),) = gifts(cast)
    assert (gift.way, gift.title, gift.connection_id) == ("mail", "Star of the week", cast.connection["patel"])
    assert gift.words == "Kai helped a new student all day.\n\nBest wishes,\nMrs Patel"
    assert (memory.kind, memory.state, memory.audience) == ("certificate", "arrived", [])
    assert memory.title == "Star of the week" and memory.words == gift.words
    assert [each.state for each in messages(cast)] == ["delivered"]


def test_250_means_the_message_is_sealed_on_the_disk_word_for_word(cast: Cast, send: Send) -> None:
    message = letter(words="a word nobody else says: quokka\n.dot\n..two dots")
    send(message, address_for(cast))
    (kept,) = messages(cast)
    with open_session(Viewer(door="mail").claims(), role="holdfast_worker") as session:
        raw = open_message(session, kept)
    assert raw == message.as_bytes(policy=policy.SMTP)
    assert b"quokka" not in b"".join(
        path.read_bytes() for path in (settings().data / "media").rglob("*") if path.is_file()
    )


def test_unknown_revoked_foreign_and_unwelcome_addresses_hear_the_same(cast: Cast, send: Send) -> None:
    revoked, of_the_past = address_for(cast, "joe"), address_for(cast, "avery")
    with cast.acting("kai") as session:
        joe = session.get_one(Connection, cast.connection["joe"])
        revoke_address(session, cast.viewer("kai"), session.get_one(Box, cast.box["kai"]), joe)
    answers = {
        refusal(send, letter(), to)
        for to in (UNKNOWN, revoked, of_the_past, "kai@in.localhost", "kai@example.org", "postmaster@in.localhost")
    }
    assert answers == {(550, b"5.1.1 No such address here. Please check it with the person who gave it to you.")}
    assert messages(cast) == []


def test_capitals_and_missing_dashes_still_find_the_box(cast: Cast, send: Send) -> None:
    local, _, domain = address_for(cast).partition("@")
    send(letter(), f"{local.replace('-', '').upper()}@{domain.upper()}")
    assert len(messages(cast)) == 1


def test_two_boxes_get_a_message_each(cast: Cast, send: Send) -> None:
    mine = address_for(cast)
    with cast.acting("ash") as session:
        box = session.get_one(Box, cast.box["ash"])
        joe = session.get_one(Connection, cast.connection["joe@ash"])
        make_address(session, cast.viewer("ash"), box, joe, PATEL)
        given = address_of(session, joe)
    assert given is not None
    send(letter(), mine, given.whole)
    assert len(messages(cast)) == len(messages(cast, "ash")) == 1


def test_the_same_message_ten_times_at_once_is_one_gift(cast: Cast, send: Send, run_jobs: Run, trusting: None) -> None:
    to, message = address_for(cast), letter()
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda _: send(message, to), range(10)))
    run_jobs()
    assert len(gifts(cast)) == 1
    send(message, to)
    run_jobs()
    assert len(gifts(cast)) == 1
    assert len(messages(cast)) == 1
    originals = [key for key in media_store().keys() if key.startswith("mail/")]  # noqa: SIM118  # a store is no dict
    assert len([key for key in originals if key.endswith(messages(cast)[0].id.hex)]) == 1


def test_a_message_with_nothing_attached_is_a_message(cast: Cast, send: Send, run_jobs: Run, trusting: None) -> None:
    send(letter("Today", "You made everyone laugh."), address_for(cast))
    run_jobs()
    ((_, (memory,)),) = gifts(cast)
    assert (memory.kind, memory.title, memory.words) == ("message", "Today", "You made everyone laugh.")


def test_an_empty_message_is_kept_too(cast: Cast, send: Send, run_jobs: Run, trusting: None) -> None:
    send(f"From: {PATEL}\r\n\r\n".encode(), address_for(cast))
    run_jobs()
    ((gift, _),) = gifts(cast)
    assert gift.title == "An email with nothing in it"


def test_several_files_are_several_memories_in_one_gift(cast: Cast, send: Send, run_jobs: Run, trusting: None) -> None:
    message = letter("Sports day", "What a day.")
    message.add_attachment(b"\xff\xd8\xff\xe0 jpeg", maintype="image", subtype="jpeg", filename="IMG_2041.jpg")
    message.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="long-jump_award.pdf")
    message.add_attachment(b"\0\0\0\x18ftypmp42", maintype="video", subtype="mp4", filename="the finish.mp4")
    message.add_attachment(b"PK\3\4", maintype="application", subtype="vnd.ms-excel", filename="times.xlsx")
    send(message, address_for(cast))
    run_jobs()
    ((gift, memories),) = gifts(cast)
    assert [(each.kind, each.title) for each in memories] == [
        ("photo", "Sports day"),
        ("certificate", "long jump award"),
        ("video", "the finish"),
        ("certificate", "times"),
    ]
    assert [each.words for each in memories] == ["What a day.", "", "", ""] and gift.words == "What a day."


def test_starttls_is_offered_and_works(cast: Cast, door: int) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    to = address_for(cast)
    with smtplib.SMTP("127.0.0.1", door, timeout=20) as client:
        client.starttls(context=context)
        client.ehlo()
        assert client.has_extn("size") and not client.has_extn("auth")
        client.sendmail(PATEL, [to], letter().as_bytes())
    assert len(messages(cast)) == 1


def test_a_message_that_is_too_big_is_refused_in_words(cast: Cast, door: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "mail_max_bytes", 2 * 1024**2)
    to = address_for(cast)
    with smtplib.SMTP("127.0.0.1", door, timeout=20) as client:
        with pytest.raises(smtplib.SMTPSenderRefused) as told:
            client.sendmail(PATEL, [to], letter(words="x" * 70 + "\n").as_bytes() * 40_000)
        assert told.value.smtp_code == 552 and b"We can take 2 MB" in told.value.smtp_error
    with smtplib.SMTP("127.0.0.1", door, timeout=20) as client:
        client.ehlo()
        client.mail(PATEL)
        client.rcpt(to)
        code, words = client.data(b"y" * 3_000_000)  # one line, and longer than it said
        assert code == 552 and b"smaller parts" in words
        assert client.noop()[0] == 250
    assert messages(cast) == []


def test_only_crlf_dot_crlf_ends_a_message(cast: Cast, door: int) -> None:
    """No other line end smuggles a second message in (CVE-2023-51764 and its kin)."""
    to = address_for(cast)
    smuggled = (
        f"From: {PATEL}\r\nSubject: one\r\n\r\nhello\n.\nMAIL FROM:<x@example.org>\r\nRCPT TO:<{to}>\r\nDATA\r\n"
        f"Subject: two\r\n\r\nhello\r.\r\nstill one\n.\r\nstill one\r\n.\nstill one\r\n"
    )
    with socket.create_connection(("127.0.0.1", door), timeout=20) as client:
        talk = client.makefile("rwb")

        def say(line: str) -> bytes:
            talk.write(line.encode() + b"\r\n")
            talk.flush()
            return talk.readline()

        talk.readline()
        say("HELO here")
        assert say(f"MAIL FROM:<{PATEL}>").startswith(b"250")
        assert say(f"RCPT TO:<{to}>").startswith(b"250")
        assert say("DATA").startswith(b"354")
        assert say(smuggled + ".").startswith(b"250")
        assert say("QUIT").startswith(b"221")
    (kept,) = messages(cast)
    with open_session(Viewer(door="mail").claims(), role="holdfast_worker") as session:
        # One line began with a dot: RFC 5321, 4.5.2 takes that one away.
        assert open_message(session, kept) == smuggled.replace("\r\n.\n", "\r\n\n").encode()


def test_when_nothing_can_be_kept_the_sender_is_asked_to_try_later(
    cast: Cast, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = address_for(cast)
    folder = settings().data / "media"
    folder.mkdir(exist_ok=True)
    hidden = folder.rename(folder.with_name("away"))
    folder.write_text("a disk that broke")
    try:
        with pytest.raises(smtplib.SMTPDataError) as told:
            send(letter(), to)
    finally:
        folder.unlink()
        hidden.rename(folder)
    assert told.value.smtp_code == 451 and messages(cast) == []
    send(letter(), to)
    assert len(messages(cast)) == 1


def test_nobody_but_the_box_sees_what_came(cast: Cast, send: Send) -> None:
    send(letter(), address_for(cast))
    for name in ("patel", "joe", "casey", "ash"):
        with cast.acting(name) as session:
            assert session.exec(select(MailMessage)).all() == []
            assert session.exec(select(MailAddress)).all() == []
            assert session.exec(select(Gift).where(Gift.box_id == cast.box["kai"])).all() == []
