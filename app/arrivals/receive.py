"""Something someone gives arrives in the tray."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import Session

from app.kit.ids import new_id
from app.media.intake import attach, claim_uploads
from app.memories import edtf
from app.memories.covers import waiting_cover
from app.memories.letter import seal
from app.memories.memory import Gift, Memory
from app.people.push_jobs import something_new
from app.people.viewer import Viewer


@dataclass(frozen=True, slots=True)
class SentFile:
    """Plaintext that is here already. `name` and `mime` are what its sender called it; neither is trusted."""

    name: str
    mime: str
    chunks: Iterable[bytes]


@dataclass(frozen=True, slots=True)
class GiftItem:
    """What becomes one memory. Its files are complete uploads of the giver, or `files` that are here already.

    `happened` is EDTF, "" when unknown: a photo or a video may then say itself. `details` is the kind's own.
    With `opens_on` it is a letter for later, and its words are closed up until that day.
    """

    kind: str
    title: str = ""
    words: str = ""
    happened: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    opens_on: date | None = None
    uploads: Sequence[UUID] = ()
    files: Sequence[SentFile] = ()


def receive(
    session: Session,
    *,
    box_id: UUID,
    connection_id: UUID,
    added_by: UUID | None,
    way: str,
    title: str,
    words: str,
    items: Sequence[GiftItem],
    gift_id: UUID | None = None,
    grant_id: UUID | None = None,
    content_print: str = "",
    shortened: bool = False,
) -> Gift:
    """One gift, and one memory for each item: `arrived`, in nobody's sight but the owner's (and a keeper's). Flushed.

    `way` is "web", "mail" or "app". `added_by` is the giver's person, when they have one; `grant_id` is an app's.
    `shortened`: more was said than `words`. Works
    for a giver who is signed in, for an app, and by the mail door in the worker. Raises Refused for an upload that is
    not complete or not theirs (undo the transaction), StoreError for bytes that could not be kept, and IntegrityError
    when a gift with this id is there.
    """
    gift = Gift(
        id=gift_id or new_id(),
        box_id=box_id,
        connection_id=connection_id,
        way=way,
        title=title,
        words=words,
        content_print=content_print,
        sealed=any(item.opens_on for item in items),
        shortened=shortened,
    )
    session.add(gift)
    session.flush()
    giver = Viewer(added_by) if grant_id is None else Viewer(door="app", grant_id=grant_id)
    for item in items:
        _add(session, gift, giver, item)
    something_new(session, "arrived", gift.id)
    return gift


def _add(session: Session, gift: Gift, giver: Viewer, item: GiftItem) -> None:
    count = len(item.uploads) + len(item.files)
    memory = Memory(
        box_id=gift.box_id,
        kind=item.kind,
        state="arrived",
        title=item.title,
        words=item.words if item.opens_on is None else "",
        details=item.details,
        happened=item.happened,
        happened_on=edtf.last_day(item.happened),
        cover=waiting_cover(count, dated_by_file=not item.happened) if count else None,
        added_by=giver.person_id,
        connection_id=gift.connection_id,
        gift_id=gift.id,
    )
    session.add(memory)
    session.flush()
    if item.opens_on is not None:
        seal(session, memory, item.words, item.opens_on)
    if item.uploads:
        claim_uploads(session, giver, gift.box_id, memory.id, list(item.uploads))
    for position, file in enumerate(item.files, start=len(item.uploads)):
        attach(
            session,
            box_id=gift.box_id,
            memory_id=memory.id,
            added_by=giver.person_id,
            name=file.name,
            mime=file.mime,
            chunks=file.chunks,
            position=position,
        )
