"""One memory as its page shows it: its files, how people remember it, and what its details say."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from app.boxes.box import Box
from app.boxes.connection import Connection
from app.kit.clock import today
from app.kit.language import gettext
from app.media.media_file import MediaFile, MediaOriginal
from app.media.pictures import Picture, Playable, original_url, pages_of, picture_of, playable_of, strip_of
from app.media.problems import LOCKED, problem_words, shown_words, unshown_words
from app.media.processing.dates import day_in_name
from app.media.scanning import scanner
from app.memories.kinds import KINDS
from app.memories.kinds.kind import Details, Kind
from app.memories.letter import inside_of
from app.memories.memory import Memory, MemoryRoute, Perspective
from app.people.person import Person
from app.people.viewer import Viewer


@dataclass(frozen=True, slots=True)
class FileView:
    """A file on a page. `save` is where it can be saved as it came, "" for those who may not; `name` likewise.

    `bytes` of the original, None where it may not be known. `locked` by the virus check. `problem` is
    why it is not shown, in words; `note` what is wrong with what is. `day` is the one that the file or its name says,
    where no better one is known, for those who may see the original.
    """

    id: UUID
    kind: str
    state: str
    problem: str
    picture: Picture
    playable: Playable | None
    strip: str
    pages: list[Picture]
    peaks: list[int]
    save: str
    name: str
    bytes: int | None
    locked: bool
    note: str
    day: date | None


@dataclass(frozen=True, slots=True)
class Side:
    """How one person remembers it. `perspective_id` is set where this viewer may change the words here."""

    author: str
    face: str
    tint: int
    words: str
    mine: bool
    written_at: datetime
    perspective_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Showing:
    """Everything the page of one memory needs beside the memory. `files` are the main ones, `parts` the others by id.

    `route` is the sketch of a walk (x, y from 0 to 1) and `stops_at` its stops, for those who may see it. `inside` is
    what a letter says once its day has come.
    """

    kind: Kind
    name: str
    details: Details
    files: list[FileView]
    parts: dict[str, FileView]
    sides: list[Side]
    giver: Connection | None
    route: list[tuple[float, float]]
    inside: str | None

    @property
    def offered(self) -> date | None:
        """The earliest day that its files or their names say, to be said yes or no to."""
        days = [file.day for file in self.files if file.day and file.day <= today()]
        return min(days, default=None)

    @property
    def waiting(self) -> bool:
        return any(file.state == "waiting" for file in self.files)


def show(session: Session, viewer: Viewer, box: Box, memory: Memory) -> Showing:
    """Gather it in a fixed number of queries. What this viewer may not see is not there."""
    kind = KINDS[memory.kind]
    giver = session.get(Connection, memory.connection_id) if memory.connection_id else None
    name = kind.called(memory.title, memory.typed, giver.called if giver else "")
    files = _files(session, memory, name)
    route = session.get(MemoryRoute, memory.id) if kind.records == "walk" else None
    return Showing(
        kind=kind,
        name=name,
        details=memory.typed,
        files=[view for role, view in files if role == "main"],
        parts={str(view.id): view for role, view in files if role != "main"},
        sides=_sides(session, viewer, box, memory, giver),
        giver=giver,
        route=[(x, y) for x, y in route.sketch] if route else [],
        inside=inside_of(session, memory) if kind.seals else None,
    )


def _files(session: Session, memory: Memory, name: str) -> list[tuple[str, FileView]]:
    query = (
        select(MediaFile, MediaOriginal)
        .join(MediaOriginal, col(MediaOriginal.media_file_id) == MediaFile.id, isouter=True)
        .where(MediaFile.memory_id == memory.id)
        .order_by(col(MediaFile.position), col(MediaFile.id))
    )
    rows = session.exec(query).all()
    return [
        (file.role, _file(file, original, name, place, len(rows))) for place, (file, original) in enumerate(rows, 1)
    ]


def _file(file: MediaFile, original: MediaOriginal | None, name: str, place: int, count: int) -> FileView:
    alt = name
    if count > 1:
        alt = gettext("%(name)s, %(number)s of %(count)s", name=name, number=place, count=count)
    unchecked = file.state == "waiting" and scanner() is not None
    problem = problem_words(file.problem) if original and file.problem and file.state != "ready" else ""
    return FileView(
        id=file.id,
        kind=file.kind,
        state=file.state,
        problem=problem or ("" if file.state == "waiting" else unshown_words(file)),
        picture=picture_of(file, alt=alt),
        playable=playable_of(file),
        strip=strip_of(file),
        pages=pages_of(file, alt=alt),
        peaks=file.peaks or [],
        save=original_url(file.id) if original and not unchecked else "",
        name=original.name if original else "",
        bytes=original.bytes if original else None,
        locked=file.problem in LOCKED,
        note=shown_words(file),
        day=(day_in_name(original.name, today()) or original.changed_on) if original else None,
    )


def _sides(session: Session, viewer: Viewer, box: Box, memory: Memory, giver: Connection | None) -> list[Side]:
    query = (
        select(Perspective, Connection, Person)
        .join(Connection, col(Connection.id) == Perspective.connection_id, isouter=True)
        .join(Person, col(Person.id) == Perspective.person_id, isouter=True)
        .where(Perspective.memory_id == memory.id)
        .order_by(col(Perspective.written_at))
    )
    sides = [_side(viewer, box, *row) for row in session.exec(query)]
    if memory.words and memory.kind != "message":
        sides.insert(0, _own_words(session, viewer, box, memory, giver))
    return sorted(sides, key=lambda side: not side.mine)


def _side(
    viewer: Viewer, box: Box, perspective: Perspective, connection: Connection | None, person: Person | None
) -> Side:
    mine = perspective.person_id == viewer.person_id
    who: Any = connection or person
    return Side(
        author=gettext("Me") if mine else connection.called if connection else perspective.author,
        face=who.face if who else "short",
        tint=who.tint if who else 1,
        words=perspective.words,
        mine=mine,
        written_at=perspective.written_at,
        perspective_id=perspective.id if mine else None,
    )


def _own_words(session: Session, viewer: Viewer, box: Box, memory: Memory, giver: Connection | None) -> Side:
    """The memory's own words: whoever gave it said them, else the owner."""
    if memory.connection_id is not None:
        mine = giver is not None and giver.person_id == viewer.person_id
        called = gettext("Me") if mine else giver.called if giver else gettext("Someone")
        face, tint = (giver.face, giver.tint) if giver else ("short", 1)
        return Side(called, face, tint, memory.words, mine, memory.created_at)
    mine = box.owner_id == viewer.person_id
    owner = session.get(Person, box.owner_id)
    face, tint = (owner.face, owner.tint) if owner else ("short", 1)
    return Side(gettext("Me") if mine else box.name, face, tint, memory.words, mine, memory.created_at)
