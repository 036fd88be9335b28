"""Uploads that survive lost signal and killed processes.

The length of an upload is known from the start; its bytes come in as many pieces as it takes. Whole segments (64 KiB)
are sealed and made durable before the row says so, and the row says so before anybody is answered. No lock outlives a
batch: each batch takes the row, checks that it continues exactly where the row ends, and lets go, so a second sender,
or a first one that came back from the dead, can never write over another's bytes.
"""

import hashlib
import threading
import time
from collections import OrderedDict
from datetime import timedelta
from functools import partial
from itertools import chain
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, select

from app.kit.clock import now
from app.kit.db import open_session
from app.kit.ids import new_id
from app.kit.language import gettext
from app.kit.sealed import (
    HEADER,
    SEALED_SEGMENT,
    SEGMENT,
    BrokenSeal,
    Sealer,
    new_key,
    open_stream,
    sealed_length,
)
from app.kit.store import Missing, StoreError
from app.media.file_keys import close_key, open_key, original_store_key
from app.media.limits import check_size, take_room
from app.media.names import clean_mime, clean_name
from app.media.sealing import Sealing
from app.media.store import delete_after_commit, media_store
from app.media.upload import Upload
from app.people.viewer import Viewer
from app.web.errors import NotAllowed, NotHere, Refused

KEPT_FOR = timedelta(days=7)
# What is written at once, and how long less than that may wait for more.
PIECE = 8 * 1024 * 1024
LINGER_S = 1
_HASHES_KEPT = 64


_MAY_ADD = text(
    "select :box in (select wall.my_run_boxes()) or :box in (select wall.my_addable_boxes())"
    " or :box in (select wall.app_addable_boxes())"
)


class WrongPlace(Exception):
    """The piece does not begin where the upload ends; `received` is where it does."""

    def __init__(self, received: int) -> None:
        super().__init__(received)
        self.received = received


def may_add(session: Session, box_id: UUID) -> bool:
    """Whether this viewer may add to the box: the wall's own word."""
    return bool(session.connection().execute(_MAY_ADD, {"box": box_id}).scalar())


def check_may_add(session: Session, box_id: UUID) -> None:
    """Raises NotAllowed when this viewer may not add to the box."""
    if not may_add(session, box_id):
        raise NotAllowed(gettext("You can’t add to this box."))


def start_upload(session: Session, viewer: Viewer, box_id: UUID, name: str, mime: str, length: int) -> Upload:
    """A new upload of `length` plaintext bytes, flushed. Raises NotAllowed, and Refused when it is empty or too big."""
    check_may_add(session, box_id)
    check_size(mime, name, length)
    take_room(session, box_id, length)
    key, upload_id = new_key(), new_id()
    header = Sealer.start(key, original_store_key(upload_id)).header
    upload = _row(session, viewer, upload_id, box_id, name, mime, length, key, header)
    session.add(upload)
    session.flush()
    return upload


def record_sealed(
    session: Session, viewer: Viewer, upload_id: UUID, box_id: UUID, name: str, mime: str, sealing: Sealing
) -> Upload:
    """The row of an upload whose bytes are all sealed and durable already (`sealing` is closed); flushed."""
    upload = _row(session, viewer, upload_id, box_id, name, mime, sealing.length, sealing.key, sealing.header)
    upload.received, upload.state, upload.sha256 = sealing.length, "complete", sealing.sha256
    session.add(upload)
    session.flush()
    return upload


def find_upload(session: Session, upload_id: str | UUID, *, lock: bool = False) -> Upload:
    """An upload of this viewer's own. Raises NotHere for another's, one that is gone, and an id that is none."""
    try:
        wanted = upload_id if isinstance(upload_id, UUID) else UUID(upload_id)
    except ValueError:
        raise NotHere from None
    query = select(Upload).where(Upload.id == wanted)
    upload = session.exec(query.with_for_update() if lock else query).first()
    if upload is None:
        raise NotHere
    return upload


