"""Who can see a memory, said by the very rule the wall applies (S2, S4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlmodel import Session

from app.boxes.box import Box
from app.boxes.circles import seeing
from app.boxes.connection import Connection
from app.boxes.context import keepers_now
from app.boxes.words import names
from app.kit.clock import today
from app.memories.cards import Sight
from app.memories.kinds import KINDS
from app.memories.memory import Memory
from app.people.viewer import Viewer
from app.web.words import day


@dataclass(frozen=True, slots=True)
class WhoSees:
    """`people` see it because it is shared with them, `keepers` because the box is kept together.

    `title` and `rest` are the two lines of the panel; `sentence` says it whole. `icon` goes with them.
    """

    people: list[Connection]
    keepers: list[Connection]
    until: date | None
    title: str
    rest: str
    sentence: str

    @property
    def icon(self) -> str:
        return "eye" if self.people else "lock"


def who_sees(
    session: Session,
    viewer: Viewer,
    box: Box,
    memory: Memory,
    circle_ids: Sequence[UUID] | None = None,
    until: date | None = None,
) -> WhoSees:
    """Who sees `memory` today; with `circle_ids` given, who would see it if it were shared with those until that day.

    For those who run the box: others may not know (their answer would be empty).
    """
    asked = circle_ids is not None
    chosen = list(circle_ids) if circle_ids is not None else list(memory.audience)
    until = until if asked else memory.audience_until
    counts = memory.state == "kept" and (until is None or until >= today())
    people = seeing(session, box.id, chosen) if counts else []
    keepers = [] if memory.only_me else keepers_now(session, box)
    people = [person for person in people if person.id not in {keeper.id for keeper in keepers}]
    verb = KINDS[memory.kind].see
    me = _me(viewer, box, keepers)
    called = _capital(names(_called(person, viewer) for person in people))
    if people:
        till = f" until {day(until)}" if until else ""
        sentence = f"{called} can {verb} this{till}."
        lost = _lose(session, memory, box, people, keepers) if asked else ""
        sentence += f" {lost} can’t any more." if lost else ""
        if keepers:
            sentence += f" {_capital(_also(keepers, viewer))} can too, because this box is kept together."
        sentence += " Nobody else can."
        return WhoSees(people, keepers, until, f"{called} can {verb} this", till.strip(), sentence)
    sentence = f"Only {me} can {verb} this. Nobody else can."
    if chosen and counts:
        sentence = f"Only {me} can {verb} this for now. There is nobody in what you picked yet."
    title = "Just me" if me == "you" else f"Just {me}"
    return WhoSees([], keepers, None, title, f"Nobody else can {verb} this", sentence)


def sight_of(viewer: Viewer, box: Box, keepers: Sequence[Connection], circles: Mapping[str, str]) -> Sight:
    """What the cards of a box say about who can see them, to one of those who run it: its keepers and circles today."""
    me = _me(viewer, box, keepers)
    return Sight(
        circles=circles,
        keepers=[keeper.called for keeper in keepers],
        alone="Just me" if me == "you" else _capital(me),
        you=next((keeper.called for keeper in keepers if keeper.person_id == viewer.person_id), ""),
    )


def _me(viewer: Viewer, box: Box, keepers: Sequence[Connection]) -> str:
    """Those who see it anyway: "you", "you and Joe", or for a keeper "Ash and you"."""
    if box.owner_id == viewer.person_id:
        return names(["you", *(keeper.called for keeper in keepers)])
    return names([box.name, *(keeper.called for keeper in keepers if keeper.person_id != viewer.person_id), "you"])


def _also(keepers: Sequence[Connection], viewer: Viewer) -> str:
    return names([_called(keeper, viewer) for keeper in keepers])


def _called(connection: Connection, viewer: Viewer) -> str:
    return "you" if connection.person_id == viewer.person_id else connection.called


def _lose(
    session: Session, memory: Memory, box: Box, people: Sequence[Connection], keepers: Sequence[Connection]
) -> str:
    """Those who can see it now and would not any more."""
    if not memory.shared_now:
        return ""
    still = {person.id for person in [*people, *keepers]}
    return names([one.called for one in seeing(session, box.id, memory.audience) if one.id not in still])


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
