"""What our own mail still lacks: a server to send it, and SPF, DKIM and DMARC of the domain it comes from."""

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from email.utils import parseaddr

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from app.arrivals.mail.checks import ascii_domain, organisational_domain
from app.arrivals.mail.dns import txt
from app.arrivals.mail.findings import Finding, advice, good, missing
from app.kit.config import settings

WEAK_BITS = 1024


def sending(selectors: Sequence[str]) -> Iterator[Finding]:
    """Whether invitations and thanks are likely to arrive. Raises NameTrouble."""
    if not settings().outgoing_smtp:
        yield missing(
            "Holdfast has no server to send its own mail with. Set OUTGOING_SMTP=smtp://user:password@host:587."
        )
    sender = parseaddr(settings().mail_from)[1]
    domain = ascii_domain(sender.rpartition("@")[2])
    if not domain:
        yield missing(f"Our own mail would come from “{sender}”, which is nobody’s. Set MAIL_FROM='Holdfast <box@…>'.")
        return
    yield from _spf(domain)
    yield from _dkim(domain, selectors)
    yield from _dmarc(domain)


def _spf(domain: str) -> Iterator[Finding]:
    """RFC 7208: one record, that ends in saying no to everyone else."""
    records = [each for each in txt(domain) if re.match(r"v=spf1(\s|$)", each, re.IGNORECASE)]
    if not records:
        yield missing(
            f"Nothing says which servers may send mail from {domain} (SPF). Your mail provider tells you the record;"
            f' for a server of your own:  {domain}.  TXT  "v=spf1 mx -all"'
        )
        return
    if len(records) > 1:
        yield missing(f"{domain} has {len(records)} SPF records, which counts as none. Join them into one.")
        return
    last = re.findall(r"(?:^|\s)([-~?+]?)all(?=\s|$)", records[0], re.IGNORECASE)
    if last and last[0] in ("", "+"):
        yield missing(f"The SPF record of {domain} lets everybody send in its name. End it with -all.")
    elif not last and "redirect=" not in records[0].lower():
        yield advice(f"The SPF record of {domain} does not say what about all other servers. End it with -all.")
    elif last and last[0] == "?":
        yield advice(f"The SPF record of {domain} has no opinion about other servers (?all). End it with -all.")
    else:
        yield good(f"{domain} says which servers may send its mail (SPF).")


def _dkim(domain: str, selectors: Sequence[str]) -> Iterator[Finding]:
    """RFC 6376, 3.6.1: the public key under each selector."""
    if not selectors:
        yield advice(
            "Which key signs our mail (DKIM) cannot be seen from outside. Ask your mail provider for its selector and"
            " look again with --selector NAME."
        )
    for selector in selectors:
        where = f"{selector}._domainkey.{domain}"
        records = txt(where)
        if len(records) != 1:
            what = "There is no key" if not records else f"There are {len(records)} keys"
            yield missing(f"{what} at {where} (DKIM). Add the one TXT record that your mail provider shows you.")
            continue
        bits = _key_bits(records[0])
        if bits == 0:
            yield missing(f"What stands at {where} is no usable key (DKIM). Copy the record again, whole.")
        elif bits <= WEAK_BITS:
            yield advice(f"The key at {where} has {bits} bits (DKIM). Ask for one of 2048.")
        else:
            yield good(f"There is a key at {where} (DKIM).")


def _key_bits(record: str) -> int:
    """How long the key is, as RSA counts it; 0 when there is none."""
    tags = {name.strip(): value.strip() for name, _, value in (each.partition("=") for each in record.split(";"))}
    try:
        data = base64.b64decode(re.sub(r"\s", "", tags.get("p", "")), validate=True)
        if tags.get("k") == "ed25519":  # RFC 8463: the key itself, as strong as a long RSA key
            return 3072 if len(data) == 32 else 0
        key = load_der_public_key(data)
    except (ValueError, binascii.Error, UnsupportedAlgorithm):
        return 0
    return key.key_size if isinstance(key, rsa.RSAPublicKey) else 0


def _dmarc(domain: str) -> Iterator[Finding]:
    """RFC 7489: one record at the domain or its organisation, that asks for something."""
    for name in dict.fromkeys((domain, organisational_domain(domain))):
        records = [each for each in txt(f"_dmarc.{name}") if re.match(r"v\s*=\s*DMARC1\s*(;|$)", each)]
        if len(records) > 1:
            yield missing(f"_dmarc.{name} has {len(records)} DMARC records, which counts as none. Keep one.")
            return
        if records:
            policy = re.search(r";\s*p\s*=\s*(\w+)", records[0])
            if policy is None:
                yield missing(f"The DMARC record at _dmarc.{name} has no policy. Add p=quarantine or p=reject.")
            elif policy[1].lower() == "none":
                yield advice(
                    f"The DMARC record at _dmarc.{name} only watches (p=none): others can still write in your name."
                    " When your own mail passes, make it p=quarantine or p=reject."
                )
            else:
                yield good(f"{name} says what to do with mail in its name that is not its own (DMARC).")
            return
    yield missing(
        f"Nothing protects mail in the name of {domain} (DMARC), and large providers put such mail aside."
        f'  Add:  _dmarc.{domain}.  TXT  "v=DMARC1; p=quarantine"'
    )
