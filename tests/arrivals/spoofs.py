"""Mail that says it is from Mrs Patel and is not: each as SMTP would hand it over."""

import base64
import time
from email import policy
from email.message import EmailMessage
from itertools import count
from typing import Any

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.arrivals.conftest import PATEL, letter

DOMAIN = "ashwood-high.example.org"
SIGNED = [b"from", b"subject", b"to", b"date", b"message-id"]
HERE = "127.0.0.1"
ELSEWHERE = "203.0.113.9"
MALLORY = "m@evil.example.net"
LOOK_ALIKES = [
    "patel@ashwood-high.example.org.evil.example.net",
    "patel@evil.example.net",
    f'"{PATEL}" <m@evil.example.net>',
    f"Mrs Patel {PATEL} <m@evil.example.net>",
    "patel@ashw0od-high.example.org",
    "patel@аshwood-high.example.org",
    "рatel@ashwood-high.example.org",
    "=?utf-8?q?patel=40ashwood-high=2Eexample=2Eorg?= <m@evil.example.net>",
    f"m@evil.example.net <{PATEL}> <m@evil.example.net>",
    f"<m@evil.example.net> ({PATEL})",
    "patel@xn--shwood-high-8fg.example.org",
    "patel@ａshwood-high.example.org",
    "patel@ashwood--high.example.org",
    "patel@ashwood-high.example.org.",
    "patel@ashwood-high.example.net",
    f"<@evil.example.net:{PATEL}>",
    f"{PATEL} <m@evil.example.net>",
    f"m@evil.example.net, {PATEL}",
    f"{PATEL};m@evil.example.net",
    f"{PATEL}\r\n <m@evil.example.net>",
    '"patel"@ashwood-high.example.org',
    f"Mrs Patel <{PATEL}\0>",
]


class Signer:
    """A domain's key, and the record that publishes it."""

    def __init__(self, domain: str) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.domain = domain
        self.pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        public = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.record = f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"

    def sign(
        self,
        raw: bytes,
        domain: str = "",
        headers: list[bytes] = SIGNED,
        length: bool = False,
        selector: bytes = b"s1",
        times: tuple[tuple[bytes, bytes], ...] = (),
        algorithm: bytes = b"rsa-sha256",
    ) -> bytes:
        """The message under this domain's signature. `times` replaces its t= and adds its x= (seconds since 1970)."""
        signing = _Dated(raw, signature_algorithm=algorithm)
        signing.times = times
        of = (domain or self.domain).encode()
        signature: bytes = signing.sign(selector, of, self.pem, include_headers=headers, length=length)
        return signature + raw

    def seal(self, raw: bytes) -> bytes:
        """The message as someone passes it on who says that it passed (RFC 8617)."""
        judged = b"Authentication-Results: evil.example.net; dmarc=pass header.from=%b\r\n" % DOMAIN.encode() + raw
        seals = dkim.arc_sign(
            judged, b"s1", self.domain.encode(), self.pem, b"evil.example.net", include_headers=SIGNED
        )
        return b"".join(seals) + judged


class _Dated(dkim.DKIM):  # type: ignore[misc]
    times: tuple[tuple[bytes, bytes], ...] = ()

    def gen_header(self, fields: list[tuple[bytes, bytes]], *rest: Any, **named: Any) -> Any:
        if self.times:
            at = next(place for place, (tag, _) in enumerate(fields) if tag == b"t")
            fields = [*fields[:at], *self.times, *fields[at + 1 :]]
        return super().gen_header(fields, *rest, **named)


def raw(message: EmailMessage | None = None) -> bytes:
    return (message or letter()).as_bytes(policy=policy.SMTP)


