"""Who can see a memory, said by the very rule the wall applies (S2, S4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlmodel import Session

from app.boxes.box import Box
from app.boxes.circles import seeing
from app.boxes.connection import Connection
from app.boxes.context import keepers_now
from app.boxes.words import names
from app.kit.clock import today
from app.kit.language import N_, gettext
from app.memories.cards import Sight
from app.memories.kinds import KINDS
from app.memories.memory import Memory
from app.people.viewer import Viewer
from app.web.words import day


class _Said(NamedTuple):
    """What is said for one thing that people do with a memory: `can` heads the panel, `nobody` stands under it, the
    others are sentences. `people` are names in one breath ("Joe and Sam")."""

    can: str
    now: str
    until: str
    only: str
    only_you: str
    for_now: str
    for_now_you: str
    nobody: str


_SAID = {
    "see": _Said(
        can=N_("%(people)s can see this"),
        now=N_("%(people)s can see this."),
        until=N_("%(people)s can see this until %(day)s."),
        only=N_("Only %(people)s can see this. Nobody else can."),
        only_you=N_("Only you can see this. Nobody else can."),
        for_now=N_("Only %(people)s can see this for now. There is nobody in what you picked yet."),
        for_now_you=N_("Only you can see this for now. There is nobody in what you picked yet."),
        nobody=N_("Nobody else can see this"),
    ),
    "hear": _Said(
        can=N_("%(people)s can hear this"),
        now=N_("%(people)s can hear this."),
        until=N_("%(people)s can hear this until %(day)s."),
        only=N_("Only %(people)s can hear this. Nobody else can."),
        only_you=N_("Only you can hear this. Nobody else can."),
        for_now=N_("Only %(people)s can hear this for now. There is nobody in what you picked yet."),
        for_now_you=N_("Only you can hear this for now. There is nobody in what you picked yet."),
        nobody=N_("Nobody else can hear this"),
    ),
}


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
    said = _SAID[KINDS[memory.kind].see]
    if people:
        called = _capital(names(_called(person, viewer) for person in people))
        sentences = [gettext(said.now, people=called)]
        if until:
            sentences = [gettext(said.until, people=called, day=day(until))]
        lost = _lose(session, memory, box, people, keepers) if asked else ""
        if lost:
            sentences.append(gettext("%(people)s can’t any more.", people=lost))
        if keepers:
            also = _capital(names(_called(keeper, viewer) for keeper in keepers))
            sentences.append(gettext("%(people)s can too, because this box is kept together.", people=also))
        sentences.append(gettext("Nobody else can."))
        till = gettext("until %(day)s", day=day(until)) if until else ""
        return WhoSees(people, keepers, until, gettext(said.can, people=called), till, " ".join(sentences))
    me = _me(viewer, box, keepers)
    sentence = gettext(said.only, people=me) if me else gettext(said.only_you)
    if chosen and counts:
        sentence = gettext(said.for_now, people=me) if me else gettext(said.for_now_you)
    title = gettext("Just %(people)s", people=me) if me else gettext("Just me")
    return WhoSees([], keepers, None, title, gettext(said.nobody), sentence)


def sight_of(viewer: Viewer, box: Box, keepers: Sequence[Connection], circles: Mapping[str, str]) -> Sight:
    """What the cards of a box say about who can see them, to one of those who run it: its keepers and circles today."""
    me = _me(viewer, box, keepers)
    return Sight(
        circles=circles,
        keepers=[keeper.called for keeper in keepers],
        alone=_capital(me) or gettext("Just me"),
        you=next((keeper.called for keeper in keepers if keeper.person_id == viewer.person_id), ""),
        words=(gettext("Just me"), gettext("you")),
    )


def _me(viewer: Viewer, box: Box, keepers: Sequence[Connection]) -> str:
    """Those who see it anyway: "you and Joe", or for a keeper "Ash and you"; "" where it is the viewer alone."""
    others = [keeper.called for keeper in keepers if keeper.person_id != viewer.person_id]
    if box.owner_id != viewer.person_id:
        return names([box.name, *others, gettext("you")])
    return names([gettext("you"), *others]) if others else ""


def _called(connection: Connection, viewer: Viewer) -> str:
    return gettext("you") if connection.person_id == viewer.person_id else connection.called


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
