"""The door for a mail server that stands in front: LMTP (RFC 2033), with Postfix's XFORWARD."""

import asyncio
import re

import aiosmtpd.smtp
from aiosmtpd.smtp import syntax

from app.arrivals.mail.door import Door, Traffic
from app.arrivals.mail.taking_in import Envelope, Incoming, ip_address

_XTEXT = re.compile(r"\+([0-9A-F]{2})")
_ATTRIBUTES = ("NAME", "ADDR", "PORT", "PROTO", "HELO", "IDENT", "SOURCE")


class LmtpDoor(Door):
    """The same conversation with a server we trust: no TLS, one answer for each recipient.

    The relay is not who brings the message: SPF is asked about the machine that XFORWARD names, and about none where
    nothing names one.
    """

    abilities = (*Door.abilities, "XFORWARD " + " ".join(_ATTRIBUTES))

    def __init__(self, traffic: Traffic, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(traffic, None, loop)
        self._forwarded: dict[str, str] = {}

    @syntax("LHLO hostname")
    async def smtp_LHLO(self, arg: str) -> None:
        """The greeting of LMTP (RFC 2033, 4.1)."""
        self._forwarded = {}
        await super().smtp_EHLO(arg)

    async def smtp_EHLO(self, arg: str) -> None:
        """Not here (RFC 2033, 4.1)."""
        await self.push("500 5.5.1 This is LMTP: please say LHLO.")

    smtp_HELO = smtp_EHLO

    @syntax("XFORWARD attribute=value [SP attribute=value]")
    async def smtp_XFORWARD(self, arg: str | None) -> None:
        """Who brought the next message to the relay (Postfix, XFORWARD_README)."""
        if await self.check_helo_needed("LHLO"):
            return
        found = {name.upper(): value for name, equals, value in (each.partition("=") for each in (arg or "").split())}
        if not found or not all(name in _ATTRIBUTES for name in found):
            await self.push("501 5.5.4 Syntax: XFORWARD attribute=value")
            return
        self._forwarded |= {name: _plain(value) for name, value in found.items()}
        await self.push("250 2.0.0 OK")

    def envelope_of(self, envelope: aiosmtpd.smtp.Envelope) -> Envelope:
        """Who brought it to the relay."""
        sender = super().envelope_of(envelope).sender
        return Envelope(_address(self._forwarded.get("ADDR", "")), self._forwarded.get("HELO", ""), sender)

    def answers_to(self, envelope: aiosmtpd.smtp.Envelope) -> int:
        """One for each RCPT that was answered with 250 (RFC 2033, 4.2)."""
        return len(envelope.rcpt_tos)

    async def _keep(self, message: Incoming, envelope: aiosmtpd.smtp.Envelope) -> list[str]:
        answers = {each: await self.kept(message, envelope, [each]) for each in dict.fromkeys(envelope.rcpt_tos)}
        self._forwarded = {}
        return [answers[each] for each in envelope.rcpt_tos]


def _plain(value: str) -> str:
    """An attribute's value: xtext (RFC 3461, 4) opened, "" for [UNAVAILABLE] and [TEMPUNAVAIL]."""
    opened = _XTEXT.sub(lambda found: chr(int(found[1], 16)), value)
    return "" if opened.startswith("[") and opened.endswith("]") else opened


def _address(value: str) -> str:
    """An IP address as XFORWARD writes it ("IPV6:2001:db8::1"), "" when it is none."""
    return ip_address(re.sub("^IPV6:", "", value, flags=re.IGNORECASE))
