"""Is it really her? Only mail that is proven to come from the address it was given to comes straight in."""

import base64
from email import policy
from email.message import EmailMessage

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from app.arrivals.mail.checks import Checks, check, organisational_domain
from app.arrivals.mail.dns import NameTrouble
from tests.arrivals.conftest import PATEL, Run, Send, address_for, gifts, letter, messages
from tests.arrivals.names import NameServer
from tests.cast import Cast

DOMAIN = "ashwood-high.example.org"
SIGNED = [b"from", b"subject", b"to", b"date", b"message-id"]
HERE = "127.0.0.1"
ELSEWHERE = "203.0.113.9"


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

    def sign(self, raw: bytes, domain: str = "", headers: list[bytes] = SIGNED, length: bool = False) -> bytes:
        signature: bytes = dkim.sign(
            raw, b"s1", (domain or self.domain).encode(), self.pem, include_headers=headers, length=length
        )
        return signature + raw


@pytest.fixture(scope="module")
def school() -> Signer:
    return Signer(DOMAIN)


@pytest.fixture(scope="module")
def stranger() -> Signer:
    return Signer("evil.example.net")


@pytest.fixture(scope="module")
def sister() -> Signer:
    return Signer("school.co.uk")


@pytest.fixture(autouse=True)
def published(names: NameServer, school: Signer, stranger: Signer, sister: Signer) -> None:
    names.txt |= {
        f"s1._domainkey.{DOMAIN}": [school.record],
        f"_dmarc.{DOMAIN}": ["v=DMARC1; p=reject"],
        DOMAIN: ["v=spf1 ip4:127.0.0.1 -all"],
        f"s1._domainkey.{sister.domain}": [sister.record],
        sister.domain: ["v=spf1 ip4:203.0.113.9 -all"],
        f"s1._domainkey.{stranger.domain}": [stranger.record],
        f"_dmarc.{stranger.domain}": ["v=DMARC1; p=none"],
        stranger.domain: ["v=spf1 ip4:127.0.0.1 ip4:203.0.113.9 -all"],
        f"{DOMAIN}-evil.example.net": ["v=spf1 ip4:203.0.113.9 -all"],
    }


def raw(message: EmailMessage | None = None) -> bytes:
    return (message or letter()).as_bytes(policy=policy.SMTP)


def checked(content: bytes, peer: str = ELSEWHERE, envelope_from: str = "x@nowhere.invalid") -> Checks:
    return check(content, peer=peer, helo="here.example", envelope_from=envelope_from)


def test_a_signature_of_her_own_domain_proves_it(school: Signer) -> None:
    found = checked(school.sign(raw()))
    assert (found.proven, found.sender, found.dkim, found.dmarc) == (True, PATEL, "pass", "pass")


def test_a_second_signature_counts_as_well(school: Signer, stranger: Signer) -> None:
    assert checked(stranger.sign(school.sign(raw()))).proven


def test_her_own_server_proves_it() -> None:
    found = checked(raw(), peer=HERE, envelope_from=PATEL)
    assert (found.proven, found.spf) == (True, "pass")


def test_without_a_dmarc_record_nothing_is_proven(school: Signer, names: NameServer) -> None:
    del names.txt[f"_dmarc.{DOMAIN}"]
    assert checked(school.sign(raw())).why == "no_policy"


def test_a_name_that_does_not_answer_is_asked_again(school: Signer, names: NameServer) -> None:
    names.silent.add(f"_dmarc.{DOMAIN}")
    with pytest.raises(NameTrouble):
        checked(school.sign(raw()))