def catch_up(session: Session, upload: Upload) -> None:
    """Let a locked row know of segments that became durable just before a process was killed.

    They are opened first: after a loss of power a file can be long and hollow. Raises StoreError when the store holds
    less than the row promises.
    """
    if upload.state != "open" or upload.received == upload.length:
        return
    try:
        size = media_store().size(upload.store_key)
    except Missing:
        size = 0
    if size == sealed_length(upload.length):
        durable = upload.length
    else:
        durable = min(max(0, size - HEADER) // SEALED_SEGMENT * SEGMENT, upload.length)
    if durable < upload.received:
        raise StoreError("an upload is shorter than was promised")
    if durable > upload.received and _opens(session, upload, durable):
        upload.received = durable
        session.flush()


def finish_upload(viewer: Viewer, upload_id: UUID) -> None:
    """Make an upload that was received to its last byte complete, with its plaintext's hash. Doing it twice is fine."""
    with open_session(viewer.claims()) as session:
        upload = find_upload(session, upload_id)
        if upload.state != "open" or upload.received != upload.length:
            return
        key = open_key(session, upload.box_id, upload.id, upload.sealed_key)
    media_store().finish(upload.store_key)
    digest = _hashes.take(upload.id, upload.length) or _hash_again(upload, key)
    with open_session(viewer.claims()) as session:
        upload = find_upload(session, upload_id, lock=True)
        if upload.state == "open":
            upload.sha256, upload.state = digest.hexdigest(), "complete"


def drop_upload(session: Session, upload: Upload) -> None:
    """Forget an upload; its bytes go after the commit, unless they have become part of a memory."""
    session.delete(upload)
    session.flush()
    if upload.state != "claimed":
        delete_after_commit(session, upload.store_key)


class Appender:
    """One piece of an upload on its way in, from `offset` on.

    Making one, `write` and `close` use the database and the disk; `take` and `batch` use neither, and may go on while
    one batch is written. Batches are written one after the other. Raises NotHere, Refused (410, expired) and WrongPlace
    when made; WrongPlace, NotHere and StoreError when written.
    """

    def __init__(self, viewer: Viewer, upload_id: str | UUID, offset: int) -> None:
        self._viewer = viewer
        with open_session(viewer.claims()) as session:
            upload = find_upload(session, upload_id, lock=True)
            if upload.state == "open" and upload.expires_at < now():
                raise Refused(
                    gettext("That file was left half sent for too long, so we let it go. Please send it again."), 410
                )
            catch_up(session, upload)
            self._key = open_key(session, upload.box_id, upload.id, upload.sealed_key)
        if upload.received != offset:
            raise WrongPlace(upload.received)
        self.upload = upload
        self._sealer = Sealer.resume(self._key, upload.store_key, upload.sealed_header)
        self._pending = bytearray()
        self._taken = offset
        self._cut_at = time.monotonic()

    @property
    def received(self) -> int:
        """Plaintext bytes that are safe."""
        return self.upload.received

    def take(self, data: bytes) -> bool:
        """Add plaintext; whether it is time to write a batch. Nothing was added when the line has fallen silent.

        What comes slowly is written early: a phone that then dies has lost at most a second or two. Raises Refused when
        more comes than the upload's length.
        """
        self._taken += len(data)
        if self._taken > self.upload.length:
            raise Refused(gettext("More came than we were told to expect, so we stopped."), 400)
        self._pending += data
        waited = not data or time.monotonic() - self._cut_at > LINGER_S
        return len(self._pending) >= (SEGMENT if waited else PIECE)

    def batch(self) -> bytearray:
        """What can be written, cut off from what comes next: everything at the end of the file, else whole segments."""
        batch = self._pending
        count = len(batch) if self._taken == self.upload.length else len(batch) // SEGMENT * SEGMENT
        self._pending = batch[count:]
        self._cut_at = time.monotonic()
        del batch[count:]
        return batch

    def write(self, batch: bytearray) -> None:
        """Make a batch durable."""
        if not batch:
            return
        first = self.received
        last = first + len(batch) == self.upload.length
        with open_session(self._viewer.claims()) as session:
            row = find_upload(session, self.upload.id, lock=True)
            catch_up(session, row)
            if row.received != first:
                raise WrongPlace(row.received)
            sealed = self._sealer.seal_pieces(first // SEGMENT, batch, last)
            if first:
                media_store().append(row.store_key, HEADER + first // SEGMENT * SEALED_SEGMENT, sealed)
            else:
                media_store().append(row.store_key, 0, chain([self._sealer.header], sealed))
            row.received = first + len(batch)
        self.upload = row
        _hashes.advance(row.id, first, batch)

    def close(self) -> None:
        """The piece is over: make its whole segments durable, and the upload complete when its last byte is in."""
        self.write(self.batch())
        if self.received == self.upload.length:
            finish_upload(self._viewer, self.upload.id)


class _Hashes:
    """SHA-256 states of the uploads this process has seen from their first byte: only a saving, never relied upon."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._states: OrderedDict[UUID, tuple[int, hashlib._Hash]] = OrderedDict()

    def advance(self, upload_id: UUID, at: int, plain: bytes | bytearray) -> None:
        """Add the bytes from `at` on."""
        with self._lock:
            seen, digest = self._states.pop(upload_id, (0, hashlib.sha256()))
        if seen != at:
            return
        digest.update(plain)
        with self._lock:
            self._states[upload_id] = (at + len(plain), digest)
            while len(self._states) > _HASHES_KEPT:
                self._states.popitem(last=False)

    def take(self, upload_id: UUID, length: int) -> "hashlib._Hash | None":
        """The state, when it has seen exactly `length` bytes; it is forgotten here."""
        with self._lock:
            seen, digest = self._states.pop(upload_id, (0, None))
        return digest if seen == length else None


_hashes = _Hashes()


def _hash_again(upload: Upload, key: bytes) -> "hashlib._Hash":
    digest = hashlib.sha256()
    for piece in open_stream(key, upload.store_key, partial(media_store().read, upload.store_key), upload.length):
        digest.update(piece)
    return digest


def _opens(session: Session, upload: Upload, durable: int) -> bool:
    key = open_key(session, upload.box_id, upload.id, upload.sealed_key)
    read = partial(media_store().read, upload.store_key)
    try:
        for _ in open_stream(key, upload.store_key, read, upload.length, upload.received, durable):
            pass
    except BrokenSeal:
        return False
    return True


def _row(
    session: Session,
    viewer: Viewer,
    upload_id: UUID,
    box_id: UUID,
    name: str,
    mime: str,
    length: int,
    key: bytes,
    header: bytes,
) -> Upload:
    if viewer.person_id is None and viewer.grant_id is None:
        raise NotHere
    return Upload(
        id=upload_id,
        box_id=box_id,
        person_id=viewer.person_id,
        grant_id=viewer.grant_id,
        name=clean_name(name),
        mime=clean_mime(mime),
        length=length,
        store_key=original_store_key(upload_id),
        sealed_key=close_key(session, box_id, upload_id, key),
        sealed_header=header,
        expires_at=now() + KEPT_FOR,
    )
