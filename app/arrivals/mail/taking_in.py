"""From a door to a sealed message and its job: the bytes while they come, then the rows in one transaction."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock
from uuid import UUID

from sqlmodel import Session, select

from app.arrivals.jobs import task_for
from app.arrivals.mail.address import MailAddress
from app.arrivals.mail.message import MailMessage
from app.arrivals.mail.post import note_post
from app.arrivals.mail.proquint import in_words
from app.arrivals.mail.sealing import close_message_key, open_pieces, store_key_of
from app.kit.config import settings
from app.kit.db import become, open_session
from app.kit.ids import new_id
from app.kit.jobs import enqueue
from app.media.sealing import Sealing
from app.people.viewer import Viewer


class NoSuchAddress(Exception):
    """Unknown, revoked, or of someone who may not send any more: the three are the same."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who brings a message: `peer` is the IP address of the machine it came from, "" when that is not known."""

    peer: str
    helo: str
    sender: str


class Incoming:
    """One message on its way in. It is sealed into the store while it comes, and safe once `keep` has returned.

    `take` never touches the disk, so an event loop may call it; the rest belongs in a thread. Whoever makes one calls
    `discard` at the end, however it ended: what was kept stays.
    """

    def __init__(self) -> None:
        self.id = new_id()
        self._sealing = Sealing(store_key_of(self.id))
        self._lock = Lock()
        self._closed = False
        self._used = False
        self._gone = False

    @property
    def length(self) -> int:
        """Bytes taken so far."""
        return self._sealing.length

    def take(self, data: bytes) -> bool:
        """Add what came; whether it is time to `flush`."""
        return self._sealing.take(data)

    def flush(self) -> None:
        """Write what has gathered. Raises StoreError."""
        with self._lock:
            if not self._gone:
                self._sealing.flush()

    def keep(self, envelope: Envelope, recipients: Iterable[str], once: str = "") -> None:
        """Commit the message for each recipient (what `local_part` returned) with its job: all of them or none.

        May be called again, for others. `once` is a secret of the post that brought it, which is taken in only once.
        Raises NoSuchAddress when an address stopped working since it was asked for; TakenBefore; StoreError or
        SQLAlchemyError when it could not be kept. When it is the commit that fails, nobody knows whether it happened:
        then the bytes stay, and the sweep removes them if no row names them.
        """
        with self._lock:
            if not self._closed:
                self._sealing.close()
                self._closed = True
            copies: list[Sealing] = []
            try:
                places = self._places(list(dict.fromkeys(recipients)), copies)
                with open_session({}) as session:
                    if once:
                        note_post(session, once)
                    for local, (message_id, sealing) in places.items():
                        become(session, _presenting(local).claims())
                        _keep_for_one(session, envelope, message_id, sealing)
                    session.flush()
                    copies, self._used = [], True
            finally:
                for each in copies:
                    each.discard()

    def discard(self) -> None:
        """Remove what was written, unless a row may name it."""
        with self._lock:
            self._gone = True
            if not self._used:
                self._sealing.discard()

    def _places(self, recipients: list[str], copies: list[Sealing]) -> dict[str, tuple[UUID, Sealing]]:
        """A sealed object for each recipient: what came is one, and the others are copies under keys of their own."""
        places: dict[str, tuple[UUID, Sealing]] = {}
        for local in recipients:
            if not self._used and not places:
                places[local] = self.id, self._sealing
                continue
            message_id = new_id()
            copy = Sealing(store_key_of(message_id))
            copies.append(copy)
            for piece in open_pieces(self._sealing.key, self._sealing.store_key, self.length):
                if copy.take(piece):
                    copy.flush()
            copy.close()
            places[local] = message_id, copy
        return places


def local_part(address: str) -> str:
    """What is looked up for a recipient; for an address that cannot be ours something that is never found."""
    local, _, domain = address.rpartition("@")
    ours = domain.lower() == settings().mail_domain.lower()
    return (in_words(local) if ours else None) or "nobody"


def ip_address(text: str) -> str:
    """An IP address in its usual form (IPv4 also where it is mapped into IPv6), "" for what is none."""
    try:
        found = ipaddress.ip_address(text.strip())
    except ValueError:
        return ""
    return str(getattr(found, "ipv4_mapped", None) or found)


def is_open(local: str) -> bool:
    """Whether mail to this local part is taken in now: one look-up, whatever the answer."""
    with open_session(_presenting(local).claims()) as session:
        return session.exec(select(MailAddress.id)).first() is not None


def take_in(envelope: Envelope, recipients: Iterable[str], raw: bytes) -> None:
    """A whole message that is here already. On return it is safe. Raises what `Incoming.keep` raises."""
    message = Incoming()
    try:
        message.take(raw)
        message.keep(envelope, recipients)
    finally:
        message.discard()


def _keep_for_one(session: Session, envelope: Envelope, message_id: UUID, sealing: Sealing) -> None:
    address = session.exec(select(MailAddress)).first()  # the wall shows only the one presented
    if address is None:
        raise NoSuchAddress
    session.add(
        MailMessage(
            id=message_id,
            box_id=address.box_id,
            address_id=address.id,
            peer=envelope.peer,
            helo=storable(envelope.helo),
            envelope_from=storable(envelope.sender),
            store_key=sealing.store_key,
            sealed_key=close_message_key(session, message_id, address.box_id, sealing.key),
            bytes=sealing.length,
        )
    )
    enqueue(session, task_for(sealing.length), message_id=str(message_id))


def _presenting(local: str) -> Viewer:
    return Viewer(door="mail", secret=local)


def storable(text: str) -> str:
    """Text that PostgreSQL takes: no lone surrogates, no NUL; at most 320 characters (RFC 3696, errata 1690)."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")[:320]
