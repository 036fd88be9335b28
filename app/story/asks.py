"""Asking: to see a kind of thing, for something about a time, and to take back what one gave.

Whoever asks sees only that they asked. The answer is a row of its own, which the wall shows to those who run the box.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, text
from sqlmodel import Field, Session, SQLModel, col, select

from app.boxes import ledger
from app.boxes.box import Box
from app.boxes.circles import ensure_circle_of_one
from app.boxes.connection import Connection
from app.boxes.once import added, made_id
from app.kit.clock import now
from app.kit.columns import Moment, created, moment, one_of
from app.kit.ids import new_id
from app.kit.language import gettext
from app.memories import deciding
from app.memories.asides import Aside, on_box, on_memory
from app.memories.memory import Gift, Memory
from app.memories.news import TrayProvider, TrayRow, provide
from app.people.push_jobs import something_new
from app.people.viewer import Viewer
from app.web.errors import Refused

MOST_A_DAY = 5
BACK_WITHIN = timedelta(hours=24)
DAY = timedelta(days=1)


class Ask(SQLModel, table=True):
    """Something asked. `direction`: "see" (they ask to see), "back" (to take a gift back), "give" (they are asked).

    `closed_at` ends one of the box's own questions ("give"); the others have no end that their asker could notice.
    """

    __tablename__ = "ask"
    __table_args__ = (one_of("direction", "see", "back", "give"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    box_id: UUID = Field(foreign_key="box.id", index=True)
    connection_id: UUID = Field(foreign_key="connection.id", index=True)
    direction: str
    words: str = ""
    gift_id: UUID | None = Field(default=None, foreign_key="gift.id", unique=True)
    asked_at: datetime = created()
    closed_at: Moment = moment()


class AskAnswer(SQLModel, table=True):
    """What became of an ask, by whom and when. Whoever asked never sees this row."""

    __tablename__ = "ask_answer"
    __table_args__ = (one_of("answer", "shared", "ignored", "given_back", "kept"),)

    ask_id: UUID = Field(primary_key=True, foreign_key="ask.id")
    box_id: UUID = Field(foreign_key="box.id", index=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    answer: str
    at: datetime = created()


@dataclass(frozen=True, slots=True)
class Asked:
    """An ask, with who asked or is asked, and for "back" the gift."""

    ask: Ask
    who: Connection
    gift: Gift | None


def waiting(session: Session, box: Box, gift_id: UUID | None = None) -> list[Asked]:
    """What others ask and nobody has answered, newest first, for those who run the box; of one gift, or all."""
    query = (
        select(Ask, Connection, Gift)
        .join(Connection, col(Connection.id) == Ask.connection_id)
        .join(Gift, col(Gift.id) == Ask.gift_id, isouter=True)
        .join(AskAnswer, col(AskAnswer.ask_id) == Ask.id, isouter=True)
        .where(
            Ask.box_id == box.id,
            col(Ask.direction).in_(("see", "back")),
            col(AskAnswer.ask_id).is_(None),
            col(Connection.state) == "active",
        )
        .order_by(col(Ask.id).desc())
    )
    if gift_id is not None:
        query = query.where(Ask.gift_id == gift_id)
    return [Asked(*row) for row in session.exec(query)]


def own_questions(session: Session, box: Box) -> list[Asked]:
    """What the box asks of others and has not ended, newest first."""
    query = (
        select(Ask, Connection)
        .join(Connection, col(Connection.id) == Ask.connection_id)
        .where(Ask.box_id == box.id, Ask.direction == "give", col(Ask.closed_at).is_(None))
        .order_by(col(Ask.id).desc())
    )
    return [Asked(ask, who, None) for ask, who in session.exec(query)]


def asked_by(session: Session, connection: Connection, direction: str) -> list[Ask]:
    """What this connection asked ("see", "back"), newest first; as the connection sees it."""
    query = select(Ask).where(Ask.connection_id == connection.id, Ask.direction == direction)
    return list(session.exec(query.order_by(col(Ask.id).desc())))


def ask_to_see(session: Session, connection: Connection, once: UUID, words: str) -> None:
    """Someone who is let in asks to see something. Raises Refused after MOST_A_DAY in a day."""
    made = made_id(connection.person_id, "ask", once, connection.id, words)
    since = select(func.count()).where(
        Ask.connection_id == connection.id, Ask.direction == "see", col(Ask.asked_at) > now() - DAY, Ask.id != made
    )
    if session.exec(since).one() >= MOST_A_DAY:
        raise Refused(gettext("You’ve asked a few things today. Give it a day before you ask more."))
    ask = Ask(id=made, box_id=connection.box_id, connection_id=connection.id, direction="see", words=words)
    if added(session, ask):
        something_new(session, "asked", made)


def ask_back(session: Session, connection: Connection, gift: Gift) -> None:
    """A giver asks to take a gift back. Asking twice is asking once. Raises Refused after BACK_WITHIN."""
    if gift.sent_at <= now() - BACK_WITHIN:
        raise Refused(
            gettext("You can ask for a day after you send something. That day is over, so it stays where it is.")
        )
    ask = Ask(box_id=gift.box_id, connection_id=connection.id, direction="back", gift_id=gift.id)
    if added(session, ask):
        something_new(session, "asked", ask.id)


def ask_for(session: Session, viewer: Viewer, box: Box, people: Sequence[Connection], once: UUID, words: str) -> None:
    """The box asks people for something: one row each. The same form sent twice asks once."""
    for person in people:
        ask_id = made_id(viewer.person_id, "question", once, box.id, person.id, words)
        ask = Ask(id=ask_id, box_id=box.id, connection_id=person.id, direction="give", words=words)
        if added(session, ask):
            sentence = gettext("You asked %(name)s for something.", name=person.called)
            ledger.decided(session, viewer, box, action="ask.asked", subject_id=ask_id, sentence=sentence)
            something_new(session, "asked", ask_id)


def close(session: Session, ask: Ask) -> None:
    """The box does not ask any more; whoever was asked does not see it any more."""
    if ask.closed_at is None:
        ask.closed_at = now()


def kept(session: Session, ask: Ask, memory_ids: Sequence[UUID]) -> list[Memory]:
    """Those of these memories that are kept in the box that was asked."""
    query = select(Memory).where(Memory.box_id == ask.box_id, Memory.state == "kept", col(Memory.id).in_(memory_ids))
    return list(session.exec(query.order_by(col(Memory.id))))


def show_them(session: Session, viewer: Viewer, ask: Ask, memories: Sequence[Memory]) -> None:
    """Answer by sharing these with whoever asked, beside those who can see them already. Raises Refused for nobody."""
    who = session.get_one(Connection, ask.connection_id)
    if not who.is_active:
        raise Refused(gettext("%(name)s isn’t let in any more.", name=who.called))
    circle = ensure_circle_of_one(session, who)
    for memory in memories:
        still = memory.audience if memory.shared_now else []
        until = memory.audience_until if memory.shared_now else None
        deciding.share(session, viewer, memory, [*still, circle.id], until)
    _answer(session, viewer, ask, "shared")


def ignore(session: Session, viewer: Viewer, box: Box, ask: Ask) -> None:
    """Leave it. Whoever asked is told nothing."""
    who = session.get_one(Connection, ask.connection_id)
    if _answer(session, viewer, ask, "ignored"):
        sentence = gettext("You left what %(name)s asked to see.", name=who.called)
        ledger.decided(session, viewer, box, action="ask.left", subject_id=ask.id, sentence=sentence)


def keep_anyway(session: Session, viewer: Viewer, box: Box, ask: Ask) -> None:
    """It stays. Whoever gave it is told nothing."""
    who = session.get_one(Connection, ask.connection_id)
    if _answer(session, viewer, ask, "kept"):
        sentence = gettext("You kept what %(name)s asked to take back.", name=who.called)
        ledger.decided(session, viewer, box, action="ask.kept", subject_id=ask.id, sentence=sentence)


def let_go_back(session: Session, viewer: Viewer, ask: Ask) -> None:
    """It goes, as by "Not for my box" or by letting it go: for TRASH_DAYS days it can come back."""
    if not _answer(session, viewer, ask, "given_back"):
        return
    for memory in session.exec(select(Memory).where(Memory.gift_id == ask.gift_id).order_by(col(Memory.id))).all():
        verb = deciding.give_back if memory.state == "arrived" else deciding.trash
        if memory.state not in ("returned", "trashed"):
            verb(session, viewer, memory)


def _answer(session: Session, viewer: Viewer, ask: Ask, answer: str) -> bool:
    assert viewer.person_id is not None
    return added(session, AskAnswer(ask_id=ask.id, box_id=ask.box_id, person_id=viewer.person_id, answer=answer))


def can_be_corrected(gift: Gift) -> bool:
    """Whether the giver may still correct their words, or ask to take it back (C2)."""
    return gift.sent_at > now() - BACK_WITHIN


def _wishes(session: Session, memory: Memory) -> list[Aside]:
    """Beside a memory: that its giver asks to take it back."""
    if memory.gift_id is None or memory.state in ("returned", "trashed"):
        return []
    box = session.get_one(Box, memory.box_id)
    return [Aside("story/_wish.html", {"asked": asked}) for asked in waiting(session, box, memory.gift_id)]


def questions_for_me(session: Session, box: Box) -> list[Ask]:
    """What a box asks of the viewer, who is let in and does not run it."""
    mine = text("ask.connection_id in (select wall.my_connections())")
    query = select(Ask).where(Ask.box_id == box.id, Ask.direction == "give", col(Ask.closed_at).is_(None), mine)
    return list(session.exec(query.order_by(col(Ask.id).desc())))


def _questions(session: Session, box: Box) -> list[Aside]:
    """On the page of a box: what it asks of whoever is let in, and the way to ask to see something."""
    return [Aside("story/_asked_of_me.html", {"questions": questions_for_me(session, box), "link": True})]


def _rows(session: Session, box: Box) -> list[TrayRow]:
    """The lines of "New for you" for what others ask."""
    return [
        TrayRow(
            href=f"/boxes/{box.id}/tray#ask-{asked.ask.id}",
            title=gettext("%(name)s asks", name=asked.who.called),
            sub=gettext("To take back: %(title)s", title=asked.gift.title) if asked.gift else asked.ask.words,
            icon="ask",
            face=(asked.who.face, asked.who.tint),
        )
        for asked in waiting(session, box)
    ]


on_memory.append(_wishes)
on_box.append(_questions)
provide(
    TrayProvider(
        "select from ask where box_id = %(box)s and direction in ('see', 'back')"
        " and not exists (select from ask_answer where ask_id = ask.id)",
        _rows,
        first=True,
    )
)
