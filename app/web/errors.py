"""When something is not there, not allowed, refused or broken: a page for people, problem+json for programs."""

import logging
import math
import secrets
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.kit.language import N_, gettext, ngettext
from app.kit.sealed import BrokenSeal
from app.kit.store import StoreError
from app.web import pages

log = logging.getLogger("holdfast.errors")


class NotHere(Exception):
    """Absent, or invisible to this viewer: the two are the same 404."""


class NotAllowed(Exception):
    """Visible but not theirs to do: 403, with one sentence for the person."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Refused(Exception):
    """What was sent cannot be used: one sentence for the person, a 4xx status, and headers that go with it."""

    def __init__(self, sentence: str, status: int = 422, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status
        self.headers = dict(headers or {})


class TooMany(Refused):
    """Tried too often: 429 (RFC 6585, 4), with the seconds to wait in `Retry-After` and in words."""

    def __init__(self, wait_s: int, sentence: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence or gettext(WORDS[429].what), 429, {"Retry-After": str(wait_s), **(headers or {})})


@dataclass(frozen=True)
class Words:
    """What a person reads: `what` happened, what is `safe`, what to `do`."""

    title: str
    what: str
    safe: str
    do: str

    def said(self) -> "Words":
        """The same in the language of the moment."""
        return Words(gettext(self.title), gettext(self.what), gettext(self.safe), gettext(self.do))


UNCHANGED = N_("Nothing was changed.")
AGAIN = N_("Go back and try again.")
WORDS: Mapping[int, Words] = {
    400: Words(N_("That didn’t work"), N_("We couldn’t read what was sent."), UNCHANGED, AGAIN),
    401: Words(
        N_("You need to come in first"),
        N_("This page is for people who have come in."),
        N_("Your box is safe."),
        N_("Open it."),
    ),
    403: Words(
        N_("You can’t do that here"), N_("That’s not yours to change."), UNCHANGED, N_("Go back to where you were.")
    ),
    404: Words(
        N_("We can’t find that page"),
        N_("It may have moved, or the link may be old."),
        N_("Everything in your box is safe."),
        N_("Check the link, or start again from the front."),
    ),
    405: Words(N_("That didn’t work"), N_("This page can’t be opened that way."), UNCHANGED, AGAIN),
    413: Words(
        N_("That’s too big"),
        N_("It’s too big to send this way, so we didn’t save it."),
        N_("What was in your box before is safe. The file is still where it was."),
        N_("Go back and send fewer things at once, or something smaller."),
    ),
    422: Words(
        N_("We couldn’t use that"),
        N_("Something in it doesn’t look right."),
        UNCHANGED,
        N_("Go back. What you typed should still be there."),
    ),
    429: Words(
        N_("That’s a lot of tries"),
        N_("To keep boxes safe, we stop for a bit after many tries."),
        UNCHANGED,
        N_("Wait a bit, then try again."),
    ),
    500: Words(
        N_("Something broke on our side"),
        N_("It’s our fault, not yours."),
        N_("Everything that was saved is still saved."),
        N_("Go back and try again in a minute. What you typed should still be there."),
    ),
    503: Words(
        N_("We’re not ready"),
        N_("We can’t reach the boxes just now."),
        N_("Everything that was saved is still saved."),
        N_("Try again in a minute."),
    ),
}

CROSS_SITE = N_("We stopped that, because it didn’t come from a page of ours.")
PROBLEM = "application/problem+json"


def words_for(status: int, sentence: str | None = None) -> Words:
    """The words of a status, with `sentence` in place of what happened. Unknown statuses borrow 400's or 500's."""
    words = (WORDS.get(status) or WORDS[400 if status < 500 else 500]).said()
    return replace(words, what=sentence) if sentence else words


def _wait_words(wait_s: int) -> str:
    """What to do about it: wait, in whole minutes from one up."""
    if wait_s < 60:
        return ngettext("Wait %(num)s second, then try again.", "Wait %(num)s seconds, then try again.", wait_s)
    minutes = math.ceil(wait_s / 60)
    return ngettext("Wait %(num)s minute, then try again.", "Wait %(num)s minutes, then try again.", minutes)


def _asked_by_a_program(request: Request) -> bool:
    path, accepts = request.url.path, request.headers.get("accept", "")
    return path == "/api" or path.startswith("/api/") or accepts == "application/json"


def answer(
    request: Request,
    status: int,
    sentence: str | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    code: str = "",
) -> Response:
    """The whole answer for an error.

    Under /api, and for a script that accepts only JSON, it is problem+json (RFC 9457). For htmx it is a short word that
    goes to `#oops`, so that what was typed stays. Otherwise a page, made without context hooks: they may be what broke,
    and a 404 must not differ by who asks.
    `code` is what to say when asking for help.
    """
    words = words_for(status, sentence)
    extra = {**(headers or {}), "Cache-Control": "no-store"}
    if status == 429 and "Retry-After" in extra:
        words = replace(words, do=_wait_words(int(extra["Retry-After"])))
    if _asked_by_a_program(request):
        detail = f"{words.what} {words.safe} {words.do}"
        problem = {"type": "about:blank", "title": words.title, "status": status, "detail": detail}
        return JSONResponse(problem, status, headers=extra, media_type=PROBLEM)
    extra["Vary"] = "HX-Request"
    template = "errors/page.html"
    if pages.is_fragment(request):
        template = "errors/_word.html"
        extra |= {"HX-Retarget": "#oops", "HX-Reswap": "innerHTML"}
    body = pages.render_text(template, status=status, words=words, code=code)
    return HTMLResponse(body, status, headers=extra)


def _frames(error: BaseException) -> str:
    """Where it broke and the kinds of error on the way, never messages or values: those can hold a person's words."""
    lines: list[str] = []
    seen: BaseException | None = error
    while seen is not None:
        lines.append(type(seen).__qualname__)
        lines += [
            f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(seen.__traceback__)
        ]
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return "\n".join(lines)