def spoofs(school: Signer, stranger: Signer, sister: Signer) -> dict[str, tuple[bytes, str, str]]:
    """Name -> content, peer, envelope sender; none may be taken to be from her. No two have the same content."""
    numbers = count(1)

    def hers() -> bytes:
        return raw(letter(subject=f"Star {next(numbers)}"))

    def good() -> bytes:
        return school.sign(hers())

    def named(sender: str) -> bytes:
        return hers().replace(f"Mrs Patel <{PATEL}>".encode(), sender.encode())

    def with_field(field: bytes, content: bytes) -> bytes:
        return field + b"\r\n" + content

    def body_of(content: bytes) -> int:
        return content.index(b"\r\n\r\n") + 4

    def bare_lines(content: bytes) -> bytes:
        return content[: body_of(content)] + content[body_of(content) :].replace(b"\r\n", b"\n")

    now = int(time.time())
    day = 86400
    past = ((b"t", b"%d" % (now - 9 * day)), (b"x", b"%d" % (now - 2 * day)))
    to_come = ((b"t", b"%d" % (now + 2 * day)),)
    found = {
        "no signature, another server": (hers(), ELSEWHERE, PATEL),
        "her address, his server passes SPF": (hers(), ELSEWHERE, MALLORY),
        "signed by him": (stranger.sign(hers()), ELSEWHERE, MALLORY),
        "signed by him in her name": (stranger.sign(hers(), domain=DOMAIN), ELSEWHERE, MALLORY),
        "signed by another school": (sister.sign(hers()), ELSEWHERE, f"x@{sister.domain}"),
        "body changed": (good().replace(b"Well done", b"Come here"), ELSEWHERE, MALLORY),
        "subject changed": (good().replace(b"Subject: Star", b"Subject: Meet"), ELSEWHERE, MALLORY),
        "date changed": (good().replace(b"20 Nov", b"21 Nov"), ELSEWHERE, MALLORY),
        "body added after a length": (school.sign(hers(), length=True) + b"\r\nCome here\r\n", ELSEWHERE, MALLORY),
        "length that covers all": (school.sign(hers(), length=True), ELSEWHERE, MALLORY),
        "subject not signed": (school.sign(hers(), headers=[b"from", b"date"]), ELSEWHERE, MALLORY),
        "second subject on top": (with_field(b"Subject: Come here", good()), ELSEWHERE, MALLORY),
        "second from on top": (with_field(b"From: m@evil.example.net", good()), ELSEWHERE, MALLORY),
        "second from below": (
            good().replace(b"\r\n\r\n", b"\r\nFrom: m@evil.example.net\r\n\r\n", 1), ELSEWHERE, MALLORY,
        ),
        "second from with a space": (with_field(b"From : m@evil.example.net", good()), ELSEWHERE, MALLORY),
        "second content type on top": (with_field(b"Content-Type: text/html", good()), ELSEWHERE, MALLORY),
        "second message id on top": (with_field(b"Message-ID: <1@evil>", good()), ELSEWHERE, MALLORY),
        "two from fields, signed": (
            stranger.sign(with_field(b"From: Mallory <m@evil.example.net>", hers())), ELSEWHERE, MALLORY,
        ),
        "bare line feeds": (bare_lines(good()), ELSEWHERE, MALLORY),
        "bare carriage return": (good() + b"more\rmore\r\n", ELSEWHERE, MALLORY),
        "smuggled after a bare dot": (
            good() + b"\n.\nMAIL FROM:<x@evil.example.net>\r\nDATA\r\nCome here\r\n", ELSEWHERE, MALLORY,
        ),
        "field hidden behind a line feed": (
            with_field(b"X-Note: a\nFrom: m@evil.example.net", good()), ELSEWHERE, MALLORY,
        ),
        "her domain and a hyphen": (hers(), ELSEWHERE, f"x@{DOMAIN}-evil.example.net"),
        "two ats in the envelope": (hers(), ELSEWHERE, f"{PATEL}@evil.example.net"),
        "null sender": (hers(), HERE, ""),
        "key that is not there": (school.sign(hers(), selector=b"s2"), ELSEWHERE, MALLORY),
        "key withdrawn": (school.sign(hers(), selector=b"old"), ELSEWHERE, MALLORY),
        "two keys under one name": (school.sign(hers(), selector=b"two"), ELSEWHERE, MALLORY),
        "signature without a from": (
            with_field(b"DKIM-Signature: v=1; a=rsa-sha256; d=x; s=y; h=to; bh=AA==; b=AA==", hers()),
            ELSEWHERE, MALLORY,
        ),
        "nonsense signature": (with_field(b"DKIM-Signature: hello", hers()), ELSEWHERE, MALLORY),
        "signature of SHA-1": (school.sign(hers(), algorithm=b"rsa-sha1"), ELSEWHERE, MALLORY),
        "expired": (school.sign(hers(), times=past), ELSEWHERE, MALLORY),
        "signed in the future": (school.sign(hers(), times=to_come), ELSEWHERE, MALLORY),
        "six bad signatures before a good one": (
            b"DKIM-Signature: v=1; d=x.example\r\n" * 6 + good(), ELSEWHERE, MALLORY,
        ),
        "a seal that says it passed": (stranger.seal(hers()), ELSEWHERE, MALLORY),
        "results of a check that nobody made": (
            with_field(b"Authentication-Results: in.localhost; dkim=pass; dmarc=pass", hers()), ELSEWHERE, MALLORY,
        ),
        "a pass that nobody gave": (with_field(b"Received-SPF: pass", hers()), ELSEWHERE, MALLORY),
        "her as the sender, him as the writer": (
            stranger.sign(with_field(f"Sender: {PATEL}".encode(), named(MALLORY))), ELSEWHERE, MALLORY,
        ),
        "answers go to her": (
            stranger.sign(with_field(f"Reply-To: {PATEL}".encode(), named(MALLORY))), ELSEWHERE, MALLORY,
        ),
        "a colleague with the same key": (school.sign(named(f"Head <head@{DOMAIN}>")), HERE, f"head@{DOMAIN}"),
        "her address and a plus": (school.sign(named(f"patel+x@{DOMAIN}")), HERE, PATEL),
        "another house of the same school": (school.sign(named(f"patel@mail.{DOMAIN}")), HERE, PATEL),
        "header ends early": (b"\r\n" + good(), ELSEWHERE, MALLORY),
        "no from": (hers().replace(b"From:", b"X-From:"), HERE, PATEL),
        "group syntax": (named(f"staff: {PATEL};"), HERE, PATEL),
        "two addresses in from": (stranger.sign(named(f"Mrs Patel <{PATEL}>, {MALLORY}")), ELSEWHERE, MALLORY),
        "her mail inside his": (
            stranger.sign(
                b"From: m@evil.example.net\r\nSubject: Fwd\r\nContent-Type: message/rfc822\r\n\r\n" + good(),
                headers=[b"from", b"subject"],
            ),
            ELSEWHERE, MALLORY,
        ),
    }  # fmt: skip
    found |= {f"look-alike {each!r}": (stranger.sign(named(each)), ELSEWHERE, MALLORY) for each in LOOK_ALIKES}
    return found
