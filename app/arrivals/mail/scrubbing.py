"""Whether every raw message is still as it came."""

import logging
from uuid import UUID

from sqlmodel import Session, select

from app.arrivals.mail.message import MailMessage
from app.arrivals.mail.opening import MAIL_DOOR
from app.boxes.keys import box_key
from app.kit.clock import today
from app.kit.db import open_session
from app.kit.sealed import BrokenSeal, unwrap_key
from app.media.scrub import Stored, Unsound, unsound
from app.web.errors import NotHere

log = logging.getLogger("holdfast.mail")
# Twice in the thirty days within which everything is read again: a day that was missed is made good by itself.
DAYS = 15


def stored_message(message: MailMessage) -> Stored:
    """Where the raw message is."""
    return Stored("message", message.store_key, message.bytes)


def message_key(session: Session, message: MailMessage) -> bytes | None:
    """The key of a message, or None when it does not open."""
    try:
        return unwrap_key(message.sealed_key, box_key(session, message.box_id), message.id.bytes)
    except (BrokenSeal, NotHere):
        return None


def check_share() -> list[UUID]:
    """Read today's share of the messages to their end; says in the log which are damaged, and returns them."""
    damaged = []
    with open_session(MAIL_DOOR, role="holdfast_worker") as session:
        ids = session.exec(select(MailMessage.id)).all()
    for message_id in ids:
        if message_id.int % DAYS != today().toordinal() % DAYS:
            continue
        with open_session(MAIL_DOOR, role="holdfast_worker") as session:
            message = session.get(MailMessage, message_id)
            key = message and message_key(session, message)
        if message is None:
            continue
        stored = stored_message(message)
        wrong = unsound(key, stored) if key else Unsound(stored, "key")
        if wrong is not None:
            damaged.append(message_id)
            log.error("message %s of box %s is damaged: %s", message_id, message.box_id, wrong.reason)
    return damaged
