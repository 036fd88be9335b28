"""How often one client may try something: counted by client and never by account, so it tells nothing about one."""

import hashlib
import hmac
import ipaddress
from datetime import datetime, timedelta
from uuid import UUID

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import func, text
from sqlmodel import Field, Session, SQLModel, col, select

from app.kit.clock import now
from app.kit.columns import created, one_of
from app.kit.ids import fingerprint, new_id
from app.kit.language import N_
from app.kit.master import derived_key
from app.people.door import presenting

# A whole school comes by one address.
MOST = {"recovery": 10, "link": 60, "code": 30, "provider": 300, "help": 30, "help-code": 10}
WINDOW = timedelta(minutes=10)
WAIT_S = int(WINDOW.total_seconds())
# WAIT_S in words.
MANY_TRIES = N_("That’s a lot of tries. To keep boxes safe, please wait ten minutes. Nothing was changed.")


class Attempt(SQLModel, table=True):
    """One try. `client_print` stands for the client's address, which is not kept and cannot be worked out from it."""

    __tablename__ = "attempt"
    __table_args__ = (one_of("kind", *MOST),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: str
    client_print: str = Field(index=True)
    at: datetime = created()


def may_try(request: Request, session: Session, kind: str) -> bool:
    """Count one more try of this kind (a key of MOST); False, uncounted, when there were MOST within WINDOW.

    Tries of one client wait for one another. The count lasts only if the request ends well: answer a failed try, do
    not raise.
    """
    client = _client_key(request)
    client_print = fingerprint(client)
    with presenting(request, session, client):
        session.connection().execute(
            text("select pg_advisory_xact_lock(hashtextextended(:client, 0))"), {"client": f"{kind} {client_print}"}
        )
        tries = session.exec(
            select(func.count())
            .select_from(Attempt)
            .where(
                col(Attempt.client_print) == client_print, col(Attempt.kind) == kind, col(Attempt.at) > now() - WINDOW
            )
        ).one()
        allowed = tries < MOST[kind]
        if allowed:
            session.add(Attempt(kind=kind, client_print=client_print))
    return allowed


def stopped(response: Response) -> Response:
    """The page that says MANY_TRIES, with the wait for programs too (RFC 9110 §10.2.3). Returns the response."""
    response.headers["Retry-After"] = str(WAIT_S)
    return response


def _client_key(request: Request) -> bytes:
    """A keyed hash of the client's address; of its /64 for IPv6, which one home or phone has to itself (RFC 6177)."""
    address = request.client.host if request.client else ""
    try:
        parsed = ipaddress.ip_address(address)
        if isinstance(parsed, ipaddress.IPv6Address):
            address = str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))
    except ValueError:
        pass
    return hmac.digest(derived_key("client address"), address.encode(), hashlib.sha256)
