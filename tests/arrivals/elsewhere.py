"""A mail server that is not ours."""

import asyncio
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import aiosmtpd.smtp

from tests.machine import free_port


class Elsewhere:
    """The mail server of the people we answer: a real one, that keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[EmailMessage] = []
        self.port = free_port()
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()

        async def serve() -> None:
            await self._loop.create_server(lambda: aiosmtpd.smtp.SMTP(self, loop=self._loop), "127.0.0.1", self.port)
            ready.set()

        self._loop.create_task(serve())
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        assert ready.wait(10)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.heard.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        self.heard[-1]["X-Return-Path"] = envelope.mail_from or "<>"
        return "250 OK"

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
