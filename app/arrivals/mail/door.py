"""The SMTP conversation (RFC 5321): who may be written to, and how a message is read off the wire."""

import asyncio
import logging
import re
import ssl
from dataclasses import dataclass, field
from typing import Any

import aiosmtpd.smtp
from aiosmtpd.smtp import SMTP, Session

from app.arrivals.mail.taking_in import Envelope, Incoming, NoSuchAddress, ip_address, is_open, local_part
from app.kit.config import settings
from app.kit.store import StoreError

log = logging.getLogger("holdfast.mail")

CONNECTIONS = 100
CONNECTIONS_OF_ONE_PEER = 20
RECIPIENTS = 20
COMMANDS = 1000
SILENCE_S = 120

OK = "250 2.0.0 Thank you. It is safe here."
NO_SUCH_ADDRESS = "550 5.1.1 No such address here. Please check it with the person who gave it to you."
TOO_MANY_RECIPIENTS = "452 4.5.3 Too many addresses at once. Please send it to the others separately."
LATER = "451 4.3.0 We could not keep that just now. Nothing is lost: please try again later."
END = b"\r\n.\r\n"
BUSY = b"421 4.3.2 Too many people are sending at once. Please try again later.\r\n"


def too_big() -> str:
    """The answer to a message over MAIL_MAX_BYTES."""
    megabytes = settings().mail_max_bytes // 1024**2
    return f"552 5.3.4 This message is too big. We can take {megabytes} MB. Please send it in smaller parts."


@dataclass
class Traffic:
    """Who is connected to one door of this process, so that nobody can keep the others out."""

    most: int = CONNECTIONS
    most_of_one: int = CONNECTIONS_OF_ONE_PEER
    peers: dict[str, int] = field(default_factory=dict)

    def enter(self, peer: str) -> bool:
        """Count a connection; False when there are too many."""
        if sum(self.peers.values()) >= self.most or self.peers.get(peer, 0) >= self.most_of_one:
            return False
        self.peers[peer] = self.peers.get(peer, 0) + 1
        return True

    def leave(self, peer: str) -> None:
        """A counted connection has ended."""
        self.peers[peer] -= 1
        if not self.peers[peer]:
            del self.peers[peer]


