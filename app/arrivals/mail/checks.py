"""Is it really them? SPF (RFC 7208), DKIM (RFC 6376) and DMARC (RFC 7489), towards one answer: proven or not.

The DMARC step is our own because the address it compares must be the one, exact address in From that the rest of the
door compares too; authheaders reads a domain only up to its first hyphen, and one signature only.
"""

import logging
import re
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import dkim
import spf
from authheaders.dmarc_lookup import get_org_domain

from app.arrivals.mail.dns import NameTrouble, txt, values
from app.arrivals.mail.headers import HEADER_BYTES, Headers, body_of, read_headers

SIGNATURES = 5
_SILENT = logging.getLogger("holdfast.dkim")  # dkimpy logs whose mail it looks at
_SILENT.disabled = True
SPF_SECONDS = 15
_ONCE = ("from", "subject", "date", "message-id", "reply-to", "to", "cc", "sender", "mime-version", "content-type",
         "content-transfer-encoding", "content-disposition")  # fmt: skip
_BARE_LINE_END = re.compile(rb"(?<!\r)\n|\r(?!\n)")


@dataclass(frozen=True, slots=True)
class Checks:
    """What was found. `proven`: DMARC passes in alignment for `sender`, the only address in From.

    `spf`, `dkim`, `dmarc`, `arc` are "pass", "fail", "none" or "" (not asked); `why` is one word for what stood in the
    way. `arc` is only noted: it says that whoever passed the message on saw it pass, and we know none of them.
    """

    proven: bool
    sender: str
    automatic: bool
    spf: str = ""
    dkim: str = ""
    dmarc: str = ""
    arc: str = ""
    why: str = ""

    def stored(self) -> dict[str, Any]:
        """As plain JSON for `mail_message.checks`."""
        found = asdict(self)
        found["from"] = found.pop("sender")
        return found


def check(raw: bytes, *, peer: str, helo: str, envelope_from: str) -> Checks:
    """Check a message as it came, against the machine that brought it (`peer`, an IP address).

    Raises NameTrouble when a name could not be looked up and the answer hangs on it.
    """
    headers = read_headers(raw)
    sender, automatic = headers.sender, headers.automatic

    def unproven(why: str, **found: str) -> Checks:
        return Checks(False, sender, automatic, why=why, **found)

    if len(raw) - len(body_of(raw)) > HEADER_BYTES:
        return unproven("header")  # what was not read could say something else
    domain = ascii_domain(sender.rpartition("@")[2])
    if not domain:
        return unproven("from")
    if any(len(headers.all(name)) > 1 for name in _ONCE):
        return unproven("doubled")
    if _BARE_LINE_END.search(raw):
        return unproven("line_ends")
    policy = dmarc_policy(domain)
    if policy is None:
        return unproven("no_policy", dmarc="none")
    signed = signing_domains(raw, headers)
    if any(aligned(domain, each, policy.get("adkim", "r")) for each in signed):
        return Checks(True, sender, automatic, dkim="pass", dmarc="pass")
    by_signature = "pass" if signed else ("fail" if headers.all("dkim-signature") else "none")
    by_peer = spf_result(peer, helo, envelope_from)
    brought_by = ascii_domain(envelope_from.rpartition("@")[2])
    if by_peer == "pass" and aligned(domain, brought_by, policy.get("aspf", "r")):
        return Checks(True, sender, automatic, spf="pass", dkim=by_signature, dmarc="pass")
    return unproven("not_aligned", spf=by_peer, dkim=by_signature, dmarc="fail", arc=arc_result(raw, headers))


def ascii_domain(domain: str) -> str:
    """A domain in lower case and A-labels (IDNA), "" when it is none."""
    try:
        found = domain.strip().rstrip(".").lower().encode("idna").decode("ascii")
    except (UnicodeError, ValueError):
        return ""
    return found if re.fullmatch(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,62})\.)+[a-z0-9-]{2,63}", found) else ""


@lru_cache(maxsize=10_000)
def organisational_domain(domain: str) -> str:
    """The domain that someone registered (RFC 7489, 3.2), by the public suffix list that authheaders carries."""
    found: str = get_org_domain(domain)
    if "." not in found:  # a top level the list does not know: the rule is "*"
        return ".".join(domain.split(".")[-2:])
    return found


