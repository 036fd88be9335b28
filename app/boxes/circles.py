"""Who is in which circle today: the wall's rule S2, told to the one who chooses."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, select

from app.boxes.box import Box
from app.boxes.connection import Circle, CircleMember, Connection
from app.kit.clock import today


@dataclass(frozen=True, slots=True)
class NamedCircle:
    """A circle and the active people who are in it today, nearest first."""

    circle: Circle
    members: list[Connection]


@dataclass(frozen=True, slots=True)
class OnePerson:
    """An active person and their circle of one."""

    connection: Connection
    circle: Circle


@dataclass(frozen=True, slots=True)
class Choosing:
    """What a box can be shared with today."""

    circles: list[NamedCircle]
    people: list[OnePerson]


def within(starts_on: Any, ends_on: Any) -> ColumnElement[bool]:
    """Whether today lies between two date columns, both days included; an empty end is open."""
    day = today()
    return and_(or_(col(starts_on).is_(None), starts_on <= day), or_(col(ends_on).is_(None), ends_on >= day))


def active() -> ColumnElement[bool]:
    """A connection that is active today: accepted, not ended, not blocked, inside its dates."""
    return and_(col(Connection.state) == "active", within(Connection.starts_on, Connection.ends_on))


def _in_circles() -> Any:
    return (
        select(CircleMember.circle_id, Connection)
        .join(Connection, col(Connection.id) == CircleMember.connection_id)
        .where(active(), within(CircleMember.starts_on, CircleMember.ends_on))
        .order_by(col(Connection.ring), col(Connection.id))
    )


def seeing(session: Session, box_id: UUID, circle_ids: Sequence[UUID]) -> list[Connection]:
    """The active people who are in any of these circles of the box today, nearest first, each once."""
    if not circle_ids:
        return []
    members = select(CircleMember.connection_id).where(
        col(CircleMember.circle_id).in_(circle_ids), within(CircleMember.starts_on, CircleMember.ends_on)
    )
    alone = select(Circle.connection_id).where(col(Circle.id).in_(circle_ids), col(Circle.connection_id).is_not(None))
    query = (
        select(Connection)
        .where(
            Connection.box_id == box_id, active(), or_(col(Connection.id).in_(members), col(Connection.id).in_(alone))
        )
        .order_by(col(Connection.ring), col(Connection.id))
    )
    return list(session.exec(query))


def named_circles(session: Session, box_id: UUID) -> list[NamedCircle]:
    """The circles of a box that have a name of their own, by name, with who is in them today."""
    circles = session.exec(
        select(Circle).where(Circle.box_id == box_id, col(Circle.connection_id).is_(None)).order_by(col(Circle.name))
    ).all()
    members: dict[UUID, list[Connection]] = {circle.id: [] for circle in circles}
    seen: set[tuple[UUID, UUID]] = set()
    for circle_id, connection in session.exec(_in_circles().where(CircleMember.box_id == box_id)):
        if circle_id in members and (circle_id, connection.id) not in seen:
            seen.add((circle_id, connection.id))
            members[circle_id].append(connection)
    return [NamedCircle(circle, members[circle.id]) for circle in circles]


def circles_for_choosing(session: Session, box: Box) -> Choosing:
    """Named circles with their members, and active people each with their circle of one, nearest first."""
    people = session.exec(
        select(Connection, Circle)
        .join(Circle, col(Circle.connection_id) == Connection.id)
        .where(Connection.box_id == box.id, active())
        .order_by(col(Connection.ring), col(Connection.id))
    )
    return Choosing(named_circles(session, box.id), [OnePerson(connection, circle) for connection, circle in people])


def ensure_circle_of_one(session: Session, connection: Connection) -> Circle:
    """The circle that holds just this connection, made when it is not there yet; flushed."""
    circle = session.exec(select(Circle).where(Circle.connection_id == connection.id)).first()
    if circle is None:
        circle = Circle(box_id=connection.box_id, name=connection.called, connection_id=connection.id)
        session.add(circle)
        session.flush()
    return circle
