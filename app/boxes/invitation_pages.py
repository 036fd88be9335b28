"""Coming in: what an invited person sees and does."""

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from app.boxes import invitation
from app.boxes.forms import CodeForm, ComeInForm
from app.boxes.invitation import Acceptance, Invitation
from app.boxes.newcomers import newcomer
from app.kit import db, noticed
from app.kit.ids import new_id
from app.kit.language import N_, gettext
from app.people.attempts import MANY_TRIES, may_still, may_try, stopped
from app.people.devices import start_sign_in
from app.people.door import CurrentViewer, ViewerSession, cookie_name
from app.people.sealed_text import NotSealedHere, open_text, seal_text
from app.people.viewer import Viewer
from app.web.cookies import set_cookie
from app.web.errors import Refused
from app.web.forms import Fields, parse
from app.web.pages import render, see_other

router = APIRouter()
SAID, SAID_FOR, HELD = "said", "typed code of an invitation", timedelta(hours=1)
"""What stands in the address for a code that was typed, and how long the browser holds it."""

OWN = N_("This is your own box. The invitation is for someone else.")
OTHER = N_("This invitation is for someone who was here before. Sign in the way you did then, and open it again.")


@router.get("/invitation")
def code_page(request: Request, session: ViewerSession) -> HTMLResponse:
    """Where a code is typed."""
    return render(request, "boxes/code.html", typed={}, errors={})


@router.post("/invitation")
def use_code(request: Request, session: ViewerSession, fields: Fields) -> Response:
    """Go to what the code opens. It stands in no address: the browser holds it, and a wrong one is counted."""
    form, errors = parse(CodeForm, fields)
    code = invitation.tidy(form.code) if form else ""
    if form is not None and not invitation.is_code(code):
        errors = {"code": gettext("That isn’t one of our codes. They have 12 letters and numbers.")}
    if errors:
        return render(request, "boxes/code.html", status=422, typed=fields, errors=errors)
    if not may_still(request, session, "said"):
        return stopped(render(request, "boxes/code.html", status=429, typed={}, errors={"code": gettext(MANY_TRIES)}))
    asked = _presented(request, session, code)
    if asked is None or not (asked.is_open or _mine_already(request, asked)):
        may_try(request, session, "said")
        noticed.note("not_let_in", "invitation")
        return _gone(request)
    response = see_other(request, f"/invitation/{SAID}")
    set_cookie(response, said_cookie(), seal_text(code, SAID_FOR), seconds=int(HELD.total_seconds()))
    return response


@router.get("/invitation/{secret}")
def invitation_page(request: Request, secret: str, session: ViewerSession) -> Response:
    """Whose box, and what saying yes means."""
    asked = _presented(request, session, _secret(request, secret))
    if asked is not None and _mine_already(request, asked):
        return see_other(request, f"/boxes/{asked.box_id}")
    if asked is None or not asked.is_open:
        return _gone(request)
    return _invitation(request, asked, secret, {"once": str(new_id())}, {})


@router.post("/invitation/{secret}/acceptance")
def accept(request: Request, secret: str, session: ViewerSession, fields: Fields) -> Response:
    """Say yes, as the one who is signed in, or as someone new. Saying it twice is saying it once."""
    held = _secret(request, secret)
    asked = _presented(request, session, held)
    if asked is None:
        return _gone(request)
    viewer: Viewer = request.state.viewer
    if viewer.person_id is not None:
        went = invitation.accept(session)
        return _gone(request) if went.outcome == "gone" else see_other(request, _where(went))
    form, errors = parse(ComeInForm, fields)
    if form is None:
        return _invitation(request, asked, secret, fields, errors, 422)
    person = newcomer(session, form.once, form.name, invitation.shown(held))
    went = invitation.accept(session)
    if went.outcome == "gone":
        session.rollback()
        return _gone(request)
    _where(went)
    answer = see_other(request, "/welcome")
    start_sign_in(session, request, answer, person.id, "invitation")
    return answer


@router.get("/welcome")
def welcome_page(request: Request, viewer: CurrentViewer) -> HTMLResponse:
    """For someone new: make a way back in."""
    return render(request, "boxes/welcome.html")


def _secret(request: Request, in_the_address: str) -> str:
    """The secret that this address stands for: its own, or the code that was typed here. "" where there is none."""
    if in_the_address != SAID:
        return "" if invitation.is_code(invitation.tidy(in_the_address)) else in_the_address.strip()
    try:
        return open_text(request.cookies.get(said_cookie(), ""), SAID_FOR)
    except NotSealedHere:
        return ""


def _presented(request: Request, session: Session, secret: str) -> Invitation | None:
    """The invitation, in a session that presents its secret from here on, as the one who is signed in or as nobody."""
    viewer: Viewer = request.state.viewer
    db.become(session, Viewer(viewer.person_id, secret=invitation.shown(secret)).claims())
    return invitation.presented(session, secret)


def _mine_already(request: Request, asked: Invitation) -> bool:
    viewer: Viewer = request.state.viewer
    return viewer.person_id is not None and asked.accepted_by == viewer.person_id


def said_cookie() -> str:
    """The cookie of a code that was typed."""
    return f"{cookie_name()}-said"


def _where(went: Acceptance) -> str:
    if went.outcome == "own":
        raise Refused(gettext(OWN))
    if went.outcome == "other":
        raise Refused(gettext(OTHER))
    return f"/boxes/{went.box_id}"


def _gone(request: Request) -> HTMLResponse:
    return render(request, "boxes/invitation_gone.html", status=404)


def _invitation(
    request: Request, asked: Invitation, secret: str, typed: Any, errors: dict[str, str], status: int = 200
) -> HTMLResponse:
    return render(
        request, "boxes/invitation.html", status=status, asked=asked, secret=secret, typed=typed, errors=errors
    )
