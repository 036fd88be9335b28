"""New for you: keep, put away, "not for my box"; and who is knocking."""

from collections.abc import Callable

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session, col, select

from app.arrivals import knocks
from app.arrivals.forms import LetInForm, OneOfThemForm, TurnAwayForm
from app.arrivals.loading import KeptOut, Knock, RunGift
from app.arrivals.tray import put_away_count, still_arrived, tray_of
from app.boxes import looks
from app.boxes.box import Box
from app.boxes.connection import Connection
from app.boxes.loading import RunBox, base_path
from app.kit.language import N_, gettext
from app.memories import deciding
from app.memories.memory import Gift, Memory
from app.people.door import CurrentViewer, ViewerSession
from app.people.viewer import Viewer
from app.story import asks
from app.web.errors import NotHere
from app.web.forms import Fields, Typed, parse
from app.web.pages import is_fragment, render, see_other

router = APIRouter()
Verb = Callable[[Session, Viewer, Memory], bool]
SAID = {
    "kept": N_("Kept. Only you can see it. Nobody else can."),
    "put_away": N_("Put away for now. It waits in your drawer."),
    "returned": N_("It won’t go in your box. You get 30 days to change your mind."),
    "let_in": N_("We’re opening it. It shows here in a moment."),
    "turned_away": N_("Turned away. It stays shut, and they aren’t told why."),
    "never": N_("They can’t knock any more. They aren’t told."),
    "may_knock": N_("They can knock again. You still decide each time."),
    "again": N_("It’s back at the door, still shut."),
    "shown": N_("Shown. You can change who sees it any time."),
    "left": N_("Left. Nobody is told."),
    "stays": N_("It stays in your box. Nobody is told."),
}
ASKED_FIRST = 2


@router.get("/tray")
@router.get("/boxes/{box_id}/tray")
def tray_page(request: Request, box: RunBox, viewer: CurrentViewer, session: ViewerSession, said: str = "") -> Response:
    """What is new. A look by anyone but the owner is written down."""
    if box.owner_id != viewer.person_id and viewer.person_id is not None and not is_fragment(request):
        looks.looked(session, box_id=box.id, by=viewer.person_id, what="timeline")
    people = session.exec(
        select(Connection)
        .where(Connection.box_id == box.id, col(Connection.state).in_(("known", "invited", "active")))
        .order_by(col(Connection.ring), col(Connection.id))
    ).all()
    return render(
        request,
        "arrivals/tray.html",
        fragment="arrivals/_tray.html",
        tray=tray_of(session, box),
        knocks=knocks.knocks(session, box, "knocking", most=knocks.MOST_SHOWN),
        held_back=knocks.held_back(session, box),
        asks=asks.waiting(session, box),
        kept_out=knocks.kept_out(session, box, knocks.MOST_SHOWN),
        turned_away=knocks.knocks(session, box, "turned_away", most=knocks.MOST_SHOWN),
        opening=knocks.opening(session, box),
        people=people,
        askable=[each for each in people if each.state == "active" and each.in_touch][:ASKED_FIRST],
        put_away=put_away_count(session, box),
        said=gettext(SAID[said]) if said in SAID else "",
        said_key=said,
    )


@router.post("/gifts/{gift_id}/keeping")
def keep(request: Request, gift: RunGift, viewer: CurrentViewer, session: ViewerSession, fields: Fields) -> Response:
    """Keep all of a gift, or one memory of it."""
    return _decide(request, session, viewer, gift, fields, deciding.keep, "kept")


@router.post("/gifts/{gift_id}/putting-away")
def put_away(
    request: Request, gift: RunGift, viewer: CurrentViewer, session: ViewerSession, fields: Fields
) -> Response:
    """Keep all of a gift, or one memory of it, for later."""
    return _decide(request, session, viewer, gift, fields, deciding.put_away, "put_away")


@router.post("/gifts/{gift_id}/return")
def give_back(
    request: Request, gift: RunGift, viewer: CurrentViewer, session: ViewerSession, fields: Fields
) -> Response:
    """Not for my box. Whoever sent it sees nothing of this."""
    return _decide(request, session, viewer, gift, fields, deciding.give_back, "returned")


def _decide(
    request: Request, session: Session, viewer: Viewer, gift: Gift, fields: Typed, verb: Verb, said: str
) -> Response:
    form, _ = parse(OneOfThemForm, fields)
    if form is None:
        raise NotHere
    for memory in still_arrived(session, gift):
        if form.memory in (None, memory.id):
            verb(session, viewer, memory)
    return _to_tray(request, viewer, request.state.box, said)


@router.post("/knocks/{knock_id}/opening")
def let_in(request: Request, knock: Knock, viewer: CurrentViewer, session: ViewerSession, fields: Fields) -> Response:
    """I know them: open it, once or from now on."""
    form, _ = parse(LetInForm, fields)
    connection = session.get(Connection, form.who) if form else None
    if form is None or connection is None or connection.box_id != knock.box_id or connection.state == "blocked":
        raise NotHere
    box: Box = request.state.box
    knocks.let_in(session, viewer, box, knock, connection, always=bool(form.always), every=bool(form.every))
    return _to_tray(request, viewer, box, "let_in")


@router.post("/knocks/{knock_id}/turning-away")
def turn_away(
    request: Request, knock: Knock, viewer: CurrentViewer, session: ViewerSession, fields: Fields
) -> Response:
    """It stays shut and goes back; its sender may be kept out from now on."""
    form, _ = parse(TurnAwayForm, fields)
    if form is None:
        raise NotHere
    box: Box = request.state.box
    knocks.turn_away(session, viewer, box, knock, never=bool(form.never), every=bool(form.every))
    return _to_tray(request, viewer, box, "never" if form.never else "turned_away")


@router.post("/senders/{sender_id}/ending")
def may_knock(request: Request, sender: KeptOut, viewer: CurrentViewer, session: ViewerSession) -> Response:
    """Someone who was kept out may knock again."""
    box: Box = request.state.box
    knocks.may_knock(session, viewer, box, sender)
    return _to_tray(request, viewer, box, "may_knock")


@router.post("/knocks/{knock_id}/knocking-again")
def knock_again(request: Request, knock: Knock, viewer: CurrentViewer, session: ViewerSession) -> Response:
    """A change of mind."""
    box: Box = request.state.box
    knocks.knock_again(session, viewer, box, knock)
    return _to_tray(request, viewer, box, "again")


def _to_tray(request: Request, viewer: Viewer, box: Box, said: str) -> Response:
    return see_other(request, f"{base_path(box, viewer)}/tray?said={said}")
