"""Accounts elsewhere that open the door. Known by issuer and subject alone: an e-mail address signs nobody in."""

import hashlib
import hmac
from uuid import UUID

from fastapi import Request
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from app.kit.ids import fingerprint
from app.kit.master import derived_key
from app.people import changes
from app.people.door import presenting
from app.people.openid import Identity
from app.people.sign_in import ExternalWay


class SomeoneElses(Exception):
    """The account is how someone else comes in."""


def _secret(identity: Identity) -> bytes:
    """A keyed hash of issuer and subject: without our key nobody can tell whether an account is known here."""
    told = f"{len(identity.issuer)} {identity.issuer} {identity.subject}".encode()
    return hmac.digest(derived_key("external way"), told, hashlib.sha256)


def whose(request: Request, session: Session, identity: Identity) -> ExternalWay | None:
    """The way in that this account is, or None when it is nobody's."""
    secret = _secret(identity)
    with presenting(request, session, secret):
        query = select(ExternalWay).where(ExternalWay.identity_print == fingerprint(secret))
        return session.exec(query).first()


def link(request: Request, session: Session, person_id: UUID, identity: Identity, label: str) -> ExternalWay:
    """Let the account open the door for this person, in their own session; again is no change. Raises SomeoneElses."""
    known = whose(request, session, identity)
    if known is not None:
        if known.person_id != person_id:
            raise SomeoneElses
        return known
    way = ExternalWay(
        person_id=person_id, issuer=identity.issuer, identity_print=fingerprint(_secret(identity)), label=label
    )
    try:
        with session.begin_nested():
            changes.begin(session, "account")
            session.add(way)
    except IntegrityError:
        raise SomeoneElses from None
    return way
