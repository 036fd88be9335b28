"""Raw messages at rest: each under its own key, which the box's key wraps."""

from uuid import UUID

from sqlmodel import Session

from app.arrivals.mail.message import MailMessage
from app.boxes.keys import box_key
from app.kit.sealed import new_key, open_stream, seal_stream, unwrap_key, wrap_key
from app.media.store import media_store

STORE_PREFIX = "mail/"
PIECE = 1024 * 1024


def seal_message(session: Session, message_id: UUID, box_id: UUID, raw: bytes) -> tuple[str, bytes]:
    """Write a raw message to the store, durable on return. Returns where it is and its wrapped key.

    Raises StoreError, and NotHere when the wall does not show the box's key to this viewer.
    """
    key = new_key()
    wrapped = wrap_key(key, box_key(session, box_id), message_id.bytes)
    store_key = f"{STORE_PREFIX}{message_id.hex[-2:]}/{message_id.hex}"
    pieces = (raw[at : at + PIECE] for at in range(0, len(raw), PIECE))
    media_store().put(store_key, seal_stream(key, pieces))
    return store_key, wrapped


def open_message(session: Session, message: MailMessage) -> bytes:
    """The message as it came. Raises StoreError, BrokenSeal."""
    key = unwrap_key(message.sealed_key, box_key(session, message.box_id), message.id.bytes)
    store = media_store()
    return b"".join(open_stream(key, lambda start, end: store.read(message.store_key, start, end), message.bytes))
