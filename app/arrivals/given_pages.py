"""What one sent: the plain list, one's own words for a day, and the wish to take something back (C2, S3)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlalchemy import func, text
from sqlmodel import col, select

from app.arrivals.forms import OwnWordsForm
from app.arrivals.loading import Giver
from app.boxes.loading import VisibleBox, seen
from app.kit.language import gettext
from app.memories.forms import Shown
from app.memories.memory import Gift
from app.people.door import ViewerSession
from app.story import asks
from app.web.errors import NotHere, Refused
from app.web.forms import Fields, Typed, parse
from app.web.pages import render, see_other

router = APIRouter(prefix="/boxes/{box_id}/given")
MOST_LISTED = 500


def get_own_gift(gift_id: str, connection: Giver, session: ViewerSession) -> Gift:
    """Something that the viewer gave to this box. Raises NotHere."""
    gift = seen(session, Gift, gift_id)
    if gift.connection_id != connection.id:
        raise NotHere
    return gift


OwnGift = Annotated[Gift, Depends(get_own_gift)]


@router.get("")
def given_page(request: Request, connection: Giver, session: ViewerSession) -> Response:
    """What one sent, the same whatever became of it (S3)."""
    query = select(Gift, func.count().over()).where(Gift.connection_id == connection.id)
    found = session.exec(query.order_by(col(Gift.sent_at).desc()).limit(MOST_LISTED)).all()
    return render(
        request,
        "arrivals/given.html",
        gifts=[gift for gift, _ in found],
        more=found[0][1] - len(found) if found else 0,
        in_time=asks.can_be_corrected,
        asked_back={ask.gift_id for ask in asks.asked_by(session, connection, "back")},
        giver=connection,
    )


@router.get("/{gift_id}/words")
def words_page(request: Request, gift: OwnGift) -> Response:
    """One's own words, to correct them."""
    return _words(request, gift, {"title": gift.title, "words": gift.words}, {})


@router.post("/{gift_id}/words")
def correct(request: Request, gift: OwnGift, box: VisibleBox, session: ViewerSession, fields: Fields) -> Response:
    """Correct them, wherever the gift is by now. Afterwards they are the young person's."""
    form, errors = parse(OwnWordsForm, fields)
    if form is None:
        return _words(request, gift, fields, errors)
    if gift.sealed:
        raise Refused(gettext("This letter is closed. Nobody can change it before its day, and you can’t either."))
    if not asks.can_be_corrected(gift):
        raise Refused(
            gettext("You can change your words for a day after you send them. Now they are %(name)s’s.", name=box.name)
        )
    query = text("select wall.correct_gift(:gift, :title, :words)")
    session.connection().execute(query, {"gift": gift.id, "title": form.title or gift.title, "words": form.words})
    return see_other(request, f"/boxes/{gift.box_id}/given")


@router.post("/{gift_id}/taking-back")
def ask_back(request: Request, gift: OwnGift, connection: Giver, session: ViewerSession) -> Response:
    """Ask to take it back. The page says "asked", whatever happens then."""
    asks.ask_back(session, connection, gift)
    return see_other(request, f"/boxes/{gift.box_id}/given")


def _words(request: Request, gift: Gift, values: Typed, errors: dict[str, str]) -> Response:
    return render(
        request,
        "arrivals/own_words.html",
        status=422 if errors else 200,
        gift=gift,
        in_time=asks.can_be_corrected(gift) and not gift.sealed,
        values=Shown(values),
        errors=errors,
    )
