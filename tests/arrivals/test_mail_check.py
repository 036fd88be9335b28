"""`holdfast mail check`: what an administrator still has to do, in sentences, by a real name server and a real door."""

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.arrivals.mail.dns import resolver
from app.arrivals.mail.setup_help import look
from app.kit.config import PROJECT, settings
from tests.arrivals.elsewhere import Elsewhere
from tests.arrivals.names import NameServer
from tests.kit.mail_servers import Keys, Server
from tests.machine import free_port

DOMAIN, OURS = "in.localhost", "school.example.org"


def key(bits: int) -> str:
    public = rsa.generate_private_key(65537, bits).public_key()
    return base64.b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


LONG, SHORT = key(2048), key(1024)


@pytest.fixture
def world(names: NameServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[NameServer]:
    """Everything as it should be, but for the one thing that cannot be so in a test: the address is this machine's."""
    names.records[DOMAIN, "MX"] = [f"10 {DOMAIN}."]
    names.records[DOMAIN, "A"] = ["127.0.0.1"]
    names.records["1.0.0.127.in-addr.arpa", "PTR"] = [f"{DOMAIN}."]
    names.txt[OURS] = ["v=spf1 mx -all", "something else"]
    names.txt[f"s1._domainkey.{OURS}"] = [f"v=DKIM1; k=rsa; p={LONG}"]
    names.txt[f"_dmarc.{OURS}"] = ["v=DMARC1; p=reject"]
    monkeypatch.setattr(settings(), "mail_from", f"Holdfast <box@{OURS}>")
    monkeypatch.setattr(settings(), "outgoing_smtp", f"smtp://mail.{OURS}:587")
    yield names


def said(port: int, domain: str = DOMAIN, selectors: tuple[str, ...] = ("s1",)) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"good": [], "missing": [], "advice": []}
    for finding in look(domain, selectors, port):
        found[finding.level].append(finding.sentence)
    return found


def test_nothing_is_missing_where_all_is_there(world: NameServer, door: int) -> None:
    found = said(door)
    assert found["missing"] == [f"{DOMAIN} has the address 127.0.0.1, which nobody outside can reach."]
    assert found["advice"] == [] and len(found["good"]) == 9


LACKS = {
    "no MX": (("MX", DOMAIN, None), "Nothing says where mail for in.localhost goes."),
    "null MX": (("MX", DOMAIN, ["0 ."]), "takes no mail"),
    "an address as MX": (("MX", DOMAIN, ["10 192.0.2.1."]), "It has to be a name"),
    "MX without address": (("A", DOMAIN, None), "in.localhost has no address."),
    "nobody listens": (("A", DOMAIN, ["127.0.0.9"]), "does not answer (Connection refused)"),
    "no name for the address": (("PTR", "1.0.0.127.in-addr.arpa", None), "127.0.0.1 has no name."),
    "a name that leads elsewhere": (("PTR", "1.0.0.127.in-addr.arpa", [f"{OURS}."]), "does not lead back"),
    "no SPF": (("TXT", OURS, None), "Nothing says which servers may send mail from school.example.org (SPF)."),
    "two SPF": (("TXT", OURS, ["v=spf1 -all", "v=spf1 mx -all"]), "has 2 SPF records"),
    "SPF for all": (("TXT", OURS, ["v=spf1 mx all"]), "lets everybody send in its name"),
    "SPF without an end": (("TXT", OURS, ["v=spf1 mx"]), "does not say what about all other servers"),
    "SPF without opinion": (("TXT", OURS, ["v=spf1 mx ?all"]), "no opinion"),
    "no DKIM key": (("TXT", f"s1._domainkey.{OURS}", None), "There is no key at s1._domainkey.school.example.org"),
    "a broken DKIM key": (("TXT", f"s1._domainkey.{OURS}", [f"v=DKIM1; p={LONG[:-9]}"]), "is no usable key"),
    "a revoked DKIM key": (("TXT", f"s1._domainkey.{OURS}", ["v=DKIM1; p="]), "is no usable key"),
    "a short DKIM key": (("TXT", f"s1._domainkey.{OURS}", [f"v=DKIM1; p={SHORT}"]), "has 1024 bits"),
    "no DMARC": (("TXT", f"_dmarc.{OURS}", None), "Nothing protects mail in the name of school.example.org"),
    "DMARC that watches": (("TXT", f"_dmarc.{OURS}", ["v=DMARC1; p=none"]), "only watches"),
    "DMARC without policy": (("TXT", f"_dmarc.{OURS}", ["v=DMARC1; rua=mailto:x@example.org"]), "has no policy"),
}


