"""The front door for someone who lost every way in, and the link in a mail that stops it."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from app.boxes import coming_back
from app.boxes.coming_back import Standing
from app.kit.config import settings
from app.kit.language import gettext
from app.people.attempts import MANY_TRIES, may_try, stopped
from app.people.devices import start_sign_in
from app.people.door import ViewerSession, cookie_name, presenting
from app.web.cookies import drop_cookie, set_cookie
from app.web.pages import render, see_other

router = APIRouter()

HELD_SECONDS = 21 * 24 * 3600


@router.get("/sign-in/help")
def help_page(request: Request, session: ViewerSession) -> HTMLResponse:
    """What to do when nothing else opens it; then the code, the wait, and the way in."""
    return _page(request, session)


@router.post("/sign-in/help")
def begin(request: Request, session: ViewerSession) -> Response:
    """Begin on this device. Nobody says who they are, so nothing can be learned about anyone."""
    if not may_try(request, session, "help"):
        return stopped(_page(request, session, gettext(MANY_TRIES), 429))
    secret = coming_back.begin(request, session)
    response = see_other(request, "/sign-in/help")
    set_cookie(response, _cookie(), secret, seconds=HELD_SECONDS)
    return response


@router.post("/sign-in/help/coming-in")
def come_in(request: Request, session: ViewerSession) -> Response:
    """The wait is over: sign this device in, and go to where a new way in is made."""
    secret = request.cookies.get(_cookie())
    person_id = coming_back.come_back(request, session, secret) if secret else None
    if person_id is None:
        return see_other(request, "/sign-in/help")
    response = see_other(request, "/me/devices")
    start_sign_in(session, request, response, person_id, "trusted")
    drop_cookie(response, _cookie())
    return response


@router.get("/stop/{token}")
def stop_page(request: Request, session: ViewerSession, token: str) -> HTMLResponse:
    """One button. Looking stops nothing: mail scanners look."""
    can = coming_back.can_stop(request, session, token)
    return render(request, "boxes/stop.html", status=200 if can else 410, token=token, can=can)


@router.post("/stop/{token}")
def stop(request: Request, session: ViewerSession, token: str) -> HTMLResponse:
    """That wasn't me. Stop it."""
    with presenting(request, session, token):
        was = coming_back.stop(session)
    return render(request, "boxes/stopped.html", status=200 if was else 410, stopped=was)


def _page(request: Request, session: Session, trouble: str = "", status: int = 200) -> HTMLResponse:
    secret = request.cookies.get(_cookie())
    standing = coming_back.stands(request, session, secret) if secret else Standing("new")
    code = coming_back.spoken(coming_back.code_of(secret)) if secret and standing.said == "asked" else ""
    return render(
        request,
        "boxes/coming_back.html",
        status=status,
        standing=standing,
        code=code,
        trouble=trouble,
        hours=settings().recovery_wait_hours,
    )


def _cookie() -> str:
    return f"{cookie_name()}-help"
