"""Passkeys, asked for and answered by passkey.js as JSON."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Request
from fastapi.responses import JSONResponse, Response
from sqlmodel import Session, col, select

from app.kit import noticed
from app.kit.language import N_, gettext
from app.people import changes, passkeys
from app.people.attempts import MANY_TRIES, may_try, stopped
from app.people.challenges import CHALLENGE_TIME, take_challenge
from app.people.devices import device_words, said_device, start_sign_in
from app.people.door import CurrentViewer, Me, ViewerSession, cookie_name
from app.people.forms import NameForm
from app.people.next_page import own_path
from app.people.passkeys import Json, KnownAlready, NotProven
from app.people.proof import may_change_ways, need_proof, on_shared_device, prove
from app.people.sign_in import Passkey
from app.people.ways_in import LAST_WAY, end_way, ways_in
from app.web.cookies import set_cookie
from app.web.errors import NotAllowed, NotHere, Refused
from app.web.forms import Fields, parse
from app.web.pages import see_other

router = APIRouter()
JsonBody = Annotated[dict[str, Any], Body()]

WAYS_IN = "/me/devices"
TRY_AGAIN = N_("That didn’t go through. Nothing is lost. You can try again, or come in another way.")
NOT_ADDED = N_("That didn’t go through. Nothing was changed. You can try again.")
PROVE = N_("First show that it’s you. Nothing was changed.")
HAS_IT = N_("This phone can already open it. You’re all set.")
NOT_YOURS = N_("You said this phone isn’t yours, so it can’t be a way in. Nothing was changed.")


@router.post("/sign-in/passkey/options")
def sign_in_options(request: Request, session: ViewerSession, typed: JsonBody) -> Response:
    if not may_try(request, session, "challenge"):
        return _many()
    options, token = passkeys.sign_in_options(
        request,
        session,
        shared_device=typed.get("shared") == "yes",
        next_url=own_path(next_url) if isinstance(next_url := typed.get("next"), str) else "/",
    )
    return _with_challenge(options, token)


@router.post("/sign-in/passkey")
def sign_in(request: Request, session: ViewerSession, answer: JsonBody) -> Response:
    challenge = take_challenge(request, session, ("sign-in",), request.cookies.get(_cookie()))
    try:
        if challenge is None:
            raise NotProven
        passkey, count = passkeys.who_answered(request, session, answer, challenge.challenge)
    except NotProven:
        return _not_proven(TRY_AGAIN)
    response = JSONResponse({"location": challenge.next_url})
    start_sign_in(session, request, response, passkey.person_id, "passkey", challenge.shared_device)
    passkey.used(count)
    return response


@router.post("/prove/passkey/options")
def prove_options(request: Request, session: ViewerSession, me: Me, typed: JsonBody) -> Response:
    """A passkey of one's own says once more who one is."""
    if not may_try(request, session, "own challenge", by=me.id):
        return _many()
    next_url = own_path(wanted if isinstance(wanted := typed.get("next"), str) else None)
    return _with_challenge(*passkeys.sign_in_options(request, session, purpose="prove", next_url=next_url))


@router.post("/prove/passkey")
def prove_by_passkey(request: Request, session: ViewerSession, me: Me, answer: JsonBody) -> Response:
    challenge = take_challenge(request, session, ("prove",), request.cookies.get(_cookie()))
    try:
        if challenge is None:
            raise NotProven
        passkey, count = passkeys.who_answered(request, session, answer, challenge.challenge)
    except NotProven:
        return _not_proven(NOT_ADDED)
    if passkey.person_id != me.id or not prove(session, "passkey"):
        return _not_proven(NOT_ADDED)
    passkey.used(count)
    return JSONResponse({"location": challenge.next_url})


@router.post("/me/passkeys/options")
def register_options(request: Request, session: ViewerSession, me: Me) -> Response:
    if on_shared_device(request):
        return _detail(NOT_YOURS, 403)
    if not may_change_ways(session):
        return _detail(PROVE, 403)
    if not may_try(request, session, "own challenge", by=me.id):
        return _many()
    return _with_challenge(*passkeys.register_options(request, session, me))


@router.post("/me/passkeys")
def register(request: Request, session: ViewerSession, me: Me, answer: JsonBody) -> Response:
    if on_shared_device(request):
        return _detail(NOT_YOURS, 403)
    if not may_change_ways(session):
        return _detail(PROVE, 403)
    challenge = take_challenge(request, session, ("register",), request.cookies.get(_cookie()))
    name = said_device(device_words(request.headers.get("user-agent", "")))
    try:
        if challenge is None:
            raise NotProven
        passkeys.add_passkey(session, me.id, name, answer, challenge.challenge)
    except KnownAlready:
        return _detail(HAS_IT, 409)
    except NotProven:
        return _not_proven(NOT_ADDED)
    return JSONResponse({"location": WAYS_IN})  # no fragment: going to one would not load the page again


@router.post("/me/passkeys/{passkey_id}/name")
def rename(request: Request, session: ViewerSession, viewer: CurrentViewer, passkey_id: str, typed: Fields) -> Response:
    passkey = _mine(session, viewer.person_id, passkey_id)
    form, errors = parse(NameForm, typed)
    if form is None:
        raise Refused(f"{errors['name']} {gettext('The old name is still there.')}")
    passkey.name = form.name
    return see_other(request, f"{WAYS_IN}#passkeys")


@router.post("/me/passkeys/{passkey_id}/removal")
def remove(request: Request, session: ViewerSession, me: Me, passkey_id: str) -> Response:
    need_proof(session, WAYS_IN)
    may_lose = ways_in(session, me.id, hold=True).may_lose_a_passkey
    passkey = _mine(session, me.id, passkey_id)
    if not may_lose:
        raise NotAllowed(gettext(LAST_WAY))
    changes.begin(session, "passkey removed")
    end_way(session, passkey.id)
    return see_other(request, f"{WAYS_IN}#passkeys")


def _mine(session: Session, person_id: UUID | None, passkey_id: str) -> Passkey:
    try:
        query = select(Passkey).where(Passkey.id == UUID(passkey_id), col(Passkey.person_id) == person_id)
    except ValueError:
        raise NotHere from None
    passkey = session.exec(query).first()
    if passkey is None:
        raise NotHere
    return passkey


def _cookie() -> str:
    return f"{cookie_name()}-asked"


def _with_challenge(options: Json, token: str) -> Response:
    response = JSONResponse(options)
    set_cookie(response, _cookie(), token, seconds=int(CHALLENGE_TIME.total_seconds()), same_site="strict")
    return response


def _not_proven(sentence: str) -> Response:
    noticed.note("not_let_in", "passkey")
    return _detail(sentence)


def _many() -> Response:
    return stopped(_detail(MANY_TRIES, 429))


def _detail(sentence: str, status: int = 422) -> Response:
    return JSONResponse({"detail": gettext(sentence)}, status)
