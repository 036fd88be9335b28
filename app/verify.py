"""`holdfast verify`: is everything that was written down still as it was written?"""

from collections.abc import Callable

from sqlalchemy import create_engine, text
from sqlmodel import Session, col, select

from app.boxes import ledger
from app.boxes.box import Box
from app.boxes.keys import rewrap_keys
from app.kit.db import admin_url
from app.media import scrub

READ_ONLY = {"options": "-c default_transaction_read_only=on"}
WHY = {
    "number": "a row before it is missing",
    "previous": "it does not follow from the row before it",
    "hash": "it is not as it was written",
    "key": "its key does not open",
    "missing": "it is not in the store",
    "seal": "its bytes were changed",
    "digest": "it holds other bytes than came in",
}


class CannotRead(Exception):
    """The administrator's connection does not reach past the wall."""


def verify(say: Callable[[str], None], *, media: bool = True) -> bool:
    """Work out the ledger of every box again, and open every stored file. Says each fault; whether all is sound.

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
            faults = _ledgers(session, say)
            if media:
                faults += _files(session, say)
        return faults == 0
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


def _files(session: Session, say: Callable[[str], None]) -> int:
    faults = 0
    ids = scrub.file_ids(session)
    for file_id in ids:
        for unsound in scrub.scrub(session, file_id):
            say(f"file {file_id} of box {unsound.box_id}, {unsound.what}: {WHY[unsound.reason]}")
            faults += 1
        session.expunge_all()
    say(f"{len(ids)} files opened, {faults} faults")
    return faults
