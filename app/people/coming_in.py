"""The front door: the sign-in page, e-mailed links, printed codes, and going out."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.kit import noticed
from app.kit.language import N_, gettext
from app.people import links
from app.people.attempts import MANY_TRIES, may_try, stopped
from app.people.devices import clear_this_browser, end_this_sign_in, forget_cookie, start_sign_in, what_to_clear
from app.people.door import OpenSignIn, ViewerSession
from app.people.forms import CodeForm, ComingIn, LinkForm
from app.people.jobs import ask_for_link
from app.people.next_page import own_path
from app.people.proof import prove
from app.people.providers import providers
from app.people.recovery import use_code
from app.people.this_machine import demo_is_open, outbox_is_open
from app.people.ways_in import ways_in
from app.web.forms import Fields, Typed, parse
from app.web.pages import render, see_other

router = APIRouter()
NextUrl = Annotated[str, Query(alias="next")]

NO_SUCH_NUMBER = N_("That isn’t the number. Look at the page where you asked for the link.")
NO_SUCH_CODE = N_("That code doesn’t work. Each one works once, and new codes stop the old ones. Nothing was changed.")


def sign_in_page(request: Request, typed: Typed, errors: dict[str, str], status: int) -> Response:
    """The sign-in page with what was typed still in it."""
    return render(
        request,
        "people/sign_in.html",
        status=status,
        values=typed,
        errors=errors,
        next_url=own_path(_text(typed, "next")),
        providers=list(providers().values()),
        demo=demo_is_open(request),
        outbox=outbox_is_open(request),
    )


@router.get("/sign-in")
def show_sign_in(request: Request, session: ViewerSession, next_url: NextUrl = "") -> Response:
    if request.state.viewer.person_id is not None:
        return see_other(request, own_path(next_url))
    return clear_this_browser(request, sign_in_page(request, {"next": next_url}, {}, 200))


@router.get("/here")
def still_here(request: Request, session: ViewerSession) -> Response:
    """What an open page asks when somebody comes back to it: 204 while its sign-in lasts, 401 once it is over."""
    if request.state.viewer.person_id is not None:
        return Response(status_code=204, headers={"Cache-Control": "no-store"})
    return clear_this_browser(request, Response(status_code=401, headers={"Cache-Control": "no-store"}))


@router.post("/sign-in/link")
def ask_link(request: Request, session: ViewerSession, typed: Fields) -> Response:
    form, errors = parse(LinkForm, typed)
    if form is None:
        return sign_in_page(request, typed, errors, 422)
    if not (may_try(request, session, "link") and may_try(request, session, "mailbox", about=form.email)):
        return stopped(sign_in_page(request, typed, {"email": gettext(MANY_TRIES)}, 429))
    response = see_other(request, "/sign-in/link")
    ask_for_link(request, session, form.email, form.next, links.asking(request, response))
    return response


@router.get("/sign-in/link")
def link_asked(request: Request, session: ViewerSession) -> Response:
    number = links.number_here(request)
    return render(request, "people/link_asked.html", outbox=outbox_is_open(request), number=number)


@router.get("/sign-in/link/{token}")
def show_link(request: Request, session: ViewerSession, token: str, next_url: NextUrl = "") -> Response:
    opens = links.link_opens(request, session, token)
    if opens is None:
        return _old_link(request, own_path(next_url))
    return _link_page(request, token, opens, {"next": own_path(next_url)}, {}, 200)


@router.post("/sign-in/link/{token}")
def open_link(request: Request, session: ViewerSession, token: str, typed: Fields) -> Response:
    """Let in the browser that the link was opened in; or where its person is in already, take it as a proof of that."""
    form = parse(ComingIn, typed)[0] or ComingIn()
    opens = links.link_opens(request, session, token)
    if opens is None:
        return _old_link(request, form.next)
    if _somebody_else(request, opens) and _text(typed, "instead") != "yes":
        return _link_page(request, token, opens, typed, {}, 409)
    errors = _lacking(request, session, token, opens, typed)
    if errors:
        return _link_page(request, token, opens, typed, errors, 422)
    person_id = links.use_link(request, session, token)
    if person_id is None:
        return _old_link(request, form.next)
    response = see_other(request, form.next)
    if request.state.viewer.person_id == person_id and not form.shared and prove(session, "link"):
        return response
    start_sign_in(session, request, response, person_id, "link", form.shared)
    return response


def _lacking(request: Request, session: Session, token: str, opens: links.Opens, typed: Typed) -> dict[str, str]:
    """What the link asks for beside itself and did not get: the number in another browser, a code if it is wanted."""
    if not opens.here and _text(typed, "number").strip() != opens.number:
        if _text(typed, "number"):
            noticed.note("not_let_in", "link")
            links.wrong_number(request, session, token)
        return {"number": gettext(NO_SUCH_NUMBER)}
    if not opens.alone:
        form, errors = parse(CodeForm, typed)
        if form is None:
            return errors
        if not may_try(request, session, "recovery"):
            return {"code": gettext(MANY_TRIES)}
        if use_code(request, session, form.code, opens.person_id) is None:
            noticed.note("not_let_in", "recovery")
            return {"code": gettext(NO_SUCH_CODE)}
    return {}


def _somebody_else(request: Request, opens: links.Opens) -> bool:
    return request.state.viewer.person_id not in (None, opens.person_id)


def _link_page(
    request: Request, token: str, opens: links.Opens, typed: Typed, errors: dict[str, str], status: int
) -> Response:
    return render(
        request,
        "people/link.html",
        status=status,
        token=token,
        opens=opens,
        somebody_else=_somebody_else(request, opens),
        next_url=own_path(_text(typed, "next")),
        values=typed,
        errors=errors,
    )


@router.post("/sign-in/recovery")
def use_recovery_code(request: Request, session: ViewerSession, typed: Fields) -> Response:
    form, errors = parse(CodeForm, typed)
    if form is None:
        return sign_in_page(request, typed, errors, 422)
    if not may_try(request, session, "recovery"):
        return stopped(sign_in_page(request, typed, {"code": gettext(MANY_TRIES)}, 429))
    person_id = use_code(request, session, form.code)
    if person_id is None:
        noticed.note("not_let_in", "recovery")
        return sign_in_page(request, typed, {"code": gettext(NO_SUCH_CODE)}, 422)
    response = see_other(request, form.next if form.next != "/" else "/me/devices")
    start_sign_in(session, request, response, person_id, "recovery", form.shared)
    return response


@router.post("/sign-out")
def sign_out(request: Request, session: ViewerSession, typed: Fields) -> Response:
    sign_in: OpenSignIn | None = getattr(request.state, "sign_in", None)
    unsure = sign_in is not None and sign_in.way != "demo" and typed.get("sure") != "yes"
    if sign_in is not None and unsure and not ways_in(session, sign_in.person_id).any:
        return render(request, "people/no_way_back.html", status=409)
    end_this_sign_in(request, session)
    response = see_other(request, "/sign-in")
    forget_cookie(response)
    response.headers["Clear-Site-Data"] = what_to_clear(request)
    return response


def _old_link(request: Request, next_url: str) -> Response:
    noticed.note("not_let_in", "link")
    context: dict[str, Any] = {"values": {}, "errors": {}, "next_url": next_url}
    return render(request, "people/old_link.html", status=410, **context)


def _text(typed: Typed, name: str) -> str:
    value = typed.get(name, "")
    return value if isinstance(value, str) else value[-1]
