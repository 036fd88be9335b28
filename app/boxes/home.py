"""The boxes that someone is let into."""

from dataclasses import dataclass

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from app.boxes.box import Box
from app.boxes.connection import Connection
from app.boxes.loading import lacks_a_way, runs
from app.people.viewer import Viewer


@dataclass(frozen=True, slots=True)
class LetIn:
    """A box and the viewer's active connection with it. `keeps` is whether they look after it with the child today,
    `waits` whether they would, with one more way to come in.
    """

    box: Box
    connection: Connection
    keeps: bool
    waits: bool


_LET_IN = (
    select(Connection, Box)
    .join(Box, col(Box.id) == Connection.box_id)
    .where(col(Connection.person_id) == bindparam("me"), col(Connection.state) == "active")
    .order_by(col(Box.name), col(Box.id))
)


def boxes_i_am_in(session: Session, viewer: Viewer) -> list[LetIn]:
    """The boxes of others that this viewer is in today, by name; context for `boxes/_boxes_i_am_in.html`."""
    return [
        LetIn(box, connection, *_looks_after(session, viewer, connection, box))
        for connection, box in session.exec(_LET_IN, params={"me": viewer.person_id}).all()
        if connection.is_active
    ]


def _looks_after(session: Session, viewer: Viewer, connection: Connection, box: Box) -> tuple[bool, bool]:
    keeps = connection.keeper and runs(session, box.id)
    return keeps, not keeps and lacks_a_way(session, viewer, connection, box)
