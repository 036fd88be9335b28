"""The people who can help me back in, and the people I can help."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import AfterValidator
from sqlmodel import Session

from app.boxes import coming_back, trusted
from app.boxes.box import Box
from app.boxes.loading import RunBox, seen
from app.boxes.recovery import TrustedPerson
from app.boxes.trusted import MOST
from app.kit import noticed
from app.kit.config import settings
from app.kit.language import N_, gettext
from app.people.attempts import MANY_TRIES, may_try, stopped
from app.people.door import CurrentViewer, ViewerSession
from app.people.proof import need_proof_here
from app.web.errors import NotHere, Refused
from app.web.forms import Fields, Form, parse
from app.web.pages import render, see_other

router = APIRouter()

WENT = {
    "cannot": N_("They can’t be asked just now. They need to be let in first. Nothing was changed."),
    "full": N_("You have three people already. Take one off the list first. Nothing was changed."),
    "full for you": N_("They have three people already, so you’re not needed just now. Nothing was changed."),
    "wrong": N_("That code doesn’t work. Ask them to read it to you again. Nothing was changed."),
    "paused": N_("They said stop a short time ago, so nobody can begin again for a day. Nothing was changed."),
}


class AskForm(Form):
    """Whom to ask."""

    who: UUID


class AnswerForm(Form):
    """Yes or no."""

    answer: Literal["yes", "no"]


class HelpCodeForm(Form):
    """What somebody read aloud, and that they really were there."""

    messages: ClassVar = {
        "code.missing": N_("Please type the code they read to you."),
        "sure": N_("Please tick this when you are sure. If you’re not, don’t go on."),
    }

    code: Annotated[str, AfterValidator(coming_back.normal_code)]
    sure: Literal["yes"]


def _my_helper(trusted_id: str, box: RunBox, session: ViewerSession) -> TrustedPerson:
    """One of the trusted people of one's own box. Raises NotHere."""
    found = seen(session, TrustedPerson, trusted_id)
    if found.box_id != box.id:
        raise NotHere
    return found


MyHelper = Annotated[TrustedPerson, Depends(_my_helper)]


def _asked_of_me(trusted_id: str, viewer: CurrentViewer, session: ViewerSession) -> trusted.Helped:
    """That somebody else asked the viewer for help. Raises NotHere."""
    found = seen(session, TrustedPerson, trusted_id)
    box = session.get(Box, found.box_id)
    if box is None or box.owner_id == viewer.person_id:
        raise NotHere
    return trusted.Helped(found, box)


AskedOfMe = Annotated[trusted.Helped, Depends(_asked_of_me)]


@router.get("/me/trusted")
def trusted_page(request: Request, box: RunBox, session: ViewerSession) -> HTMLResponse:
    """My three people: whom I asked, what they said, and whom I could ask."""
    people = trusted.chosen(session, box)
    running = coming_back.under_way(session, box)
    return render(
        request,
        "boxes/trusted.html",
        people=people,
        others=trusted.could_be_asked(session, box, people),
        room=sum(one.trusted.answer != "no" for one in people) < MOST,
        ready=sum(one.counts for one in people) >= 2,
        running=running,
        said_yes=coming_back.who_said_yes(session, running) if running else [],
        hours=settings().recovery_wait_hours,
    )


@router.post("/me/trusted")
def ask(request: Request, box: RunBox, session: ViewerSession, fields: Fields) -> Response:
    """Ask someone to be one of them."""
    need_proof_here(request, session, "/me/trusted")
    form, _errors = parse(AskForm, fields)
    went = trusted.ask(session, box, form.who) if form else "cannot"
    if went in WENT:
        raise Refused(gettext(WENT[went]))
    return see_other(request, "/me/trusted")


@router.post("/me/trusted/{trusted_id}/ending")
def end(request: Request, helper: MyHelper, session: ViewerSession) -> Response:
    """Somebody helps no more, and is not told."""
    need_proof_here(request, session, "/me/trusted")
    trusted.end(session, helper)
    return see_other(request, "/me/trusted")


@router.post("/me/coming-back/stop")
def stop(request: Request, box: RunBox, session: ViewerSession) -> Response:
    """That wasn't me. Stop it."""
    if coming_back.stop(session):
        return render(request, "boxes/stopped.html", stopped=True, coming_back=None)
    return render(request, "boxes/stopped.html", stopped=False)


@router.get("/helping")
def helping_page(request: Request, viewer: CurrentViewer, session: ViewerSession) -> HTMLResponse:
    """The people who asked me to help them back in, if they ever need it."""
    return render(request, "boxes/helping.html", helped=trusted.helped(session, viewer.person_id))


@router.get("/helping/{trusted_id}")
def help_page(request: Request, asked: AskedOfMe, session: ViewerSession) -> HTMLResponse:
    """What one of them asks, and where their code is typed."""
    return _help(request, session, asked)


@router.post("/helping/{trusted_id}/answer")
def answer(request: Request, asked: AskedOfMe, session: ViewerSession, fields: Fields) -> Response:
    """Yes, I will help; or no."""
    form, _errors = parse(AnswerForm, fields)
    if form is None:
        return _help(request, session, asked, status=422)
    if trusted.answer(session, asked.trusted, form.answer == "yes") == "full":
        raise Refused(gettext(WENT["full for you"]))
    return see_other(request, f"/helping/{asked.trusted.id}")


@router.post("/helping/{trusted_id}/code")
def help_with_code(request: Request, asked: AskedOfMe, session: ViewerSession, fields: Fields) -> Response:
    """It is really them. The answer is the same whether or not another has said so."""
    form, errors = parse(HelpCodeForm, fields)
    if form is None:
        return _help(request, session, asked, fields, errors, 422)
    if not may_try(request, session, "help-code"):
        return stopped(_help(request, session, asked, fields, {"code": gettext(MANY_TRIES)}, 429))
    went = coming_back.say_yes(session, asked.trusted, form.code)
    if went in WENT:
        noticed.note("not_let_in", "trusted")
        return _help(request, session, asked, fields, {"code": gettext(WENT[went])}, 422)
    if went == "gone":
        raise NotHere
    return render(request, "boxes/helped.html", asked=asked, hours=settings().recovery_wait_hours)


def _help(
    request: Request,
    session: Session,
    asked: trusted.Helped,
    typed: Fields | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> HTMLResponse:
    return render(
        request,
        "boxes/help_back_in.html",
        status=status,
        asked=asked,
        running=coming_back.under_way(session, asked.box) if asked.trusted.answer == "yes" else None,
        hours=settings().recovery_wait_hours,
        values=typed or {},
        errors=errors or {},
    )
