"""Showing once more that it is oneself: asked before a way in is changed, since an open phone proves nothing.

A proof lasts ten minutes by the database's clock and belongs to one sign-in. The wall decides what needs one
(migrations/wall/_ways.sql); here is only how to ask it, and how a page asks for a proof first.
"""

from urllib.parse import quote

from fastapi import Request
from sqlalchemy import text
from sqlmodel import Session, select

from app.kit.language import N_, gettext
from app.people.door import OpenSignIn
from app.people.sealed_text import NotSealedHere, open_text, seal_text
from app.people.sign_in import SignIn
from app.web.errors import NotAllowed

NOT_YOURS = N_("You said this phone isn’t yours. Do this on one that is. Nothing was changed.")
PURPOSE = "what was typed"
BY = {"passkey": "passkey", "link": "link", "recovery": "code", "provider": "provider"}
"""A way to come in -> the proof that it is."""


class ProveFirst(Exception):
    """The act needs a proof. `next_url` is the page to go on with, as a query may hold it."""

    def __init__(self, next_url: str) -> None:
        self.next_url = quote(next_url, safe="/")


def prove(session: Session, by: str) -> bool:
    """This browser has proven whose it is, by one of sign_in.PROOFS. False where that counts for nothing."""
    return bool(session.connection().execute(text("select wall.prove(:by)"), {"by": by}).scalar_one())


def may_change_ways(session: Session) -> bool:
    """Whether the ways in may be changed now: it is proven, or there is none yet (wall.beginning())."""
    return bool(session.connection().execute(text("select wall.may_change_ways()")).scalar_one())


def is_proven(session: Session) -> bool:
    """Whether this browser proved within ten minutes whose it is."""
    return bool(session.connection().execute(text("select wall.proven()")).scalar_one())


def need_proof(session: Session, page: str, typed: str = "") -> None:
    """Go on only where the ways in may be changed; else ask for a proof, and come back to `page` with what was typed.

    Raises ProveFirst.
    """
    if not may_change_ways(session):
        raise ProveFirst(f"{page}?typed={seal_text(typed, PURPOSE)}" if typed else page)


def proven_by(session: Session, request: Request) -> str | None:
    """How this browser last proved whose it is: one of sign_in.PROOFS."""
    here: OpenSignIn = request.state.sign_in
    return session.exec(select(SignIn.proven_by).where(SignIn.id == here.id)).first()


def need_proof_here(request: Request, session: Session, page: str) -> None:
    """As `need_proof`, for what is no way in: where there is no way in yet, it waits until there is one.

    Raises ProveFirst, and NotAllowed on a phone that is someone else's.
    """
    if on_shared_device(request):
        raise NotAllowed(gettext(NOT_YOURS))
    if not is_proven(session):
        raise ProveFirst(page)


def what_was_typed(request: Request) -> str:
    """What somebody typed before they were asked for a proof; "" for nothing."""
    try:
        return open_text(request.query_params.get("typed", ""), PURPOSE)
    except NotSealedHere:
        return ""


def on_shared_device(request: Request) -> bool:
    """Whether the browser of this request was said to be someone else's."""
    sign_in: OpenSignIn | None = getattr(request.state, "sign_in", None)
    return sign_in is not None and sign_in.shared_device
