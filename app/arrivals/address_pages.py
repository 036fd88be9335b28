"""Someone's own e-mail address for this box: make it, read it out, replace it, stop it."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.arrivals.forms import AddressForm
from app.arrivals.mail.address import MailAddress
from app.arrivals.mail.addresses import address_of, make_address, revoke_address, stop_sender, welcome_senders
from app.boxes.box import Box
from app.boxes.connection import Connection
from app.boxes.loading import RunBox, RunConnection, base_path
from app.boxes.once import made_id
from app.kit.config import settings
from app.kit.ids import new_id
from app.people.door import CurrentViewer, ViewerSession
from app.people.viewer import Viewer
from app.web.errors import NotHere
from app.web.forms import Fields, Typed, parse
from app.web.pages import render, see_other

router = APIRouter()


@router.get("/people/{connection_id}/address")
@router.get("/boxes/{box_id}/people/{connection_id}/address")
def address_page(request: Request, connection: RunConnection, session: ViewerSession) -> Response:
    """The address that works now, or the form that makes one."""
    return _page(request, session, connection, {}, {})


@router.post("/people/{connection_id}/address")
@router.post("/boxes/{box_id}/people/{connection_id}/address")
def make(
    request: Request,
    box: RunBox,
    connection: RunConnection,
    viewer: CurrentViewer,
    session: ViewerSession,
    fields: Fields,
) -> Response:
    """Make one; one that worked before stops at once. Sending the page twice makes one."""
    form, errors = parse(AddressForm, fields)
    if form is None:
        return _page(request, session, connection, fields, errors)
    made = made_id(viewer.person_id, "address", form.once, connection.id, form.sender.lower())
    if session.get(MailAddress, made) is None:
        make_address(session, viewer, box, connection, form.sender, made)
    return _back(request, viewer, box, connection)


@router.post("/people/{connection_id}/address/revocation")
@router.post("/boxes/{box_id}/people/{connection_id}/address/revocation")
def revoke(
    request: Request, box: RunBox, connection: RunConnection, viewer: CurrentViewer, session: ViewerSession
) -> Response:
    """Stop it. Whoever writes to it hears what anyone hears who writes to an address that never was."""
    revoke_address(session, viewer, box, connection)
    return _back(request, viewer, box, connection)


@router.post("/people/{connection_id}/senders/{sender_id}/ending")
@router.post("/boxes/{box_id}/people/{connection_id}/senders/{sender_id}/ending")
def end_sender(
    request: Request,
    sender_id: str,
    box: RunBox,
    connection: RunConnection,
    viewer: CurrentViewer,
    session: ViewerSession,
) -> Response:
    """Mail from this other address of theirs knocks again."""
    try:
        stop_sender(session, viewer, box, connection, UUID(sender_id))
    except ValueError:
        raise NotHere from None
    return _back(request, viewer, box, connection)


def _back(request: Request, viewer: Viewer, box: Box, connection: Connection) -> Response:
    return see_other(request, f"{base_path(box, viewer)}/people/{connection.id}/address")


def _page(
    request: Request, session: Session, connection: Connection, values: Typed, errors: dict[str, str]
) -> Response:
    return render(
        request,
        "arrivals/address.html",
        status=422 if errors else 200,
        person=connection,
        given=address_of(session, connection),
        senders=welcome_senders(session, connection),
        values=values,
        errors=errors,
        once=str(new_id()),
        a_day=settings().mail_a_day,
    )
