"""Showing that it is oneself before a way in is changed; and taking a change back that one did not make."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.kit import noticed
from app.kit.language import N_, gettext
from app.people import changes, links
from app.people.attempts import MANY_TRIES, may_try, stopped
from app.people.coming_in import NO_SUCH_CODE
from app.people.door import CurrentViewer, Me, ViewerSession, presenting
from app.people.forms import CodeForm, ComingIn
from app.people.jobs import ask_for_link
from app.people.next_page import own_path
from app.people.person import Person
from app.people.proof import NOT_YOURS, is_proven, on_shared_device, prove
from app.people.recovery import use_code
from app.people.this_machine import outbox_is_open
from app.people.ways_in import ways_in
from app.web.errors import NotAllowed, NotHere
from app.web.forms import Fields, Typed, parse
from app.web.pages import render, see_other

router = APIRouter()
NO_EMAIL = N_("You have no email here yet. Use another way.")


@router.get("/prove")
def show_prove(
    request: Request, session: ViewerSession, me: Me, next_url: Annotated[str, Query(alias="next")] = "/"
) -> Response:
    """The ways that this person has to show that it is them."""
    if is_proven(session):
        return see_other(request, own_path(next_url))
    return _page(request, session, me, {"next": next_url}, {})


@router.post("/prove/link")
def prove_by_link(request: Request, session: ViewerSession, me: Me, typed: Fields) -> Response:
    """Send a link to their mailbox. Opened in this browser it is the proof; in another one it lets that one in."""
    _own_phone(request)
    form = parse(ComingIn, typed)[0] or ComingIn()
    if me.email is None or me.mailbox_held_at is not None:
        return _page(request, session, me, typed, {"email": gettext(NO_EMAIL)}, 422)
    if not (may_try(request, session, "link") and may_try(request, session, "mailbox", about=me.email)):
        return stopped(_page(request, session, me, typed, {"email": gettext(MANY_TRIES)}, 429))
    response = see_other(request, "/prove/link")
    ask_for_link(request, session, me.email, form.next, links.asking(request, response))
    return response


@router.get("/prove/link")
def link_asked(request: Request, session: ViewerSession, viewer: CurrentViewer) -> Response:
    return render(
        request, "people/prove_link_asked.html", outbox=outbox_is_open(request), number=links.number_here(request)
    )


@router.post("/prove/code")
def prove_by_code(request: Request, session: ViewerSession, me: Me, typed: Fields) -> Response:
    """One of their printed codes, which is then used up. Somebody else's is not."""
    _own_phone(request)
    form, errors = parse(CodeForm, typed)
    if form is None:
        return _page(request, session, me, typed, errors, 422)
    if not may_try(request, session, "recovery"):
        return stopped(_page(request, session, me, typed, {"code": gettext(MANY_TRIES)}, 429))
    if use_code(request, session, form.code, me.id) is None:
        noticed.note("not_let_in", "recovery")
        return _page(request, session, me, typed, {"code": gettext(NO_SUCH_CODE)}, 422)
    prove(session, "code")
    return see_other(request, form.next)


@router.get("/not-me/{token}")
def show_change(request: Request, session: ViewerSession, token: str) -> Response:
    """What a letter would take back. Looking takes nothing back: mail scanners look."""
    what = changes.presented(request, session, token)
    return _not_me(request, what is not None, what or "", f"/not-me/{token}")


@router.post("/not-me/{token}")
def take_back(request: Request, session: ViewerSession, token: str) -> Response:
    """That wasn't me: all as it was before. It lets nobody in."""
    with presenting(request, session, token):
        taken = changes.take_back(session)
    return _taken_back(request) if taken else _not_me(request, False)


@router.post("/me/changes/{change_id}/undo")
def take_back_here(request: Request, session: ViewerSession, me: Me, change_id: str) -> Response:
    """The same, on another phone that was in before the change."""
    try:
        taken = changes.take_back(session, UUID(change_id))
    except ValueError:
        raise NotHere from None
    if not taken:
        raise NotHere
    return _taken_back(request)


def _taken_back(request: Request) -> Response:
    return render(request, "people/not_me.html", done=True, works=False, said="", act="")


def _not_me(request: Request, works: bool, what: str = "", act: str = "") -> Response:
    said = gettext(changes.SAID[what]) if what else ""
    return render(
        request, "people/not_me.html", status=200 if works else 410, works=works, said=said, act=act, done=False
    )


def _own_phone(request: Request) -> None:
    if on_shared_device(request):
        raise NotAllowed(gettext(NOT_YOURS))


def _page(
    request: Request, session: Session, me: Person, typed: Typed, errors: dict[str, str], status: int = 200
) -> Response:
    wanted = typed.get("next", "/")
    return render(
        request,
        "people/prove.html",
        status=status,
        ways=ways_in(session, me.id),
        shared=on_shared_device(request),
        held=me.mailbox_held_at is not None,
        next_url=own_path(wanted if isinstance(wanted, str) else None),
        values=typed,
        errors=errors,
    )
