"""My circles: making one, naming it, and who is in it until when."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session, col, select

from app.boxes import ledger, reach
from app.boxes.box import Box
from app.boxes.connection import Circle, CircleMember, Connection
from app.boxes.forms import CircleForm, MemberForm
from app.boxes.loading import RunBox, RunCircle, base_path
from app.boxes.once import added, made_id
from app.boxes.words import id_in
from app.kit.ids import new_id
from app.kit.language import gettext
from app.people.door import CurrentViewer, ViewerSession
from app.people.viewer import Viewer
from app.web.errors import NotHere
from app.web.forms import Fields, parse
from app.web.pages import render, see_other

router = APIRouter()


@router.get("/circles/new")
@router.get("/boxes/{box_id}/circles/new")
def new_page(request: Request, box: RunBox) -> HTMLResponse:
    """The form for a new circle."""
    return render(request, "boxes/circle_new.html", typed={"once": str(new_id())}, errors={})


@router.post("/circles")
@router.post("/boxes/{box_id}/circles")
def make(request: Request, box: RunBox, viewer: CurrentViewer, session: ViewerSession, fields: Fields) -> Response:
    """Make a circle. It is empty, and sees nothing."""
    form, errors = parse(CircleForm, fields)
    if form is None:
        return render(request, "boxes/circle_new.html", status=422, typed=fields, errors=errors)
    made = made_id(viewer.person_id, "circle", form.once, box.id, form.name)
    circle = Circle(id=made, box_id=box.id, name=form.name)
    if added(session, circle):
        sentence = gettext("You made a circle called %(circle)s.", circle=form.name)
        _decided(session, viewer, box, circle, "circle.made", sentence)
    return see_other(request, f"{base_path(box, viewer)}/circles/{made}")


@router.get("/circles/{circle_id}")
@router.get("/boxes/{box_id}/circles/{circle_id}")
def circle_page(request: Request, box: RunBox, circle: RunCircle, session: ViewerSession) -> HTMLResponse:
    """Who is in a circle, and how much it can see."""
    return _circle(request, session, box, circle)


@router.post("/circles/{circle_id}")
@router.post("/boxes/{box_id}/circles/{circle_id}")
def rename(
    request: Request, box: RunBox, viewer: CurrentViewer, circle: RunCircle, session: ViewerSession, fields: Fields
) -> Response:
    """Give a circle another name."""
    form, errors = parse(CircleForm, fields)
    if form is None:
        return _circle(request, session, box, circle, fields, errors, 422)
    session.refresh(circle, with_for_update=True)
    if form.name != circle.name:
        sentence = gettext("You gave the circle %(circle)s a new name: %(name)s.", circle=circle.name, name=form.name)
        circle.name = form.name
        _decided(session, viewer, box, circle, "circle.renamed", sentence)
    return see_other(request, f"{base_path(box, viewer)}/circles/{circle.id}")


@router.post("/circles/{circle_id}/members")
@router.post("/boxes/{box_id}/circles/{circle_id}/members")
def add_member(
    request: Request, box: RunBox, viewer: CurrentViewer, circle: RunCircle, session: ViewerSession, fields: Fields
) -> Response:
    """Put someone in a circle, or change the days of someone who is in it."""
    form, errors = parse(MemberForm, fields)
    if form is not None and form.starts_on and form.ends_on and form.ends_on < form.starts_on:
        form, errors = None, {"ends_on": gettext("The last day is before the first day. Please change one.")}
    if form is None:
        return _circle(request, session, box, circle, fields, errors, 422)
    connection = session.get(Connection, form.person)
    if connection is None or connection.box_id != box.id:
        errors = {"person": gettext("Please choose someone from the list.")}
        return _circle(request, session, box, circle, fields, errors, 422)
    session.refresh(circle, with_for_update=True)
    member = session.exec(
        select(CircleMember).where(CircleMember.circle_id == circle.id, CircleMember.connection_id == connection.id)
    ).first()
    if member is None:
        member = CircleMember(
            id=made_id(viewer.person_id, "member", form.once, circle.id, connection.id, form.starts_on, form.ends_on),
            box_id=box.id,
            circle_id=circle.id,
            connection_id=connection.id,
            starts_on=form.starts_on,
            ends_on=form.ends_on,
        )
        if added(session, member):
            sentence = member.joining(connection.called, circle.name)
            _decided(session, viewer, box, circle, "circle.joined", sentence)
    elif member.stay(form.starts_on, form.ends_on):
        sentence = member.staying(connection.called, circle.name)
        _decided(session, viewer, box, circle, "circle.changed", sentence)
    return see_other(request, f"{base_path(box, viewer)}/circles/{circle.id}")


@router.post("/circles/{circle_id}/members/{member_id}/removal")
@router.post("/boxes/{box_id}/circles/{circle_id}/members/{member_id}/removal")
def remove_member(
    request: Request, member_id: str, box: RunBox, viewer: CurrentViewer, circle: RunCircle, session: ViewerSession
) -> Response:
    """Take someone out of a circle. Doing it twice changes nothing."""
    session.refresh(circle, with_for_update=True)
    member = session.get(CircleMember, id_in(member_id))
    if member is not None:
        if member.circle_id != circle.id:
            raise NotHere
        connection = session.get_one(Connection, member.connection_id)
        session.delete(member)
        sentence = gettext("You took %(name)s out of %(circle)s.", name=connection.called, circle=circle.name)
        _decided(session, viewer, box, circle, "circle.left", sentence)
    return see_other(request, f"{base_path(box, viewer)}/circles/{circle.id}")


def _decided(session: Session, viewer: Viewer, box: Box, circle: Circle, action: str, sentence: str) -> None:
    ledger.decided(session, viewer, box, action=action, subject_id=circle.id, sentence=sentence)


def _circle(
    request: Request,
    session: Session,
    box: Box,
    circle: Circle,
    typed: Any = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> HTMLResponse:
    rows = session.exec(
        select(CircleMember, Connection)
        .join(Connection, col(Connection.id) == CircleMember.connection_id)
        .where(CircleMember.circle_id == circle.id)
        .order_by(col(Connection.ring), col(Connection.id))
    ).all()
    inside: set[UUID] = {connection.id for _, connection in rows}
    others = session.exec(
        select(Connection)
        .where(Connection.box_id == box.id, col(Connection.state).in_(("known", "invited", "active")))
        .order_by(col(Connection.ring), col(Connection.id))
    )
    return render(
        request,
        "boxes/circle.html",
        status=status,
        circle=circle,
        members=rows,
        others=[connection for connection in others if connection.id not in inside],
        things=reach.things_by_circle(session, box.id).get(circle.id, 0),
        typed=typed or {},
        errors=errors or {},
        once=str(new_id()),
    )
