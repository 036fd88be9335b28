"""My people: the rings, someone's own page, and letting them in and out."""

from collections import Counter
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session, col, select

from app.boxes import circles, invitation, ledger, putting_back, reach, rings
from app.boxes.box import Box
from app.boxes.connection import RINGS, Circle, CircleMember, Connection
from app.boxes.context import keepers_now, kept_together_today
from app.boxes.forms import AllowForm, InviteForm, PersonForm
from app.boxes.jobs import send_invitation
from app.boxes.loading import RunBox, RunConnection, base_path
from app.boxes.once import added, made_id
from app.kit.config import settings
from app.kit.ids import new_id
from app.kit.jobs import enqueue
from app.kit.language import N_, gettext, speaking
from app.people import changes
from app.people.attempts import may_try, stopped
from app.people.door import CurrentViewer, ViewerSession
from app.people.person import FACES, TINTS
from app.people.proof import need_proof_here
from app.people.viewer import Viewer
from app.web.errors import Refused
from app.web.forms import Fields, parse
from app.web.pages import render, see_other

router = APIRouter()
MANY_LINKS = N_("That’s a lot of links for one day. You can make a code now and tell it to them.")


@router.get("/people")
@router.get("/boxes/{box_id}/people")
def people_page(request: Request, box: RunBox, session: ViewerSession) -> HTMLResponse:
    """Everyone in the box's life, and the circles they see things in."""
    query = (
        select(Connection)
        .where(Connection.box_id == box.id, Connection.state != "app")
        .order_by(col(Connection.ring), col(Connection.id))
    )
    return render(
        request,
        "boxes/people.html",
        rings=rings.on_rings(session.exec(query).all()),
        circles=circles.named_circles(session, box.id),
        things=reach.things_by_circle(session, box.id),
    )


@router.get("/people/new")
@router.get("/boxes/{box_id}/people/new")
def add_page(request: Request, box: RunBox, session: ViewerSession) -> HTMLResponse:
    """The form for someone new, with a face that nobody in the box has yet."""
    face, tint = _unused_face(session, box)
    typed = {"once": str(new_id()), "ring": "3", "in_touch": "yes", "face": face, "tint": str(tint)}
    return _person_form(request, None, typed, {})


def _unused_face(session: Session, box: Box) -> tuple[str, int]:
    taken = session.exec(select(Connection.face, Connection.tint).where(Connection.box_id == box.id)).all()
    faces, tints = Counter(face for face, _ in taken), Counter(tint for _, tint in taken)
    return min(FACES, key=lambda face: faces[face]), min(range(1, TINTS + 1), key=lambda tint: tints[tint])


@router.post("/people")
@router.post("/boxes/{box_id}/people")
def add(request: Request, box: RunBox, viewer: CurrentViewer, session: ViewerSession, fields: Fields) -> Response:
    """Add someone. They see nothing until they are let in, and need never sign in."""
    form, errors = parse(PersonForm, fields)
    if form is None:
        return _person_form(request, None, fields, errors, 422)
    said = form.model_dump(exclude={"once"})
    connection = Connection(
        id=made_id(viewer.person_id, "connection", form.once, box.id, *said.values()),
        box_id=box.id,
        called=form.called,
        about=form.about,
        ring=form.ring,
        in_touch=form.in_touch == "yes",
        face=form.face,
        tint=form.tint,
    )
    if added(session, connection):
        circles.ensure_circle_of_one(session, connection)
        sentence = gettext("You added %(name)s to your people.", name=form.called)
        _decided(session, viewer, box, connection, "connection.added", sentence)
    return see_other(request, f"{base_path(box, viewer)}/people/{connection.id}")


@router.get("/people/{connection_id}")
@router.get("/boxes/{box_id}/people/{connection_id}")
def person_page(
    request: Request, box: RunBox, viewer: CurrentViewer, connection: RunConnection, session: ViewerSession
) -> HTMLResponse:
    """Someone: what they can see and do, and the way to change it."""
    return _person(request, session, viewer, box, connection)


@router.get("/people/{connection_id}/edit")
@router.get("/boxes/{box_id}/people/{connection_id}/edit")
def edit_page(request: Request, connection: RunConnection) -> HTMLResponse:
    """The form for what someone is called, where they go and what they look like."""
    typed = {name: str(getattr(connection, name)) for name in ("called", "about", "ring", "face", "tint")}
    typed["in_touch"] = "yes" if connection.in_touch else "no"
    return _person_form(request, connection, typed, {})


