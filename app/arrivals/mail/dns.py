"""Names looked up for sender checks: the system's resolver, or DNS_SERVER."""

from functools import lru_cache
from typing import Any

import dns.exception
import dns.message
import dns.name
import dns.resolver

from app.kit.config import settings

SECONDS = 5.0


class NameTrouble(Exception):
    """The answer is not known now; it may be later."""


@lru_cache
def resolver() -> dns.resolver.Resolver:
    """The one resolver of this process; a look-up takes at most SECONDS."""
    server = settings().dns_server
    found = dns.resolver.Resolver(configure=not server)
    if server:
        host, _, port = server.rpartition(":")
        found.nameservers, found.port = [host or server], int(port) if host else 53
    found.lifetime, found.timeout = SECONDS, SECONDS / 2
    found.cache = dns.resolver.LRUCache(1000)
    return found


def txt(name: str) -> list[str]:
    """The TXT records of a name, each with its strings joined; [] when there are none. Raises NameTrouble."""
    return [b"".join(strings).decode("utf-8", "replace") for strings in values(name, "TXT")]


def values(name: str, qtype: str) -> list[Any]:
    """What a name answers with: addresses for A and AAAA, (preference, host) for MX, a host for PTR, a tuple of byte
    strings for TXT; [] when there is nothing. Raises NameTrouble."""
    try:
        answers = resolver().resolve(name, qtype, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.message.ChainTooLong):
        return []
    except (dns.name.LabelTooLong, dns.name.NameTooLong, dns.name.EmptyLabel, dns.name.BadEscape, UnicodeError):
        return []
    except dns.exception.DNSException as error:
        raise NameTrouble(qtype) from error
    if qtype in ("A", "AAAA"):
        return [record.address for record in answers]
    if qtype == "MX":
        return [(record.preference, record.exchange.to_text(True)) for record in answers]
    if qtype == "PTR":
        return [record.target.to_text(True) for record in answers]
    return [record.strings for record in answers]
