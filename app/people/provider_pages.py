"""Sign in with what you have: going to a provider, coming back, and letting an account there open the door."""

import hmac
import logging
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlmodel import Session, select

from app.kit import noticed
from app.kit.language import N_, gettext
from app.people import changes, external_ways, openid
from app.people.attempts import may_try, stopped
from app.people.challenges import remember, take_challenge
from app.people.devices import start_sign_in
from app.people.door import Me, OpenSignIn, ViewerSession, cookie_name
from app.people.forms import ComingIn
from app.people.openid import Asked, Identity, NotReached, NotSure
from app.people.proof import need_proof
from app.people.providers import Provider, providers
from app.people.sign_in import Challenge, ExternalWay
from app.people.viewer import Viewer
from app.people.ways_in import LAST_WAY, end_way, ways_in
from app.web.cookies import drop_cookie, set_cookie
from app.web.errors import NotAllowed, NotHere
from app.web.forms import Fields, parse
from app.web.pages import render, see_other

router = APIRouter()
log = logging.getLogger("holdfast.sign_in")

BACK = "/sign-in/back"
WAYS_IN = "/me/devices#with"
AWAY = timedelta(minutes=15)  # for someone to sign in there, perhaps for the first time
LONGEST = 4096
NOT_YOURS = N_("You said this phone isn’t yours, so we can’t add what’s signed in on it. Nothing was changed.")
PARTS = ("code", "state", "iss", "error")
Part = Annotated[str, Query(max_length=LONGEST)]


@router.post("/sign-in/with/{provider}")
def go(request: Request, session: ViewerSession, provider: str, typed: Fields) -> Response:
    """Send someone off to say who they are."""
    form = parse(ComingIn, typed)[0] or ComingIn()
    return _send_off(request, session, _known(provider), "provider", form.next, form.shared)


@router.post("/me/with/{provider}")
def go_to_link(request: Request, session: ViewerSession, me: Me, provider: str) -> Response:
    """Send someone off who is in already, to let their account there open the door too."""
    chosen, sign_in = _known(provider), request.state.sign_in
    if isinstance(sign_in, OpenSignIn) and sign_in.shared_device:
        raise NotAllowed(gettext(NOT_YOURS))
    need_proof(session, "/me/devices")
    return _send_off(request, session, chosen, "provider-link", WAYS_IN, shared_device=False)


@router.post("/sign-in/back/{provider}")
def come_back_by_form(request: Request, provider: str, typed: Fields) -> Response:
    """A provider that answers with a form (Apple). Our cookies do not come with a form of another site: ask again."""
    _known(provider)
    parts = {part: value for part in PARTS if isinstance(value := typed.get(part), str) and len(value) <= LONGEST}
    return see_other(request, f"{BACK}/{provider}?{urlencode(parts)}")


@router.get("/sign-in/back/{provider}")
def come_back(
    request: Request,
    session: ViewerSession,
    provider: str,
    code: Part = "",
    state: Part = "",
    iss: Part = "",
    error: Part = "",
) -> Response:
    """What a provider says of whoever comes back: known, new here, or not proven."""
    chosen = _known(provider)
    token = request.cookies.get(_cookie(), "")
    asked = Asked(token)
    if not token or not hmac.compare_digest(asked.state.encode(), state.encode()):
        return _trouble(request, chosen, "old", 410)
    waiting = take_challenge(request, session, ("provider", "provider-link"), token)
    if waiting is None or waiting.challenge != chosen.key.encode():
        return _trouble(request, chosen, "old", 410)
    session.commit()  # used up whatever happens; and a provider that is slow holds no connection to the database
    try:
        openid.check_sender(chosen, iss)
        if error:
            log.warning("sign in with %s: answered with an error", chosen.key)
            noticed.note("not_let_in", "provider")
            return _trouble(request, chosen, "stopped", 403)
        identity = openid.prove(chosen, asked, code)
    except NotSure as unsure:
        log.warning("sign in with %s: not proven, %s", chosen.key, unsure.reason)
        noticed.note("not_let_in", "provider")
        return _trouble(request, chosen, "unsure", 403)
    except NotReached:
        log.warning("sign in with %s: not reached", chosen.key)
        return _trouble(request, chosen, "away", 502)
    take_in = _link if waiting.purpose == "provider-link" else _let_in
    return _without_cookie(take_in(request, session, chosen, identity, waiting))


@router.post("/me/ways/{way_id}/removal")
def remove(request: Request, session: ViewerSession, me: Me, way_id: str) -> Response:
    """An account elsewhere opens the door no more."""
    need_proof(session, "/me/devices")
    may_lose = ways_in(session, me.id, hold=True).may_lose_an_external_way
    try:
        query = select(ExternalWay).where(ExternalWay.id == UUID(way_id), ExternalWay.person_id == me.id)
    except ValueError:
        raise NotHere from None
    way = session.exec(query).first()
    if way is None:
        raise NotHere
    if not may_lose:
        raise NotAllowed(gettext(LAST_WAY))
    changes.begin(session, "account removed")
    end_way(session, way.id)
    return see_other(request, WAYS_IN)


def _let_in(request: Request, session: Session, chosen: Provider, identity: Identity, waiting: Challenge) -> Response:
    way = external_ways.whose(request, session, identity)
    if way is None:
        noticed.note("not_let_in", "provider")
        return render(request, "people/provider_unknown.html", status=403, name=chosen.name)
    response = see_other(request, waiting.next_url)
    start_sign_in(session, request, response, way.person_id, "provider", waiting.shared_device)
    way.used()
    return response


def _link(request: Request, session: Session, chosen: Provider, identity: Identity, _waiting: Challenge) -> Response:
    viewer: Viewer = request.state.viewer
    assert viewer.person_id is not None  # take_challenge gave it to the one who asked
    need_proof(session, "/me/devices")
    try:
        external_ways.link(request, session, viewer.person_id, identity, chosen.name)
    except external_ways.SomeoneElses:
        return _trouble(request, chosen, "taken", 409)
    return see_other(request, WAYS_IN)


def _send_off(
    request: Request, session: Session, chosen: Provider, purpose: str, next_url: str, shared_device: bool
) -> Response:
    if not may_try(request, session, "provider"):
        return stopped(_trouble(request, chosen, "many", 429))
    token = remember(
        request,
        session,
        purpose,
        chosen.key.encode(),
        lasting=AWAY,
        shared_device=shared_device,
        next_url=next_url,
    )
    session.commit()  # a provider that is slow holds no connection to the database
    try:
        url = openid.going_url(chosen, Asked(token))
    except NotReached:
        log.warning("sign in with %s: not reached", chosen.key)
        return _trouble(request, chosen, "away", 502)
    # A page and not a redirect: `form-action 'self'` would hold a redirected form back.
    response = render(request, "people/provider_going.html", name=chosen.name, url=url)
    response.headers["Refresh"] = f"0;url={url}"
    set_cookie(response, _cookie(), token, seconds=int(AWAY.total_seconds()))
    return response


def _trouble(request: Request, chosen: Provider, what: str, status: int) -> Response:
    viewer: Viewer = request.state.viewer
    inside = viewer.person_id is not None
    page = render(request, "people/provider_trouble.html", status=status, what=what, name=chosen.name, inside=inside)
    return page if what == "old" else _without_cookie(page)


def _without_cookie(response: Response) -> Response:
    drop_cookie(response, _cookie())
    return response


def _known(key: str) -> Provider:
    provider = providers().get(key)
    if provider is None:
        raise NotHere
    return provider


def _cookie() -> str:
    return f"{cookie_name()}-with"
