"""Something new: which phones say so, what for, and when they are quiet."""

from collections.abc import Mapping
from datetime import time
from typing import Any, ClassVar, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import Field
from sqlmodel import Session

from app.kit.language import N_, gettext
from app.people import push
from app.people.door import CurrentViewer, ViewerSession
from app.people.passkey_routes import JsonBody
from app.people.push_post import public_key
from app.people.viewer import Viewer
from app.web.forms import Fields, Form, Typed, parse
from app.web.pages import render, see_other
from app.web.pwa import WORKER_PARTS

router = APIRouter()
WORKER_PARTS.append("js/worker-push.js")
PAGE = "/me/notices"


class NoticesForm(Form):
    """What to be told about, and the quiet time."""

    messages: ClassVar[Mapping[str, str]] = {
        "quiet_from": N_("Please give a time, like 20:00."),
        "quiet_until": N_("Please give a time, like 08:00."),
    }

    kinds: list[Literal["arrived", "asked", "letter"]] = Field(default_factory=list)
    quiet_from: time
    quiet_until: time


def notices(request: Request, session: Session, viewer: Viewer) -> dict[str, Any]:
    """What people/_notices.html needs, on whichever page it stands."""
    assert viewer.person_id is not None
    choice = push.choice_of(session, viewer.person_id)
    return {
        "kinds": push.KINDS,
        "chosen": choice.kinds,
        "values": {"quiet_from": f"{choice.quiet_from:%H:%M}", "quiet_until": f"{choice.quiet_until:%H:%M}"},
        "errors": {},
        "told": push.is_told(session, request.state.sign_in),
        "this": request.state.sign_in,
        "push_key": public_key(),
    }


@router.get(PAGE)
def show_notices(request: Request, session: ViewerSession, viewer: CurrentViewer) -> Response:
    return render(request, "people/notices.html", **notices(request, session, viewer))


@router.post(PAGE)
def choose(request: Request, session: ViewerSession, viewer: CurrentViewer, typed: Fields) -> Response:
    form, errors = parse(NoticesForm, typed)
    if form is None:
        return _again(request, session, viewer, typed, errors)
    assert viewer.person_id is not None
    push.choose(
        session,
        viewer.person_id,
        form.kinds,
        (form.quiet_from.replace(tzinfo=None), form.quiet_until.replace(tzinfo=None)),
    )
    return see_other(request, PAGE)


@router.post(f"{PAGE}/phone")
def subscribe(request: Request, session: ViewerSession, viewer: CurrentViewer, said: JsonBody) -> Response:
    """A browser that wants to be told, as JSON: js/push.js sends it, after a tap."""
    asked = push.subscribing(said)
    if asked is None or request.state.sign_in.shared_device:
        return JSONResponse({"detail": gettext("That didn’t go through. Nothing was changed.")}, 422)
    push.subscribe(request, session, asked)
    return JSONResponse({"location": PAGE})


@router.post(f"{PAGE}/phone/removal")
def unsubscribe(request: Request, session: ViewerSession, viewer: CurrentViewer) -> Response:
    push.unsubscribe(session, request.state.sign_in)
    return see_other(request, PAGE)


def _again(request: Request, session: Session, viewer: Viewer, typed: Typed, errors: dict[str, str]) -> Response:
    ticked = typed.get("kinds", [])
    chosen = [ticked] if isinstance(ticked, str) else ticked
    context = notices(request, session, viewer) | {"chosen": chosen, "values": typed, "errors": errors}
    return render(request, "people/notices.html", status=422, **context)
