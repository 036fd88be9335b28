"""Where a person decides: what an app asks for, one switch for each thing, and no that costs nothing."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote, urlencode
from uuid import UUID

from authlib.oauth2 import OAuth2Error
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from app.boxes.box import Box
from app.boxes.loading import run_boxes
from app.kit import db
from app.kit.clock import now
from app.kit.ids import fingerprint
from app.oauth.asking import MOST_IN_AN_ADDRESS, REQUEST_URI, Asked, as_pairs
from app.oauth.client import OAuthClient, form_target
from app.oauth.did import did
from app.oauth.grant import OAuthGrant
from app.oauth.granting import LetInForm, circle_choices, length_choices, let_in
from app.oauth.grants import CodeGrant, held, use_once
from app.oauth.scopes import SCOPES, in_order
from app.oauth.server import Server, find_client
from app.oauth.token import OAuthRequest
from app.people.door import CurrentViewer, SignInFirst, ViewerSession
from app.people.sealed_text import NotSealedHere, open_text, seal_text
from app.people.viewer import Viewer
from app.web.errors import NotHere
from app.web.forms import Fields, Typed, parse
from app.web.headers import allow_answer_to
from app.web.pages import render

router = APIRouter()
SEALED_FOR = "oauth consent"
OPEN_FOR_S = 3600


class CannotAsk(Exception):
    """There is nothing here for a person to decide, and nowhere to tell an app so."""


@dataclass(slots=True)
class Asking:
    """A request that was checked: `grant` knows its client and the address the answer goes to.

    `pushed` is what names it, where it was pushed beforehand (RFC 9126).
    """

    asked: Asked
    grant: CodeGrant
    server: Server
    pushed: str = ""

    @property
    def client(self) -> OAuthClient:
        return self.asked.client  # type: ignore[no-any-return]

    @property
    def scopes(self) -> list[str]:
        return str(self.asked.scope).split()


@router.get("/oauth/authorize")
def authorize_page(request: Request, session: ViewerSession, box: str = "") -> Response:
    """What an app asks for (RFC 6749, 4.1.1). Checked before anyone is asked to sign in."""
    pairs = [(name, value) for name, value in request.query_params.multi_items() if name != "box"]
    try:
        if len(request.url.query) > MOST_IN_AN_ADDRESS:
            raise CannotAsk
        asking = _read(session, pairs)
    except CannotAsk:
        return cannot(request)
    except OAuth2Error as error:
        return _wrong(request, session, error)
    viewer: Viewer = request.state.viewer
    if viewer.person_id is None:
        raise SignInFirst(quote(f"{request.url.path}?{request.url.query}", safe=""))
    boxes = run_boxes(session)
    chosen = next((each for each in boxes if str(each.id) == box), boxes[0] if len(boxes) == 1 else None)
    sealed = _seal(viewer, pairs, asking.pushed)
    if chosen is None:
        choose = [(each, f"{request.url.path}?{urlencode([*pairs, ('box', str(each.id))])}") for each in boxes]
        page = render(request, "oauth/which_box.html", client=asking.client, choose=choose, ask=sealed)
    else:
        page = consent_page(request, session, chosen, asking.client, asking.scopes, ask=sealed)
    return allow_answer_to(page, form_target(asking.grant.redirect_uri))


@router.post("/oauth/authorize")
def authorize(request: Request, viewer: CurrentViewer, session: ViewerSession, fields: Fields) -> Response:
    """Yes or no. What was asked for came sealed with the page, for this person and this hour."""
    try:
        pairs, pushed = _unseal(viewer, str(fields.get("ask") or ""))
        asking = _read_again(session, pairs, pushed)
    except (CannotAsk, OAuth2Error):
        return cannot(request)
    if fields.get("answer") != "allow":
        return _answer(request, session, asking, None)
    box = chosen_box(session, fields)
    form, errors = parse(LetInForm, fields)
    if form is not None:
        scopes, circle, errors = form.check(session, box, asking.scopes)
        if not errors:
            client, length = asking.client, form.long or "once"
            return _answer(
                request, session, asking, lambda: let_in(session, viewer, box, client, scopes, circle, length)
            )
    page = consent_page(
        request, session, box, asking.client, asking.scopes, ask=str(fields["ask"]), typed=fields, errors=errors
    )
    return allow_answer_to(page, form_target(asking.grant.redirect_uri))


def consent_page(
    request: Request,
    session: Session,
    box: Box,
    client: OAuthClient,
    scopes: list[str],
    *,
    ask: str = "",
    typed: Typed | None = None,
    errors: dict[str, str] | None = None,
    code: str = "",
) -> HTMLResponse:
    """The page. Every switch is off and the time is the shortest, until a person says otherwise.

    `code` is what a screen shows that asks by one (RFC 8628, 5.4): whether it is theirs is asked too.
    """
    request.state.box = box
    typed = typed or {}
    on = typed.get("may", [])
    return render(
        request,
        "oauth/consent.html",
        status=422 if errors else 200,
        client=client,
        scopes=[SCOPES[name] for name in in_order(scopes)],
        on=[on] if isinstance(on, str) else on,
        circles=circle_choices(session, box),
        circle=str(typed.get("circle", "")),
        lengths=length_choices(),
        long=str(typed.get("long") or "once"),
        ask=ask,
        code=code,
        here=bool(typed.get("here")),
        errors=errors or {},
        did=did(session, box, client.id, limit=5),
    )


def cannot(request: Request) -> HTMLResponse:
    """For the person alone: whoever sent them here is not told anything, and not gone to."""
    return render(request, "oauth/cannot.html", status=400)


def chosen_box(session: Session, fields: Typed) -> Box:
    """The box that a consent form is about. Raises NotHere for one in which this viewer does not decide."""
    found = next((each for each in run_boxes(session) if str(each.id) == fields.get("box")), None)
    if found is None:
        raise NotHere
    return found


def _read(session: Session, pairs: list[tuple[str, str]]) -> Asking:
    """A request as it came. Raises CannotAsk, also for what was pushed and is used or too old, and OAuth2Error."""
    asked = Asked("GET", "/oauth/authorize", pairs)
    asked.check_plain()
    named = asked.get("request_uri")
    if not named:
        return _check(session, asked)
    row = _find_pushed(session, asked)
    if row.used_at is not None or row.is_expired():
        raise CannotAsk
    return _check(session, Asked("GET", "/oauth/authorize", as_pairs(row.details)), named)


def _read_again(session: Session, pairs: list[tuple[str, str]], pushed: str) -> Asking:
    """The same when the person has decided, however long they took."""
    asked = Asked("GET", "/oauth/authorize", pairs)
    if pushed:
        row = _find_pushed(session, asked)
        asked = Asked("GET", "/oauth/authorize", as_pairs(row.details))
    return _check(session, asked, pushed)


def _check(session: Session, asked: Asked, pushed: str = "") -> Asking:
    server = Server(session)
    return Asking(asked, server.consent(asked), server, pushed)


def _find_pushed(session: Session, asked: Asked) -> OAuthRequest:
    named, client = asked.get("request_uri"), find_client(session, asked.get("client_id"))
    if client is None or not named.startswith(REQUEST_URI):
        raise CannotAsk
    with _pushed(session, named, client) as row:
        if row is None:
            raise CannotAsk
        return row


@contextmanager
def _pushed(session: Session, named: str, client: OAuthClient) -> Iterator[OAuthRequest | None]:
    """What this client pushed beforehand; inside, the session shows what names it."""
    shown, before = named.removeprefix(REQUEST_URI), session.info["claims"]
    db.become(session, {**before, "app.secret": fingerprint(shown)})
    try:
        yield held(session, "pushed", shown, client)
    finally:
        db.become(session, before)


def _answer(request: Request, session: Session, asking: Asking, yes: Callable[[], OAuthGrant] | None) -> Response:
    """Tell the app: `yes` makes the grant, None is a no. What was pushed is answered once."""
    if asking.pushed:
        with _pushed(session, asking.pushed, asking.client) as row:
            first = row is not None and use_once(session, row)
        if not first:
            return cannot(request)
    said: Response = asking.server.create_authorization_response(
        asking.asked, grant_user=yes() if yes else None, grant=asking.grant
    )
    return said


def _wrong(request: Request, session: Session, error: OAuth2Error) -> Response:
    """An error goes to the app only where its address was found right; anything else stays here."""
    if not error.redirect_uri:
        return cannot(request)
    said: Response = Server(session).handle_error_response(None, error)
    return said


def _seal(viewer: Viewer, pairs: list[tuple[str, str]], pushed: str) -> str:
    kept = {"pairs": pairs, "pushed": pushed, "person": str(viewer.person_id), "at": int(now().timestamp())}
    return seal_text(json.dumps(kept), SEALED_FOR)


def _unseal(viewer: Viewer, sealed: str) -> tuple[list[tuple[str, str]], str]:
    """The request that this person was shown. Raises CannotAsk."""
    try:
        kept = json.loads(open_text(sealed, SEALED_FOR))
    except NotSealedHere:
        raise CannotAsk from None
    if UUID(kept["person"]) != viewer.person_id or not 0 <= now().timestamp() - kept["at"] <= OPEN_FOR_S:
        raise CannotAsk
    return [(name, value) for name, value in kept["pairs"]], kept["pushed"]
