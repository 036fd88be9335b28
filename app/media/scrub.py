"""Whether every stored object that a row names still opens, byte for byte."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from sqlmodel import Session, col, select

from app.kit.sealed import BrokenSeal, open_stream
from app.kit.store import StoreError
from app.media.file_keys import open_key
from app.media.media_file import MediaFile, MediaOriginal
from app.media.store import media_store
from app.web.errors import NotHere


@dataclass(frozen=True, slots=True)
class Unsound:
    """An object that is not as it was stored. `what` is "original" or a clean copy's name.

    `reason` is "key" (the file's key does not open), "missing", "seal" (the bytes were changed) or "digest" (they are
    other bytes).
    """

    box_id: UUID
    file_id: UUID
    what: str
    reason: str


def file_ids(session: Session) -> list[UUID]:
    """Every file that this session may see, oldest first."""
    return list(session.exec(select(MediaFile.id).order_by(col(MediaFile.id))))


def scrub(session: Session, file_id: UUID) -> Iterator[Unsound]:
    """What is wrong with one file; nothing for one that is sound, or gone meanwhile. Reads every byte of it."""
    file = session.get(MediaFile, file_id)
    original = session.get(MediaOriginal, file_id)
    if file is None:
        return
    try:
        key = open_key(session, file.box_id, file.id, file.sealed_key)
    except (BrokenSeal, NotHere):
        yield Unsound(file.box_id, file.id, "original", "key")
        return
    objects = [(each["name"], each["key"], each["bytes"], "") for each in file.renditions]
    if original is not None:
        objects.insert(0, ("original", original.store_key, original.bytes, original.sha256))
    for what, store_key, length, sha256 in objects:
        reason = _wrong(key, store_key, length, sha256)
        if reason and _still_there(session, file_id):
            yield Unsound(file.box_id, file.id, what, reason)


def _wrong(key: bytes, store_key: str, length: int, sha256: str) -> str:
    digest = hashlib.sha256()
    try:
        for piece in open_stream(key, partial(media_store().read, store_key), length):
            digest.update(piece)
    except BrokenSeal:
        return "seal"
    except StoreError:
        return "missing"
    return "digest" if sha256 and digest.hexdigest() != sha256 else ""


def _still_there(session: Session, file_id: UUID) -> bool:
    # Erasing takes the row away first and then the bytes.
    return session.exec(select(MediaFile.id).where(MediaFile.id == file_id)).first() is not None
