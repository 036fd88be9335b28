"""Our own mail over the wire: encrypted to the server that its certificate names, or not sent at all."""

import json
import logging
import smtplib
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest

from app.kit import outbox
from app.kit.config import settings
from tests.kit.mail_servers import NAME, PASSWORD, USER, Keys, Server

SECRET = "sign-in/link/a-token-that-opens-a-box"


@pytest.fixture
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Keys:
    """A CA that this Holdfast believes, and NAME, which leads here as a name of the world leads elsewhere."""
    made, really = Keys(tmp_path), socket.getaddrinfo

    def look_up(host: Any, *rest: Any, **more: Any) -> Any:
        return really("127.0.0.1" if host == NAME else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(settings(), "outgoing_smtp_ca", made.authority)
    return made


def send(monkeypatch: pytest.MonkeyPatch, server: Server, host: str = NAME, scheme: str = "smtp") -> None:
    monkeypatch.setattr(settings(), "outgoing_smtp", f"{scheme}://{USER}:{PASSWORD}@{host}:{server.port}")
    outbox.send("kai@example.org", "Your link is ready", f"Tap: {SECRET}")


def tls_failures(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """What was noticed: the way, and why; never of whom."""
    lines = [each.getMessage() for each in caplog.records if each.name == "holdfast.security"]
    assert NAME not in "".join(lines) and "evil" not in "".join(lines)
    return [(line["way"], line["cause"]) for line in map(json.loads, lines) if line["event"] == "tls_failed"]


def seen(server: Server) -> list[str]:
    """What somebody between the two could read of what is nobody's business."""
    return [
        word
        for word in ("AUTH", "MAIL FROM", SECRET, PASSWORD)
        if word.encode() in bytes(server.said).upper() or word.encode() in bytes(server.said)
    ]


@pytest.mark.parametrize(("scheme", "at_once"), [("smtp", False), ("smtps", True)])
def test_mail_goes_encrypted_where_the_server_offers_it(
    keys: Keys, monkeypatch: pytest.MonkeyPatch, scheme: str, at_once: bool
) -> None:
    with Server(keys.context(), at_once=at_once) as server:
        send(monkeypatch, server, scheme=scheme)
    assert len(server.heard) == 1 and SECRET.encode() in server.heard[0]
    assert seen(server) == []


@pytest.mark.parametrize(("scheme", "at_once"), [("smtp", False), ("smtps", True)])
@pytest.mark.parametrize(("days", "told"), [(1, 1), (30, 0)])
def test_a_certificate_that_ends_tomorrow_is_good_and_is_said(
    keys: Keys, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, scheme: str, at_once: bool,
    days: int, told: int,
) -> None:  # fmt: skip
    with Server(keys.context(days=days), at_once=at_once) as server:
        send(monkeypatch, server, scheme=scheme)
    assert len(server.heard) == 1
    assert caplog.text.count("The certificate of the mail server ends on ") == told


@pytest.mark.parametrize("strips", [False, True], ids=["withholds", "strips"])
def test_where_no_encryption_is_offered_nothing_is_said(
    keys: Keys, monkeypatch: pytest.MonkeyPatch, strips: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="holdfast.security")
    with Server(keys.context() if strips else None, strips=strips) as server, pytest.raises(outbox.NotEncrypted):
        send(monkeypatch, server)
    assert (server.heard, seen(server)) == ([], [])
    assert tls_failures(caplog) == [("mail", "NOT_OFFERED")]


@pytest.mark.parametrize("host", [NAME, "localhost"])
@pytest.mark.parametrize(("scheme", "at_once"), [("smtp", False), ("smtps", True)])
@pytest.mark.parametrize("wrong", [{"name": "evil.example"}, {"own": True}], ids=["another name", "its own word"])
def test_a_wrong_certificate_gets_no_mail(
    keys: Keys,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    host: str,
    scheme: str,
    at_once: bool,
    wrong: dict[str, Any],
) -> None:
    caplog.set_level(logging.INFO, logger="holdfast.security")
    with Server(keys.context(**{"name": host, **wrong}), at_once=at_once) as server:  # noqa: SIM117
        with pytest.raises(ssl.SSLCertVerificationError):
            send(monkeypatch, server, host, scheme)
    assert (server.heard, seen(server)) == ([], [])
    assert tls_failures(caplog) == [("mail", "CERTIFICATE_VERIFY_FAILED")]


def test_an_authority_that_is_not_ours_vouches_for_nobody(
    keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    with Server(Keys(tmp_path / "other").context()) as server, pytest.raises(ssl.SSLCertVerificationError):
        send(monkeypatch, server)
    monkeypatch.setattr(settings(), "outgoing_smtp_ca", None)
    with Server(keys.context()) as server, pytest.raises(ssl.SSLCertVerificationError):
        send(monkeypatch, server)


def test_a_server_of_this_very_machine_may_go_without(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    with Server() as server:
        for host in ("127.0.0.1", "localhost"):
            send(monkeypatch, server, host)
    assert len(server.heard) == 2


def test_an_offer_that_is_not_kept_gets_no_mail(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(keys.context()) as server:
        monkeypatch.setattr(
            "aiosmtpd.smtp.SMTP.smtp_STARTTLS", lambda self, arg: self.push("454 TLS not available"), raising=True
        )
        with pytest.raises(smtplib.SMTPException):
            send(monkeypatch, server)
    assert (server.heard, seen(server)) == ([], [])
