"""Letting in a screen that nobody signs in at (RFC 8628): a code is typed here, and a person decides as always."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session, select

from app.boxes.loading import run_boxes
from app.kit import db, noticed
from app.kit.clock import now
from app.kit.language import N_, gettext
from app.oauth.client import OAuthClient
from app.oauth.consent import chosen_box, consent_page
from app.oauth.endpoints import LETTERS
from app.oauth.granting import LetInForm, let_in
from app.oauth.server import find_client
from app.oauth.token import OAuthRequest, user_print
from app.people.attempts import WAIT_S, may_try
from app.people.door import CurrentViewer, ViewerSession
from app.web.errors import Refused, TooMany
from app.web.forms import Fields, parse, plain_digits
from app.web.pages import render, see_other

router = APIRouter()
NOT_HERE = N_("Say that the code is on the screen in front of you. Or say no thanks.")
GONE = N_("That code isn’t right, or it’s too old. Look at the screen again.")


@router.get("/device")
def code_page(request: Request, viewer: CurrentViewer) -> Response:
    """Where the code is typed."""
    return render(request, "oauth/device.html", values={}, errors={})


@router.post("/device")
def code(request: Request, viewer: CurrentViewer, session: ViewerSession, fields: Fields) -> Response:
    """On to what asks, when there is such a code. Tries are counted."""
    typed = _letters(str(fields.get("code") or ""))
    if not may_try(request, session, "code"):
        raise TooMany(WAIT_S)
    if _waiting(session, typed) is None:
        noticed.note("not_let_in", "app")
        return render(request, "oauth/device.html", status=422, values=fields, errors={"code": gettext(GONE)})
    return see_other(request, f"/device/{_written(typed)}")


@router.get("/device/{code}")
def device_page(request: Request, code: str, viewer: CurrentViewer, session: ViewerSession, box: str = "") -> Response:
    """What the screen asks for."""
    found = _found(request, session, code)
    if found is None:
        return render(request, "oauth/device.html", status=422, values={"code": code}, errors={"code": gettext(GONE)})
    row, client = found
    boxes = run_boxes(session)
    chosen = next((each for each in boxes if str(each.id) == box), boxes[0] if len(boxes) == 1 else None)
    if chosen is None:
        choose = [(each, f"/device/{code}?box={each.id}") for each in boxes]
        return render(request, "oauth/which_box.html", client=client, choose=choose, ask="")
    return consent_page(request, session, chosen, client, row.scopes, code=_written(_letters(code)))


@router.post("/device/{code}")
def decide(request: Request, code: str, viewer: CurrentViewer, session: ViewerSession, fields: Fields) -> Response:
    """Yes or no, once."""
    found = _found(request, session, code)
    if found is None:
        return render(request, "oauth/device.html", status=422, values={"code": code}, errors={"code": gettext(GONE)})
    row, client = found
    grant = None
    if fields.get("answer") == "allow":
        box = chosen_box(session, fields)
        form, errors = parse(LetInForm, fields)
        if form is not None:
            scopes, circle, errors = form.check(session, box, row.scopes)
        if not fields.get("here"):
            errors = {"here": gettext(NOT_HERE), **errors}
        if form is None or errors:
            written = _written(_letters(code))
            return consent_page(request, session, box, client, row.scopes, typed=fields, errors=errors, code=written)
        grant = let_in(session, viewer, box, client, scopes, circle, form.long or "once")
    before = session.info["claims"]
    db.become(session, {**before, "app.secret": user_print(_letters(code))})
    session.refresh(row, with_for_update=True)
    if row.answered_at is not None:
        raise Refused(gettext(GONE))
    row.grant_id, row.answered_at = grant.id if grant else None, now()
    db.become(session, before)
    return render(request, "oauth/device_done.html", client=client, yes=grant is not None)


def _found(request: Request, session: Session, code: str) -> tuple[OAuthRequest, OAuthClient] | None:
    if not may_try(request, session, "code"):
        raise TooMany(WAIT_S)
    row = _waiting(session, _letters(code))
    client = find_client(session, str(row.details["client_id"])) if row else None
    return (row, client) if row and client else None


def _letters(typed: str) -> str:
    """What was typed as the letters of a code, however it was spaced."""
    return "".join(letter for letter in plain_digits(typed).upper() if letter in LETTERS)[:16]


def _written(letters: str) -> str:
    """A code as its screen shows it."""
    return f"{letters[:4]}-{letters[4:]}"


def _waiting(session: Session, letters: str) -> OAuthRequest | None:
    """The device that shows this code, while it waits for an answer."""
    before = session.info["claims"]
    db.become(session, {**before, "app.secret": user_print(letters)})
    query = select(OAuthRequest).where(OAuthRequest.user_print == user_print(letters))
    row = session.exec(query).first()
    db.become(session, before)
    return row if row is not None and row.answered_at is None and not row.is_expired() else None
