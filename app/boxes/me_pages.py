"""Me: how my box looks, who looked, what I decided, and who runs it."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session, col, or_, select

from app.boxes import ledger, looks
from app.boxes.box import COVERS, MODES, THEMES, Box, BoxAge
from app.boxes.connection import Connection
from app.boxes.context import keepers_now
from app.boxes.forms import FaceForm, LookForm
from app.boxes.helplines import helplines
from app.boxes.home import boxes_i_am_in
from app.boxes.keys import turns
from app.boxes.ledger import LedgerRow
from app.boxes.loading import RunBox, base_path, box_of
from app.boxes.trusted import helped
from app.kit.clock import today
from app.kit.config import settings
from app.kit.language import N_, gettext
from app.people import changes
from app.people.door import CurrentViewer, Me, ViewerSession
from app.people.person import FACES
from app.people.proof import need_proof_here
from app.web.forms import Fields, parse
from app.web.pages import render, see_other

router = APIRouter()

LATEST = 5
PAGE = 60
KINDS = {
    "memory": N_("Memories"),
    "connection": N_("People"),
    "circle": N_("Circles"),
    "box": N_("My box"),
    "chapter": N_("My journey"),
    "address": N_("Addresses"),
    "ask": N_("Questions"),
    "app": N_("Apps"),
    "trusted": N_("People who help me back in"),
    "recovery": N_("Coming back in"),
}
THEME_WORDS = {
    "tide": N_("Tide"),
    "moss": N_("Moss"),
    "rowan": N_("Rowan"),
    "sloe": N_("Sloe"),
    "flint": N_("Flint"),
}
COVER_WORDS = {
    "tide": N_("Waves"),
    "pebble": N_("Pebbles"),
    "roofs": N_("Roofs"),
    "hills": N_("Hills"),
    "plain": N_("Plain"),
}
MODE_WORDS = {"": N_("Same as phone"), "light": N_("Light"), "dark": N_("Dark")}


@router.get("/me")
def me_page(request: Request, viewer: CurrentViewer, session: ViewerSession) -> HTMLResponse:
    """My own page, with or without a box of my own."""
    box = box_of(session, viewer)
    if box is None:
        boxes = boxes_i_am_in(session, viewer)
        helps = bool(helped(session, viewer.person_id))
        return render(request, "boxes/me_without_box.html", boxes=boxes, helps=helps, helplines=helplines())
    return _me(request, session, box)


@router.get("/boxes/{box_id}/me")
def their_page(request: Request, box: RunBox, session: ViewerSession) -> HTMLResponse:
    """The same for a box that one looks after with a child."""
    return _me(request, session, box)


@router.post("/me/look")
@router.post("/boxes/{box_id}/me/look")
def look(request: Request, box: RunBox, viewer: CurrentViewer, session: ViewerSession, fields: Fields) -> Response:
    """Save how the box looks."""
    form, errors = parse(LookForm, fields)
    if form is None:
        return _me(request, session, box, errors, 422)
    box.theme, box.cover, box.mode, box.pictures = form.theme, form.cover, form.mode, form.pictures
    return see_other(request, f"{base_path(box, viewer)}/me#look")


@router.get("/me/looks")
@router.get("/boxes/{box_id}/me/looks")
def looks_page(
    request: Request, box: RunBox, session: ViewerSession, person: str = "", before: str = ""
) -> HTMLResponse:
    """Everyone who looked, newest first; `person` narrows it to one, `before` goes on from a look."""
    who, last = _id_or_none(person), _id_or_none(before)
    lines = looks.lines(session, box, person_id=who, before=last, limit=PAGE)
    oldest = min((line.last for line in lines), default=None)
    more = oldest is not None and bool(looks.lines(session, box, person_id=who, before=oldest, limit=1))
    return render(
        request,
        "boxes/looks.html",
        lines=lines,
        lookers=sorted(looks.lookers(session, box).items(), key=lambda pair: pair[1].casefold()),
        person=str(who or ""),
        oldest=oldest if more else None,
    )


@router.get("/me/decisions")
@router.get("/boxes/{box_id}/me/decisions")
def decisions_page(
    request: Request, box: RunBox, session: ViewerSession, person: str = "", kind: str = "", before: int = 0
) -> HTMLResponse:
    """What was decided, newest first: about or by one person, of one kind, older than number `before`."""
    query = select(LedgerRow).where(LedgerRow.box_id == box.id)
    about = session.get(Connection, _id_or_none(person)) if _id_or_none(person) else None
    if about is not None:
        # A person who never came in has no person_id, and then decided nothing.
        query = query.where(or_(LedgerRow.subject_id == about.id, LedgerRow.person_id == about.person_id))
    if kind in KINDS:
        query = query.where(col(LedgerRow.action).startswith(f"{kind}."))
    if before:
        query = query.where(LedgerRow.number < before)
    rows = session.exec(query.order_by(col(LedgerRow.number).desc()).limit(PAGE + 1)).all()
    people = (
        select(Connection)
        .where(Connection.box_id == box.id, Connection.state != "app")
        .order_by(col(Connection.called), col(Connection.id))
    )
    return render(
        request,
        "boxes/decisions.html",
        rows=rows[:PAGE],
        oldest=rows[PAGE - 1].number if len(rows) > PAGE else None,
        people=session.exec(people).all(),
        kinds=KINDS,
        person=str(about.id) if about else "",
        kind=kind if kind in KINDS else "",
    )


@router.get("/me/stage")
@router.get("/boxes/{box_id}/me/stage")
def stage_page(request: Request, box: RunBox) -> HTMLResponse:
    """Who runs the box, and what changes when the young person does."""
    return render(request, "boxes/stage.html")


@router.post("/me/stage")
@router.post("/boxes/{box_id}/me/stage")
def hand_over(request: Request, box: RunBox, viewer: CurrentViewer, session: ViewerSession) -> Response:
    """The box becomes the young person's to run. Doing it twice changes nothing."""
    need_proof_here(request, session, f"{base_path(box, viewer)}/me/stage")
    session.refresh(box, with_for_update=True)
    if box.stage != "mine":
        mine = box.owner_id == viewer.person_id
        sentence = (
            gettext("You run this box yourself now.")
            if mine
            else gettext("You handed this box over to %(name)s.", name=box.name)
        )
        ledger.decided(session, viewer, box, action="box.handed_over", subject_id=box.id, sentence=sentence)
        # The row goes in first: a keeper who has handed over may not write it any more.
        session.flush()
        changes.begin(session, "handed over")
        box.hand_over()
    return see_other(request, "/me" if box.owner_id == viewer.person_id else "/")


