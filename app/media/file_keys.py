"""The key of one file: 32 random bytes, wrapped by the key of its box and bound to the file's id."""

from uuid import UUID

from sqlmodel import Session

from app.boxes.keys import box_key
from app.kit.sealed import unwrap_key, wrap_key


def close_key(session: Session, box_id: UUID, file_id: UUID, key: bytes) -> bytes:
    """The file's key, wrapped. Raises NotHere when the wall does not show the box's key to this viewer."""
    return wrap_key(key, box_key(session, box_id), file_id.bytes)


def open_key(session: Session, box_id: UUID, file_id: UUID, wrapped: bytes) -> bytes:
    """The file's key. Raises NotHere as `close_key`, and BrokenSeal when it was wrapped for another file or box."""
    return unwrap_key(wrapped, box_key(session, box_id), file_id.bytes)


def original_store_key(upload_or_file_id: UUID) -> str:
    """Where a file as it came is kept. The id is a UUIDv7, so the address itself says how old it is."""
    name = upload_or_file_id.hex
    return f"original/{name[-2:]}/{name}"


def rendition_store_key(file_id: UUID, name: str) -> str:
    """Where a clean copy is kept; `name` is one that only the same bytes get."""
    return f"shown/{file_id.hex[-2:]}/{file_id.hex}/{name}"
