"""From the SMTP door to a sealed message and its job, in one transaction."""

from contextlib import suppress
from dataclasses import dataclass

from sqlmodel import Session, select

from app.arrivals.jobs import open_mail
from app.arrivals.mail.address import MailAddress
from app.arrivals.mail.message import MailMessage
from app.arrivals.mail.proquint import in_words
from app.arrivals.mail.sealing import seal_message
from app.kit.config import settings
from app.kit.db import become, open_session
from app.kit.ids import new_id
from app.kit.jobs import enqueue
from app.kit.store import StoreError
from app.media.store import media_store
from app.people.viewer import Viewer


class NoSuchAddress(Exception):
    """Unknown, revoked, or of someone who may not send any more: the three are the same."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message as SMTP hands it over. `recipients` are what `local_part` returned."""

    peer: str
    helo: str
    envelope_from: str
    recipients: tuple[str, ...]
    raw: bytes


def local_part(address: str) -> str:
    """What is looked up for a recipient; for an address that cannot be ours something that is never found."""
    local, _, domain = address.rpartition("@")
    ours = domain.lower() == settings().mail_domain.lower()
    return (in_words(local) if ours else None) or "nobody"


def is_open(local: str) -> bool:
    """Whether mail to this local part is taken in now: one look-up, whatever the answer."""
    with open_session(_presenting(local).claims()) as session:
        return session.exec(select(MailAddress.id)).first() is not None


def take_in(delivery: Delivery) -> None:
    """Seal the message for each recipient, then commit its rows and jobs. On return it is safe.

    Raises NoSuchAddress when an address stopped working since it was asked for; StoreError, SQLAlchemyError or OSError
    when it could not be kept. Nothing is left behind then.
    """
    stored: list[str] = []
    try:
        with open_session({}) as session:
            for local in delivery.recipients:
                become(session, _presenting(local).claims())
                _take_in_for_one(session, delivery, stored)
    except BaseException:
        for store_key in stored:
            with suppress(StoreError):
                media_store().delete(store_key)
        raise


def _take_in_for_one(session: Session, delivery: Delivery, stored: list[str]) -> None:
    address = session.exec(select(MailAddress)).first()  # the wall shows only the one presented
    if address is None:
        raise NoSuchAddress
    message_id = new_id()
    store_key, sealed_key = seal_message(session, message_id, address.box_id, delivery.raw)
    stored.append(store_key)
    session.add(
        MailMessage(
            id=message_id,
            box_id=address.box_id,
            address_id=address.id,
            peer=delivery.peer,
            helo=storable(delivery.helo),
            envelope_from=storable(delivery.envelope_from),
            store_key=store_key,
            sealed_key=sealed_key,
            bytes=len(delivery.raw),
        )
    )
    enqueue(session, open_mail, message_id=str(message_id))


def _presenting(local: str) -> Viewer:
    return Viewer(door="mail", secret=local)


def storable(text: str) -> str:
    """Text that PostgreSQL takes: no lone surrogates, no NUL; at most 320 characters (RFC 3696, errata 1690)."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")[:320]
