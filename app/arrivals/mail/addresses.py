"""Making, reading out, replacing and revoking the addresses that people send to."""

from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, select

from app.arrivals.mail.address import MailAddress, MailSender
from app.arrivals.mail.proquint import new_secret
from app.boxes import ledger
from app.boxes.box import Box
from app.boxes.connection import Connection
from app.boxes.invitation import when_invited
from app.boxes.keys import box_key
from app.kit.clock import now
from app.kit.config import settings
from app.kit.ids import fingerprint, new_id
from app.kit.language import gettext
from app.kit.sealed import unwrap_key, wrap_key
from app.people.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Given:
    """A connection's address, readable again: `whole` goes into a mail program, `spoken` is its eight words."""

    row: MailAddress
    whole: str
    spoken: list[str]


def address_of(session: Session, connection: Connection) -> Given | None:
    """The address that works today, for someone who runs the box; None when there is none."""
    query = (
        select(MailAddress)
        .where(MailAddress.connection_id == connection.id, col(MailAddress.revoked_at).is_(None))
        .order_by(col(MailAddress.created_at).desc())
    )
    row = session.exec(query).first()
    if row is None:
        return None
    local = unwrap_key(row.sealed_local, box_key(session, row.box_id), row.id.bytes).decode()
    return Given(row, f"{local}@{settings().mail_domain}", local.split("-"))


def make_address(
    session: Session, viewer: Viewer, box: Box, connection: Connection, sender: str, address_id: UUID | None = None
) -> MailAddress:
    """A new address that is for mail from `sender`. One that worked before stops in the same moment."""
    before = _revoke(session, connection)
    local = new_secret()
    row = MailAddress(
        id=address_id or new_id(),
        box_id=connection.box_id,
        connection_id=connection.id,
        local_print=fingerprint(local),
        sealed_local=b"",
        sender=sender.lower(),
    )
    row.sealed_local = wrap_key(local.encode(), box_key(session, row.box_id), row.id.bytes)
    session.add(row)
    session.flush()
    if before:
        sentence = gettext(
            "You gave %(name)s a new address for sending things. The old one stopped.", name=connection.called
        )
        ledger.decided(session, viewer, box, action="address.replaced", subject_id=row.id, sentence=sentence)
    else:
        sentence = gettext("You made an address for %(name)s to send things to.", name=connection.called)
        ledger.decided(session, viewer, box, action="address.made", subject_id=row.id, sentence=sentence)
    return row


@when_invited
def make_first_address(session: Session, viewer: Viewer, box: Box, connection: Connection, email: str) -> None:
    """Someone who is invited by e-mail can send things by e-mail too, at once; an address they have stays."""
    if email and address_of(session, connection) is None:
        make_address(session, viewer, box, connection, email)


def revoke_address(session: Session, viewer: Viewer, box: Box, connection: Connection) -> bool:
    """From the next message on nothing comes in by the connection's address. Returns whether there was one."""
    if not _revoke(session, connection):
        return False
    sentence = gettext("You stopped the address that %(name)s had for sending things.", name=connection.called)
    ledger.decided(session, viewer, box, action="address.revoked", subject_id=connection.id, sentence=sentence)
    return True


def _revoke(session: Session, connection: Connection) -> bool:
    query = (
        select(MailAddress)
        .where(MailAddress.connection_id == connection.id, col(MailAddress.revoked_at).is_(None))
        .with_for_update()
    )
    rows = session.exec(query).all()
    for row in rows:
        row.revoked_at = now()
    session.flush()
    return bool(rows)


def welcome_senders(session: Session, connection: Connection) -> list[MailSender]:
    """The other addresses from which this connection's mail comes straight to the tray."""
    query = (
        select(MailSender)
        .where(MailSender.connection_id == connection.id, col(MailSender.ended_at).is_(None))
        .order_by(col(MailSender.created_at))
    )
    return list(session.exec(query))


def stop_sender(session: Session, viewer: Viewer, box: Box, connection: Connection, sender_id: UUID) -> bool:
    """Mail from this address knocks again. Returns whether anything changed."""
    row = next((each for each in welcome_senders(session, connection) if each.id == sender_id), None)
    if row is None:
        return False
    row.ended_at = now()
    sentence = gettext("You said that mail from %(address)s has to knock again.", address=row.sender)
    ledger.decided(session, viewer, box, action="sender.stopped", subject_id=row.id, sentence=sentence)
    return True
