"""The body of a request as it comes, from phones that may fall silent."""

import asyncio
from collections.abc import AsyncIterator

from fastapi import Request
from starlette.requests import ClientDisconnect

SILENCE_S = 60
PAUSE_S = 0.25


async def pieces(request: Request) -> AsyncIterator[bytes]:
    """The body in pieces, none empty.

    Raises ClientDisconnect when the connection ends too soon, and also after a minute of silence: the phone is gone and
    nobody told us.
    """
    async for piece in pieces_and_pauses(request):
        if piece:
            yield piece


async def pieces_and_pauses(request: Request) -> AsyncIterator[bytes]:
    """As `pieces`, and `b""` whenever nothing came for a quarter of a second."""
    silent_s = 0.0
    while True:
        try:
            async with asyncio.timeout(PAUSE_S):
                message = await request.receive()
        except TimeoutError:
            silent_s += PAUSE_S
            if silent_s >= SILENCE_S:
                raise ClientDisconnect from None
            yield b""
            continue
        silent_s = 0.0
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        if piece := message.get("body", b""):
            yield piece
        if not message.get("more_body", False):
            return
