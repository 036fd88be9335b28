"""Opening one file in the cage, and showing what came out: exactly once in effect, however often the job runs."""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial
from typing import Any
from uuid import UUID

from sqlmodel import Session, select

from app.kit.db import open_session
from app.kit.sealed import open_stream, seal_stream
from app.media import ready, scanning
from app.media.file_keys import open_key, rendition_store_key
from app.media.media_file import MediaFile, MediaLocation, MediaOriginal
from app.media.problems import CUT_OFF
from app.media.processing import Outcome, Unreadable, process
from app.media.store import delete_after_commit, media_store
from app.people.viewer import Viewer

NO_SCANNER = "no_scanner"
"""The `problem` of a file that waits because the virus check is down."""


def processing_session() -> AbstractContextManager[Session]:
    """A transaction of the worker, by the door "processing"."""
    return open_session(Viewer(door="processing").claims(), role="holdfast_worker")


def open_file(file_id: UUID, *, last_try: bool) -> None:
    """Make the clean copies of a waiting file and show them; nothing to do for one that is ready, failed or gone.

    No transaction is open while the file is. The copies are stored first, each under a name that only the same bytes
    get, so a repeat writes them again in place; then one transaction shows all of them or none. Raises StoreError and
    database errors, ScannerDown, and Unreadable("timeout") unless this is the `last_try`: the job tries again.
    """
    with processing_session() as session:
        media_file = session.get(MediaFile, file_id)
        original = session.get(MediaOriginal, file_id)
        if media_file is None or original is None or media_file.state != "waiting":
            return
        key = open_key(session, media_file.box_id, media_file.id, media_file.sealed_key)
        role_hint = ready.wanted(session, media_file)
    problem = _checked(file_id, original, key)
    if problem:
        fail(file_id, problem)
        return
    try:
        outcome = process(SealedReader(original, key), role_hint)
    except Unreadable as error:
        if error.reason == "timeout" and not last_try:
            raise
        fail(file_id, error.reason)
        return
    _show(file_id, outcome, _store_renditions(file_id, key, outcome))


def fail(file_id: UUID, problem: str) -> None:
    """Say that a file is kept but cannot be shown; `problem` is one of processing's reasons."""
    with processing_session() as session:
        media_file = _waiting(session, file_id)
        if media_file is not None:
            media_file.state, media_file.problem = "failed", problem
            session.flush()
            ready.tell(session, media_file, None)


def _checked(file_id: UUID, original: MediaOriginal, key: bytes) -> str:
    """Why the virus check does not let a file through, "" when it does or there is none. Raises ScannerDown."""
    where = scanning.scanner()
    if where is None:
        return ""
    try:
        verdict = scanning.scan(SealedReader(original, key), where)
    except scanning.ScannerDown:
        with processing_session() as session:
            media_file = _waiting(session, file_id)
            if media_file is not None:
                media_file.problem = NO_SCANNER
        raise
    return "" if verdict == "clean" else verdict


class SealedReader:
    """The plaintext of a file as it came, read in order."""

    def __init__(self, original: MediaOriginal, key: bytes) -> None:
        read = partial(media_store().read, original.store_key)
        self._pieces: Iterator[bytes] = open_stream(key, original.store_key, read, original.bytes)
        self._left = memoryview(b"")

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; none at the end. Raises BrokenSeal and StoreError."""
        if not self._left:
            self._left = memoryview(next(self._pieces, b""))
        piece, self._left = self._left[:size], self._left[size:]
        return bytes(piece)


def _waiting(session: Session, file_id: UUID) -> MediaFile | None:
    query = select(MediaFile).where(MediaFile.id == file_id, MediaFile.state == "waiting").with_for_update()
    return session.exec(query).first()


def _store_renditions(file_id: UUID, key: bytes, outcome: Outcome) -> list[dict[str, Any]]:
    rows = []
    for each in outcome.renditions:
        # Keyed with the file's own key: the name on disk tells nobody which picture it is.
        mark = hmac.new(key, each.name.encode() + b"\0" + each.data, hashlib.sha256).hexdigest()[:24]
        store_key = rendition_store_key(file_id, f"{each.name}.{mark}")
        media_store().put(store_key, seal_stream(key, store_key, [each.data]))
        rows.append(
            {
                "name": each.name,
                "mime": each.mime,
                "width": each.width,
                "height": each.height,
                "bytes": len(each.data),
                "key": store_key,
            }
        )
    return rows


def _show(file_id: UUID, outcome: Outcome, renditions: list[dict[str, Any]]) -> None:
    with processing_session() as session:
        media_file = _waiting(session, file_id)
        if media_file is None:
            _leave_to_the_other(session, file_id, renditions)
            return
        media_file.kind = outcome.kind
        media_file.mime = outcome.mime if outcome.kind != "other" else ""
        media_file.width, media_file.height = outcome.width, outcome.height
        media_file.duration = outcome.duration_s
        media_file.pages = outcome.pages
        media_file.peaks = outcome.peaks
        if outcome.preview:
            media_file.preview = "data:image/webp;base64," + base64.b64encode(outcome.preview).decode()
        media_file.renditions = renditions
        media_file.shown_bytes = sum(each["bytes"] for each in renditions)
        media_file.state, media_file.problem = "ready", CUT_OFF if outcome.cut_off else ""
        original = session.get(MediaOriginal, file_id)
        if original is not None and outcome.taken_on is None and outcome.changed_on is not None:
            original.changed_on = outcome.changed_on.date()
        if original is not None and outcome.kind != "other":
            original.mime = outcome.mime
        if outcome.location is not None:
            latitude, longitude = outcome.location
            session.add(
                MediaLocation(media_file_id=file_id, box_id=media_file.box_id, latitude=latitude, longitude=longitude)
            )
        session.flush()
        ready.tell(session, media_file, outcome)


def _leave_to_the_other(session: Session, file_id: UUID, renditions: list[dict[str, Any]]) -> None:
    """Another worker showed it first, or it is gone: what we stored and nobody names goes again."""
    media_file = session.get(MediaFile, file_id)
    named = {each["key"] for each in media_file.renditions} if media_file is not None else set()
    delete_after_commit(session, *(each["key"] for each in renditions if each["key"] not in named))
