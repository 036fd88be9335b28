"""What can open it: phones that are signed in, passkeys, the e-mail address, printed codes."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session, select

from app.kit.language import N_, gettext
from app.people.addresses import AlreadyUsed, open_proof, use_address
from app.people.attempts import MANY_TRIES, may_try, stopped
from app.people.devices import open_sign_ins
from app.people.door import CurrentViewer, Me, ViewerSession
from app.people.forms import EmailForm
from app.people.jobs import ask_to_prove
from app.people.person import Person
from app.people.providers import providers
from app.people.recovery import COUNT, codes_left, new_codes
from app.people.sign_in import SignIn
from app.people.this_machine import outbox_is_open
from app.people.ways_in import ways_in
from app.web.errors import NotHere
from app.web.forms import Fields, Typed, parse
from app.web.pages import render, see_other

router = APIRouter()

TAKEN = N_(
    "That email is how someone else comes in, so it can’t be yours too. Nothing was changed. You can use another one."
)


def _page(
    request: Request, session: Session, me: Person, typed: Typed, errors: dict[str, str], status: int = 200
) -> Response:
    return render(
        request,
        "people/devices.html",
        status=status,
        sign_ins=open_sign_ins(session, me.id),
        this=request.state.sign_in,
        ways=ways_in(session, me.id),
        providers=list(providers().values()),
        values=typed,
        errors=errors,
    )


@router.get("/me/devices")
def show_devices(request: Request, session: ViewerSession, me: Me) -> Response:
    return _page(request, session, me, {}, {})


@router.post("/me/devices/{sign_in_id}/end")
def end_sign_in(request: Request, session: ViewerSession, viewer: CurrentViewer, sign_in_id: str) -> Response:
    try:
        query = select(SignIn).where(SignIn.id == UUID(sign_in_id), SignIn.person_id == viewer.person_id)
    except ValueError:
        raise NotHere from None
    sign_in = session.exec(query).first()
    if sign_in is None:
        raise NotHere
    sign_in.end()
    return see_other(request, "/me/devices")


@router.post("/me/devices/end-others")
def end_others(request: Request, session: ViewerSession, me: Me) -> Response:
    for sign_in in open_sign_ins(session, me.id):
        if sign_in.id != request.state.sign_in.id:
            sign_in.end()
    return see_other(request, "/me/devices")


@router.post("/me/email")
def ask_email(request: Request, session: ViewerSession, me: Me, typed: Fields) -> Response:
    form, errors = parse(EmailForm, typed)
    if form is None:
        return _page(request, session, me, typed, errors, 422)
    if not may_try(request, session, "link"):
        return stopped(_page(request, session, me, typed, {"email": gettext(MANY_TRIES)}, 429))
    ask_to_prove(session, me.id, form.email)
    return see_other(request, "/me/email")


@router.get("/me/email")
def email_asked(request: Request, session: ViewerSession, viewer: CurrentViewer) -> Response:
    return render(request, "people/email_asked.html", outbox=outbox_is_open(request))


@router.get("/me/email/{token}")
def show_proof(request: Request, session: ViewerSession, me: Me, token: str) -> Response:
    proof = open_proof(token)
    works = proof is not None and proof.person_id == me.id
    return render(
        request,
        "people/email_proof.html",
        status=200 if works else 410,
        token=token,
        address=proof.address if proof is not None and works else None,
        refused=None,
    )


@router.post("/me/email/{token}")
def prove_email(request: Request, session: ViewerSession, me: Me, token: str) -> Response:
    proof = open_proof(token)
    if proof is None or proof.person_id != me.id:
        return show_proof(request, session, me, token)
    try:
        use_address(session, me, proof.address)
    except AlreadyUsed:
        return render(request, "people/email_proof.html", status=409, token=token, address=None, refused=gettext(TAKEN))
    return see_other(request, "/me/devices#email")


@router.get("/me/recovery")
def show_recovery(request: Request, session: ViewerSession, me: Me) -> Response:
    return render(request, "people/recovery.html", left=codes_left(session, me.id), count=COUNT)


@router.post("/me/recovery")
def make_codes(request: Request, session: ViewerSession, me: Me) -> Response:
    return render(request, "people/codes.html", codes=new_codes(session, me.id))
