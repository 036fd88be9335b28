"""The SMTP process: the door that givers' mail programs knock on."""

import asyncio
import logging
from collections.abc import Callable

import app.models  # every table
import app.tasks  # noqa: F401  # every job
from app.arrivals.mail.door import Door, Traffic
from app.arrivals.mail.tls import tls_context
from app.kit.config import settings


async def serve_mail(ready: Callable[[], None] | None = None) -> None:
    """Take mail in on SMTP_HOST:SMTP_PORT until cancelled. What was not answered with 250 its sender sends again.

    Raises OSError when the port is taken.
    """
    logging.getLogger("mail.log").disabled = True  # aiosmtpd's own, which names addresses
    loop = asyncio.get_running_loop()
    tls = await asyncio.to_thread(tls_context)
    traffic = Traffic()
    server = await loop.create_server(
        lambda: Door(traffic, tls, loop), settings().smtp_host, settings().smtp_port, reuse_address=True
    )
    try:
        if ready is not None:
            ready()
        await loop.create_future()
    finally:
        server.close()