class BrokenPages:
    """Pure-ASGI middleware, inside SecurityHeaders: an error nobody handled becomes the 500 page and one log entry.

    The log names the route, never the path: a path can be a secret.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and answer 500 if nothing was answered yet."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except Exception as error:
            code = secrets.token_hex(3)
            route = getattr(scope.get("route"), "path", "no route")
            log.error("500 %s %s %s\n%s", code, scope["method"], route, _frames(error))
            if started:
                raise ConnectionAbortedError("the answer had begun") from None
            await answer(Request(scope), 500, code=code)(scope, receive, send)


def _not_here(request: Request, _error: Exception) -> Response:
    return answer(request, 404)


def _not_allowed(request: Request, error: Exception) -> Response:
    return answer(request, 403, error.sentence if isinstance(error, NotAllowed) else None)


def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, Refused):
        return answer(request, 422)
    return answer(request, error.status, error.sentence, headers=error.headers)


def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return answer(request, 500)
    kept: dict[str, Any] = {} if error.status_code == 404 else dict(error.headers or {})
    return answer(request, error.status_code, headers=kept)


def _invalid(request: Request, error: Exception) -> Response:
    in_path = isinstance(error, RequestValidationError) and any(e["loc"][:1] == ("path",) for e in error.errors())
    return answer(request, 404 if in_path else 422)


def _out_of_reach(request: Request, error: Exception) -> Response:
    """The store or the database is down or starts again: nothing is wrong with what was asked."""
    log.warning("503 %s %s", request.method, type(error).__name__)
    return answer(request, 503)


def install(app: FastAPI) -> None:
    """Register the handlers. `BrokenPages` goes in with the other middlewares, so their order is seen in one place."""
    app.add_exception_handler(NotHere, _not_here)
    app.add_exception_handler(NotAllowed, _not_allowed)
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    for trouble in (StoreError, BrokenSeal, OperationalError, InterfaceError, NoConnectionFree):
        app.add_exception_handler(trouble, _out_of_reach)
