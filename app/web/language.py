"""Which language a request is answered in."""

from contextlib import AbstractContextManager

from starlette.requests import HTTPConnection
from starlette.responses import Response

from app.kit.language import LANGUAGES, asked_for, speak
from app.web.cookies import own_name, set_cookie

COOKIE = "language"
YEAR = 365 * 24 * 3600


def in_its_language(request: HTTPConnection) -> AbstractContextManager[None]:
    """Everything inside speaks the language that was chosen on this device, or the browser's."""
    return speak(chosen_here(request) or asked_for(request.headers.get("accept-language", "")))


def chosen_here(request: HTTPConnection) -> str | None:
    """The language that was chosen on this device, a tag of LANGUAGES; None when none was."""
    chosen = request.cookies.get(own_name(COOKIE))
    return chosen if chosen in LANGUAGES else None


def choose_here(response: Response, language: str, *, lasting: bool = True) -> None:
    """Have this device speak `language` from its next request on: for a year, or until the browser closes."""
    set_cookie(response, own_name(COOKIE), language, seconds=YEAR if lasting else None)
