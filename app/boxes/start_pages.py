"""Starting a box of one's own."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from app.boxes.box import Box
from app.boxes.forms import StartForm
from app.boxes.keys import make_box
from app.boxes.loading import box_of
from app.boxes.me_pages import choices
from app.boxes.newcomers import newcomer
from app.kit.ids import new_id
from app.kit.language import gettext
from app.people import jobs as people_jobs
from app.people.attempts import MANY_TRIES, may_try, stopped
from app.people.devices import start_sign_in
from app.people.door import ViewerSession
from app.people.person import Person
from app.people.viewer import Viewer
from app.web.forms import Fields, Typed, parse
from app.web.pages import render, see_other

router = APIRouter()


@router.get("/start")
def start_page(request: Request, session: ViewerSession) -> Response:
    """The form; someone who has a box is shown to it."""
    viewer: Viewer = request.state.viewer
    typed = {"once": str(new_id()), "theme": "tide"}
    if viewer.person_id is not None:
        if box_of(session, viewer) is not None:
            return see_other(request, "/")
        typed["name"] = session.get_one(Person, viewer.person_id).name
    return _start(request, typed, {})


@router.post("/start")
def start(request: Request, session: ViewerSession, fields: Fields) -> Response:
    """Make the box, and the person when they are new; sign them in, and offer a way back in."""
    viewer: Viewer = request.state.viewer
    form, errors = parse(StartForm, fields)
    if form is None:
        return _start(request, fields, errors, 422)
    many = not may_try(request, session, "start")
    if many or (form.email is not None and not may_try(request, session, "mailbox", about=form.email)):
        return stopped(_start(request, fields, {"name": gettext(MANY_TRIES)}, 429))
    if viewer.person_id is not None:
        person = session.get_one(Person, viewer.person_id, with_for_update=True)
    else:
        person = newcomer(session, form.once, form.name)
    made = box_of(session, Viewer(person.id)) is None
    if made:
        _make(session, person, form)
    answer = see_other(request, "/welcome")
    if viewer.person_id is None:
        start_sign_in(session, request, answer, person.id, "start")
    if made and form.email is not None:
        people_jobs.ask_to_prove(request, session, form.email)
    return answer


def _make(session: Session, person: Person, form: StartForm) -> Box:
    box = make_box(session, person, form.name)
    box.theme = form.theme
    return box


def _start(request: Request, typed: Typed | dict[str, str], errors: dict[str, str], status: int = 200) -> HTMLResponse:
    return render(request, "boxes/start.html", status=status, typed=typed, errors=errors, choices=choices())
