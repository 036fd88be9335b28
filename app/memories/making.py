"""Making a memory of one's own, and changing what was typed."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.boxes.box import Box
from app.boxes.once import made_id
from app.kit.ids import new_id
from app.kit.language import N_, gettext
from app.media.intake import claim_uploads
from app.media.upload import Upload
from app.memories import edtf, letter, walk
from app.memories.chapter import Chapter
from app.memories.covers import waiting_cover
from app.memories.forms import EnvelopeForm, Raw, read_when
from app.memories.kinds import KINDS
from app.memories.kinds.kind import Details, Kind
from app.memories.kinds.letter import LetterDetails
from app.memories.memory import Memory, MemoryRoute
from app.people.viewer import Viewer
from app.web.errors import Refused
from app.web.forms import parse

ASKED = {
    "title": N_("Give it a name, so you can find it again."),
    "words": N_("Write something. One line is fine."),
}


@dataclass(slots=True)
class Filled:
    """What someone filled in for a memory. `happened` is EDTF; `taken` leaves the day to the file.

    `route` is a walk's line, as the recorder posted it ([seconds, latitude, longitude], WGS 84).
    """

    title: str = ""
    words: str = ""
    place: str = ""
    chapter_id: UUID | None = None
    happened: str = ""
    taken: bool = False
    details: Details = field(default_factory=Details)
    route: Sequence[walk.Place] = ()


def fill(kind: Kind, fields: Raw, changing: bool = False) -> tuple[Filled | None, dict[str, str]]:
    """What was typed for a memory of this kind: `Filled` and no errors, or None and one sentence per field.

    `changing`: for a memory that is there already, which may ask less.
    """
    form = kind.change_form if changing and kind.change_form else kind.form
    envelope, errors = parse(EnvelopeForm, fields)
    happened, taken, wrong_when = read_when(fields)
    details, wrong_details = form.read(fields, kind.details)
    errors |= wrong_when | wrong_details
    needed = "" if changing and kind.seals else kind.needs
    if envelope and needed and not getattr(envelope, needed):
        errors[needed] = gettext(ASKED[needed])
    if envelope is None or details is None or errors:
        return None, errors
    route = walk.points_of(str(fields.get("route") or "")) if kind.records == "walk" else []
    return Filled(
        envelope.title, envelope.words, envelope.place, envelope.chapter, happened, taken and kind.taken, details, route
    ), {}


def make(
    session: Session,
    viewer: Viewer,
    box: Box,
    kind: Kind,
    filled: Filled,
    uploads: Sequence[UUID] = (),
    once: UUID | None = None,
) -> Memory:
    """Make a memory in one's own box: kept at once, seen by nobody else, flushed.

    `uploads` are complete uploads of this viewer and box, in the order they are shown. `once` came with the page: the
    same sent twice makes one, and with something else in it another. Raises Refused for an upload that is not complete
    or not theirs; the caller then undoes what was done so far (a savepoint).
    """
    content = _content_print(session, box, kind, filled, uploads)
    memory_id = id_of(viewer, once or new_id())
    there = session.get(Memory, memory_id)
    if there is not None and there.content_print != content:
        memory_id = made_id(viewer.person_id, "memory", memory_id, content)
        there = session.get(Memory, memory_id)
    if there is not None:
        return there
    details = filled.details
    if isinstance(details, LetterDetails):
        details = letter.with_its_day(session, box, details)
    memory = Memory(
        id=memory_id,
        box_id=box.id,
        kind=kind.name,
        state="kept",
        title=filled.title,
        words="" if kind.seals else filled.words,
        details={},
        happened=filled.happened,
        happened_on=edtf.last_day(filled.happened),
        place=filled.place,
        chapter_id=_own_chapter(session, box, filled.chapter_id),
        added_by=viewer.person_id,
        cover=waiting_cover(len(uploads), filled.taken) if uploads else None,
        content_print=content,
    )
    try:
        with session.begin_nested():
            session.add(memory)
    except IntegrityError:  # the other of two taps was quicker
        if session.get(Memory, memory_id) is None:
            raise Refused(gettext("We couldn’t save that. Please open the page again and send it once more.")) from None
        return make(session, viewer, box, kind, filled, uploads, once)
    if isinstance(details, LetterDetails) and details.opens_on is not None:
        letter.seal(session, memory, filled.words, details.opens_on)
    if uploads:
        claim_uploads(session, viewer, box.id, memory.id, list(uploads))
    _claim_parts(session, viewer, box, memory, details)
    memory.details = details.model_dump(mode="json")
    if filled.route:
        kept = walk.rubbed_out(filled.route)
        if kept:
            session.add(
                MemoryRoute(
                    memory_id=memory.id, box_id=box.id, points=[list(point) for point in kept], sketch=walk.sketch(kept)
                )
            )
    session.flush()
    return memory


def id_of(viewer: Viewer, once: UUID) -> UUID:
    """The id of the memory that this viewer makes of the page, or the capture on a phone, with this `once`."""
    return made_id(viewer.person_id, "memory", once)


def _content_print(session: Session, box: Box, kind: Kind, filled: Filled, uploads: Sequence[UUID]) -> str:
    """A fingerprint of what was sent. A file that came again, under another id, is the same by its bytes."""
    wanted = [*uploads, *filled.details.uploads()]
    files = {each.id: each for each in session.exec(select(Upload).where(col(Upload.id).in_(wanted)))} if wanted else {}
    prints = {str(each.id): f"{each.name}\n{each.sha256 or each.id}" for each in files.values()}
    said: dict[str, Any] = {**asdict(filled), "details": filled.details.model_dump(mode="json")}
    text = json.dumps(
        [str(box.id), kind.name, said, [prints.get(str(each), str(each)) for each in uploads]], default=str
    )
    for upload, print_ in prints.items():
        text = text.replace(upload, print_)
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def change(
    session: Session, viewer: Viewer, box: Box, memory: Memory, filled: Filled, uploads: Sequence[UUID] = ()
) -> None:
    """Change what is typed about a memory, and add files to it. The words of a gift stay as they were given.

    Raises Refused as `make` does.
    """
    memory.title, memory.place = filled.title, filled.place
    memory.chapter_id = _own_chapter(session, box, filled.chapter_id)
    memory.happened, memory.happened_on = filled.happened, edtf.last_day(filled.happened)
    if memory.connection_id is None and not KINDS[memory.kind].seals:
        memory.words = filled.words
    if uploads:
        claim_uploads(session, viewer, box.id, memory.id, list(uploads))
    _claim_parts(session, viewer, box, memory, filled.details)
    kept: dict[str, Any] = filled.details.model_dump(mode="json", exclude_none=True)
    memory.details = memory.details | kept
    session.flush()


def _claim_parts(session: Session, viewer: Viewer, box: Box, memory: Memory, details: Details) -> None:
    uploads = list(dict.fromkeys(details.uploads()))
    if uploads:
        claimed = claim_uploads(session, viewer, box.id, memory.id, uploads, role="part")
        details.claimed({upload: file.id for upload, file in zip(uploads, claimed, strict=True)})


def _own_chapter(session: Session, box: Box, chapter_id: UUID | None) -> UUID | None:
    if chapter_id is None:
        return None
    query = select(Chapter.id).where(Chapter.id == chapter_id, Chapter.box_id == box.id)
    found = session.exec(query).first()
    if found is None:
        raise Refused(gettext("That chapter isn’t there now. Please choose another."))
    return found