@router.post("/people/{connection_id}/edit")
@router.post("/boxes/{box_id}/people/{connection_id}/edit")
def edit(
    request: Request,
    box: RunBox,
    viewer: CurrentViewer,
    connection: RunConnection,
    session: ViewerSession,
    fields: Fields,
) -> Response:
    """Save it. Where people go is told to nobody."""
    form, errors = parse(PersonForm, fields)
    if form is None:
        return _person_form(request, connection, fields, errors, 422)
    connection.called, connection.about, connection.ring = form.called, form.about, form.ring
    connection.in_touch, connection.face, connection.tint = form.in_touch == "yes", form.face, form.tint
    circles.ensure_circle_of_one(session, connection).name = form.called
    return see_other(request, f"{base_path(box, viewer)}/people/{connection.id}")


@router.post("/people/{connection_id}/invitation")
@router.post("/boxes/{box_id}/people/{connection_id}/invitation")
def invite(
    request: Request,
    box: RunBox,
    viewer: CurrentViewer,
    connection: RunConnection,
    session: ViewerSession,
    fields: Fields,
) -> Response:
    """Ask someone in, by a link or a code. A new invitation takes the place of the one before."""
    assert viewer.person_id is not None
    form, errors = parse(InviteForm, fields)
    if form is not None and form.way == "mail" and form.email is None:
        form, errors = None, {"email": gettext("Please type their email.")}
    if form is None:
        return _person(request, session, viewer, box, connection, fields, errors, 422)
    session.refresh(connection, with_for_update=True)
    here = f"{base_path(box, viewer)}/people/{connection.id}#in"
    made = made_id(viewer.person_id, "invitation", form.once, connection.id, form.way, form.email)
    if session.get(invitation.Invitation, made) is not None:
        return see_other(request, here)
    try:
        sentence = connection.invite()
    except Refused as refused:
        return _person(request, session, viewer, box, connection, fields, {"form": refused.sentence}, 422)
    email = form.email or "" if form.way == "mail" else ""
    if email and not (may_try(request, session, "invite") and invitation.may_mail(session, viewer.person_id)):
        errors = {"email": gettext(MANY_LINKS)}
        return stopped(_person(request, session, viewer, box, connection, fields, errors, 429))
    invited = invitation.make_invitation(session, made, box, connection, viewer.person_id, email)
    if email:
        enqueue(session, send_invitation, invitation_id=str(invited.id), language=speaking())
    _decided(session, viewer, box, connection, "connection.invited", sentence)
    invitation.bring_along(session, viewer, box, connection, email)
    return see_other(request, here)


@router.post("/people/{connection_id}/permission")
@router.post("/boxes/{box_id}/people/{connection_id}/permission")
def allow(
    request: Request,
    box: RunBox,
    viewer: CurrentViewer,
    connection: RunConnection,
    session: ViewerSession,
    fields: Fields,
) -> Response:
    """What someone may do, and until when."""
    form, errors = parse(AllowForm, fields)
    if form is None:
        return _person(request, session, viewer, box, connection, fields, errors, 422)
    session.refresh(connection, with_for_update=True)
    sentence = connection.allow(form.may_add == "yes", form.ends_on)
    for waiting in invitation.open_invitations(session, connection.id):
        waiting.offer(connection)
    _decided(session, viewer, box, connection, "connection.allowed", sentence)
    return see_other(request, f"{base_path(box, viewer)}/people/{connection.id}")


@router.post("/people/{connection_id}/keeping")
@router.post("/boxes/{box_id}/people/{connection_id}/keeping")
def look_after(
    request: Request, box: RunBox, viewer: CurrentViewer, connection: RunConnection, session: ViewerSession
) -> Response:
    """Someone looks after the box together with the child."""
    _while_kept_together(session, box)
    need_proof_here(request, session, f"{base_path(box, viewer)}/people/{connection.id}")
    session.refresh(connection, with_for_update=True)
    if sentence := connection.look_after():
        changes.begin(session, "handed over")
        _decided(session, viewer, box, connection, "connection.keeper", sentence)
    return see_other(request, f"{base_path(box, viewer)}/people/{connection.id}")


@router.post("/people/{connection_id}/keeping/end")
@router.post("/boxes/{box_id}/people/{connection_id}/keeping/end")
def stop_looking_after(
    request: Request, box: RunBox, viewer: CurrentViewer, connection: RunConnection, session: ViewerSession
) -> Response:
    """They are like anyone else from now on."""
    _while_kept_together(session, box)
    _not_oneself(viewer, connection)
    session.refresh(connection, with_for_update=True)
    _decided(session, viewer, box, connection, "connection.keeper_ended", connection.stop_looking_after())
    return see_other(request, f"{base_path(box, viewer)}/people/{connection.id}")


