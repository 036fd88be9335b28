"""What was decided. Rows are numbered and chained by hash in the database; nobody can change or delete them."""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from app.boxes.box import Box
from app.boxes.loading import my_connection
from app.kit.columns import created
from app.kit.ids import new_id
from app.kit.language import ENGLISH, N_, gettext, speaking
from app.people.viewer import Viewer


class LedgerRow(SQLModel, table=True):
    """One decision, in one plain sentence. `number`, `previous` and `hash` are set by the database."""

    __tablename__ = "ledger"
    __table_args__ = (UniqueConstraint("box_id", "number"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    box_id: UUID = Field(foreign_key="box.id", index=True)
    number: int = 0
    person_id: UUID = Field(foreign_key="person.id", index=True)
    action: str
    subject_id: UUID | None = None
    sentence: str
    at: datetime = created()
    previous: str = ""
    hash: str = ""


class LedgerEnd(SQLModel, table=True):
    """Where the ledger of a box ends: the number and the hash of its last row. Set by the database."""

    __tablename__ = "ledger_end"

    box_id: UUID = Field(foreign_key="box.id", primary_key=True)
    number: int
    hash: str


def record(session: Session, *, box_id: UUID, by: UUID, action: str, subject_id: UUID | None, sentence: str) -> None:
    """Write one decision in the caller's transaction. `action` is noun.verb ("memory.kept"); `sentence` is for people.

    For what the owner or a keeper decides, `decided` puts the right name in front.
    """
    session.add(LedgerRow(box_id=box_id, person_id=by, action=action, subject_id=subject_id, sentence=sentence))


def decided(session: Session, viewer: Viewer, box: Box, *, action: str, subject_id: UUID | None, sentence: str) -> bool:
    """Write what a verb said ("You blocked Joe."), in the caller's transaction; an empty sentence writes nothing.

    "You" is the owner; a keeper is called what the young person calls them. Returns whether a row was written.
    """
    if not sentence or viewer.person_id is None:
        return False
    if box.owner_id != viewer.person_id:
        keeper = my_connection(session, viewer, box.id)
        who = keeper.called if keeper else gettext("A keeper")
        if speaking() == ENGLISH:
            sentence = sentence.replace("You ", f"{who} ", 1)
        else:
            # Only in English is a verb the same for "you" and for a name.
            sentence = gettext("%(keeper)s decided: “%(sentence)s”", keeper=who, sentence=sentence)
    record(session, box_id=box.id, by=viewer.person_id, action=action, subject_id=subject_id, sentence=sentence)
    return True


# What the database writes by itself, it writes in English.
_BY_THE_DATABASE = {
    "connection.accepted": N_("%(name)s said yes and came in."),
    "connection.left": N_("%(name)s left this box."),
    "memory.corrected": N_("%(name)s changed what they wrote with ‘%(title)s’."),
}
_NAME = re.compile(r"%\((\w+)\)s")


def in_words(row: LedgerRow) -> str:
    """The sentence of a row for a page: as it was written; what the database wrote, in the language of the moment."""
    message = _BY_THE_DATABASE.get(row.action)
    if message is None:
        return row.sentence
    between = _NAME.split(message)
    pattern = "".join(f"(?P<{part}>.*)" if at % 2 else re.escape(part) for at, part in enumerate(between))
    written = re.fullmatch(pattern, row.sentence, re.DOTALL)
    return gettext(message, **written.groupdict()) if written else row.sentence


@dataclass(frozen=True, slots=True)
class Broken:
    """A row of a ledger that is not as it was written. `reason` is "number", "previous", "hash", "end" or "beyond"."""

    box_id: UUID
    number: int
    reason: str


def verify(session: Session, box_id: UUID) -> list[Broken]:
    """Work out the chain of a box again and list the rows that do not fit; empty is sound.

    Rows cut off the end leave no trace in the chain itself, so where it ends is kept beside it. Reads what the session
    may read: use it as the owner, or as the administrator.
    """
    broken: list[Broken] = []
    expected, previous = 1, ""
    for row in session.exec(select(LedgerRow).where(LedgerRow.box_id == box_id).order_by(col(LedgerRow.number))):
        if row.number != expected:
            broken.append(Broken(box_id, row.number, "number"))
        if row.previous != previous:
            broken.append(Broken(box_id, row.number, "previous"))
        if row.hash != _hash(row):
            broken.append(Broken(box_id, row.number, "hash"))
        expected, previous = row.number + 1, row.hash
    end = session.get(LedgerEnd, box_id) or LedgerEnd(box_id=box_id, number=0, hash="")
    if expected <= end.number:
        broken.append(Broken(box_id, expected, "end"))
    elif expected - 1 > end.number:
        broken.append(Broken(box_id, end.number + 1, "beyond"))
    elif previous != end.hash and not any(row.number == end.number for row in broken):
        broken.append(Broken(box_id, end.number, "hash"))
    return broken


def _hash(row: LedgerRow) -> str:
    """SHA-256 of the row as `wall.chain_ledger` writes it: a JSON list in PostgreSQL's own spacing."""
    since = row.at.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    at = f"{since.days * 86400 + since.seconds}.{since.microseconds:06d}"
    subject = str(row.subject_id) if row.subject_id else None
    parts = [str(row.box_id), row.number, str(row.person_id), row.action, subject, row.sentence, at, row.previous]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, separators=(", ", ": ")).encode()).hexdigest()
