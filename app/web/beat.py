"""Every 404 leaves on a beat: what is not there is told no sooner than what somebody may not see."""

import asyncio
import math
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

BEAT_S = 0.1
"""Longer than it takes to find out; whatever takes longer still leaves on the next beat."""


class OnTheBeat:
    """Pure-ASGI middleware. Whoever is held up holds no thread and no connection: the work is done."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; an answer that is a 404 waits for the beat."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.monotonic()

        async def evenly(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 404 and BEAT_S:
                taken = time.monotonic() - began
                await asyncio.sleep(math.ceil(taken / BEAT_S) * BEAT_S - taken)
            await send(message)

        await self.app(scope, receive, evenly)
