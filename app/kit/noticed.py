"""What the house notices at its doors: one line of JSON an event, by UTC, on the logger `holdfast.security`.

No line holds a name, an address, a title or a code: who it was is a print that only this house's key can make again.
docs/running/logs.md lists every event and field.
"""

import hashlib
import hmac
import json
import logging
import re
import secrets
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC
from typing import Literal
from uuid import UUID

from sqlalchemy import event as listening
from sqlmodel import Session

from app.kit.clock import now
from app.kit.master import derived_key
from app.kit.near import client_of

log = logging.getLogger("holdfast.security")

Event = Literal[
    "came_in", "not_let_in", "way_added", "way_removed", "refused", "too_many", "forged", "tls_failed"
]  # fmt: skip
_WAITING = "noticed"
# What `way` may say: words of ours and the templates of our addresses. Anything else was said by somebody.
_WAY = re.compile(r"[a-z0-9 _{}:/.-]{1,100}")
_REASON = re.compile(r"[A-Z0-9_]{1,60}")


@dataclass
class Asking:
    """The request that is being answered: from where it came, its own id, and who sent it, once that is known."""

    client: str = ""
    request: str = field(default_factory=lambda: secrets.token_hex(8))
    person: UUID | None = None
    noticed: bool = False


_asking: ContextVar[Asking | None] = ContextVar("asking", default=None)


@contextmanager
def asked_by(client: str) -> Iterator[Asking]:
    """Inside, what is noticed belongs to one request of this client, by its address."""
    asking = Asking(client)
    token = _asking.set(asking)
    try:
        yield asking
    finally:
        _asking.reset(token)


def here_is(person: UUID | None) -> None:
    """Whoever sent the request that is being answered is this person."""
    asking = _asking.get()
    if asking is not None:
        asking.person = person


def note(
    event: Event, way: str, *, person: UUID | None = None, session: Session | None = None, cause: str = ""
) -> None:
    """Write down that this happened, by which `way`; with a `session`, only once what it did is kept.

    `person` is whoever is signed in unless said. `cause` is OpenSSL's own word.
    """
    asking = _asking.get() or Asking(request="")
    asking.noticed = True
    person = person or asking.person
    line = {
        "at": now().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "event": event,
        "way": way if _WAY.fullmatch(way) else "other",
        "person": _print("person", str(person)) if person else "",
        "client": _print("client", client_of(asking.client)) if asking.client else "",
        "request": asking.request,
        **({"cause": cause if _REASON.fullmatch(cause) else "OTHER"} if cause else {}),
    }
    if session is None:
        log.info("%s", json.dumps(line))
    else:
        session.info.setdefault(_WAITING, []).append(json.dumps(line))


def kept(session: Session) -> None:
    """What this session did is kept: say what was noticed of it."""
    for line in session.info.pop(_WAITING, []):
        log.info("%s", line)


@listening.listens_for(Session, "after_soft_rollback")
def _was_not_kept(session: Session, _transaction: object) -> None:
    session.info.pop(_WAITING, None)


def tls_failed(error: BaseException, way: str) -> None:
    """Note it when what broke is TLS: a certificate that is wrong, or a server that speaks none of it."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLError):
            note("tls_failed", way, cause=seen.reason or "OTHER")
            return
        seen = seen.__cause__ or seen.__context__


def _print(kind: str, value: str) -> str:
    """Sixteen hex digits that are the same for the same one, for whoever counts, and say nothing of them."""
    return hmac.digest(derived_key("prints in the log"), f"{kind} {value}".encode(), hashlib.sha256).hex()[:16]