@router.get("/me/face")
def face_page(request: Request, me: Me) -> HTMLResponse:
    """What I am called and my picture."""
    typed = {"name": me.name, "face": me.face, "tint": str(me.tint)}
    return render(request, "boxes/face.html", typed=typed, errors={}, faces=FACES)


@router.post("/me/face")
def face(request: Request, me: Me, viewer: CurrentViewer, session: ViewerSession, fields: Fields) -> Response:
    """Save them; my box is called the same."""
    form, errors = parse(FaceForm, fields)
    if form is None:
        return render(request, "boxes/face.html", status=422, typed=fields, errors=errors, faces=FACES)
    me.name, me.face, me.tint = form.name, form.face, form.tint
    box = box_of(session, viewer)
    if box is not None:
        box.name = form.name
    return see_other(request, "/me")


def _me(
    request: Request, session: Session, box: Box, errors: dict[str, str] | None = None, status: int = 200
) -> HTMLResponse:
    age = session.get(BoxAge, box.id)
    return render(
        request,
        "boxes/me.html",
        status=status,
        errors=errors or {},
        lines=looks.lines(session, box, limit=PAGE)[:LATEST],
        offered=box.stage == "kept_together" and _old_enough(age),
        grown=age is not None and age.adult_on <= today(),
        kept_by=keepers_now(session, box),
        choices=choices(),
        helplines=helplines(),
        trash_days=settings().trash_days,
        adult_age=settings().adult_age,
        helps=bool(helped(session, request.state.viewer.person_id)),
    )


def choices() -> dict[str, list[tuple[str, str]]]:
    """How a box may look: "theme", "cover" and "mode" -> (name, words) each."""
    return {
        "theme": [(name, gettext(THEME_WORDS[name])) for name in THEMES],
        "cover": [(name, gettext(COVER_WORDS[name])) for name in COVERS],
        "mode": [(name, gettext(MODE_WORDS[name])) for name in MODES],
    }


def _old_enough(age: BoxAge | None) -> bool:
    return age is None or turns(age, settings().offer_age) <= today()


def _id_or_none(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
