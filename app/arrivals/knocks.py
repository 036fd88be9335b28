"""Someone we do not know yet: let in once or always, turned away, or left to knock."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import CursorResult, update
from sqlmodel import Session, col, select

from app.arrivals.jobs import open_mail
from app.arrivals.mail.address import MailAddress, MailSender
from app.arrivals.mail.message import MailMessage
from app.boxes import ledger
from app.boxes.box import Box
from app.boxes.connection import Connection
from app.kit.clock import now
from app.kit.jobs import enqueue
from app.memories.timeline import TrayProvider, TrayRow, tray_providers
from app.people.viewer import Viewer

MOST_SHOWN = 30


@dataclass(frozen=True, slots=True)
class KnockView:
    """What is shown of a knock; nothing of what is inside. `sent_to` is whose address it came by."""

    message: MailMessage
    sent_to: Connection

    @property
    def can_be_always(self) -> bool:
        """Whether the sender was proven: only then can their next mail be known again."""
        return self.message.proven


def knocks(session: Session, box: Box, *states: str) -> list[KnockView]:
    """Messages of a box in these states, oldest first (they go back first)."""
    query = (
        select(MailMessage, Connection)
        .join(MailAddress, col(MailAddress.id) == MailMessage.address_id)
        .join(Connection, col(Connection.id) == MailAddress.connection_id)
        .where(MailMessage.box_id == box.id, col(MailMessage.state).in_(states))
        .order_by(col(MailMessage.received_at))
        .limit(MOST_SHOWN)
    )
    return [KnockView(message, connection) for message, connection in session.exec(query)]


def opening(session: Session, box: Box) -> bool:
    """Whether something that was let in is still being opened."""
    query = select(MailMessage.id).where(
        MailMessage.box_id == box.id, MailMessage.state == "received", col(MailMessage.let_in_as).is_not(None)
    )
    return session.exec(query).first() is not None


def let_in(
    session: Session, viewer: Viewer, box: Box, message: MailMessage, connection: Connection, always: bool
) -> bool:
    """Open it, as something from this connection; `always` also welcomes their next mail. Whether anything changed.

    `always` counts only for a sender who was proven.
    """
    if not _move(session, message, "knocking", "received", connection):
        return False
    enqueue(session, open_mail, message_id=str(message.id))
    known = always and message.proven
    if known and not _is_welcome(session, box, message.sender):
        session.add(MailSender(box_id=box.id, connection_id=connection.id, sender=message.sender))
    sentence = f"You let in an email and said it is from {connection.called}."
    if known:
        sentence += f" What comes from {message.sender} doesn’t have to knock any more."
    return ledger.decided(session, viewer, box, action="knock.let_in", subject_id=message.id, sentence=sentence)


def turn_away(session: Session, viewer: Viewer, box: Box, message: MailMessage) -> bool:
    """It stays shut and goes back. Nobody is told. Whether anything changed."""
    if not _move(session, message, "knocking", "turned_away"):
        return False
    sentence = "You turned away an email from someone you don’t know."
    return ledger.decided(session, viewer, box, action="knock.turned_away", subject_id=message.id, sentence=sentence)


def knock_again(session: Session, viewer: Viewer, box: Box, message: MailMessage) -> bool:
    """A change of mind: it knocks as before. Whether anything changed."""
    if not _move(session, message, "turned_away", "knocking"):
        return False
    sentence = "You let an email that was turned away knock again."
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
            title="Someone is knocking",
            sub="We don’t know them yet",
            icon="door",
        )
        for view in knocks(session, box, "knocking")
    ]


tray_providers.append(
    TrayProvider("select from mail_message where box_id = %(box)s and state = 'knocking'", knock_rows)
)
