"""Coming in: what an invited person sees and does."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from app.boxes import invitation
from app.boxes.forms import CodeForm, ComeInForm
from app.boxes.invitation import Acceptance, Invitation
from app.boxes.newcomers import newcomer
from app.kit import db
from app.kit.ids import new_id
from app.kit.language import N_, gettext
from app.people.attempts import may_try
from app.people.devices import start_sign_in
from app.people.door import CurrentViewer, ViewerSession
from app.people.viewer import Viewer
from app.web.errors import Refused
from app.web.forms import Fields, parse
from app.web.pages import render, see_other

router = APIRouter()

OWN = N_("This is your own box. The invitation is for someone else.")
OTHER = N_("This invitation is for someone who was here before. Sign in the way you did then, and open it again.")


@router.get("/invitation")
def code_page(request: Request, session: ViewerSession) -> HTMLResponse:
    """Where a code is typed."""
    return render(request, "boxes/code.html", typed={}, errors={})


@router.post("/invitation")
def use_code(request: Request, session: ViewerSession, fields: Fields) -> Response:
    """Go to what the code opens."""
    form, errors = parse(CodeForm, fields)
    code = invitation.tidy(form.code) if form else ""
    if form is not None and not invitation.is_code(code):
        errors = {"code": gettext("That isn’t one of our codes. They have 12 letters and numbers.")}
    if errors:
        return render(request, "boxes/code.html", status=422, typed=fields, errors=errors)
    return see_other(request, f"/invitation/{code}")


@router.get("/invitation/{secret}")
def invitation_page(request: Request, secret: str, session: ViewerSession) -> Response:
    """Whose box, and what saying yes means."""
    asked = _presented(request, session, secret)
    viewer: Viewer = request.state.viewer
    if asked is not None and viewer.person_id is not None and asked.accepted_by == viewer.person_id:
        return see_other(request, f"/boxes/{asked.box_id}")
    if asked is None or not asked.is_open:
        return _gone(request)
    return _invitation(request, asked, secret, {"once": str(new_id())}, {})


@router.post("/invitation/{secret}/acceptance")
def accept(request: Request, secret: str, session: ViewerSession, fields: Fields) -> Response:
    """Say yes, as the one who is signed in, or as someone new. Saying it twice is saying it once."""
    asked = _presented(request, session, secret)
    if asked is None:
        return _gone(request)
    viewer: Viewer = request.state.viewer
    if viewer.person_id is not None:
        went = invitation.accept(session)
        return _gone(request) if went.outcome == "gone" else see_other(request, _where(went))
    form, errors = parse(ComeInForm, fields)
    if form is None:
        return _invitation(request, asked, secret, fields, errors, 422)
    person = newcomer(session, form.once, form.name, invitation.tidy(secret))
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


def _presented(request: Request, session: Session, secret: str) -> Invitation | None:
    """The invitation, in a session that presents its secret from here on, as the one who is signed in or as nobody.

    None for whoever has tried too many spoken codes just now, too.
    """
    secret = invitation.tidy(secret)
    if invitation.is_code(secret) and not may_try(request, session, "code"):
        return None
    viewer: Viewer = request.state.viewer
    db.become(session, Viewer(viewer.person_id, secret=secret).claims())
    return invitation.presented(session, secret)


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
