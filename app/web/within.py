"""What holds while a request is answered: what it is chosen by is on the request, and it ends with the answer."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send


class Within:
    """Pure-ASGI middleware: everything inside runs within the context manager that `made` makes from the request."""

    def __init__(self, app: ASGIApp, made: Callable[[HTTPConnection], AbstractContextManager[None]]) -> None:
        self.app = app
        self.made = made

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        with self.made(HTTPConnection(scope)):
            await self.app(scope, receive, send)
