"""The body of a request as it comes, from phones that may fall silent."""

import asyncio
from collections.abc import AsyncIterator

from fastapi import Request
from starlette.requests import ClientDisconnect

SILENCE_S = 60


async def pieces(request: Request) -> AsyncIterator[bytes]:
    """The body in pieces, none empty.

    Raises ClientDisconnect when the connection ends too soon, and also after a minute of silence: the phone is gone and
    nobody told us.
    """
    stream = request.stream()
    while True:
        try:
            piece = await asyncio.wait_for(anext(stream), SILENCE_S)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise ClientDisconnect from None
        if piece:
            yield piece
