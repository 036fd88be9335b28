"""Taking a file away for good."""

from sqlmodel import Session

from app.media.media_file import MediaFile, MediaLocation, MediaOriginal
from app.media.store import delete_after_commit


def erase(session: Session, media_file: MediaFile) -> None:
    """Remove a file's rows in this transaction (a worker's, by the door "processing") and its bytes after the commit.

    Where a crash comes between the two, the sweep finishes it: bytes that no row names are unreadable and are removed.
    """
    store_keys = [each["key"] for each in media_file.renditions]
    location = session.get(MediaLocation, media_file.id)
    original = session.get(MediaOriginal, media_file.id)
    if location is not None:
        session.delete(location)
    if original is not None:
        store_keys.append(original.store_key)
        session.delete(original)
    session.flush()
    session.delete(media_file)
    session.flush()
    delete_after_commit(session, *store_keys)