def aligned(domain: str, other: str, mode: str) -> bool:
    """Whether two domains align (RFC 7489, 3.1): the same ("s"), or of the same organisation ("r")."""
    if not other:
        return False
    return domain == other if mode == "s" else organisational_domain(domain) == organisational_domain(other)


def dmarc_policy(domain: str) -> dict[str, str] | None:
    """The tags of the one DMARC record for a domain or its organisation (RFC 7489, 6.6.3); None without one."""
    for name in dict.fromkeys((domain, organisational_domain(domain))):
        found = [record for record in txt(f"_dmarc.{name}") if re.match(r"v\s*=\s*DMARC1\s*(;|$)", record)]
        if len(found) > 1:
            return None
        if found:
            pairs = (tag.partition("=") for tag in found[0].split(";"))
            tags = {tag.strip().lower(): value.strip().lower() for tag, _, value in pairs}
            return tags if "p" in tags else None
    return None


def signing_domains(raw: bytes, headers: Headers) -> list[str]:
    """Domains whose signature over the whole body, the From and the Subject is good. Raises NameTrouble."""
    count = min(len(headers.all("dkim-signature")), SIGNATURES)
    if not count:
        return []
    good: list[str] = []
    trouble: NameTrouble | None = None
    try:
        message = dkim.DKIM(raw, logger=_SILENT)
    except dkim.DKIMException:
        return []
    for index in range(count):
        try:
            domain = _good_signature(message, index, bool(headers.all("subject")))
        except NameTrouble as error:
            trouble = error
            continue
        if domain:
            good.append(domain)
    if trouble is not None and not good:
        raise trouble
    return good


def _good_signature(message: Any, index: int, has_subject: bool) -> str:
    try:
        if not message.verify(index, dnsfunc=_key_record):
            return ""
    except NameTrouble:
        raise
    except Exception:  # dkimpy raises many kinds for malformed signatures and keys; all of them mean "not good"
        return ""
    tags: dict[bytes, bytes] = message.signature_fields
    covered = set(message.include_headers)
    # RFC 6376, 8.2: a length leaves room to add; RFC 8301: SHA-1 is over.
    if b"l" in tags or tags.get(b"a") == b"rsa-sha1" or b"from" not in covered:
        return ""
    if has_subject and b"subject" not in covered:
        return ""
    return ascii_domain(tags[b"d"].decode("ascii", "replace"))


def arc_result(raw: bytes, headers: Headers) -> str:
    """ "pass", "fail" or "none" for the chain of those who passed it on (RFC 8617); "" while names are silent."""
    seals = len(headers.all("arc-seal"))
    if not seals:
        return "none"
    if seals > SIGNATURES:
        return "fail"
    try:
        chain, _, _ = dkim.ARC(raw, logger=_SILENT).verify(dnsfunc=_key_record)
    except NameTrouble:
        return ""
    except Exception:  # as for signatures
        return "fail"
    return "pass" if chain == dkim.CV_Pass else "fail"


def _key_record(name: bytes, timeout: float = 5) -> bytes | None:
    records = txt(name.decode("ascii", "replace"))
    return records[0].encode() if len(records) == 1 else None


def spf_result(peer: str, helo: str, envelope_from: str) -> str:
    """ "pass", "fail" or "none" for the envelope's sender; a null sender is none. Raises NameTrouble."""
    if not envelope_from or not peer:
        return "none"
    result = spf_verdict(peer, helo, envelope_from)
    if result == "temperror":
        raise NameTrouble("spf")
    return result if result in ("pass", "none") else "fail"


def spf_verdict(peer: str, helo: str, envelope_from: str) -> str:
    """What RFC 7208 says, in its own words: pass, fail, softfail, neutral, none, permerror or temperror."""
    try:
        result, _ = spf.check2(i=peer, s=envelope_from, h=helo, querytime=SPF_SECONDS)
    except Exception:  # a malformed domain or record; pyspf lets some through as ValueError, IndexError and others
        return "permerror"
    return str(result)


def _spf_lookup(
    name: str, qtype: str, tcpfallback: bool = True, timeout: float = 0
) -> list[tuple[tuple[str, str], Any]]:
    try:
        return [((name, qtype), value) for value in values(name, qtype)]
    except NameTrouble as error:
        raise spf.TempError("DNS", name) from error


spf.DNSLookup = _spf_lookup  # pyspf has no other way to be told which resolver to ask
