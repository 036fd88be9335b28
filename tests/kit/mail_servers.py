"""A mail server with TLS in each of its states, and a wire to it on which all that passes is seen."""

import asyncio
import ssl
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiosmtpd.smtp
from cryptography.hazmat.primitives.asymmetric import ec

from tests.arrivals.amazon import certificate, pem

NAME = "mail.example.org"
USER, PASSWORD = "holdfast", "a-password-of-ours"


class Keys:
    """A CA in `authority`, and a certificate of it for NAME, or for any other."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.authority = folder, folder / "authority.pem"
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._authority = certificate(self._key, "Test authority", authority=True)
        self.authority.write_bytes(pem(self._authority))

    def context(self, name: str = NAME, own: bool = False, days: int = 30) -> ssl.SSLContext:
        """A server's context with a certificate for `name`, of the CA or, if `own`, signed by nobody but itself."""
        key, file = ec.generate_private_key(ec.SECP256R1()), self.folder / f"{name}-{own}.pem"
        file.write_bytes(pem(certificate(key, name, days, by=None if own else (self._key, self._authority)), key))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(file)
        return context


@dataclass
class Server:
    """A real mail server. `tls`: what it offers STARTTLS with, or None; `at_once`: TLS from the first byte.

    `strips`: somebody on the wire takes the offer out of its answer. `heard`: its messages; `said`: what we sent, as
    whoever sits between could read it, before TLS begins and after.
    """

    tls: ssl.SSLContext | None = None
    at_once: bool = False
    strips: bool = False
    port: int = 0
    heard: list[bytes] = field(default_factory=list)
    said: bytearray = field(default_factory=bytearray)

    def __enter__(self) -> "Server":
        self._loop, ready = asyncio.new_event_loop(), threading.Event()

        async def serve() -> None:
            near = await self._loop.create_server(self._door, "127.0.0.1", 0, ssl=self.tls if self.at_once else None)
            self._inner = near.sockets[0].getsockname()[1]
            wire = await asyncio.start_server(self._pass_on, "127.0.0.1", 0)
            self.port = wire.sockets[0].getsockname()[1]
            ready.set()

        self._serving = self._loop.create_task(serve())
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        assert ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        def stop() -> None:
            for task in asyncio.all_tasks(self._loop):
                task.cancel()
            self._loop.call_soon(self._loop.stop)

        self._loop.call_soon_threadsafe(stop)
        self._thread.join(10)

    def _door(self) -> aiosmtpd.smtp.SMTP:
        def known(server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> aiosmtpd.smtp.AuthResult:
            return aiosmtpd.smtp.AuthResult(success=(given.login, given.password) == (USER.encode(), PASSWORD.encode()))

        return aiosmtpd.smtp.SMTP(
            self, loop=self._loop, authenticator=known, auth_require_tls=False,
            tls_context=None if self.at_once else self.tls,
        )  # fmt: skip

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.heard.append(envelope.content)
        return "250 OK"

    async def _pass_on(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        far, on = await asyncio.open_connection("127.0.0.1", self._inner)
        await asyncio.gather(
            self._carry(near, on, self.said), self._carry(far, back, bytearray()), return_exceptions=True
        )

    async def _carry(self, come: asyncio.StreamReader, go: asyncio.StreamWriter, noted: bytearray) -> None:
        while data := await come.read(65536):
            noted += data
            if self.strips:
                data = data.replace(b"STARTTLS\r\n", b"XSOMEBIT\r\n")
            go.write(data)
            await go.drain()
        go.close()
