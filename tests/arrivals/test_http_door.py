"""Mail posted over HTTP: only what is signed, each post once, and 200 only for what is safe."""

import hashlib
import hmac
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from email import policy
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI
from httpx2 import Response
from pydantic import SecretStr
from starlette.testclient import TestClient

from app.arrivals.mail.http_door import SIGNED_HEADERS
from app.arrivals.mail.sealing import open_message
from app.kit.config import settings
from app.kit.db import open_session
from app.media.store import media_store
from app.people.viewer import Viewer
from tests.arrivals.conftest import PATEL, Run, address_for, gifts, letter, messages
from tests.arrivals.names import NameServer
from tests.arrivals.test_mail_door import UNKNOWN
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.web.test_connections import serving

SECRET, KEY = "what only the two of us know", "key-0123456789abcdef"
RAW, MAILGUN, SES = "/mail/raw", "/mail/mailgun/mime", "/mail/ses"
Post = Callable[..., Response]


@pytest.fixture
def client(client_as: ClientAs) -> Iterator[TestClient]:
    settings().mail_post_secret, settings().mailgun_signing_key = SecretStr(SECRET), SecretStr(KEY)
    client = client_as(None)
    del client.headers["Sec-Fetch-Site"]  # a provider's machine is no browser
    yield client
    settings().mail_post_secret = settings().mailgun_signing_key = SecretStr("")


def raw_letter(subject: str = "Star of the week") -> bytes:
    return letter(subject).as_bytes(policy=policy.SMTP)


def signed(body: bytes, to: str, at: float | None = None, secret: str = SECRET, **more: str) -> dict[str, str]:
    """The headers of a post."""
    said = {
        "Holdfast-Timestamp": str(int(at or time.time())),
        "Holdfast-To": to,
        "Holdfast-From": PATEL,
        **{f"Holdfast-{name}": value for name, value in more.items()},
    }
    lower = {name.lower(): value for name, value in said.items()}
    text = "".join(f"{lower.get(name, '')}\n" for name in SIGNED_HEADERS).encode()
    return {**said, "Holdfast-Signature": hmac.new(secret.encode(), text + body, hashlib.sha256).hexdigest()}


def stored_messages() -> set[str]:
    return {key for key in media_store().keys() if key.startswith("mail/")}  # noqa: SIM118  # a store is no dict


def as_it_came(cast: Cast) -> bytes:
    (kept,) = messages(cast)
    with open_session(Viewer(door="mail").claims(), role="holdfast_worker") as session:
        return open_message(session, kept)


def test_a_signed_message_is_safe_when_200_is_said(
    cast: Cast, client: TestClient, run_jobs: Run, names: NameServer
) -> None:
    domain = PATEL.partition("@")[2]
    names.txt[domain], names.txt[f"_dmarc.{domain}"] = ["v=spf1 ip4:192.0.2.7 -all"], ["v=DMARC1; p=reject"]
    to, body = address_for(cast), raw_letter()
    answer = client.post(RAW, content=body, headers=signed(body, to, Client="192.0.2.7", Helo="mail.ashwood.example"))
    assert (answer.status_code, answer.text) == (200, "Thank you. It is safe here.\n")
    assert as_it_came(cast) == body
    run_jobs()
    assert [gift.title for gift, _ in gifts(cast)] == ["Star of the week"]


def test_nothing_stays_of_what_is_not_signed(cast: Cast, client: TestClient) -> None:
    to, body, before = address_for(cast), raw_letter(), stored_messages()
    good = signed(body, to)
    changed: dict[str, tuple[bytes, dict[str, str]]] = {
        "another body": (body + b"and more\r\n", good),
        "another recipient": (body, {**good, "Holdfast-To": UNKNOWN}),
        "another sender": (body, {**good, "Holdfast-From": "head@ashwood.example"}),
        "a machine nobody named": (body, {**good, "Holdfast-Client": "192.0.2.7"}),
        "another moment": (body, {**good, "Holdfast-Timestamp": str(int(good["Holdfast-Timestamp"]) - 1)}),
        "another secret": (body, signed(body, to, secret="guessed")),
        "no signature": (body, {name: value for name, value in good.items() if name != "Holdfast-Signature"}),
        "an odd signature": (body, {**good, "Holdfast-Signature": "é"}),
        "too old": (body, signed(body, to, at=time.time() - 301)),
        "from the future": (body, signed(body, to, at=time.time() + 400)),
        "no moment": (body, {**good, "Holdfast-Timestamp": "soon"}),
        "a large one": (body + b"x" * 3_000_000, good),
    }
    for what, (content, headers) in changed.items():
        encoded: Any = {name: value.encode() for name, value in headers.items()}
        assert client.post(RAW, content=content, headers=encoded).status_code == 403, what
    assert messages(cast) == [] and stored_messages() == before


def test_a_post_played_again_is_taken_in_once(cast: Cast, client: TestClient, run_jobs: Run, trusting: None) -> None:
    to, body = address_for(cast), raw_letter()
    headers = signed(body, to, Client="127.0.0.1")
    assert [client.post(RAW, content=body, headers=headers).status_code for _ in range(3)] == [200] * 3
    assert len(messages(cast)) == 1
    run_jobs()
    assert client.post(RAW, content=body, headers=headers).status_code == 200
    assert len(messages(cast)) == 1 and len(gifts(cast)) == 1


