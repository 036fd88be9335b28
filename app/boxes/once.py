"""Sending the same form twice makes one of everything; the same form with something else in it makes another."""

import hashlib
import hmac
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel

from app.kit.master import derived_key

_RANDOM = (1 << 80) - 1


def made_id(by: UUID | None, noun: str, once: UUID, *content: object) -> UUID:
    """The id of what this person makes of a form: of its hidden `once`, and of what it says.

    It is worked out with a key of ours, so that nobody can name a row that is there. The moment in `once` stays in it,
    for the order of lists (UUIDv7).
    """
    said = "\0".join(str(each) for each in (by, noun, once, *content))
    digest = hmac.digest(derived_key("once"), said.encode(errors="replace"), hashlib.sha256)
    value = (once.int & ~_RANDOM) | int.from_bytes(digest[:10], "big")
    value = value & ~(0xF << 76) | (0x7 << 76)
    return UUID(int=value & ~(0x3 << 62) | (0x2 << 62))


def added(session: Session, row: SQLModel) -> bool:
    """Add a row whose id is of `made_id`. False when it is there already: the same form came before."""
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return False
    return True
