"""How much a request may carry, and how slowly."""

import asyncio
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web import errors

MEGABYTE = 1_000_000
# A browser shows our page only when it could finish sending; beyond this we hang up.
DRAIN_BYTES = 64 * MEGABYTE
SILENCE_S = 60.0
"""So long a body may say nothing: a phone without signal is gone by then."""
PACE = 500
"""Bytes a second that a body needs on the whole, after its first SILENCE_S seconds."""


class Pace:
    """A request's body as it comes; one that has fallen silent, or comes too slowly to matter, is a disconnect.

    Whoever waits may give up and wait again (`asyncio.timeout`): time is counted from what last came.
    """

    def __init__(self, receive: Receive, silence_s: float = SILENCE_S, pace: int = PACE) -> None:
        self._receive = receive
        self._silence_s, self._pace = silence_s, pace
        self._bytes, self._whole = 0, False
        self._began = self._last = asyncio.get_running_loop().time()

    async def __call__(self) -> Message:
        """The next message."""
        if self._whole:  # from here on it is asked whether they are still there
            return await self._receive()
        due = min(self._last, self._began + self._bytes / self._pace) + self._silence_s
        try:
            async with asyncio.timeout_at(due) as pause:
                message = await self._receive()
        except TimeoutError:
            if not pause.expired():
                raise
            return {"type": "http.disconnect"}
        self._last = asyncio.get_running_loop().time()
        self._bytes += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        return message


class BodyLimit:
    """Pure-ASGI middleware: a body over the limit is a 413, known lengths before any handler runs.

    `larger` gives path prefixes, on whole segments, their own limit in bytes: where files are sent. The longest wins; a
    segment "*" is any one ("/boxes/*/give"). `silence_s` and `pace` as in `Pace`.
    """

    def __init__(
        self,
        app: ASGIApp,
        max_bytes: int = MEGABYTE,
        larger: Mapping[str, int] | None = None,
        silence_s: float = SILENCE_S,
        pace: int = PACE,
    ) -> None:
        self.app = app
        self.silence_s, self.pace = silence_s, pace
        self.max_bytes = max_bytes
        self.larger = sorted((larger or {}).items(), key=lambda pair: -len(pair[0]))

    def limit(self, path: str) -> int:
        """The most bytes a body sent to `path` may have."""
        for prefix, size in self.larger:
            if _begins_with(path, prefix):
                return size
        return self.max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its body counted, or answer 413."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        receive = Pace(receive, self.silence_s, self.pace)
        limit = self.limit(scope["path"])
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and int(declared) > limit:
            if int(declared) <= DRAIN_BYTES:
                await _drain(receive)
            await errors.answer(Request(scope), 413)(scope, receive, send)
            return

        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise HTTPException(413)
            return message

        await self.app(scope, counted, send)


def _begins_with(path: str, prefix: str) -> bool:
    asked, given = path.split("/"), prefix.rstrip("/").split("/")
    return len(asked) >= len(given) and all(part in ("*", own) for part, own in zip(given, asked, strict=False))


async def _drain(receive: Receive) -> None:
    more = True
    while more:
        message = await receive()
        more = message["type"] == "http.request" and message.get("more_body", False)
