"""The boxes that someone is let into."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from app.boxes.box import Box
from app.boxes.circles import active
from app.boxes.connection import Connection
from app.boxes.loading import runs
from app.people.viewer import Viewer


@dataclass(frozen=True, slots=True)
class LetIn:
    """A box and the viewer's active connection with it. `keeps` is whether they look after it with the child today."""

    box: Box
    connection: Connection
    keeps: bool


def boxes_i_am_in(session: Session, viewer: Viewer) -> list[LetIn]:
    """The boxes of others that this viewer is in today, by name; context for `boxes/_boxes_i_am_in.html`."""
    query = (
        select(Connection, Box)
        .join(Box, col(Box.id) == Connection.box_id)
        .where(Connection.person_id == viewer.person_id, active())
        .order_by(col(Box.name), col(Box.id))
    )
    return [
        LetIn(box, connection, connection.keeper and runs(session, box.id))
        for connection, box in session.exec(query).all()
    ]
