"""Which language a request is answered in."""

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.kit.language import LANGUAGES, asked_for, speak
from app.web.cookies import set_cookie

COOKIE = "language"
YEAR = 365 * 24 * 3600


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
        with speak(chosen_here(request) or asked_for(request.headers.get("accept-language", ""))):
            await self.app(scope, receive, send)


def chosen_here(request: HTTPConnection) -> str | None:
    """The language that was chosen on this device, a tag of LANGUAGES; None when none was."""
    chosen = request.cookies.get(COOKIE)
    return chosen if chosen in LANGUAGES else None


def choose_here(response: Response, language: str, *, lasting: bool = True) -> None:
    """Have this device speak `language` from its next request on: for a year, or until the browser closes."""
    set_cookie(response, COOKIE, language, seconds=YEAR if lasting else None)
