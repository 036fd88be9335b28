"""Apps I let in: what each may do and did, and the way to change, pause or stop it at once."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from sqlmodel import Session, col, select

from app.boxes.box import Box
from app.boxes.connection import Circle, Connection
from app.boxes.loading import RunBox, base_path, seen
from app.kit.language import gettext
from app.oauth import receipt
from app.oauth.client import OAuthClient
from app.oauth.did import MOST_DONE, did
from app.oauth.grant import OAuthGrant
from app.oauth.granting import LetInForm, circle_choices, decided, length_choices
from app.oauth.scopes import SCOPES, in_order, may_words, until_words
from app.people.door import CurrentViewer, ViewerSession
from app.people.viewer import Viewer
from app.web.errors import NotHere
from app.web.forms import Fields, Typed, parse
from app.web.pages import render, see_other

router = APIRouter()


def get_run_grant(grant_id: str, box: RunBox, session: ViewerSession) -> OAuthGrant:
    """What an app was let do in the box that the path names, for the one who decides there. Raises NotHere."""
    grant = seen(session, OAuthGrant, grant_id)
    if grant.box_id != box.id:
        raise NotHere
    return grant


RunGrant = Annotated[OAuthGrant, Depends(get_run_grant)]


def get_held_grant(grant: RunGrant, session: ViewerSession) -> OAuthGrant:
    """The same, as it is now, and held until the answer: of two taps at once the second sees what the first did."""
    session.refresh(grant, with_for_update=True)
    return grant


HeldGrant = Annotated[OAuthGrant, Depends(get_held_grant)]


@router.get("/me/apps")
@router.get("/boxes/{box_id}/me/apps")
def apps_page(request: Request, box: RunBox, session: ViewerSession) -> HTMLResponse:
    """Every app that was let in, and those that were stopped. One line an app."""
    query = (
        select(OAuthGrant, Connection, Circle)
        .join(Connection, col(Connection.id) == OAuthGrant.connection_id)
        .join(Circle, col(Circle.id) == OAuthGrant.circle_id, isouter=True)
        .where(OAuthGrant.box_id == box.id)
        .order_by(col(OAuthGrant.id).desc())
    )
    latest: dict[UUID, tuple[OAuthGrant, str, str]] = {}
    for grant, connection, circle in session.exec(query):
        latest.setdefault(grant.client_id, (grant, connection.called, _line(grant, circle)))
    rows = list(latest.values())
    return render(
        request,
        "oauth/apps.html",
        now=[row for row in rows if not row[0].over],
        before=[row for row in rows if row[0].over],
    )


@router.get("/me/apps/{grant_id}")
@router.get("/boxes/{box_id}/me/apps/{grant_id}")
def app_page(
    request: Request, box: RunBox, viewer: CurrentViewer, grant: RunGrant, session: ViewerSession
) -> HTMLResponse:
    """One app."""
    return _app(request, session, viewer, box, grant)


@router.post("/me/apps/{grant_id}")
@router.post("/boxes/{box_id}/me/apps/{grant_id}")
def change(
    request: Request, box: RunBox, viewer: CurrentViewer, grant: HeldGrant, session: ViewerSession, fields: Fields
) -> Response:
    """Change what it can do, as what, and for how long; from its next request on."""
    form, errors = parse(LetInForm, fields)
    if form is None:
        return _app(request, session, viewer, box, grant, fields, errors)
    app = _client(session, grant)
    scopes, circle, errors = form.check(session, box, app.scopes)
    if errors:
        return _app(request, session, viewer, box, grant, fields, errors)
    decided(session, viewer, box, grant, "app.changed", grant.change(app.name, scopes, circle, form.long))
    return see_other(request, _path(box, viewer, grant))


@router.post("/me/apps/{grant_id}/pause")
@router.post("/boxes/{box_id}/me/apps/{grant_id}/pause")
def pause(request: Request, box: RunBox, viewer: CurrentViewer, grant: HeldGrant, session: ViewerSession) -> Response:
    """Nothing it asks for works until it may carry on."""
    decided(session, viewer, box, grant, "app.paused", grant.pause(_client(session, grant).name))
    return see_other(request, _path(box, viewer, grant))


@router.post("/me/apps/{grant_id}/pause/end")
@router.post("/boxes/{box_id}/me/apps/{grant_id}/pause/end")
def carry_on(
    request: Request, box: RunBox, viewer: CurrentViewer, grant: HeldGrant, session: ViewerSession
) -> Response:
    """It may go on."""
    decided(session, viewer, box, grant, "app.resumed", grant.carry_on(_client(session, grant).name))
    return see_other(request, _path(box, viewer, grant))


@router.post("/me/apps/{grant_id}/ending")
@router.post("/boxes/{box_id}/me/apps/{grant_id}/ending")
def stop(request: Request, box: RunBox, viewer: CurrentViewer, grant: HeldGrant, session: ViewerSession) -> Response:
    """Stop it at once."""
    decided(session, viewer, box, grant, "app.stopped", grant.stop(_client(session, grant).name))
    return see_other(request, _path(box, viewer, grant))


@router.get("/me/apps/{grant_id}/receipt")
@router.get("/boxes/{box_id}/me/apps/{grant_id}/receipt")
def receipt_words(box: RunBox, grant: RunGrant, session: ViewerSession) -> Response:
    """The receipt in plain words, to save."""
    said = receipt.receipt_of(session, box, grant, _client(session, grant))
    return PlainTextResponse(receipt.in_words(said), headers=_saved(grant, "txt"))


@router.get("/me/apps/{grant_id}/receipt.json")
@router.get("/boxes/{box_id}/me/apps/{grant_id}/receipt.json")
def receipt_json(box: RunBox, grant: RunGrant, session: ViewerSession) -> Response:
    """The receipt for a program, to save."""
    said = receipt.receipt_of(session, box, grant, _client(session, grant))
    return JSONResponse(said, headers=_saved(grant, "json"))


def _saved(grant: OAuthGrant, ending: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="app-receipt-{grant.created_at:%Y-%m-%d}.{ending}"'}


def _path(box: Box, viewer: Viewer, grant: OAuthGrant) -> str:
    return f"{base_path(box, viewer)}/me/apps/{grant.id}"


def _client(session: Session, grant: OAuthGrant) -> OAuthClient:
    return session.get_one(OAuthClient, grant.client_id)


def _line(grant: OAuthGrant, circle: Circle | None) -> str:
    if grant.asks_again:
        return gettext("It was let in a year ago. It can do nothing now, until it asks you again and you say yes.")
    if grant.over:
        return gettext("Stopped. It can do nothing now.")
    what = may_words(grant.scopes, circle.name if circle else "")
    until = until_words(grant.length, grant.ends_at)
    if grant.paused_at:
        return gettext("Paused. Can %(what)s, %(until)s", what=what, until=until)
    return gettext("Can %(what)s, %(until)s", what=what, until=until)


def _app(
    request: Request,
    session: Session,
    viewer: Viewer,
    box: Box,
    grant: OAuthGrant,
    typed: Typed | None = None,
    errors: dict[str, str] | None = None,
) -> HTMLResponse:
    app = _client(session, grant)
    circle = session.get(Circle, grant.circle_id) if grant.circle_id else None
    on = (typed or {}).get("may", []) if typed is not None else grant.scopes
    return render(
        request,
        "oauth/app.html",
        status=422 if errors else 200,
        app=app,
        grant=grant,
        line=_line(grant, circle),
        by=receipt.let_in_by(session, box, grant),
        scopes=[SCOPES[name] for name in in_order(app.scopes)],
        on=[on] if isinstance(on, str) else on,
        circles=circle_choices(session, box),
        circle=str((typed or {}).get("circle") or grant.circle_id or ""),
        lengths=length_choices(),
        long=str((typed or {}).get("long") or ""),
        errors=errors or {},
        did=did(session, box, grant.client_id),
        most=MOST_DONE,
    )
