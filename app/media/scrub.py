"""Whether every stored object that a row names still opens, byte for byte; and putting right what does not."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from sqlmodel import Session, col, select

from app.kit.config import settings
from app.kit.sealed import BrokenSeal, sealed_length
from app.kit.soundness import examine, sound_copy
from app.kit.store import LocalStore, Missing, Store, StoreError
from app.media.file_keys import open_key
from app.media.media_file import MediaFile, MediaOriginal
from app.media.store import bucket, media_store
from app.media.upload import Upload
from app.web.errors import NotHere


@dataclass(frozen=True, slots=True)
class Stored:
    """One sealed object: its name on the row, where it is, its plaintext length in bytes, and its SHA-256 or ""."""

    what: str
    store_key: str
    length: int
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Unsound:
    """An object that is not as it was stored.

    `reason` is "key" (the key does not open), "missing", "unread" (the store fails when it is read), "seal" (the bytes
    were changed, in `broken` segments) or "digest" (they are other bytes).
    """

    stored: Stored
    reason: str
    broken: int = 0


def file_ids(session: Session) -> list[UUID]:
    """Every file that this session may see, oldest first."""
    return list(session.exec(select(MediaFile.id).order_by(col(MediaFile.id))))


def objects_of(session: Session, file: MediaFile) -> list[Stored]:
    """The original and the clean copies of a file."""
    shown = [Stored(each["name"], each["key"], each["bytes"]) for each in file.renditions]
    original = session.get(MediaOriginal, file.id)
    if original is None:
        return shown
    return [Stored("original", original.store_key, original.bytes, original.sha256), *shown]


def file_key(session: Session, file: MediaFile) -> bytes | None:
    """The key of a file, or None when it does not open."""
    try:
        return open_key(session, file.box_id, file.id, file.sealed_key)
    except (BrokenSeal, NotHere):
        return None


def unsound(key: bytes, stored: Stored) -> Unsound | None:
    """What is wrong with an object; None for one that is sound. Reads every byte of it."""
    read = partial(media_store().read, stored.store_key)
    try:
        size = media_store().size(stored.store_key)
        found = examine(key, stored.store_key, read, stored.length)
    except Missing:
        return Unsound(stored, "missing")
    except StoreError:
        return Unsound(stored, "unread")
    if found.broken or size != sealed_length(stored.length):
        return Unsound(stored, "seal", found.broken)
    if stored.sha256 and found.sha256 != stored.sha256:
        return Unsound(stored, "digest")
    return None


def upload_object(upload: Upload) -> Stored:
    """Where an upload's bytes are."""
    return Stored("upload", upload.store_key, upload.length, upload.sha256)


def unsound_upload(key: bytes, upload: Upload) -> Unsound | None:
    """As `unsound`, for bytes that are still on their way in: what the row says is safe must open."""
    stored = upload_object(upload)
    if upload.received == upload.length:
        return unsound(key, stored)
    try:
        read = partial(media_store().read, stored.store_key)
        broken = examine(key, stored.store_key, read, stored.length, upload.received).broken if upload.received else 0
    except Missing:
        return Unsound(stored, "missing")
    except StoreError:
        return Unsound(stored, "unread")
    return Unsound(stored, "seal", broken) if broken else None


def second_store(where: str) -> Store:
    """Where good copies are: a folder (a backup of the data folder, or of its `media`), or s3://bucket/prefix.

    A bucket is asked with the credentials of the settings; `?endpoint_url=` names one elsewhere. Raises
    ValueError where there is no such folder.
    """
    url = urlsplit(where)
    if url.scheme == "s3":
        endpoint = parse_qs(url.query).get("endpoint_url", [settings().s3_endpoint_url])[0]
        return bucket(url.netloc, url.path, endpoint)
    folder = Path(where)
    inside = folder / "media"
    if not folder.is_dir():
        raise ValueError(f"There is no folder {folder}.")
    return LocalStore(inside if inside.is_dir() else folder)


def repair(key: bytes, stored: Stored, second: Store) -> str:
    """Put the second store's copy in place of an object, all of it or nothing.

    The copy opens, and has the SHA-256 that the row says, before it replaces anything. Returns "" when that is done,
    else why not: "missing", "unread" or "seal", of the copy.
    """
    try:
        copy = sound_copy(key, stored.store_key, partial(second.read, stored.store_key), stored.length, stored.sha256)
        media_store().put(stored.store_key, copy)
    except BrokenSeal:
        return "seal"
    except Missing:
        return "missing"
    except StoreError:
        return "unread"
    return ""


def unsound_objects(session: Session, file: MediaFile) -> Iterator[tuple[bytes | None, Unsound]]:
    """What is wrong with one file, and the key that opens it; nothing for one that is sound, or gone meanwhile."""
    key = file_key(session, file)
    for stored in objects_of(session, file):
        wrong = Unsound(stored, "key") if key is None else unsound(key, stored)
        # Erasing takes the row away first and then the bytes.
        if wrong is not None and session.exec(select(MediaFile.id).where(MediaFile.id == file.id)).first() is not None:
            yield key, wrong
        if key is None:
            return