def test_what_can_never_be_taken_in_is_said_so(cast: Cast, client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    body, before = raw_letter(), stored_messages()
    answers = {client.post(RAW, content=body, headers=signed(body, to)) for to in (UNKNOWN, "kai@example.org", "")}
    assert {(each.status_code, each.text) for each in answers} == {
        (406, "No such address here. Please check it with the person who gave it to you.\n")
    }
    monkeypatch.setattr(settings(), "mail_max_bytes", 1000)
    large = b"x" * 1001
    answer = client.post(RAW, content=large, headers=signed(large, address_for(cast)))
    assert answer.status_code == 406 and "smaller parts" in answer.text
    assert messages(cast) == [] and stored_messages() == before


def test_when_nothing_can_be_kept_the_provider_is_asked_to_try_later(cast: Cast, client: TestClient) -> None:
    to, body = address_for(cast), raw_letter()
    folder = settings().data / "media"
    folder.mkdir(exist_ok=True)
    hidden = folder.rename(folder.with_name("away"))
    folder.write_text("a disk that broke")
    headers = signed(body, to)
    try:
        answer = client.post(RAW, content=body, headers=headers)
    finally:
        folder.unlink()
        hidden.rename(folder)
    assert answer.status_code == 503 and answer.headers["retry-after"] == "60" and messages(cast) == []
    assert client.post(RAW, content=body, headers=headers).status_code == 200
    assert as_it_came(cast) == body


def test_a_road_without_its_setting_is_not_there(cast: Cast, client_as: ClientAs) -> None:
    client, body = client_as(None), raw_letter()
    nowhere = client.post("/nowhere", content=body)
    for path in (RAW, MAILGUN, "/mail/ses"):
        answer = client.post(path, content=body, headers=signed(body, address_for(cast), secret=""))
        assert (answer.status_code, answer.content) == (404, nowhere.content), path


def by_mailgun(to: str, message: bytes, at: float | None = None, token: str = "", key: str = KEY) -> dict[str, str]:
    """The fields that Mailgun posts, in its own order."""
    moment, token = str(int(at or time.time())), token or secrets.token_hex(25)
    signature = hmac.new(key.encode(), (moment + token).encode(), hashlib.sha256).hexdigest()
    return {
        "recipient": to,
        "sender": PATEL,
        "subject": "Star of the week",
        "from": f"Mrs Patel <{PATEL}>",
        "body-mime": message.decode("latin-1"),
        "timestamp": moment,
        "token": token,
        "signature": signature,
    }


def form_body(fields: dict[str, str], multipart: bool) -> tuple[bytes, str]:
    if not multipart:
        return urlencode(fields, encoding="latin-1").encode(), "application/x-www-form-urlencoded"
    parts = [
        f'--cut\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    ]
    return "".join([*parts, "--cut--\r\n"]).encode("latin-1"), "multipart/form-data; boundary=cut"


@pytest.mark.parametrize("multipart", [False, True])
@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"])
def test_mailgun_posts_a_message_as_it_was_signed(
    cast: Cast, client: TestClient, multipart: bool, line_end: bytes
) -> None:
    message = letter(words="50% off + more & café\n" * 40_000).as_bytes(policy=policy.SMTP)
    content, kind = form_body(by_mailgun(address_for(cast), message.replace(b"\r\n", line_end)), multipart)

    def in_odd_pieces() -> Iterator[bytes]:
        yield from (content[at : at + 9973] for at in range(0, len(content), 9973))

    assert client.post(MAILGUN, content=in_odd_pieces(), headers={"Content-Type": kind}).status_code == 200
    assert as_it_came(cast) == message
    (kept,) = messages(cast)
    assert (kept.peer, kept.envelope_from) == ("", PATEL)


def test_mailgun_s_token_is_good_once_and_not_for_ever(cast: Cast, client: TestClient) -> None:
    to, before = address_for(cast), stored_messages()
    other = raw_letter("something else")
    for what, fields in {
        "not its key": by_mailgun(to, other, key="guessed"),
        "of yesterday": by_mailgun(to, other, at=time.time() - 86_400),
        "no token": {**by_mailgun(to, other), "token": ""},
        "no fields": {},
    }.items():
        assert client.post(MAILGUN, data=fields).status_code == 403, what
    assert client.post(MAILGUN, content=b"{}", headers={"Content-Type": "application/json"}).status_code == 403
    cut_off, kind = form_body(by_mailgun(to, other), multipart=True)
    assert client.post(MAILGUN, content=cut_off[:-12], headers={"Content-Type": kind}).status_code == 403
    assert stored_messages() == before
    assert client.post(MAILGUN, data=by_mailgun(UNKNOWN, other)).status_code == 406
    for message in (raw_letter(), other):
        assert client.post(MAILGUN, data=by_mailgun(to, message, token="t" * 50)).status_code == 200
    assert as_it_came(cast) == raw_letter()


def test_what_cannot_be_signed_is_refused_before_it_is_read(
    app: FastAPI, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "ses_topic", "arn:aws:sns:eu-west-2:123456789012:holdfast-mail")
    long_ago = signed(b"", "kai@example.org", at=time.time() - 3600)
    doors: tuple[tuple[str, dict[str, str]], ...] = (
        (RAW, {}),
        (RAW, long_ago),
        (MAILGUN, {"Content-Type": "text/plain"}),
        (SES, {}),
        (SES, {"x-amz-sns-topic-arn": "arn:aws:sns:eu-west-2:999999999999:another"}),
    )
    with serving(app, lifespan="off") as port:
        for path, headers in doors:
            with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
                said = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
                line.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n{said}\r\n".encode())
                assert line.recv(65536).startswith(b"HTTP/1.1 403 "), (path, headers)