class Letterbox:
    """aiosmtpd's hooks. Nothing here or below logs an address or a word of a message."""

    async def handle_EHLO(
        self, door: "Door", session: Session, envelope: aiosmtpd.smtp.Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """What we can do. Nobody signs in here, so AUTH is not offered (aiosmtpd would, after STARTTLS)."""
        session.host_name = hostname
        *lines, last = (line for line in responses if not line.startswith("250-AUTH"))
        return [*lines, *(f"250-{each}" for each in door.abilities), last]

    async def handle_RCPT(
        self, door: "Door", session: Session, envelope: aiosmtpd.smtp.Envelope, address: str, options: list[str]
    ) -> str:
        """250 for an address that works now; one same 550 for every other."""
        local = local_part(address)
        if not await asyncio.to_thread(is_open, local):
            return NO_SUCH_ADDRESS
        if local not in envelope.rcpt_tos and len(set(envelope.rcpt_tos)) == RECIPIENTS:
            return TOO_MANY_RECIPIENTS
        envelope.rcpt_tos.append(local)
        return "250 2.1.5 OK"

    async def handle_exception(self, error: Exception) -> str:
        """Whatever broke, the sender's server keeps the message and tries again."""
        log.warning("a message could not be taken in: %s", type(error).__name__)
        return LATER


class Door(SMTP):
    """aiosmtpd's server with three differences.

    DATA is sealed into the store while it comes, however long its lines, and ends at CRLF "." CRLF alone, so that no
    other line end can smuggle a second message in. Connections are counted. Refusals are sentences for people.
    """

    line_length_limit = 65536
    abilities: tuple[str, ...] = ("PIPELINING",)

    def __init__(self, traffic: Traffic, tls: ssl.SSLContext | None, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            Letterbox(),
            data_size_limit=settings().mail_max_bytes,
            enable_SMTPUTF8=True,
            hostname=settings().mail_domain,
            ident="ESMTP",
            tls_context=tls,
            timeout=SILENCE_S,
            auth_exclude_mechanism=["LOGIN", "PLAIN"],
            command_call_limit=COMMANDS,
            loop=loop,
        )
        self._traffic = traffic
        self._counted: str | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Also called when STARTTLS has put a secure transport over the first one."""
        if self._original_transport is None:
            peer = peer_of(transport.get_extra_info("peername"))
            if not self._traffic.enter(peer):
                assert isinstance(transport, asyncio.WriteTransport)
                transport.write(BUSY)
                transport.close()
                return
            self._counted = peer
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """The connection has ended, from either side."""
        if self._counted is not None:
            self._traffic.leave(self._counted)
            self._counted = None
            super().connection_lost(error)

    def eof_received(self) -> bool | None:
        """The other side will send no more."""
        return super().eof_received() if self._counted is not None else False

    async def smtp_MAIL(self, arg: str | None) -> None:
        """MAIL FROM, refused at once when it announces (RFC 1870) more than we take."""
        announced = re.search(r"\sSIZE=(\d{1,19})\b", arg or "", re.IGNORECASE)
        if announced and int(announced[1]) > settings().mail_max_bytes:
            await self.push(too_big())
            return
        await super().smtp_MAIL(arg)

    async def smtp_DATA(self, arg: str | None) -> None:
        """DATA: read it all, then answer for all its recipients at once."""
        if await self.check_helo_needed():
            return
        assert self.envelope is not None
        if not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 Error: need RCPT command")
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        message = Incoming()
        try:
            refusal = await self._read_into(message)
            envelope, self.envelope = self.envelope, self._create_envelope()
            answers = [refusal] * self.answers_to(envelope) if refusal else await self._keep(message, envelope)
        finally:
            # Not awaited: when the connection broke, this is a cancelled task.
            self.loop.run_in_executor(None, message.discard)
        for answer in answers:
            await self.push(answer)

    def answers_to(self, envelope: aiosmtpd.smtp.Envelope) -> int:
        """How many answers follow the final dot."""
        return 1

    def envelope_of(self, envelope: aiosmtpd.smtp.Envelope) -> Envelope:
        """Who brought it, as the sender check needs it."""
        assert self.session is not None
        sender = "" if envelope.mail_from in (None, "<>") else str(envelope.mail_from)
        return Envelope(peer_of(self.session.peer), self.session.host_name or "", sender)

    async def _keep(self, message: Incoming, envelope: aiosmtpd.smtp.Envelope) -> list[str]:
        """250 only when the message is sealed, written and committed, for all its recipients at once."""
        return [await self.kept(message, envelope, envelope.rcpt_tos)]

    async def kept(self, message: Incoming, envelope: aiosmtpd.smtp.Envelope, recipients: list[str]) -> str:
        """Keep a message for these recipients, and what to answer."""
        try:
            await asyncio.to_thread(message.keep, self.envelope_of(envelope), recipients)
        except NoSuchAddress:
            return NO_SUCH_ADDRESS
        except Exception as error:  # whatever broke, the sender's server keeps the message and tries again
            log.warning("a message could not be taken in: %s", type(error).__name__)
            return LATER
        return OK

    async def _read_into(self, message: Incoming) -> str | None:
        """Everything up to the lone dot, transparent dots taken out (RFC 5321, 4.5.2); or why it will not do."""
        refusal: str | None = None
        self._reader._buffer[:0] = b"\r\n"  # type: ignore[attr-defined]  # as if a line had ended: the first one may be the dot
        held = b""
        first = True
        while True:
            try:
                piece = await self._reader.readuntil(END)
                last = True
            except asyncio.LimitOverrunError as overrun:
                piece, last = await self._reader.read(overrun.consumed), False
            self._reset_timeout()
            piece = held + piece
            # A dot after a line end may be in the next piece.
            keep = len(piece) - 3 if last else len(piece) - (2 if piece.endswith(b"\r\n") else piece.endswith(b"\r"))
            plain, held = piece[:keep].replace(b"\r\n.", b"\r\n"), piece[keep:]
            if first and plain:
                plain, first = plain[2:], False
            refusal = refusal or await self._taken(message, plain)
            if last:
                return refusal

    async def _taken(self, message: Incoming, plain: bytes) -> str | None:
        """Add what came; why not, when it cannot be."""
        if message.length + len(plain) > settings().mail_max_bytes:
            await asyncio.to_thread(message.discard)
            return too_big()
        try:
            if message.take(plain):
                await asyncio.to_thread(message.flush)
        except StoreError:
            log.warning("a message could not be written")
            await asyncio.to_thread(message.discard)
            return LATER
        return None


def peer_of(peername: Any) -> str:
    """The address of the other side, IPv4 also where it came through an IPv6 socket; "" when there is none."""
    return ip_address(str(peername[0])) if isinstance(peername, tuple) and peername else ""
