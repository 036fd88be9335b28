"""What only someone at this very machine may use: being one of the demo cast, and reading the local outbox."""

import hmac
import ipaddress
import json
from pathlib import Path
from typing import NotRequired, TypedDict

from fastapi import Request
from fastapi.responses import Response

from app.kit.config import settings
from app.kit.master import derived_key
from app.web.cookies import LONGEST_SECONDS, own_name, set_cookie

_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
COOKIE = "here"
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


class DemoPerson(TypedDict):
    """One of the demo cast. The wall lets nobody list people, so whoever makes the cast writes it down beside."""

    id: str
    name: str
    about: str
    face: NotRequired[str]
    tint: NotRequired[int]


def key() -> str:
    """What `holdfast up` prints in its addresses: only who reads the console of this machine has it."""
    return derived_key("this machine").hex()[:32]


def from_this_machine(request: Request) -> bool:
    """Whether the request comes straight from a program here, to a local name, where that is how people come at all.

    The name matters: a page elsewhere can point its own name at 127.0.0.1 (DNS rebinding). Nor may a proxy be between;
    nothing tells of one that adds nothing, which is why the browser came by an address with the key.
    """
    try:
        near = request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
        named = request.url.hostname in _NAMES
    except ValueError:
        return False
    if not (settings().is_here_alone and near and named) or any(name in request.headers for name in _FORWARDED):
        return False
    return _is_key(request.cookies.get(own_name(COOKIE), "")) or _is_key(request.query_params.get("key", ""))


def keep_key(response: Response) -> Response:
    """Let this browser come again without the key in the address. Returns the response."""
    set_cookie(response, own_name(COOKIE), key(), seconds=LONGEST_SECONDS)
    return response


def _is_key(shown: str) -> bool:
    return hmac.compare_digest(shown.encode(), key().encode())


def demo_is_open(request: Request) -> bool:
    """Whether this request may be one of the demo cast."""
    return settings().demo and from_this_machine(request)


def outbox_is_open(request: Request) -> bool:
    """Whether this request may read what would have been sent."""
    return not settings().outgoing_smtp and from_this_machine(request)


def demo_people() -> list[DemoPerson]:
    """The demo cast, in the order to show; empty until it is made."""
    try:
        kept: dict[str, list[DemoPerson]] = json.loads(_file().read_text())
    except FileNotFoundError:
        return []
    return kept["people"]


def write_demo_people(people: list[DemoPerson]) -> None:
    """Write down who the demo cast is."""
    draft = _file().with_suffix(".new")
    draft.write_text(json.dumps({"people": people}))
    draft.replace(_file())


def _file() -> Path:
    return settings().data / "demo.json"
