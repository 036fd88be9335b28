"""A message that waits is checked, then opened into the tray or left knocking: once in effect, however often."""

import hashlib
import ipaddress
from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import delete, text
from sqlmodel import Session, col, select

from app.arrivals.mail.caged_letter import read_apart
from app.arrivals.mail.checks import Checks, check
from app.arrivals.mail.dns import NameTrouble
from app.arrivals.mail.headers import Headers, body_of, read_headers
from app.arrivals.mail.letter import Letter
from app.arrivals.mail.message import TOO_MANY, MailMessage
from app.arrivals.mail.sealing import open_message
from app.arrivals.mail.senders import far_more_than_usual, is_kept_out, too_many_strangers, who_from
from app.arrivals.mail.sorting import items_of
from app.arrivals.mail.whole import MailText
from app.arrivals.receive import receive
from app.boxes.connection import Connection
from app.kit.config import settings
from app.kit.db import open_session
from app.kit.language import N_, gettext
from app.media.store import delete_after_commit
from app.people.viewer import Viewer

MAIL_DOOR = Viewer(door="mail").claims()
_SAID_BY_THE_WRITER = ("message-id", "from", "date", "subject", "content-type", "content-transfer-encoding")
BLOCK = 1024 * 1024
NOTHING_IN_IT = N_("An email with nothing in it")


def open_or_knock(message_id: UUID, *, patient: bool) -> bool:
    """Decide about one message. True when it is in the tray and its sender should be thanked.

    No transaction is open while names are looked up and the message is read. Raises, while `patient`, NameTrouble
    (later a sender whose domain does not answer is not proven) and Unreadable (later it is kept whole); StoreError and
    database errors: the job tries again.
    """
    with open_session(MAIL_DOOR, role="holdfast_worker") as session:
        message = session.get(MailMessage, message_id)
        if message is None or message.state != "received":
            return False
        raw = open_message(session, message)
    headers = read_headers(raw)
    checks = _checked(message, raw, headers, patient)
    letter = read_apart(raw, headers, patient=patient) if _is_known(message_id, checks) else None
    with open_session(MAIL_DOOR, role="holdfast_worker") as session:
        message = session.exec(select(MailMessage).where(MailMessage.id == message_id).with_for_update()).first()
        if message is None or message.state != "received":
            return False
        message.content_print = content_print(raw, headers)
        message.checks = checks.stored()
        message.claimed_name = headers.claimed_name
        with session.no_autoflush:
            connection = who_from(session, message)
            unwanted = connection is None and is_kept_out(session, message)
            if headers.is_report or unwanted or _came_before(session, message, known=connection is not None):
                delete_after_commit(session, message.store_key)
                session.delete(message)
                return False
        if connection is not None and far_more_than_usual(session, message):
            message.checks = {**message.checks, "why": TOO_MANY}
            connection = None
        if connection is None:
            if too_many_strangers(session, message):
                message.turn_away()
            else:
                message.knock()
            return False
        # Who only became known meanwhile is read here.
        _open(session, message, connection, letter or read_apart(raw, headers, patient=patient))
        return message.proven and message.let_in_as is None and bool(message.envelope_from) and not checks.automatic


def _is_known(message_id: UUID, checks: Checks) -> bool:
    """Whether a message is likely to be opened, as things stand: nothing is decided yet."""
    with open_session(MAIL_DOOR, role="holdfast_worker") as session, session.no_autoflush:
        message = session.get(MailMessage, message_id)
        if message is None:
            return False
        session.expunge(message)
        message.checks = checks.stored()
        return who_from(session, message) is not None


def _checked(message: MailMessage, raw: bytes, headers: Headers, patient: bool) -> Checks:
    if message.let_in_as is not None:
        return Checks(message.proven, headers.sender, headers.automatic, why="let_in")
    if settings().loopback_mail_trusted and _is_loopback(message.peer):
        return Checks(bool(headers.sender), headers.sender, headers.automatic, why="loopback")
    try:
        return check(raw, peer=message.peer, helo=message.helo, envelope_from=message.envelope_from)
    except NameTrouble:
        if patient:
            raise
        return Checks(False, headers.sender, headers.automatic, why="names")


def content_print(raw: bytes, headers: Headers) -> str:
    """What makes two messages the same: what their writer's program said of them, and the body.

    Not what relays add, nor what they do to line ends and spaces.
    """
    digest = hashlib.sha256()
    for name in _SAID_BY_THE_WRITER:
        for value in headers.all(name):
            digest.update(b" ".join(value.split()) + b"\n")
        digest.update(b"\0")
    for lines in _blocks(body_of(raw) if headers.fields else raw):
        digest.update(b"\n".join(map(bytes.rstrip, lines)) + b"\n")
    return digest.hexdigest()


def _blocks(body: bytes) -> Iterator[list[bytes]]:
    """The lines of a body, about a megabyte of them at a time."""
    at = 0
    while at < len(body):
        end = body.find(b"\n", at + BLOCK)
        end = len(body) if end < 0 else end + 1
        yield body[at:end].removesuffix(b"\n").split(b"\n")
        at = end


def _came_before(session: Session, message: MailMessage, known: bool) -> bool:
    """Whether the same message is here already. One that nobody could prove makes way for the same, proven."""
    lock = text("select pg_advisory_xact_lock(hashtextextended(:what, 0))")
    session.connection().execute(lock, {"what": f"mail {message.address_id} {message.content_print}"})
    query = select(MailMessage).where(
        MailMessage.address_id == message.address_id,
        MailMessage.content_print == message.content_print,
        MailMessage.id != message.id,
    )
    earlier = session.exec(query).first()
    if earlier is None:
        return False
    if not known or earlier.proven or earlier.state not in ("knocking", "turned_away"):
        return True
    delete_after_commit(session, earlier.store_key)
    session.connection().execute(delete(MailMessage).where(col(MailMessage.id) == earlier.id))
    session.expunge(earlier)
    return False


def _open(session: Session, message: MailMessage, connection: Connection, letter: Letter) -> None:
    message.logos = letter.under_the_name
    letter.without_logos(_came_with_earlier(session, message))
    if not (letter.title or letter.words or letter.attached):
        letter.title = gettext(NOTHING_IN_IT)
    items = items_of(letter)
    gift = receive(
        session,
        box_id=message.box_id,
        connection_id=connection.id,
        added_by=connection.person_id if message.proven else None,
        way="mail",
        title=letter.title,
        words=letter.words,
        items=items,
        content_print=message.content_print,
        shortened=bool(letter.whole),
    )
    message.deliver(gift.id, len(items))
    if letter.whole:
        session.add(MailText(message_id=message.id, box_id=message.box_id, gift_id=gift.id, words=letter.whole))


def _came_with_earlier(session: Session, message: MailMessage) -> set[str]:
    """Prints of pictures that stood under the writer's name in an earlier mail to this address."""
    query = select(MailMessage.logos).where(
        MailMessage.address_id == message.address_id,
        MailMessage.id != message.id,
        MailMessage.state == "delivered",
        MailMessage.logos != [],
    )
    return {each for logos in session.exec(query) for each in logos}


def _is_loopback(peer: str) -> bool:
    try:
        return ipaddress.ip_address(peer).is_loopback
    except ValueError:
        return False
