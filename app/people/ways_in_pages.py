"""What can open it: phones that are signed in, passkeys, the e-mail address, printed codes."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import text
from sqlmodel import Session, select

from app.kit.language import N_, gettext
from app.people import changes
from app.people.addresses import AlreadyUsed, asked_for, use_address
from app.people.attempts import MANY_TRIES, may_try, stopped
from app.people.devices import open_sign_ins
from app.people.door import CurrentViewer, Me, ViewerSession
from app.people.forms import EmailForm
from app.people.jobs import ask_to_prove
from app.people.operator_act import SAID as HOUSE_SAID
from app.people.operator_act import done_to
from app.people.person import Person
from app.people.proof import may_change_ways, need_proof, proven_by, what_was_typed
from app.people.providers import providers
from app.people.recovery import COUNT, codes_left, new_codes
from app.people.sign_in import CAME_IN, SignIn
from app.people.this_machine import outbox_is_open
from app.people.ways_in import ways_in
from app.web.errors import NotAllowed, NotHere
from app.web.forms import Fields, Typed, parse
from app.web.pages import render, see_other

router = APIRouter()
PAGE = "/me/devices"
CODES_FIRST = N_("Print codes first. Then a link and one of your codes open it together. Nothing was changed.")
HELD = N_("Come in with a passkey or a printed code first. Nothing was changed.")

TAKEN = N_(
    "That email is how someone else comes in, so it can’t be yours too. Nothing was changed. You can use another one."
)


def _page(
    request: Request, session: Session, me: Person, typed: Typed, errors: dict[str, str], status: int = 200
) -> Response:
    changed = changes.of_late(session, me.id)
    return render(
        request,
        "people/devices.html",
        status=status,
        sign_ins=open_sign_ins(session, me.id),
        this=request.state.sign_in,
        came_in=CAME_IN,
        ways=ways_in(session, me.id),
        providers=list(providers().values()),
        may_change=may_change_ways(session),
        changed=changed,
        mine_to_undo=[each.id for each in changed if changes.can_take_back(session, each.id)],
        said=changes.SAID,
        by_the_house=done_to(session, me.created_at),
        house_said=HOUSE_SAID,
        held=me.mailbox_held_at is not None,
        links_alone=me.links_alone,
        values=typed,
        errors=errors,
    )


@router.get("/me/devices")
def show_devices(request: Request, session: ViewerSession, me: Me, said: str = "") -> Response:
    """`said`: "keep" for somebody who looks after a box and has only one way to come in."""
    return _page(request, session, me, {"email": what_was_typed(request), "said": said}, {})


@router.post("/me/devices/{sign_in_id}/end")
def end_sign_in(request: Request, session: ViewerSession, viewer: CurrentViewer, sign_in_id: str) -> Response:
    try:
        query = select(SignIn).where(SignIn.id == UUID(sign_in_id), SignIn.person_id == viewer.person_id)
    except ValueError:
        raise NotHere from None
    sign_in = session.exec(query).first()
    if sign_in is None:
        raise NotHere
    if sign_in.id != request.state.viewer.sign_in_id:
        need_proof(session, PAGE)
        changes.begin(session, "phones")
    sign_in.end()
    return see_other(request, "/me/devices")


@router.post("/me/devices/end-others")
def end_others(request: Request, session: ViewerSession, me: Me) -> Response:
    """Lock out all the others."""
    need_proof(session, PAGE)
    others = [each for each in open_sign_ins(session, me.id) if each.id != request.state.sign_in.id]
    if others:
        changes.begin(session, "phones")
    for sign_in in others:
        sign_in.end()
    return see_other(request, "/me/devices")


@router.post("/me/email")
def ask_email(request: Request, session: ViewerSession, me: Me, typed: Fields) -> Response:
    form, errors = parse(EmailForm, typed)
    if form is None:
        return _page(request, session, me, typed, errors, 422)
    need_proof(session, PAGE, form.email)
    if not (may_try(request, session, "link") and may_try(request, session, "mailbox", about=form.email)):
        return stopped(_page(request, session, me, typed, {"email": gettext(MANY_TRIES)}, 429))
    ask_to_prove(request, session, form.email)
    return see_other(request, "/me/email")


@router.get("/me/email")
def email_asked(request: Request, session: ViewerSession, viewer: CurrentViewer) -> Response:
    return render(request, "people/email_asked.html", outbox=outbox_is_open(request))


@router.get("/me/email/{token}")
def show_proof(request: Request, session: ViewerSession, me: Me, token: str) -> Response:
    address = asked_for(request, session, token)
    status = 200 if address else 410
    return render(
        request,
        "people/email_proof.html",
        status=status,
        token=token,
        address=address,
        others_read=me.email is not None and proven_by(session, request) in ("passkey", "code"),
        old=me.email,
        refused=None,
    )


@router.post("/me/email/{token}")
def prove_email(request: Request, session: ViewerSession, me: Me, token: str, typed: Fields) -> Response:
    address = asked_for(request, session, token)
    if address is None:
        return show_proof(request, session, me, token)
    need_proof(session, f"/me/email/{token}")
    changes.begin(session, "email", by_mail=typed.get("read-by-others") != "yes")
    try:
        use_address(session, address)
    except AlreadyUsed:
        session.rollback()
        return render(request, "people/email_proof.html", status=409, token=token, address=None, refused=gettext(TAKEN))
    return see_other(request, "/me/devices#email")


@router.post("/me/links")
def choose_links(request: Request, session: ViewerSession, me: Me, typed: Fields) -> Response:
    """Whether a link is enough by itself to come in; and a mailbox that was held counts again."""
    need_proof(session, PAGE)
    alone = typed.get("alone") != "no"
    if not alone and not codes_left(session, me.id):
        raise NotAllowed(gettext(CODES_FIRST))
    if me.mailbox_held_at is not None and proven_by(session, request) not in ("passkey", "code"):
        raise NotAllowed(gettext(HELD))
    changes.begin(session, "links")
    session.connection().execute(text("select wall.choose_links(:alone)"), {"alone": alone})
    return see_other(request, "/me/devices#email")


@router.get("/me/recovery")
def show_recovery(request: Request, session: ViewerSession, me: Me) -> Response:
    left, may_change = codes_left(session, me.id), may_change_ways(session)
    return render(request, "people/recovery.html", left=left, count=COUNT, may_change=may_change)


@router.post("/me/recovery")
def make_codes(request: Request, session: ViewerSession, me: Me) -> Response:
    need_proof(session, "/me/recovery")
    made = new_codes(session)
    others = len(open_sign_ins(session, me.id)) > 1
    return render(request, "people/codes.html", codes=made, others=others)
