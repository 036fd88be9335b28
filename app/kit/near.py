"""What may be reached, and be reached, with no encryption: this machine itself, and nothing else."""

import ipaddress
import os
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def is_near(host: str) -> bool:
    """Whether a host, as somebody wrote it, is this machine by its loopback address; no other name is."""
    try:
        return host.lower() == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def client_of(host: str) -> str:
    """What is counted as one client: the address; of IPv6 its /64, which one home or phone has to itself (RFC 6177)."""
    try:
        parsed = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))
    return host


def is_open_to_others(url: str) -> bool:
    """Whether what is said to this address could be read on the way: plain http, and not to this machine."""
    address = urlsplit(url)
    return address.scheme != "https" and not is_near(address.hostname or "")


def private_url(url: str, setting: str) -> str:
    """The address itself. Raises ValueError, which names the setting, where others could read what goes there."""
    if url and is_open_to_others(url):
        raise ValueError(f"{setting} must be https: others could read what goes there. http is for this machine alone.")
    return url


def private_database(url: str, setting: str) -> None:
    """Raises ValueError unless what goes to PostgreSQL stays in this machine, or its server must prove who it is.

    A place that is not in the URL is libpq's: PGHOST, PGHOSTADDR and PGSSLMODE, or else a socket.
    """
    try:
        said = conninfo_to_dict(url.replace("+psycopg", "", 1))
    except ProgrammingError:
        raise ValueError(f"{setting} is not an address of PostgreSQL.") from None
    mode = said.get("sslmode") or os.environ.get("PGSSLMODE", "")
    if mode != "verify-full" and not all(_is_here(place) for place in _places(said)):
        raise ValueError(
            f"{setting} leads to another machine: add sslmode=verify-full (and sslrootcert=… for a CA of your own)."
        )


def _places(said: Mapping[str, object]) -> Iterator[str]:
    """Where libpq will really go: an address that stands beside a name is what counts."""
    hosts = str(said.get("host") or os.environ.get("PGHOST", "")).split(",")
    addresses = str(said.get("hostaddr") or os.environ.get("PGHOSTADDR", "")).split(",")
    for number in range(max(len(hosts), len(addresses))):
        address = addresses[number] if number < len(addresses) else ""
        yield address or (hosts[number] if number < len(hosts) else "")


def _is_here(place: str) -> bool:
    return not place or place[0] in "/@" or is_near(place)


def virus_check_place(written: str, default_port: int) -> str | tuple[str, int]:
    """Where clamd listens: the path of its socket, or host and port."""
    if written.startswith("/"):
        return written
    host, colon, port = written.rpartition(":")
    if not colon or not port.isdecimal():
        host, port = written, str(default_port)
    return host.strip("[]"), int(port)


def networks(written: str) -> list[Network]:
    """TRUSTED_PROXIES as networks. Raises ValueError for what is none, and for one that holds everybody."""
    found: list[Network] = []
    for each in (part.strip() for part in written.split(",")):
        if each == "*":
            raise ValueError("TRUSTED_PROXIES names each proxy: with * anybody could say who they are.")
        if each:
            found.append(_network(each))
    return found


def _network(written: str) -> Network:
    try:
        network = ipaddress.ip_network(written)
    except ValueError:
        raise ValueError(f"TRUSTED_PROXIES: {written} is no network such as 10.0.0.0/24 or 10.0.0.7.") from None
    if network.prefixlen == 0:
        raise ValueError("TRUSTED_PROXIES names each proxy: a network of everybody lets anybody say who they are.")
    return network