@pytest.mark.parametrize("lack", LACKS)
def test_each_thing_that_lacks_is_said_and_nothing_else(world: NameServer, door: int, lack: str) -> None:
    (kind, name, records), sentence = LACKS[lack]
    before = {each for level in ("missing", "advice") for each in said(door)[level]}
    if kind == "TXT":
        world.txt.pop(name) if records is None else world.txt.update({name: records})
    elif records is None:
        del world.records[name, kind]
    else:
        world.records[name, kind] = records
    resolver().cache.flush()
    found = said(door)
    new = [each for level in ("missing", "advice") for each in found[level] if each not in before]
    assert any(sentence in each for each in new), (new, found)
    assert (
        len([each for each in new if "which nobody outside" not in each and "127.0.0.9 has no name" not in each]) == 1
    )


def test_what_settings_lack_is_said_too(world: NameServer, door: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "outgoing_smtp", "")
    monkeypatch.setattr(settings(), "mail_from", "Holdfast <box@localhost>")
    world.records["box.example.org", "MX"] = [f"10 mail.{DOMAIN}."]
    world.records[f"mail.{DOMAIN}", "A"] = ["127.0.0.1"]
    found = said(door, "Box.Example.org.", ())
    whole = " ".join(found["missing"] + found["advice"])
    assert "Set MAIL_DOMAIN=box.example.org." in whole
    assert "Set OUTGOING_SMTP=" in whole and "MAIL_FROM=" in whole
    assert f"with a certificate that is not for mail.{DOMAIN}" in whole
    assert [each.level for each in look("no domain at all")][:1] == ["missing"]


def test_a_server_in_front_that_does_less_is_noticed(world: NameServer, elsewhere: Elsewhere) -> None:
    found = said(elsewhere.port)
    assert any("offers no encryption" in each for each in found["missing"])
    assert any("takes messages of up to 32 MB" in each and "message_size_limit" in each for each in found["advice"])
    assert any("takes mail for addresses that nobody has" in each for each in found["advice"])


def test_a_certificate_that_ends_tomorrow_is_said(world: NameServer, tmp_path: Path) -> None:
    with Server(Keys(tmp_path).context(DOMAIN, days=1)) as server:
        found = said(server.port)
    assert any("encrypts; its certificate ends on" in each and "Renew it" in each for each in found["advice"])


def test_a_name_server_that_is_silent_is_not_taken_for_an_answer(world: NameServer, door: int) -> None:
    world.silent.add(DOMAIN)
    assert any("does not answer just now" in each for each in said(door)["missing"])


def test_the_command(world: NameServer, door: int, name_server: NameServer, tmp_path: Path) -> None:
    environment = {
        **os.environ, "HOLDFAST_DATA": str(tmp_path), "DNS_SERVER": f"127.0.0.1:{name_server.port}",
        "MAIL_FROM": f"box@{OURS}", "OUTGOING_SMTP": "smtp://localhost:587", "MAIL_DOMAIN": DOMAIN,
    }  # fmt: skip
    command = [sys.executable, "-m", "app.cli", "mail", "check", DOMAIN, "--selector", "s1", "--port", str(door)]
    done = subprocess.run(
        command, env=environment, cwd=PROJECT, text=True, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 1 and done.stderr == "\n1 thing is missing.\n"
    assert f"MISSING  {DOMAIN} has the address 127.0.0.1, which nobody outside can reach." in done.stdout
    assert f"ok       {DOMAIN} (127.0.0.1), port {door}, encrypts, with a certificate for {DOMAIN}." in done.stdout
    command[-1] = str(free_port())
    done = subprocess.run(
        command, env=environment, cwd=PROJECT, text=True, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 1 and "does not answer (Connection refused)" in done.stdout
