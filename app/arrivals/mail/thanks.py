"""One kind answer to a sender we know. It never says whose box it is, nor what became of anything (RFC 3834)."""

import re
import smtplib
from datetime import timedelta
from uuid import UUID

from sqlmodel import col, select

from app.arrivals.mail.headers import THANKS, read_headers
from app.arrivals.mail.message import MailMessage
from app.arrivals.mail.opening import MAIL_DOOR
from app.arrivals.mail.sealing import open_message
from app.kit import outbox
from app.kit.clock import now
from app.kit.config import settings
from app.kit.db import open_session
from app.kit.language import ENGLISH, N_, gettext, speak
from app.people.person import language_of
from app.people.viewer import Viewer
from app.web.pages import render_text

SUBJECT = N_("Thank you. It arrived.")
HEADER_BYTES = 256 * 1024  # more than any header that a mail program writes
# Whatever answers our answers, and however fast, gets no second one.
NOT_AGAIN_WITHIN = timedelta(hours=1)
MOST_IN_A_DAY = 6
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")


class NotTaken(Exception):
    """The mail server could not take it now. Says nothing of whom it was for: a job's error is logged."""


def thank(message_id: UUID) -> bool:
    """Send the answer, at most one for a message, one an hour and six a day for an address. Whether it was sent.

    What says by its header that no person wrote it is left out before (`Headers.automatic`, RFC 3834, 2).

    Raises NotTaken when it could not be handed on; the job tries again.
    """
    with open_session(MAIL_DOOR, role="holdfast_worker") as session:
        message = session.exec(select(MailMessage).where(MailMessage.id == message_id).with_for_update()).first()
        if message is None or message.thanked_at is not None or not message.sender:
            return False
        lately = select(MailMessage.thanked_at).where(
            MailMessage.address_id == message.address_id, col(MailMessage.thanked_at) > now() - timedelta(days=1)
        )
        thanked = [at for at in session.exec(lately) if at is not None]
        if len(thanked) >= MOST_IN_A_DAY or any(at > now() - NOT_AGAIN_WITHIN for at in thanked):
            return False
        written = read_headers(open_message(session, message, HEADER_BYTES))
        with speak(_language_of(message.sender)):
            subject, words = gettext(SUBJECT), render_text("mail/thanks.txt")
        if subject.lower() in written.title.lower():  # something answers our answers, and says so only here
            return False
        answers = _MESSAGE_ID.search(written.text("message-id"))
        message.thanked_at = now()
    headers = {"Auto-Submitted": "auto-replied", "Message-ID": f"<{THANKS}{message.id.hex}@{settings().mail_domain}>"}
    if answers:
        headers |= {"In-Reply-To": answers[0], "References": answers[0]}
    try:
        outbox.send(message.sender, subject, words, headers, return_path="")
    except smtplib.SMTPRecipientsRefused:
        return False
    except (smtplib.SMTPException, OSError) as error:
        with open_session(MAIL_DOOR, role="holdfast_worker") as session:
            session.get_one(MailMessage, message_id).thanked_at = None
        raise NotTaken(type(error).__name__) from None
    return True


def _language_of(sender: str) -> str:
    """What to answer in: the language of a sender with a place of their own here, else English."""
    with open_session(Viewer(door="sign_in").claims(), role="holdfast_worker") as session:
        return language_of(session, sender) or ENGLISH
