"""`holdfast verify`: is everything that was written down still as it was written? And the repair of what is not."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import create_engine, text
from sqlmodel import Session, col, select

from app.arrivals.mail.message import MailMessage
from app.arrivals.mail.scrubbing import message_key, stored_message
from app.boxes import ledger
from app.boxes.box import Box
from app.boxes.keys import rewrap_keys
from app.kit.db import admin_url
from app.kit.sealed import BrokenSeal
from app.kit.store import Store
from app.media import scrub
from app.media.file_keys import open_key
from app.media.media_file import MediaFile
from app.media.scrub import Unsound
from app.media.upload import Upload
from app.web.errors import NotHere

READ_ONLY = {"options": "-c default_transaction_read_only=on"}
WHY = {
    "number": "a row before it is missing",
    "previous": "it does not follow from the row before it",
    "hash": "it is not as it was written",
    "end": "the ledger breaks off before it",
    "beyond": "it was added past the end of the ledger",
    "key": "its key does not open",
    "missing": "it is not in the store",
    "unread": "the store fails when it is read",
    "seal": "its bytes were changed",
    "digest": "it holds other bytes than came in",
}
MENDED = {
    "": "mended",
    "missing": "not mended: there is no copy",
    "unread": "not mended: the copy cannot be read",
    "seal": "not mended: the copy is not sound",
    "key": "not mended: no copy helps without its key",
    "way": "not mended: it is still on its way in, and its sender has it",
}


class CannotRead(Exception):
    """The administrator's connection does not reach past the wall."""


class Fault(NamedTuple):
    """An object of a box that is not as it was stored, what opens it, and whether a copy could be put in its place."""

    name: str
    box_id: UUID
    key: bytes | None
    unsound: Unsound
    whole: bool = True


def verify(say: Callable[[str], None], *, media: bool = True, second: Store | None = None) -> bool:
    """Work out the ledger of every box again, and open every stored object. Says each fault; whether all is sound now.

    With a `second` store, what is damaged is replaced by its copy there, once that has proved itself.

    It reads as the administrator, because the wall lets nobody else read every box: whoever can start it has a shell on
    the machine, and with it the administrator's connection. The connection is read-only, and what is said are ids and
    row numbers, never a word that somebody wrote. Raises CannotRead where the administrator is held back by the wall.
    """
    engine = create_engine(admin_url(), isolation_level="AUTOCOMMIT", connect_args=READ_ONLY)
    try:
        with Session(engine) as session:
            past_the_wall = "select rolsuper or rolbypassrls from pg_roles where rolname = current_user"
            if not session.connection().execute(text(past_the_wall)).scalar():
                raise CannotRead("The administrator of DATABASE_URL must be a superuser, or have BYPASSRLS.")
            left = _ledgers(session, say)
            if media:
                for noun, ids, look in (
                    ("files", scrub.file_ids(session), _file),
                    ("messages", session.exec(select(MailMessage.id).order_by(col(MailMessage.id))).all(), _message),
                    ("uploads", session.exec(select(Upload.id).where(Upload.state != "claimed")).all(), _upload),
                ):
                    left += _objects(session, say, noun, ids, look, second)
        return left == 0
    finally:
        engine.dispose()


def rewrap() -> int:
    """Wrap the key of every box again, as the administrator; how many. Raises BrokenSeal and StoreError."""
    engine = create_engine(admin_url())
    try:
        with Session(engine) as session, session.begin():
            return rewrap_keys(session)
    finally:
        engine.dispose()


def _ledgers(session: Session, say: Callable[[str], None]) -> int:
    faults = 0
    boxes = session.exec(select(Box.id).order_by(col(Box.id))).all()
    for box_id in boxes:
        for broken in ledger.verify(session, box_id):
            say(f"ledger of box {box_id}, row {broken.number}: {WHY[broken.reason]}")
            faults += 1
        session.expunge_all()
    say(f"{len(boxes)} ledgers read, {faults} faults")
    return faults


def _objects(
    session: Session,
    say: Callable[[str], None],
    noun: str,
    ids: Iterable[UUID],
    look: Callable[[Session, UUID], Iterator[Fault]],
    second: Store | None,
) -> int:
    """Look at every object of a sort, and mend what can be. Says what it finds; how many faults are left."""
    opened = faults = segments = mended = 0
    for each in ids:
        opened += 1
        for fault in look(session, each):
            faults += 1
            segments += fault.unsound.broken
            sentence = WHY[fault.unsound.reason]
            if fault.unsound.broken:
                sentence += f", in {_counted(fault.unsound.broken, 'segment')}"
            if second is not None:
                outcome = _mend(fault, second)
                mended += not outcome
                sentence += f"; {MENDED[outcome]}"
            say(f"{fault.name} of box {fault.box_id}, {fault.unsound.stored.what}: {sentence}")
        session.expunge_all()
    inside = f" in {_counted(segments, 'segment')}" if segments else ""
    say(f"{opened} {noun} opened, {faults} faults{inside}" + (f", {mended} mended" if mended else ""))
    return faults - mended


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _mend(fault: Fault, second: Store) -> str:
    if fault.key is None:
        return "key"
    if not fault.whole:
        return "way"
    return scrub.repair(fault.key, fault.unsound.stored, second)


def _file(session: Session, file_id: UUID) -> Iterator[Fault]:
    file = session.get(MediaFile, file_id)
    if file is not None:
        for key, unsound in scrub.unsound_objects(session, file):
            yield Fault(f"file {file_id}", file.box_id, key, unsound)


def _message(session: Session, message_id: UUID) -> Iterator[Fault]:
    message = session.get(MailMessage, message_id)
    if message is None:
        return
    key, stored = message_key(session, message), stored_message(message)
    unsound = scrub.unsound(key, stored) if key else Unsound(stored, "key")
    if unsound is not None and _still_there(session, message):
        yield Fault(f"message {message_id}", message.box_id, key, unsound)


def _upload(session: Session, upload_id: UUID) -> Iterator[Fault]:
    upload = session.get(Upload, upload_id)
    if upload is None:
        return
    try:
        key = open_key(session, upload.box_id, upload.id, upload.sealed_key)
    except (BrokenSeal, NotHere):
        key = None
    unsound = scrub.unsound_upload(key, upload) if key else Unsound(scrub.upload_object(upload), "key")
    if unsound is not None and _still_there(session, upload):
        yield Fault(f"upload {upload_id}", upload.box_id, key, unsound, upload.received == upload.length)


def _still_there(session: Session, row: MailMessage | Upload) -> bool:
    # Erasing takes the row away first and then the bytes.
    kind = type(row)
    return session.exec(select(kind.id).where(kind.id == row.id)).first() is not None
