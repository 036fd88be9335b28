"""Mail that a provider posts over HTTP: who may, and each post once."""

import hashlib
import hmac
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, Session, SQLModel

from app.kit.clock import now
from app.kit.columns import created
from app.kit.db import become
from app.kit.ids import fingerprint, new_id
from app.people.viewer import Viewer

# A provider's clock may be wrong by this much.
AHEAD_S = 300


class MailPost(SQLModel, table=True):
    """A post that was taken in: only the fingerprint of what nobody but its sender could have made."""

    __tablename__ = "mail_post"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    print: str = Field(unique=True)
    at: datetime = created()


class TakenBefore(Exception):
    """This very post was taken in already: its sender did not hear our answer, or somebody plays it again."""


def note_post(session: Session, secret: str) -> None:
    """Write down that the post with this secret is taken in, in this transaction. Raises TakenBefore."""
    become(session, Viewer(door="mail", secret=secret).claims())
    made = insert(MailPost).values(id=new_id(), print=fingerprint(secret), at=now()).on_conflict_do_nothing()
    if session.connection().execute(made, execution_options={"preserve_rowcount": True}).rowcount == 0:
        raise TakenBefore


def is_fresh(timestamp: str, within_s: int) -> bool:
    """Whether Unix seconds are at most `within_s` seconds ago, and not from a future that clocks do not explain."""
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < 12):
        return False
    return -AHEAD_S <= now().timestamp() - int(timestamp) <= within_s


def is_signed(digest: "hmac.HMAC", signature: str) -> bool:
    """Whether a signature in hex is this HMAC-SHA256 (RFC 2104), compared in constant time."""
    return hmac.compare_digest(digest.hexdigest().encode(), signature.encode())


def keyed(secret: str, text: bytes = b"") -> "hmac.HMAC":
    """An HMAC-SHA256 begun with `text`."""
    return hmac.new(secret.encode(), text, hashlib.sha256)
