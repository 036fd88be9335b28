"""Someone we do not know yet: let in once or always, turned away, or left to knock."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, CursorResult, String, case, cast, func, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from app.arrivals.jobs import task_for
from app.arrivals.mail.address import MailAddress, MailSender
from app.arrivals.mail.message import FLOOD, MailMessage
from app.arrivals.mail.senders import known_as
from app.boxes import ledger
from app.boxes.box import Box
from app.boxes.connection import Connection
from app.kit.clock import now
from app.kit.jobs import enqueue
from app.kit.language import gettext, ngettext
from app.memories.news import TrayProvider, TrayRow, provide
from app.people.viewer import Viewer

MOST_SHOWN = 30


@dataclass(frozen=True, slots=True)
class KnockView:
    """What is shown of a knock; nothing of what is inside. `sent_to` is whose address it came by, `alike` how many
    knock as this one does, itself included, `known` who it is from when it knocks only because they send far more than
    usual."""

    message: MailMessage
    sent_to: Connection
    alike: int = 1
    known: Connection | None = None

    @property
    def can_be_always(self) -> bool:
        """Whether the sender was proven: only then can their next mail be known again."""
        return self.message.proven

    @property
    def can_be_never(self) -> bool:
        """Whether there is an address to keep out. Someone we know is stopped on their own page."""
        return bool(self.message.sender) and self.known is None


Each = TypeVar("Each")


@dataclass(frozen=True, slots=True)
class Listed(Generic[Each]):
    """The first of a list, and how many there are beyond them."""

    rows: list[Each]
    more: int


def knocks(session: Session, box: Box, *states: str, most: int | None = None) -> Listed[KnockView]:
    """Messages of a box in these states, many from one sender as one, oldest first (they go back first)."""
    alike = _alike()
    inside = (
        select(
            col(MailMessage.id).label("id"),
            func.row_number()
            .over(partition_by=alike, order_by=[col(MailMessage.received_at), col(MailMessage.id)])
            .label("at"),
            func.count().over(partition_by=alike).label("alike"),
        )
        .where(MailMessage.box_id == box.id, col(MailMessage.state).in_(states))
        .subquery()
    )
    query = (
        select(MailMessage, Connection, inside.c.alike, func.count().over())
        .join(inside, inside.c.id == MailMessage.id)
        .join(MailAddress, col(MailAddress.id) == MailMessage.address_id)
        .join(Connection, col(Connection.id) == MailAddress.connection_id)
        .where(inside.c.at == 1)
        .order_by(col(MailMessage.received_at), col(MailMessage.id))
        .limit(most)
    )
    rows, total = [], 0
    for message, connection, count, total in session.exec(query):  # noqa: B007  # the same in every row
        rows.append(KnockView(message, connection, count, known_as(session, message) if message.is_too_many else None))
    return Listed(rows, total - len(rows))


def _alike() -> list[ColumnElement[Any]]:
    """What two messages have in common that are shown as one: whoever was not proven is one only where the same server
    sent them, and who gives no address, or several, is nobody else."""
    checks = col(MailMessage.checks)
    said, proven = checks["from"].astext, checks["proven"].astext
    server = case((said == "", cast(MailMessage.id, String)), (proven == "true", ""), else_=MailMessage.peer)
    return [col(MailMessage.address_id), col(MailMessage.state), said, proven, server]


def kept_out(session: Session, box: Box, most: int) -> Listed[MailSender]:
    """Who may not even knock, newest first."""
    query = (
        select(MailSender, func.count().over())
        .where(MailSender.box_id == box.id, MailSender.answer == "never", col(MailSender.ended_at).is_(None))
        .order_by(col(MailSender.created_at).desc())
        .limit(most)
    )
    found = session.exec(query).all()
    return Listed([sender for sender, _ in found], found[0][1] - len(found) if found else 0)


def held_back(session: Session, box: Box) -> int:
    """How many were turned away by themselves, because too many strangers knocked in a day."""
    query = select(func.count()).where(
        MailMessage.box_id == box.id,
        MailMessage.state == "turned_away",
        col(MailMessage.checks)["why"].astext == FLOOD,
    )
    return session.exec(query).one()


def opening(session: Session, box: Box) -> bool:
    """Whether something that was let in is still being opened."""
    query = select(MailMessage.id).where(
        MailMessage.box_id == box.id, MailMessage.state == "received", col(MailMessage.let_in_as).is_not(None)
    )
    return session.exec(query).first() is not None


def let_in(
    session: Session,
    viewer: Viewer,
    box: Box,
    message: MailMessage,
    connection: Connection,
    *,
    always: bool = False,
    every: bool = False,
) -> bool:
    """Open it, as something from this connection. Whether anything changed.

    `every` opens all that are shown as one with it; `always`, which counts only for a sender who was proven, does so
    too and welcomes their next mail. From someone known who sent too many it opens all of those, from every address.
    """
    known = always and message.proven
    others = _opened_with(session, message) if every or known else []
    if not _move(session, message, "knocking", "received", connection):
        return False
    enqueue(session, task_for(message.bytes), message_id=str(message.id))
    sentence = gettext("You let in an email and said it is from %(name)s.", name=connection.called)
    if every or known:
        count = 1 + sum(_let_in_too(session, each, connection) for each in others)
        if count > 1 or message.is_too_many:
            sentence = ngettext(
                "You let in %(num)s email from %(name)s.",
                "You let in %(num)s emails from %(name)s.",
                count,
                name=connection.called,
            )
    if known and not message.is_too_many:
        if not _is_welcome(session, box, message.sender):
            session.add(MailSender(box_id=box.id, connection_id=connection.id, sender=message.sender))
        straight = gettext("What comes from %(address)s doesn’t have to knock any more.", address=message.sender)
        sentence = f"{sentence} {straight}"
    return ledger.decided(session, viewer, box, action="knock.let_in", subject_id=message.id, sentence=sentence)


def turn_away(
    session: Session, viewer: Viewer, box: Box, message: MailMessage, *, never: bool = False, every: bool = False
) -> bool:
    """It stays shut and goes back. Nobody is told. Whether anything changed.

    `every` turns away all that are shown as one with it; `never` also keeps out whoever sent it, and turns away what
    else of theirs is knocking.
    """
    alike = _shown_as_one_with(session, message) if every else []
    if not _move(session, message, "knocking", "turned_away"):
        return False
    count = 1 + sum(_move(session, each, "knocking", "turned_away") for each in alike)
    sentence = ngettext(
        "You turned away an email from someone you don’t know.",
        "You turned away %(num)s emails from someone you don’t know.",
        count,
    )
    if message.is_too_many:
        sentence = gettext("You turned away an email from someone who sent a lot.")
    elif never and message.sender:
        session.add(
            MailSender(
                box_id=box.id,
                sender=message.sender,
                answer="never",
                proven=message.proven,
                name=message.claimed_name,
            )
        )
        for other in _others_knocking(session, message):
            if message.proven or not other.proven:
                _move(session, other, "knocking", "turned_away")
        sentence = gettext("You said that %(name)s may not knock any more.", name=_named(message.claimed_name))
    return ledger.decided(session, viewer, box, action="knock.turned_away", subject_id=message.id, sentence=sentence)


def may_knock(session: Session, viewer: Viewer, box: Box, sender: MailSender) -> bool:
    """A change of mind about "never": what they send from now on knocks. Whether anything changed."""
    if sender.answer != "never" or sender.ended_at is not None:
        return False
    sender.ended_at = now()
    sentence = gettext("You said that %(name)s may knock again.", name=_named(sender.name))
    return ledger.decided(session, viewer, box, action="sender.may_knock", subject_id=sender.id, sentence=sentence)


def _named(name: str) -> str:
    return gettext("“%(name)s”", name=name) if name else gettext("someone who gave no name")


def _others_knocking(session: Session, message: MailMessage) -> list[MailMessage]:
    query = select(MailMessage).where(
        MailMessage.box_id == message.box_id,
        MailMessage.state == "knocking",
        MailMessage.id != message.id,
        col(MailMessage.checks)["from"].astext == message.sender,
    )
    return list(session.exec(query))


def _opened_with(session: Session, message: MailMessage) -> list[MailMessage]:
    """What else is opened when all are, and not this one alone."""
    if message.is_too_many:
        return [each for each in _others_knocking(session, message) if each.is_too_many]
    return _shown_as_one_with(session, message)


def _let_in_too(session: Session, message: MailMessage, connection: Connection) -> bool:
    if not _move(session, message, "knocking", "received", connection):
        return False
    enqueue(session, task_for(message.bytes), message_id=str(message.id))
    return True


def _shown_as_one_with(session: Session, message: MailMessage) -> list[MailMessage]:
    """The others in the row that this one stands in."""
    parts = _alike()
    said = session.connection().execute(select_columns(*parts).where(col(MailMessage.id) == message.id)).one()
    same = [part == value for part, value in zip(parts, said, strict=True)]
    return list(session.exec(select(MailMessage).where(MailMessage.id != message.id, *same)))


def knock_again(session: Session, viewer: Viewer, box: Box, message: MailMessage) -> bool:
    """A change of mind: it knocks as before, with all that are shown as one with it. Whether anything changed."""
    alike = _shown_as_one_with(session, message)
    if not _move(session, message, "turned_away", "knocking"):
        return False
    count = 1 + sum(_move(session, each, "turned_away", "knocking") for each in alike)
    sentence = ngettext(
        "You let an email that was turned away knock again.",
        "You let %(num)s emails that were turned away knock again.",
        count,
    )
    return ledger.decided(session, viewer, box, action="knock.again", subject_id=message.id, sentence=sentence)


def _move(session: Session, message: MailMessage, before: str, after: str, let_in_as: Connection | None = None) -> bool:
    values: dict[str, Any] = {"state": after, "decided_at": now()}
    if let_in_as is not None:
        values["let_in_as"] = let_in_as.id
    query = update(MailMessage).where(col(MailMessage.id) == message.id, col(MailMessage.state) == before)
    done = session.connection().execute(query.values(**values))
    assert isinstance(done, CursorResult)
    return done.rowcount == 1


def _is_welcome(session: Session, box: Box, sender: str) -> bool:
    query = select(MailSender.id).where(
        MailSender.box_id == box.id, MailSender.sender == sender, col(MailSender.ended_at).is_(None)
    )
    return session.exec(query).first() is not None


def knock_rows(session: Session, box: Box) -> list[TrayRow]:
    """The lines of "New for you" for knocks."""
    return [
        TrayRow(
            href=f"/boxes/{box.id}/tray#knock-{view.message.id}",
            title=gettext("%(name)s is sending a lot", name=view.known.called)
            if view.known
            else gettext("Someone is knocking"),
            sub=gettext("More than usual, so it waits") if view.known else gettext("We don’t know them yet"),
            icon="door",
        )
        for view in knocks(session, box, "knocking").rows
    ]


provide(TrayProvider("select from mail_message where box_id = %(box)s and state = 'knocking'", knock_rows))
