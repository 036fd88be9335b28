"""From bytes that are safe to a file that belongs to a memory."""

import hashlib
from collections.abc import Iterable, Iterator
from uuid import UUID

from sqlmodel import Session, col, func, select

from app.kit.ids import new_id
from app.kit.jobs import enqueue
from app.kit.language import gettext
from app.kit.sealed import new_key, seal_stream
from app.media.file_keys import close_key, open_key, original_store_key
from app.media.jobs import task_for
from app.media.media_file import MediaFile, MediaOriginal
from app.media.names import clean_mime, clean_name
from app.media.store import media_store
from app.media.upload import Upload
from app.media.uploads import finish_upload
from app.people.viewer import Viewer
from app.web.errors import Refused


def kept_uploads(session: Session, upload_ids: Iterable[UUID]) -> list[Upload]:
    """The viewer's own uploads among these that are safe and not yet part of a memory, in the order asked.

    For a form that is shown again: include `media/_kept_uploads.html` with them as `kept`, so that no file has to be
    sent twice.
    """
    wanted = list(upload_ids)
    query = select(Upload).where(
        col(Upload.id).in_(wanted), Upload.state != "claimed", Upload.received == Upload.length
    )
    found = {upload.id: upload for upload in session.exec(query)}
    return [found[upload_id] for upload_id in wanted if upload_id in found]


def claim_uploads(
    session: Session,
    viewer: Viewer,
    box_id: UUID,
    memory_id: UUID,
    upload_ids: list[UUID],
    role: str = "main",
    position: int | None = None,
) -> list[MediaFile]:
    """Make complete uploads of this viewer part of a memory of the box, in this transaction; the worker opens them.

    No byte is copied. The memory's row must be there already (`session.add` is enough). `position` is the first file's;
    None puts them after those already there.
    Raises Refused, with a sentence, when one is gone, of another person or box, used already, or not all here.
    """
    if not upload_ids:
        return []
    session.flush()
    query = select(Upload).where(col(Upload.id).in_(upload_ids), Upload.box_id == box_id)
    for candidate in session.exec(query):
        if candidate.state == "open" and candidate.received == candidate.length:
            finish_upload(viewer, candidate.id)
    locked = query.with_for_update().execution_options(populate_existing=True)
    found = {upload.id: upload for upload in session.exec(locked)}
    files = []
    start = _next_position(session, memory_id) if position is None else position
    for place, upload_id in enumerate(dict.fromkeys(upload_ids), start):
        upload = found.get(upload_id)
        if upload is None or upload.state == "claimed":
            raise Refused(
                gettext("We can’t find one of the files any more. Your own copy is safe. Please choose it again.")
            )
        if upload.state != "complete":
            raise Refused(
                gettext(
                    "“%(name)s” hasn’t all arrived yet. What came is safe. Wait a moment, then try again.",
                    name=upload.name,
                )
            )
        files.append(_claim(session, upload, memory_id, role, place))
    return files


def _next_position(session: Session, memory_id: UUID) -> int:
    last = session.exec(select(func.max(MediaFile.position)).where(MediaFile.memory_id == memory_id)).one()
    return 0 if last is None else last + 1


def _claim(session: Session, upload: Upload, memory_id: UUID, role: str, position: int) -> MediaFile:
    media_file = MediaFile(
        box_id=upload.box_id,
        memory_id=memory_id,
        added_by=upload.person_id,
        role=role,
        position=position,
        sealed_key=b"",
    )
    key = open_key(session, upload.box_id, upload.id, upload.sealed_key)
    media_file.sealed_key = close_key(session, upload.box_id, media_file.id, key)
    upload.state = "claimed"
    _add(session, media_file, upload.store_key, upload.name, upload.mime, upload.length, upload.sha256)
    return media_file


def attach(
    session: Session,
    *,
    box_id: UUID,
    memory_id: UUID,
    added_by: UUID | None,
    name: str,
    mime: str,
    chunks: Iterable[bytes],
    role: str = "main",
    position: int = 0,
) -> MediaFile:
    """Seal and store plaintext that is here already (an e-mail's attachment, the demo's pictures) as a memory's file.

    The bytes are durable when this returns; the rows follow with the caller's commit, and the job with them. `name` and
    `mime` are what its sender called it; neither is trusted. Raises StoreError.
    """
    media_file = MediaFile(
        box_id=box_id, memory_id=memory_id, added_by=added_by, role=role, position=position, sealed_key=b""
    )
    key = new_key()
    media_file.sealed_key = close_key(session, box_id, media_file.id, key)
    counted = _Counted(chunks)
    store_key = original_store_key(new_id())
    media_store().put(store_key, seal_stream(key, store_key, counted))
    _add(session, media_file, store_key, clean_name(name), clean_mime(mime), counted.length, counted.digest.hexdigest())
    return media_file


def _add(
    session: Session, media_file: MediaFile, store_key: str, name: str, mime: str, length: int, sha256: str
) -> None:
    # One after the other: the wall lets an original in by the file it belongs to.
    session.flush()
    session.add(media_file)
    session.flush()
    session.add(
        MediaOriginal(
            media_file_id=media_file.id,
            box_id=media_file.box_id,
            store_key=store_key,
            name=name,
            mime=mime,
            bytes=length,
            sha256=sha256,
        )
    )
    enqueue(session, task_for(mime, name), file_id=str(media_file.id))


class _Counted:
    """Chunks as they pass, counted and hashed."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self.length = 0
        self.digest = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self.length += len(chunk)
            self.digest.update(chunk)
            yield chunk
