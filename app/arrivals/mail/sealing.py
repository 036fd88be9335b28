"""Raw messages at rest: each under its own key, which the box's key wraps."""

import io
from collections.abc import Iterator
from uuid import UUID

from sqlmodel import Session

from app.arrivals.mail.message import MailMessage
from app.boxes.keys import box_key
from app.kit.sealed import open_stream, unwrap_key, wrap_key
from app.media.store import media_store

STORE_PREFIX = "mail/"


def store_key_of(message_id: UUID) -> str:
    """Where a message's raw bytes are in the store."""
    return f"{STORE_PREFIX}{message_id.hex[-2:]}/{message_id.hex}"


def close_message_key(session: Session, message_id: UUID, box_id: UUID, key: bytes) -> bytes:
    """A message's key, wrapped for its row. Raises NotHere when the wall does not show the box's key to this viewer."""
    return wrap_key(key, box_key(session, box_id), message_id.bytes)


def open_pieces(key: bytes, store_key: str, length: int, end: int | None = None) -> Iterator[bytes]:
    """A raw message from its beginning to `end`, in pieces of up to 1 MiB. Raises StoreError, BrokenSeal."""
    store = media_store()
    return open_stream(key, store_key, lambda start, stop: store.read(store_key, start, stop), length, 0, end)


def open_message(session: Session, message: MailMessage, first: int | None = None) -> bytes:
    """The message as it came, or its `first` bytes. Raises StoreError, BrokenSeal."""
    key = unwrap_key(message.sealed_key, box_key(session, message.box_id), message.id.bytes)
    end = message.bytes if first is None else min(first, message.bytes)
    whole = io.BytesIO()  # hands its buffer over, where joining pieces would hold everything twice
    for piece in open_pieces(key, message.store_key, message.bytes, end):
        whole.write(piece)
    return whole.getvalue()
