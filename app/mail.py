"""The mail process: the doors that givers' mail comes in by."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import app.models  # every table
import app.tasks  # noqa: F401  # every job
from app.arrivals.mail.door import CONNECTIONS, Door, Traffic
from app.arrivals.mail.lmtp import LmtpDoor
from app.arrivals.mail.tls import tls_context
from app.kit.config import settings


async def serve_mail(ready: Callable[[], None] | None = None) -> None:
    """Take mail in on SMTP_HOST:SMTP_PORT, and on LMTP_LISTEN when that is set, until cancelled.

    What was not answered with 250 its sender sends again. Raises OSError when a port or a socket is taken.
    """
    logging.getLogger("mail.log").disabled = True  # aiosmtpd's own, which names addresses
    loop = asyncio.get_running_loop()
    tls = await asyncio.to_thread(tls_context)
    traffic = Traffic()
    async with AsyncExitStack() as open_ones:
        server = await loop.create_server(
            lambda: Door(traffic, tls, loop), settings().smtp_host, settings().smtp_port, reuse_address=True
        )
        open_ones.callback(server.close)
        if settings().lmtp_listen:
            open_ones.callback((await _lmtp(settings().lmtp_listen)).close)
        if ready is not None:
            ready()
        await loop.create_future()


async def _lmtp(where: str) -> asyncio.Server:
    """Listen for LMTP on a Unix socket (a path with "/" in it) or on host:port."""
    loop = asyncio.get_running_loop()
    traffic = Traffic(most_of_one=CONNECTIONS)

    def door() -> LmtpDoor:
        return LmtpDoor(traffic, loop)

    if "/" not in where:
        host, _, port = where.rpartition(":")
        return await loop.create_server(door, host.strip("[]") or "127.0.0.1", int(port), reuse_address=True)
    server = await loop.create_unix_server(door, where)
    # Whoever may write to it is believed about where a message came from.
    await asyncio.to_thread(Path(where).chmod, 0o660)
    return server
