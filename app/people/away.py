"""Hide: a cover over everything, until whoever hid it opens it again.

A cookie says that this browser is covered. The page sets it (static/js/hide.js), or, with no script, the stylesheet
does by fetching `/away/now` as the cover comes up. While it is there every page of ours is the cover, so Back, history
and other tabs show nothing. It keeps nobody out: it hides a screen, and signing out is what locks the door.
"""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from app.people.next_page import own_path
from app.web.cookies import drop_cookie, own_name, set_cookie
from app.web.forms import Fields
from app.web.pages import render_plain, see_other
from app.web.pwa import SHELL, shell_page

COOKIE = "holdfast-away"
# What is the same for everybody, and help, stay in reach.
_OPEN = ("/away", "/static", "/help", "/worker.js", "/app.webmanifest", "/healthz")

SHELL.append("js/hide.js")
router = APIRouter()


@router.get("/away")
@shell_page("/away")
def show_cover(next_url: Annotated[str, Query(alias="next")] = "/") -> HTMLResponse:
    """The cover. The same for everybody, so that a phone may keep it for when there is no signal."""
    return render_plain("people/away.html", next_url=own_path(next_url))


@router.get("/away/now")
def cover_now(request: Request) -> Response:
    """What the stylesheet and the script ask for as the cover comes up: nothing to look at.

    `Clear-Site-Data: "cache"` also throws out the pages that the browser holds for Back (W3C Clear Site Data, 3.1).
    A script (Fetch Metadata: no destination) has set the cookie itself, and over a weak signal it may be gone again by
    the time this answer comes.
    """
    response = Response(status_code=204, headers={"Clear-Site-Data": '"cache"', "Cache-Control": "no-store"})
    if request.headers.get("sec-fetch-dest") != "empty":
        set_cookie(response, own_name(COOKIE), "1", for_scripts=True)
    return response


@router.post("/away/open")
def open_again(request: Request, typed: Fields) -> Response:
    """Take the cover off and go back to the page that was asked for under it, or to the front."""
    wanted = typed.get("next", "/")
    response = see_other(request, own_path(wanted if isinstance(wanted, str) else None))
    drop_cookie(response, own_name(COOKIE))
    return response


class Cover:
    """Pure-ASGI middleware: while the browser is covered, a page that is asked for is the cover (303)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or send a page's reader to the cover."""
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD") and _covered(scope):
            wanted = own_path(
                scope["path"] + (f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else "")
            )
            where = "/away" if wanted == "/" else f"/away?next={quote(wanted, safe='/')}"
            answer = Response(status_code=303, headers={"Location": where, "Cache-Control": "no-store"})
            await answer(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _covered(scope: Scope) -> bool:
    path = scope["path"]
    if any(path == one or path.startswith(f"{one}/") for one in _OPEN):
        return False
    headers = dict(scope["headers"])
    if own_name(COOKIE).encode() not in headers.get(b"cookie", b""):
        return False
    # Only what a person looks at: a page that is being gone to (Fetch Metadata), or one that an older browser asks for.
    mode = headers.get(b"sec-fetch-mode")
    going = mode == b"navigate" if mode is not None else b"text/html" in headers.get(b"accept", b"")
    return going and own_name(COOKIE) in cookie_parser(headers[b"cookie"].decode("latin-1"))
