"""Who is asking, where a proxy stands in front: the nearest address that is none of our proxies."""

import ipaddress
import logging
from collections.abc import Iterator, Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

from app.kit.near import Network

log = logging.getLogger("holdfast.proxies")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_HEADER = b"x-forwarded-for"
_TELLING = frozenset({_HEADER, b"forwarded", b"x-real-ip"})
_MOST_HOPS = 20


class RealClient:
    """Pure-ASGI middleware, outermost: a request that comes from one of `proxies` is its client's.

    X-Forwarded-For is read from the right (RFC 7239, 5.2, says why) as long as each hop is one of ours; who stands
    before the first of them is the client. What is left of that, every other header, and whatever comes from somebody
    who is no proxy of ours is only what a stranger says. `Forwarded` is not read: nobody but us would check it.
    """

    def __init__(self, app: ASGIApp, proxies: Sequence[Network] = ()) -> None:
        self.app = app
        self.proxies = proxies
        self._warned = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on as its client's."""
        if scope["type"] == "http" and scope.get("client"):
            peer = _address(scope["client"][0])
            if peer is not None and self._is_ours(peer):
                scope = {**scope, "client": (str(self._client(peer, scope)), scope["client"][1])}
            elif any(name in _TELLING for name, _ in scope["headers"]):
                self._warn(peer)
        await self.app(scope, receive, send)

    def _is_ours(self, address: Address) -> bool:
        return any(address.version == network.version and address in network for network in self.proxies)

    def _client(self, peer: Address, scope: Scope) -> Address:
        nearest = peer
        for hop in _hops_from_the_right(scope):
            address = _address(hop)
            if address is None:
                break
            nearest = address
            if not self._is_ours(address):
                break
        return nearest

    def _warn(self, peer: Address | None) -> None:
        """Say it once a process: it is a setting that lacks, or somebody who tries something."""
        if self._warned:
            return
        self._warned = True
        near = "a private address" if peer is not None and peer.is_private else "a public address"
        where = "this machine" if peer is not None and peer.is_loopback else near
        log.warning(
            "A request from %s says who sent it, and is not believed. Is it a proxy for TRUSTED_PROXIES?", where
        )


def _hops_from_the_right(scope: Scope) -> Iterator[str]:
    lines = [value.decode("latin-1") for name, value in scope["headers"] if name == _HEADER]
    yield from (hop.strip() for hop in reversed(",".join(lines).rsplit(",", _MOST_HOPS)))


def _address(written: str) -> Address | None:
    """An address as proxies write it, with or without a port; IPv4 inside IPv6 as IPv4. None for anything else."""
    if written.startswith("["):
        written = written[1:].partition("]")[0]
    elif written.count(":") == 1:
        written = written.partition(":")[0]
    try:
        address = ipaddress.ip_address(written)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
