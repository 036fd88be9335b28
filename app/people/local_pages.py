"""The pages that exist only at this very machine: the demo cast, and the mail that would have been sent."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from app.kit.outbox import Kept, kept_messages
from app.people.devices import start_sign_in
from app.people.door import ViewerSession
from app.people.this_machine import demo_is_open, demo_people, keep_key, outbox_is_open
from app.web.errors import NotHere
from app.web.pages import render, see_other

MOST_MAIL = 200


def demo_door(request: Request) -> None:
    """Raises NotHere unless the demo is on and the request is made at this machine."""
    if not demo_is_open(request):
        raise NotHere


def outbox_door(request: Request) -> None:
    """Raises NotHere unless mail stays here and the request is made at this machine."""
    if not outbox_is_open(request):
        raise NotHere


router = APIRouter()
demo = APIRouter(prefix="/demo", dependencies=[Depends(demo_door)])
outbox = APIRouter(prefix="/outbox", dependencies=[Depends(outbox_door)])


@demo.get("")
def show_cast(request: Request, session: ViewerSession) -> Response:
    if "key" in request.query_params:
        return keep_key(see_other(request, "/demo"))
    return render(request, "people/demo.html", people=demo_people(), outbox=outbox_is_open(request))


@demo.post("/{person_id}")
def be(request: Request, session: ViewerSession, person_id: str) -> Response:
    if person_id not in {person["id"] for person in demo_people()}:
        raise NotHere
    response = see_other(request, "/")
    start_sign_in(session, request, response, UUID(person_id), "demo")
    return response


@outbox.get("")
def show_outbox(request: Request, session: ViewerSession) -> Response:
    if "key" in request.query_params:
        return keep_key(see_other(request, "/outbox"))
    return render(request, "people/outbox.html", messages=[_dated(kept) for kept in kept_messages(MOST_MAIL)])


@outbox.get("/{message_id}")
def show_message(request: Request, session: ViewerSession, message_id: str) -> Response:
    message = next((kept for kept in kept_messages(MOST_MAIL) if kept["id"] == message_id), None)
    if message is None:
        raise NotHere
    return render(request, "people/outbox_message.html", message=_dated(message))


def _dated(kept: Kept) -> dict[str, Any]:
    return dict(kept) | {"at": datetime.fromisoformat(kept["at"])}


router.include_router(demo)
router.include_router(outbox)