@router.post("/people/{connection_id}/ending")
@router.post("/boxes/{box_id}/people/{connection_id}/ending")
def end(
    request: Request, box: RunBox, viewer: CurrentViewer, connection: RunConnection, session: ViewerSession
) -> Response:
    """Stop someone seeing things, or take an invitation back."""
    _not_oneself(viewer, connection)
    session.refresh(connection, with_for_update=True)
    at = putting_back.moment(session)
    _take_back(session, connection, at)
    _decided(session, viewer, box, connection, "connection.ended", connection.end(at))
    return see_other(request, f"{base_path(box, viewer)}/people/{connection.id}")


@router.post("/people/{connection_id}/block")
@router.post("/boxes/{box_id}/people/{connection_id}/block")
def block(
    request: Request, box: RunBox, viewer: CurrentViewer, connection: RunConnection, session: ViewerSession
) -> Response:
    """Block someone."""
    _not_oneself(viewer, connection)
    session.refresh(connection, with_for_update=True)
    at = putting_back.moment(session)
    _take_back(session, connection, at)
    _decided(session, viewer, box, connection, "connection.blocked", connection.block(at))
    return see_other(request, f"{base_path(box, viewer)}/people/{connection.id}")


@router.post("/people/{connection_id}/block/end")
@router.post("/boxes/{box_id}/people/{connection_id}/block/end")
def unblock(
    request: Request, box: RunBox, viewer: CurrentViewer, connection: RunConnection, session: ViewerSession
) -> Response:
    """Stop blocking someone. They stay out until they are asked in again."""
    session.refresh(connection, with_for_update=True)
    _decided(session, viewer, box, connection, "connection.unblocked", connection.unblock())
    return see_other(request, f"{base_path(box, viewer)}/people/{connection.id}")


def _decided(session: Session, viewer: Viewer, box: Box, connection: Connection, action: str, sentence: str) -> None:
    ledger.decided(session, viewer, box, action=action, subject_id=connection.id, sentence=sentence)


def _take_back(session: Session, connection: Connection, at: datetime) -> None:
    for waiting in invitation.open_invitations(session, connection.id):
        waiting.take_back(at)


def _while_kept_together(session: Session, box: Box) -> None:
    if not kept_together_today(session, box):
        raise Refused(gettext("%(name)s runs this box now. The others don’t look after it any more.", name=box.name))


def _not_oneself(viewer: Viewer, connection: Connection) -> None:
    if connection.person_id is not None and connection.person_id == viewer.person_id:
        raise Refused(gettext("That’s you. To stop seeing this box, use “Leave this box” on your own page."))


def _person_form(
    request: Request, connection: Connection | None, typed: Any, errors: dict[str, str], status: int = 200
) -> HTMLResponse:
    return render(
        request,
        "boxes/person_form.html",
        status=status,
        connection=connection,
        typed=typed,
        errors=errors,
        rings=RINGS,
        faces=FACES,
    )


def _person(
    request: Request,
    session: Session,
    viewer: Viewer,
    box: Box,
    connection: Connection,
    typed: Any = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> HTMLResponse:
    waiting = invitation.open_invitations(session, connection.id)
    opened = invitation.unseal(waiting[0]) if waiting else None
    in_circles = session.exec(
        select(Circle, CircleMember)
        .join(CircleMember, col(CircleMember.circle_id) == Circle.id)
        .where(CircleMember.connection_id == connection.id)
        .order_by(col(Circle.name))
    ).all()
    keeps = any(keeper.id == connection.id for keeper in keepers_now(session, box))
    return render(
        request,
        "boxes/person.html",
        status=status,
        person=connection,
        ring=gettext(RINGS[connection.ring - 1]),
        waiting=waiting[0] if waiting else None,
        opened=opened,
        spoken=invitation.spoken(opened.secret) if opened else "",
        public_address=settings().public_url.split("://", 1)[1],
        in_circles=in_circles,
        keeps=keeps,
        kept_together=kept_together_today(session, box),
        things=reach.things_keepers_see(session, box) if keeps else reach.things_shown_to(session, box, connection),
        itself=connection.person_id == viewer.person_id,
        back=putting_back.may_put_back(session, connection),
        typed=typed or {},
        errors=errors or {},
        once=(str(new_id()), str(new_id())),
    )
