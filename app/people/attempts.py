"""How often something may be tried: by one client, or by somebody who is signed in; never by whose account it is about.

A count by account would tell that there is one, and let a stranger use it up: docs/signing-in.md has each limit.
"""

import hashlib
import hmac
from datetime import datetime, timedelta
from uuid import UUID

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import func, text
from sqlmodel import Field, Session, SQLModel, col, select

from app.kit import noticed
from app.kit.clock import now
from app.kit.columns import created, one_of
from app.kit.ids import fingerprint, new_id
from app.kit.language import N_
from app.kit.master import derived_key
from app.kit.near import client_of
from app.people.door import presenting

# A whole school comes by one address. "mailbox" is one client's asking for one address, "said" wrong codes alone.
# "app" is one client's asking for one app, "app anywhere" one app's asking from wherever.
MOST = {
    "recovery": 10, "link": 60, "mailbox": 10, "code": 30, "said": 5, "provider": 300, "help": 30, "help-code": 10,
    "start": 20, "invite": 60, "challenge": 120, "own challenge": 30, "app": 120, "app anywhere": 1200,
}  # fmt: skip
WINDOW = timedelta(minutes=10)
WAIT_S = int(WINDOW.total_seconds())
# WAIT_S in words.
MANY_TRIES = N_("That’s a lot of tries. To keep boxes safe, please wait ten minutes. Nothing was changed.")


class Attempt(SQLModel, table=True):
    """One try. `client_print` stands for who is counted, mostly a client, and nobody can work that out from it."""

    __tablename__ = "attempt"
    __table_args__ = (one_of("kind", *MOST),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: str
    client_print: str = Field(index=True)
    at: datetime = created()


def may_try(request: Request, session: Session, kind: str, *, about: str = "", by: UUID | None = None) -> bool:
    """Count one more try of this kind (a key of MOST); False, uncounted, when there were MOST within WINDOW.

    Counted is the client, with what it is `about` where that is said; or, from wherever they come, whom it is `by`.
    The tries that are counted together wait for one another. The count lasts only if the request ends well: answer a
    failed try, do not raise.
    """
    return _counted(request, session, kind, _key(request, about, by), adding=True)


def may_still(request: Request, session: Session, kind: str) -> bool:
    """Whether one more try would be counted; where only those that fail are, `may_try` counts them afterwards."""
    return _counted(request, session, kind, _key(request), adding=False)


def _counted(request: Request, session: Session, kind: str, key: bytes, *, adding: bool) -> bool:
    key_print = fingerprint(key)
    with presenting(request, session, key):
        session.connection().execute(
            text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"{kind} {key_print}"}
        )
        counted = (col(Attempt.client_print) == key_print, col(Attempt.kind) == kind, col(Attempt.at) > now() - WINDOW)
        allowed = session.exec(select(func.count()).select_from(Attempt).where(*counted)).one() < MOST[kind]
        if allowed and adding:
            session.add(Attempt(kind=kind, client_print=key_print))
            session.flush()
    if not allowed:
        noticed.note("too_many", kind)
    return allowed


def stopped(response: Response) -> Response:
    """The page that says MANY_TRIES, with the wait for programs too (RFC 9110 §10.2.3). Returns the response."""
    response.headers["Retry-After"] = str(WAIT_S)
    return response


def client_print(request: Request) -> str:
    """What stands for the client in a row: the fingerprint of a keyed hash, so that no address is kept."""
    return fingerprint(_key(request))


def _key(request: Request, about: str = "", by: UUID | None = None) -> bytes:
    """A keyed hash of who is counted: a client, a person or an app."""
    client = client_of(request.client.host) if request.client else ""
    counted = f"person {by}" if by is not None else client
    return hmac.digest(
        derived_key("client address"), f"{counted}{chr(0) + about if about else ''}".encode(), hashlib.sha256
    )
