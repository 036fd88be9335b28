"""Which language a request is answered in."""

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from app.kit.language import LANGUAGES, asked_for, speak

COOKIE = "language"


class Speak:
    """Pure-ASGI middleware: everything inside speaks the language that was chosen on this device, or the browser's."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on in its language."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = HTTPConnection(scope)
        chosen = request.cookies.get(COOKIE, "")
        with speak(chosen if chosen in LANGUAGES else asked_for(request.headers.get("accept-language", ""))):
            await self.app(scope, receive, send)
