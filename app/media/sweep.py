"""Putting right what was left half done: uploads nobody finished, bytes nobody names, files whose job was lost."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, text
from sqlmodel import Session, col, select

from app.kit.clock import now
from app.media.media_file import MediaFile, MediaOriginal
from app.media.opening import processing_session
from app.media.store import delete_after_commit
from app.media.upload import Upload
from app.media.uploads import KEPT_FOR

# Every upload whose bytes could still be wanted is younger than this.
ORPHAN_AFTER = KEPT_FOR + timedelta(days=1)
WAITED_TOO_LONG = timedelta(hours=1)
_ORIGINAL = re.compile(r"original/[0-9a-f]{2}/([0-9a-f]{32})")
_SHOWN = re.compile(r"shown/[0-9a-f]{2}/([0-9a-f]{32})/.+")


def sweep_uploads() -> int:
    """Remove uploads that ran out, and the bytes of those that never became part of a memory. Returns how many."""
    with processing_session() as session:
        # A claim that holds the row makes this wait, and then the row no longer matches.
        unfinished = delete(Upload).where(col(Upload.expires_at) < now(), col(Upload.state) != "claimed")
        store_keys = list(session.execute(unfinished.returning(col(Upload.store_key))).scalars())
        delete_after_commit(session, *store_keys)
        claimed = delete(Upload).where(col(Upload.expires_at) < now(), col(Upload.state) == "claimed")
        return len(store_keys) + len(session.execute(claimed.returning(col(Upload.id))).all())


def unnamed_files(keys: Iterable[str]) -> set[str]:
    """Which of these are originals or clean copies that no row names any more: what a killed process left behind."""
    with processing_session() as session:
        return _unnamed_originals(session, keys) | _unnamed_renditions(session, keys)


def forgotten_files(session: Session) -> list[UUID]:
    """Files that have waited for more than an hour and for which no job is left."""
    query = text(
        "select f.id from media_file f where f.state = 'waiting' and f.created_at < :since and not exists ("
        " select from jobs.procrastinate_jobs j"
        " where j.status in ('todo', 'doing') and j.args ->> 'file_id' = f.id::text)"
    )
    return list(session.execute(query, {"since": now() - WAITED_TOO_LONG}).scalars())


def _unnamed_originals(session: Session, keys: Iterable[str]) -> set[str]:
    matches = filter(None, map(_ORIGINAL.fullmatch, keys))
    old = {match.group() for match in matches if _born(UUID(match.group(1))) < now() - ORPHAN_AFTER}
    named = session.exec(select(MediaOriginal.store_key).where(col(MediaOriginal.store_key).in_(old)))
    return old - set(named)


def _unnamed_renditions(session: Session, keys: Iterable[str]) -> set[str]:
    found: dict[UUID, set[str]] = {}
    for match in filter(None, map(_SHOWN.fullmatch, keys)):
        found.setdefault(UUID(match.group(1)), set()).add(match.group())
    for media_file in session.exec(select(MediaFile).where(col(MediaFile.id).in_(found))):
        if media_file.state == "waiting":
            del found[media_file.id]
        else:
            found[media_file.id] -= {each["key"] for each in media_file.renditions}
    return set().union(*found.values())


def _born(made: UUID) -> datetime:
    """When a UUIDv7 was made."""
    return datetime.fromtimestamp((made.int >> 80) / 1000, UTC)
