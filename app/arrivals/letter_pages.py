"""Giving a letter for later: it arrives closed, and stays closed until its day."""

import hashlib
import hmac

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.arrivals.forms import LetterForm
from app.arrivals.give_pages import Adder
from app.arrivals.giving import give_once
from app.arrivals.receive import GiftItem
from app.boxes.box import Box
from app.boxes.connection import Connection
from app.boxes.loading import VisibleBox
from app.kit.clock import today
from app.kit.ids import new_id
from app.kit.language import N_, gettext
from app.kit.master import derived_key
from app.memories.forms import Shown
from app.memories.kinds.letter import LetterDetails
from app.memories.memory import Gift
from app.people.door import CurrentViewer, ViewerSession
from app.people.viewer import Viewer
from app.web.forms import Fields, Typed, parse
from app.web.pages import render, see_other

router = APIRouter(prefix="/boxes/{box_id}")
TITLE = N_("A letter for later")


@router.get("/give/letter")
def letter_page(request: Request, adder: Adder) -> Response:
    """The page on which someone writes a letter to be opened later."""
    return _page(request, adder, {"once": str(new_id())}, {})


@router.post("/give/letter")
def give_letter(
    request: Request, box: VisibleBox, viewer: CurrentViewer, session: ViewerSession, adder: Adder, fields: Fields
) -> Response:
    """Close it: it is in the tray, and nobody can read it before its day."""
    form, errors = parse(LetterForm, fields)
    if form is None:
        return _page(request, adder, fields, errors)
    gift = give(session, viewer, box, adder, form)
    return see_other(request, f"/boxes/{box.id}/given/{gift.id}?kind=letter")


def give(session: Session, viewer: Viewer, box: Box, connection: Connection, form: LetterForm) -> Gift:
    """Make the gift. The same page sent twice is one letter; with other words in it, it is another."""
    item = GiftItem(
        "letter",
        title=form.title,
        words=form.words,
        happened=today().isoformat(),
        details=LetterDetails(opens_on=form.opens_on).model_dump(mode="json"),
        opens_on=form.opens_on,
    )
    return give_once(session, viewer, box, connection, form.once, _content_print(form), gettext(TITLE), "", [item])


def _content_print(form: LetterForm) -> str:
    # With a key of ours: whoever may read the gift's row could otherwise try out what the letter says.
    content = f"{form.title}\0{form.words}\0{form.opens_on}".encode()
    return hmac.new(derived_key("letter prints"), content, hashlib.sha256).hexdigest()


def _page(request: Request, giver: Connection, values: Typed, errors: dict[str, str]) -> Response:
    return render(
        request,
        "arrivals/letter.html",
        status=422 if errors else 200,
        giver=giver,
        values=Shown(values),
        errors=errors,
        today=today().isoformat(),
    )
