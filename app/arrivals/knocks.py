"""Someone we do not know yet: let in once or always, turned away, or left to knock."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import CursorResult, update
from sqlmodel import Session, col, select

from app.arrivals.jobs import open_mail
from app.arrivals.mail.address import MailAddress, MailSender
from app.arrivals.mail.message import MailMessage
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
    """What is shown of a knock; nothing of what is inside. `sent_to` is whose address it came by, `known` who it is
    from when it knocks only because they send far more than usual."""

    message: MailMessage
    sent_to: Connection
    known: Connection | None = None

    @property
    def can_be_always(self) -> bool:
        """Whether the sender was proven: only then can their next mail be known again."""
        return self.message.proven

    @property
    def can_be_never(self) -> bool:
        """Whether there is an address to keep out. Someone we know is stopped on their own page."""
        return bool(self.message.sender) and self.known is None


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
    return [
        KnockView(message, connection, known_as(session, message) if message.is_too_many else None)
        for message, connection in session.exec(query)
    ]


def kept_out(session: Session, box: Box) -> list[MailSender]:
    """Who may not even knock, newest first."""
    query = (
        select(MailSender)
        .where(MailSender.box_id == box.id, MailSender.answer == "never", col(MailSender.ended_at).is_(None))
        .order_by(col(MailSender.created_at).desc())
        .limit(MOST_SHOWN)
    )
    return list(session.exec(query))


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

    `always` counts only for a sender who was proven; from someone known who sent too many it opens all of those.
    """
    if not _move(session, message, "knocking", "received", connection):
        return False
    enqueue(session, open_mail, message_id=str(message.id))
    if always and message.is_too_many:
        count = 1 + _let_in_the_others(session, message, connection)
        sentence = ngettext(
            "You let in %(num)s email from %(name)s.",
            "You let in %(num)s emails from %(name)s.",
            count,
            name=connection.called,
        )
        return ledger.decided(session, viewer, box, action="knock.let_in", subject_id=message.id, sentence=sentence)
    known = always and message.proven
    if known and not _is_welcome(session, box, message.sender):
        session.add(MailSender(box_id=box.id, connection_id=connection.id, sender=message.sender))
    sentence = gettext("You let in an email and said it is from %(name)s.", name=connection.called)
    if known:
        straight = gettext("What comes from %(address)s doesn’t have to knock any more.", address=message.sender)
        sentence = f"{sentence} {straight}"
    return ledger.decided(session, viewer, box, action="knock.let_in", subject_id=message.id, sentence=sentence)


def turn_away(session: Session, viewer: Viewer, box: Box, message: MailMessage, never: bool = False) -> bool:
    """It stays shut and goes back. Nobody is told. Whether anything changed.

    `never` also keeps out whoever sent it, and turns away what else of theirs is knocking.
    """
    if not _move(session, message, "knocking", "turned_away"):
        return False
    sentence = gettext("You turned away an email from someone you don’t know.")
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


def _let_in_the_others(session: Session, message: MailMessage, connection: Connection) -> int:
    count = 0
    for other in _others_knocking(session, message):
        if other.is_too_many and _move(session, other, "knocking", "received", connection):
            enqueue(session, open_mail, message_id=str(other.id))
            count += 1
    return count


def knock_again(session: Session, viewer: Viewer, box: Box, message: MailMessage) -> bool:
    """A change of mind: it knocks as before. Whether anything changed."""
    if not _move(session, message, "turned_away", "knocking"):
        return False
    sentence = gettext("You let an email that was turned away knock again.")
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
        for view in knocks(session, box, "knocking")
    ]


provide(TrayProvider("select from mail_message where box_id = %(box)s and state = 'knocking'", knock_rows))