def spoofs(school: Signer, stranger: Signer, sister: Signer) -> dict[str, tuple[bytes, str, str]]:
    """Name -> content, peer, envelope sender; none may be proven to be from her."""
    good = school.sign(raw())
    body = good.index(b"\r\n\r\n") + 4
    two_from = raw().replace(b"From:", b"From: Mallory <m@evil.example.net>\r\nFrom:", 1)
    other = "m@evil.example.net"
    return {
        "no signature, another server": (raw(), ELSEWHERE, PATEL),
        "her address, his server passes SPF": (raw(), ELSEWHERE, other),
        "signed by him": (stranger.sign(raw()), ELSEWHERE, other),
        "signed by him in her name": (stranger.sign(raw(), domain=DOMAIN), ELSEWHERE, other),
        "body changed": (good.replace(b"Well done", b"Come here"), ELSEWHERE, other),
        "subject changed": (good.replace(b"Star of", b"Meet me"), ELSEWHERE, other),
        "body added after a length": (school.sign(raw(), length=True) + b"\r\nCome here\r\n", ELSEWHERE, other),
        "length that covers all": (school.sign(raw(), length=True), ELSEWHERE, other),
        "subject not signed": (school.sign(raw(), headers=[b"from", b"date"]), ELSEWHERE, other),
        "second subject on top": (b"Subject: Come here\r\n" + good, ELSEWHERE, other),
        "second from on top": (b"From: m@evil.example.net\r\n" + good, ELSEWHERE, other),
        "two from fields, signed": (stranger.sign(two_from), ELSEWHERE, other),
        "two addresses in from": (
            stranger.sign(raw(letter(sender=f"Mrs Patel <{PATEL}>, m@evil.example.net"))), ELSEWHERE, other,
        ),
        "bare line feeds": (good[:body] + good[body:].replace(b"\r\n", b"\n"), ELSEWHERE, other),
        "bare carriage return": (good + b"more\rmore\r\n", ELSEWHERE, other),
        "her domain and a hyphen": (raw(), ELSEWHERE, f"x@{DOMAIN}-evil.example.net"),
        "someone else who is as real": (sister.sign(raw()), ELSEWHERE, f"x@{sister.domain}"),
        "null sender": (raw(), HERE, ""),
        "key gone": (school.sign(raw()).replace(b"s=s1", b"s=s2"), ELSEWHERE, other),
        "signature without a from": (
            b"DKIM-Signature: v=1; a=rsa-sha256; d=x; s=y; h=to; bh=AA==; b=AA==\r\n" + raw(), ELSEWHERE, other,
        ),
        "nonsense signature": (b"DKIM-Signature: hello\r\n" + raw(), ELSEWHERE, other),
        "expired": (school.sign(raw()).replace(b"v=1;", b"v=1; x=1000000000;"), ELSEWHERE, other),
        "header ends early": (b"\r\n" + good, ELSEWHERE, other),
        "no from": (raw().replace(b"From:", b"X-From:"), HERE, PATEL),
        "group syntax": (raw(letter(sender=f"staff: {PATEL};")), HERE, PATEL),
    }  # fmt: skip


def test_no_spoof_is_proven_to_be_her(school: Signer, stranger: Signer, sister: Signer) -> None:
    proven = [
        name
        for name, (content, peer, envelope) in spoofs(school, stranger, sister).items()
        if (found := checked(content, peer, envelope)).proven and found.sender == PATEL
    ]
    assert proven == []


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
]


@pytest.mark.parametrize("sender", LOOK_ALIKES)
def test_a_look_alike_knocks(sender: str, cast: Cast, send: Send, run_jobs: Run, stranger: Signer) -> None:
    plain = raw().replace(f"Mrs Patel <{PATEL}>".encode(), sender.encode())
    send(stranger.sign(plain), address_for(cast), sender="m@evil.example.net")
    run_jobs()
    (kept,) = messages(cast)
    assert kept.state == "knocking" and gifts(cast) == []
    assert "@" not in kept.claimed_name and "." not in kept.claimed_name.replace("Mrs.", "")


def test_proven_mail_from_her_comes_straight_in(cast: Cast, send: Send, run_jobs: Run, school: Signer) -> None:
    send(school.sign(raw()), address_for(cast))
    run_jobs()
    assert [each.state for each in messages(cast)] == ["delivered"]


def test_proven_mail_from_someone_else_knocks(cast: Cast, send: Send, run_jobs: Run, stranger: Signer) -> None:
    message = letter("Hi", "Open me", sender="D. Mensah <m@evil.example.net>")
    send(stranger.sign(raw(message)), address_for(cast), sender="m@evil.example.net")
    run_jobs()
    (kept,) = messages(cast)
    assert (kept.state, kept.claimed_name, kept.proven) == ("knocking", "D. Mensah", True)
    assert gifts(cast) == []


def test_loopback_is_no_proof_unless_told_so(cast: Cast, send: Send, run_jobs: Run, names: NameServer) -> None:
    names.txt.clear()
    send(letter(), address_for(cast))
    run_jobs()
    assert [each.state for each in messages(cast)] == ["knocking"]


def test_an_unknown_top_level_is_not_one_organisation() -> None:
    assert organisational_domain("mail.school.nosuchtld") == "school.nosuchtld"
    assert organisational_domain("a.b.co.uk") == "b.co.uk"
