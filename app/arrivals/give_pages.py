"""Giving: the page, the word about a word, thank you, and the plain list of what one sent."""

from collections.abc import Sequence
from typing import Annotated, get_args
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.arrivals.forms import GiveForm, GiveKind, HintForm
from app.arrivals.giving import give, missing
from app.arrivals.hints import hint_for, swapped
from app.arrivals.loading import Giver, get_giver
from app.boxes.box import Box
from app.boxes.connection import Connection
from app.boxes.loading import VisibleBox, seen
from app.kit.clock import today
from app.kit.ids import new_id
from app.kit.language import N_, gettext
from app.media.intake import kept_uploads
from app.media.limits import room_in
from app.media.received import ReceivedForm
from app.memories.forms import Shown
from app.memories.memory import Gift
from app.people.door import CurrentViewer, ViewerSession
from app.story import asks
from app.web.errors import NotAllowed, NotHere, Refused
from app.web.forms import Fields, Typed, parse
from app.web.pages import render, see_other

router = APIRouter(prefix="/boxes/{box_id}")
KINDS_GIVEN = (
    ("camera", "photo", N_("Photo")),
    ("video", "video", N_("Video")),
    ("mic", "voice", N_("Voice")),
    ("words", "words", N_("Words")),
)


def get_adder(connection: Giver, box: VisibleBox) -> Connection:
    """A giver who may add just now. Raises NotAllowed."""
    if not connection.may_add:
        raise NotAllowed(gettext("%(name)s isn’t taking new things from you just now.", name=box.name))
    return connection


Adder = Annotated[Connection, Depends(get_adder)]


@router.get("/give")
def give_page(
    request: Request, box: VisibleBox, viewer: CurrentViewer, session: ViewerSession, kind: str = ""
) -> Response:
    """The page on which someone gives; the owner of the box adds instead."""
    if box.owner_id == viewer.person_id:
        return see_other(request, "/add")
    connection = get_adder(get_giver(box, viewer, session), box)
    chosen = kind if kind in get_args(GiveKind) else "photo"
    return _page(request, session, box, connection, {"once": str(new_id()), "kind": chosen}, {}, [])


@router.post("/give")
def give_it(
    request: Request,
    box: VisibleBox,
    viewer: CurrentViewer,
    session: ViewerSession,
    connection: Adder,
    received: ReceivedForm,
) -> Response:
    """Take it in: it is in the tray, and nobody but the one it is for will know what becomes of it."""
    form, errors = parse(GiveForm, received.fields)
    if received.problems:
        errors["files"] = " ".join(received.problems)
    if form is not None and not errors:
        errors = missing(form, received.uploads)
    if form is None or errors:
        return _page(request, session, box, connection, received.fields, errors, received.uploads)
    try:
        gift = give(session, viewer, box, connection, form, received.uploads)
    except Refused as refused:
        return _page(request, session, box, connection, received.fields, {"files": refused.sentence}, received.uploads)
    return see_other(request, f"/boxes/{box.id}/given/{gift.id}?kind={form.kind}")


@router.post("/give/hint")
def hint(request: Request, box: VisibleBox, connection: Adder, fields: Fields) -> Response:
    """A word about a word, while it is being written; or the words again with one of them swapped."""
    form, _ = parse(HintForm, fields)
    form = form or HintForm()
    left = [*form.left, form.leave] if form.leave else form.left
    words = swapped(form.words, form.swap, box.own_words) if form.swap else form.words
    template = "arrivals/_say.html" if form.swap else "arrivals/_hint.html"
    return render(
        request,
        template,
        values=Shown(words=words),
        errors={},
        hint=hint_for(words, left, box.own_words),
        left=left,
        live=True,
    )


@router.get("/given/{gift_id}")
def thanks_page(
    request: Request, gift_id: str, box: VisibleBox, connection: Giver, session: ViewerSession, kind: str = ""
) -> Response:
    """Thank you."""
    gift = seen(session, Gift, gift_id)
    if gift.connection_id != connection.id:
        raise NotHere
    given = kind if kind in (*get_args(GiveKind), "letter") else ""
    return render(request, "arrivals/thanks.html", kind=given, giver=connection)


def _page(
    request: Request,
    session: Session,
    box: Box,
    connection: Connection,
    values: Typed,
    errors: dict[str, str],
    uploads: Sequence[UUID],
) -> Response:
    return render(
        request,
        "arrivals/give.html",
        status=422 if errors else 200,
        giver=connection,
        kinds=KINDS_GIVEN,
        values=Shown(values),
        errors=errors,
        kept=kept_uploads(session, uploads) if uploads else [],
        room=room_in(session, box.id),
        hint=None,
        left=[],
        live=False,
        questions=asks.questions_for_me(session, box),
        today=today().isoformat(),
    )
