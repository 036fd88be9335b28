"""The SMTP conversation (RFC 5321): who may be written to, and how a message is read off the wire."""

import asyncio
import logging
import re
import ssl
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from app.arrivals.mail.taking_in import Delivery, NoSuchAddress, is_open, local_part, take_in
from app.kit.config import settings

log = logging.getLogger("holdfast.mail")

CONNECTIONS = 100
CONNECTIONS_OF_ONE_PEER = 20
BYTES_UNDER_WAY = 256 * 1024**2
RECIPIENTS = 20
COMMANDS = 1000
SILENCE_S = 120

OK = "250 2.0.0 Thank you. It is safe here."
NO_SUCH_ADDRESS = "550 5.1.1 No such address here. Please check it with the person who gave it to you."
TOO_MANY_RECIPIENTS = "452 4.5.3 Too many addresses at once. Please send it to the others separately."
LATER = "451 4.3.0 We could not keep that just now. Nothing is lost: please try again later."
BUSY = b"421 4.3.2 Too many people are sending at once. Please try again later.\r\n"


def too_big() -> str:
    """The answer to a message over MAIL_MAX_BYTES."""
    megabytes = settings().mail_max_bytes // 1024**2
    return f"552 5.3.4 This message is too big. We can take {megabytes} MB. Please send it in smaller parts."


@dataclass
class Traffic:
    """What this process has open at the moment, so that nobody can fill its memory."""

    peers: dict[str, int] = field(default_factory=dict)
    bytes_under_way: int = 0

    def enter(self, peer: str) -> bool:
        """Count a connection; False when there are too many."""
        if sum(self.peers.values()) >= CONNECTIONS or self.peers.get(peer, 0) >= CONNECTIONS_OF_ONE_PEER:
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
        self, door: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """What we can do. Nobody signs in here, so AUTH is not offered (aiosmtpd would, after STARTTLS)."""
        session.host_name = hostname
        return [line for line in responses if not line.startswith("250-AUTH")]

    async def handle_RCPT(
        self, door: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """250 for an address that works now; one same 550 for every other."""
        local = local_part(address)
        if not await asyncio.to_thread(is_open, local):
            return NO_SUCH_ADDRESS
        if local not in envelope.rcpt_tos:
            if len(envelope.rcpt_tos) == RECIPIENTS:
                return TOO_MANY_RECIPIENTS
            envelope.rcpt_tos.append(local)
        return "250 2.1.5 OK"

    async def handle_DATA(self, door: SMTP, session: Session, envelope: Envelope) -> str:
        """250 only when the message is sealed, written and committed."""
        assert isinstance(envelope.content, bytes)
        delivery = Delivery(
            peer=peer_of(session.peer),
            helo=session.host_name or "",
            envelope_from="" if envelope.mail_from in (None, "<>") else str(envelope.mail_from),
            recipients=tuple(envelope.rcpt_tos),
            raw=envelope.content,
        )
        try:
            await asyncio.to_thread(take_in, delivery)
        except NoSuchAddress:
            return NO_SUCH_ADDRESS
        return OK

    async def handle_exception(self, error: Exception) -> str:
        """Whatever broke, the sender's server keeps the message and tries again."""
        log.warning("a message could not be taken in: %s", type(error).__name__)
        return LATER


class Door(SMTP):
    """aiosmtpd's server with three differences.

    DATA is read in lines of any length into one buffer, and ends at CRLF "." CRLF alone, so that no other line end can
    smuggle a second message in. Connections and bytes under way are counted. Refusals are sentences for people.
    """

    line_length_limit = 65536

    def __init__(self, traffic: Traffic, tls: ssl.SSLContext, loop: asyncio.AbstractEventLoop) -> None:
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
        content = bytearray()
        try:
            refusal = await self._read_into(content)
            if refusal is None:
                self.envelope.content = bytes(content)
                refusal = await self._call_handler_hook("DATA")
        finally:
            self._traffic.bytes_under_way -= len(content)
        self.envelope = self._create_envelope()
        await self.push(refusal)

    async def _read_into(self, content: bytearray) -> str | None:
        """Everything up to the lone dot, transparent dots taken out (RFC 5321, 4.5.2); or why it will not do."""
        refusal: str | None = None
        line_begins = True
        since_reset = 0
        while True:
            try:
                piece = await self._reader.readuntil(b"\r\n")
            except asyncio.LimitOverrunError as overrun:
                piece = await self._reader.read(overrun.consumed)
            if line_begins and piece == b".\r\n":
                return refusal
            since_reset += len(piece)
            if since_reset > self.line_length_limit:
                self._reset_timeout()
                since_reset = 0
            if line_begins and piece.startswith(b"."):
                piece = piece[1:]
            line_begins = piece.endswith(b"\r\n")
            if refusal is None and len(content) + len(piece) > settings().mail_max_bytes:
                refusal = too_big()
            elif refusal is None and self._traffic.bytes_under_way + len(piece) > BYTES_UNDER_WAY:
                refusal = LATER
            if refusal is None:
                content += piece
                self._traffic.bytes_under_way += len(piece)
            elif content:
                self._traffic.bytes_under_way -= len(content)
                content.clear()


def peer_of(peername: Any) -> str:
    """The address of the other side, IPv4 also where it came through an IPv6 socket; "" when there is none."""
    if not isinstance(peername, tuple) or not peername:
        return ""
    return str(peername[0]).removeprefix("::ffff:")
