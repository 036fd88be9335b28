"""LMTP: a mail server in front hands over what it took in, and says who brought it."""

import smtplib
import socket
from collections.abc import Iterator
from email import policy
from pathlib import Path

import pytest

from app.arrivals.mail.addresses import address_of, make_address, revoke_address
from app.arrivals.mail.sealing import open_message
from app.boxes.box import Box
from app.boxes.connection import Connection
from app.kit.config import settings
from app.kit.db import open_session
from app.people.viewer import Viewer
from tests.arrivals.conftest import PATEL, Run, address_for, gifts, letter, messages
from tests.arrivals.names import NameServer
from tests.arrivals.test_mail_door import UNKNOWN
from tests.cast import Cast

NO_SUCH = "550 5.1.1 No such address here. Please check it with the person who gave it to you."


class Relay:
    """A mail server in front, as it talks."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(20)
        self._socket.connect(settings().lmtp_listen)
        self._talk = self._socket.makefile("rwb")
        self.heard()

    def say(self, line: str) -> str:
        self._talk.write(line.encode() + b"\r\n")
        self._talk.flush()
        return self.heard()

    def heard(self) -> str:
        lines = [self._talk.readline().decode().strip()]
        while lines[-1][3:4] == "-":
            lines.append(self._talk.readline().decode().strip())
        return "\n".join(lines)

    def deliver(self, raw: bytes, *to: str) -> list[str]:
        """RCPT for each, then the message; the answers to its final dot."""
        taken = [self.say(f"RCPT TO:<{each}>")[:3] == "250" for each in to]
        assert self.say("DATA").startswith("354")
        self._talk.write(raw + b".\r\n")
        self._talk.flush()
        return [self.heard() for _ in range(sum(taken))]

    def close(self) -> None:
        self._talk.close()
        self._socket.close()


@pytest.fixture
def relay(door: int) -> Iterator[Relay]:
    relay = Relay()
    yield relay
    relay.close()


def for_ash(cast: Cast) -> str:
    with cast.acting("ash") as session:
        joe = session.get_one(Connection, cast.connection["joe@ash"])
        make_address(session, cast.viewer("ash"), session.get_one(Box, cast.box["ash"]), joe, PATEL)
        given = address_of(session, joe)
    assert given is not None
    return given.whole


def raw_letter(subject: str = "Star of the week") -> bytes:
    return letter(subject).as_bytes(policy=policy.SMTP)


def test_each_recipient_has_an_answer_of_their_own(cast: Cast, relay: Relay) -> None:
    mine, stops, hers = address_for(cast), address_for(cast, "joe"), for_ash(cast)
    relay.say("LHLO relay")
    relay.say(f"MAIL FROM:<{PATEL}>")
    assert relay.say(f"RCPT TO:<{UNKNOWN}>") == NO_SUCH
    assert relay.say(f"RCPT TO:<{stops}>").startswith("250")
    with cast.acting("kai") as session:
        joe = session.get_one(Connection, cast.connection["joe"])
        revoke_address(session, cast.viewer("kai"), session.get_one(Box, cast.box["kai"]), joe)
    answers = relay.deliver(raw_letter(), mine, UNKNOWN, hers, mine)
    answers.append(relay.heard())
    assert [each[:9] for each in answers] == ["550 5.1.1", "250 2.0.0", "250 2.0.0", "250 2.0.0"]
    for box in ("kai", "ash"):
        (kept,) = messages(cast, box)
        with open_session(Viewer(door="mail").claims(), role="holdfast_worker") as session:
            assert open_message(session, kept) == raw_letter()


def test_the_sender_check_asks_about_the_machine_that_brought_it_to_the_relay(
    cast: Cast, relay: Relay, run_jobs: Run, names: NameServer
) -> None:
    domain = PATEL.partition("@")[2]
    names.txt[domain] = ["v=spf1 ip4:192.0.2.7 ip6:2001:db8::7 -all"]
    names.txt[f"_dmarc.{domain}"] = ["v=DMARC1; p=reject"]
    to = address_for(cast)
    assert "XFORWARD" in relay.say("LHLO relay")
    for subject, said in (
        ("hers", "ADDR=192.0.2.7 HELO=mail.ashwood.example PROTO=ESMTP NAME=[UNAVAILABLE]"),
        ("nobody said", ""),
        ("another machine", "ADDR=192.0.2.8"),
        ("not said", "ADDR=[UNAVAILABLE] NAME=[UNAVAILABLE]"),
        ("hers too", "ADDR=IPV6:2001:db8::7"),
    ):
        if said:
            assert relay.say(f"XFORWARD {said}").startswith("250")
        relay.say(f"MAIL FROM:<{PATEL}>")
        assert relay.deliver(raw_letter(subject), to)[0].startswith("250")
    run_jobs()
    assert {gift.title for gift, _ in gifts(cast)} == {"hers", "hers too"}
    assert sorted(each.state for each in messages(cast)) == ["delivered"] * 2 + ["knocking"] * 3


def test_it_is_not_smtp(door: int, relay: Relay) -> None:
    assert relay.say("EHLO relay").startswith("500")
    assert relay.say("XFORWARD ADDR=192.0.2.7").startswith("503")
    relay.say("LHLO relay")
    assert relay.say("XFORWARD COLOUR=red").startswith("501")
    with smtplib.SMTP("127.0.0.1", door, timeout=20) as client:
        client.ehlo()
        assert not client.has_extn("xforward")
        assert client.docmd("XFORWARD", "ADDR=192.0.2.7")[0] == 500
        assert client.docmd("LHLO", "here")[0] == 500


def test_the_socket_is_not_for_everyone_on_the_machine(door: int) -> None:
    assert Path(settings().lmtp_listen).stat().st_mode & 0o007 == 0
