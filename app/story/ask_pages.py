"""Asking and answering: what I ask of others, what others ask of me."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlmodel import Session, col, select

from app.boxes.box import Box
from app.boxes.circles import active
from app.boxes.connection import Connection
from app.boxes.context import keepers_here
from app.boxes.loading import RunBox, VisibleBox, base_path, my_connection, runs, seen
from app.kit.ids import new_id
from app.kit.language import gettext
from app.memories import timeline
from app.memories.forms import Shown
from app.memories.kinds import KINDS
from app.memories.memory import Memory
from app.people.door import CurrentViewer, ViewerSession
from app.people.viewer import Viewer
from app.story import asks
from app.story.asks import Ask
from app.story.forms import AskForForm, AskToSeeForm, ShowForm
from app.story.journey import journey
from app.web.errors import NotAllowed, NotHere, Refused
from app.web.forms import Fields, Typed, parse
from app.web.pages import render, see_other

router = APIRouter()


def _run_ask(request: Request, session: Session, named: str, direction: str) -> Ask:
    ask = seen(session, Ask, named)
    if ask.direction != direction:
        raise NotHere
    box = session.get_one(Box, ask.box_id)
    request.state.box = box
    if not runs(session, ask.box_id):
        raise NotAllowed(gettext("Only %(name)s decides this.", name=box.name))
    return ask


# Each in a box in which the viewer decides. Raises NotHere, or NotAllowed for whoever asked or is asked.


def get_ask(ask_id: str, request: Request, viewer: CurrentViewer, session: ViewerSession) -> Ask:
    """Someone asks to see something."""
    return _run_ask(request, session, ask_id, "see")


def get_wish(wish_id: str, request: Request, viewer: CurrentViewer, session: ViewerSession) -> Ask:
    """A giver asks to take a gift back."""
    return _run_ask(request, session, wish_id, "back")


def get_question(question_id: str, request: Request, viewer: CurrentViewer, session: ViewerSession) -> Ask:
    """The box asks someone for something."""
    return _run_ask(request, session, question_id, "give")


AskedToSee = Annotated[Ask, Depends(get_ask)]
Wish = Annotated[Ask, Depends(get_wish)]
Question = Annotated[Ask, Depends(get_question)]


def get_asker(box: VisibleBox, viewer: CurrentViewer, session: ViewerSession) -> Connection:
    """The viewer as someone who is let in. Raises NotHere for the owner, who asks nobody to see their own box."""
    connection = my_connection(session, viewer, box.id)
    if connection is None or box.owner_id == viewer.person_id:
        raise NotHere
    return connection


Asker = Annotated[Connection, Depends(get_asker)]


@router.get("/boxes/{box_id}/asking")
def asking_page(request: Request, asker: Asker, session: ViewerSession) -> Response:
    """Ask to see a kind of thing, and what one asked before. Nothing here says what became of it."""
    return _asking(request, session, asker, {"once": str(new_id())}, {})


@router.post("/boxes/{box_id}/asking")
def ask_to_see(request: Request, asker: Asker, session: ViewerSession, fields: Fields) -> Response:
    """Ask."""
    form, errors = parse(AskToSeeForm, fields)
    if form is None:
        return _asking(request, session, asker, fields, errors)
    try:
        asks.ask_to_see(session, asker, form.once, form.words)
    except Refused as refused:
        return _asking(request, session, asker, fields, {"words": refused.sentence})
    return see_other(request, f"/boxes/{asker.box_id}/asking")


@router.get("/asks")
@router.get("/boxes/{box_id}/asks")
def asks_page(request: Request, box: RunBox, session: ViewerSession, memory: str = "", gap: str = "") -> Response:
    """Ask someone for something: about a memory (its id), or a time that nobody has told (its number on the journey).

    No words stand in the address: a browser's history keeps addresses.
    """
    asked = ""
    if memory:
        about = seen(session, Memory, memory)
        if about.box_id != box.id:
            raise NotHere
        name = KINDS[about.kind].called(about.title, about.typed)
        asked = gettext("Do you remember “%(about)s”? Do you have anything from then?", about=name[:120])
    elif gap:
        years = next((node.years for node in journey(session, box) if str(node.gap) == gap), None)
        asked = gettext("Does anyone have something from %(years)s?", years=years) if years else ""
    return _asks(request, session, box, {"once": str(new_id()), "words": asked}, {})


@router.post("/asks")
@router.post("/boxes/{box_id}/asks")
def ask_for(request: Request, box: RunBox, viewer: CurrentViewer, session: ViewerSession, fields: Fields) -> Response:
    """Ask."""
    form, errors = parse(AskForForm, fields)
    people = _askable(session, box)
    chosen = [person for person in people if form and person.id in form.person]
    if form is not None and len(chosen) != len(set(form.person)):
        errors = {"person": gettext("Someone you picked isn’t let in any more. Please choose again.")}
    if form is None or errors:
        return _asks(request, session, box, fields, errors)
    asks.ask_for(session, viewer, box, chosen, form.once, form.words)
    return see_other(request, f"{base_path(box, viewer)}/asks")


@router.post("/questions/{question_id}/closing")
def close(request: Request, question: Question, viewer: CurrentViewer, session: ViewerSession) -> Response:
    """Stop asking."""
    asks.close(session, question)
    return see_other(request, f"{_base(request, viewer)}/asks")


@router.get("/asks/{ask_id}")
def answer_page(
    request: Request,
    ask: AskedToSee,
    viewer: CurrentViewer,
    session: ViewerSession,
    year: str = "",
    chapter: str = "",
    unsorted: str = "",
    before: str = "",
) -> Response:
    """Choose what to show to whoever asked."""
    return _answer(request, session, viewer, ask, timeline.part_of(year, chapter, unsorted), before)


@router.post("/asks/{ask_id}")
def show_them(
    request: Request, ask: AskedToSee, viewer: CurrentViewer, session: ViewerSession, fields: Fields
) -> Response:
    """Let them see what was chosen, beside those who can see it already."""
    form, errors = parse(ShowForm, fields)
    memories = asks.kept(session, ask, form.memory) if form else []
    if form is not None and len(memories) != len(set(form.memory)):
        errors = {"memory": gettext("Something you picked isn’t there any more. Please choose again.")}
    if errors:
        return _answer(request, session, viewer, ask, timeline.Part(), "", errors)
    asks.show_them(session, viewer, ask, memories)
    return see_other(request, f"{_base(request, viewer)}/tray?said=shown")


@router.post("/asks/{ask_id}/ignoring")
def ignore(request: Request, ask: AskedToSee, viewer: CurrentViewer, session: ViewerSession) -> Response:
    """Leave it."""
    asks.ignore(session, viewer, request.state.box, ask)
    return see_other(request, f"{_base(request, viewer)}/tray?said=left")


@router.post("/wishes/{wish_id}/keeping")
def keep_anyway(request: Request, wish: Wish, viewer: CurrentViewer, session: ViewerSession) -> Response:
    """It stays with the young person."""
    asks.keep_anyway(session, viewer, request.state.box, wish)
    return see_other(request, f"{_base(request, viewer)}/tray?said=stays")


@router.post("/wishes/{wish_id}/letting-go")
def let_go_back(request: Request, wish: Wish, viewer: CurrentViewer, session: ViewerSession) -> Response:
    """It goes, as its giver wished."""
    base = _base(request, viewer)
    asks.let_go_back(session, viewer, wish)
    return see_other(request, f"{base}/tray?said=returned")


def _base(request: Request, viewer: Viewer) -> str:
    return base_path(request.state.box, viewer)


def _askable(session: Session, box: Box) -> list[Connection]:
    query = select(Connection).where(Connection.box_id == box.id, active(), col(Connection.may_add))
    return list(session.exec(query.order_by(col(Connection.in_touch).desc(), col(Connection.ring), col(Connection.id))))


def _asking(request: Request, session: Session, asker: Connection, values: Typed, errors: dict[str, str]) -> Response:
    return render(
        request,
        "story/asking.html",
        status=422 if errors else 200,
        asked=asks.asked_by(session, asker, "see"),
        values=Shown(values),
        errors=errors,
    )


def _asks(request: Request, session: Session, box: Box, values: Typed, errors: dict[str, str]) -> Response:
    picked = values.get("person", [])
    return render(
        request,
        "story/asks.html",
        status=422 if errors else 200,
        people=_askable(session, box),
        picked=[picked] if isinstance(picked, str) else picked,
        questions=asks.own_questions(session, box),
        values=Shown(values),
        errors=errors,
    )


def _answer(
    request: Request,
    session: Session,
    viewer: Viewer,
    ask: Ask,
    part: timeline.Part,
    before: str,
    errors: dict[str, str] | None = None,
) -> Response:
    box: Box = request.state.box
    return render(
        request,
        "story/answer.html",
        status=422 if errors else 200,
        ask=ask,
        who=session.get_one(Connection, ask.connection_id),
        timeline=timeline.page(session, viewer, box, part, before, keepers_here(request, box)),
        errors=errors or {},
    )
