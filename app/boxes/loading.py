"""Boxes, loaded through the viewer: the signature of a handler is its authorization."""

from typing import Annotated, NamedTuple, TypeVar
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy import bindparam, case, exists, func, text
from sqlmodel import Session, SQLModel, col, select

from app.boxes.box import Box
from app.boxes.circles import active
from app.boxes.connection import Circle, Connection
from app.boxes.recovery import Recovery
from app.kit.language import gettext
from app.people.door import CurrentViewer, ViewerSession
from app.people.person import Person
from app.people.viewer import Viewer
from app.web.errors import NotAllowed, NotHere


class OneMoreWay(Exception):
    """A keeper who has only one way to come in looks after nothing, until there is another (wall.strong())."""


Noun = TypeVar("Noun", bound=SQLModel)


def seen(session: Session, noun: type[Noun], named: str) -> Noun:
    """The row of this id that the wall lets the viewer see. Raises NotHere, for an id that is none at all too."""
    try:
        found = session.get(noun, UUID(named))
    except ValueError:
        found = None
    if found is None:
        raise NotHere
    return found


class Mine(NamedTuple):
    """The signed-in person and their own box, if they have one. `let_in` where there may be boxes of others, too.

    `coming_back`: "waiting" while someone is on the way back in with the help of trusted people, "used" for some days
    after they came, else None.
    """

    me: Person
    box: Box | None
    let_in: bool
    coming_back: str | None


_COMING_BACK = (
    select(case((col(Recovery.used_at).is_(None), "waiting"), else_="used"))
    .where(Recovery.box_id == Box.id, col(Recovery.stopped_at).is_(None), col(Recovery.expires_at) > func.now())
    .order_by(col(Recovery.used_at).is_(None).desc())
    .limit(1)
    .correlate(Box)
    .scalar_subquery()
)
_MINE = (
    select(
        Person,
        Box,
        exists().where(col(Connection.person_id) == bindparam("me"), col(Connection.state) == "active"),
        _COMING_BACK,
    )
    .join(Box, col(Box.owner_id) == Person.id, isouter=True)
    .where(col(Person.id) == bindparam("me"))
)


def mine(request: Request) -> Mine:
    """Who is signed in, and which box is theirs: asked for once in a request."""
    viewer: Viewer = request.state.viewer
    known: Mine | None = getattr(request.state, "mine", None)
    if known is None or known.me.id != viewer.person_id:
        session: Session = request.state.session
        known = request.state.mine = Mine(*session.exec(_MINE, params={"me": viewer.person_id}).one())
    return known


def box_of(session: Session, viewer: Viewer) -> Box | None:
    """The viewer's own box, if they have one."""
    return session.exec(select(Box).where(Box.owner_id == viewer.person_id)).first()


def runs(session: Session, box_id: UUID) -> bool:
    """Whether this viewer decides in the box: its owner, or a keeper while it is kept together (C1). The wall says."""
    query = text("select :box in (select wall.my_run_boxes())").bindparams(box=box_id)
    return bool(session.connection().execute(query).scalar())


_RUN = text("id in (select wall.my_run_boxes())")


def run_boxes(session: Session) -> list[Box]:
    """The boxes in which this viewer decides: their own, then those they keep with a child, by name."""
    me = text("owner_id <> wall.me()")
    return list(session.exec(select(Box).where(_RUN).order_by(me, Box.name)))


def my_connection(session: Session, viewer: Viewer, box_id: UUID) -> Connection | None:
    """The viewer's own active connection with the box."""
    query = select(Connection).where(Connection.box_id == box_id, Connection.person_id == viewer.person_id, active())
    return session.exec(query).first()


def get_visible_box(request: Request, viewer: CurrentViewer, session: ViewerSession) -> Box:
    """The box named in the path, or the viewer's own where the path names none. Raises NotHere.

    Routes are given twice, as `/tray` (one's own) and `/boxes/{box_id}/tray` (a box one keeps or is connected with).
    """
    named = request.path_params.get("box_id")
    if named is None:
        box = mine(request).box
    else:
        box = seen(session, Box, named)
    if box is None:
        raise NotHere
    request.state.box = box
    return box


VisibleBox = Annotated[Box, Depends(get_visible_box)]


def lacks_a_way(session: Session, viewer: Viewer, connection: Connection | None, box: Box) -> bool:
    """Whether it is this alone that keeps a keeper from looking after the box: they have only one way to come in."""
    if connection is None or not connection.keeper or box.stage != "kept_together":
        return False
    return not session.connection().execute(text("select wall.strong(:me)"), {"me": viewer.person_id}).scalar_one()


def get_run_box(box: VisibleBox, viewer: CurrentViewer, session: ViewerSession) -> Box:
    """As `get_visible_box`, for one in which the viewer decides. Raises NotHere; or NotAllowed where they do not, and
    OneMoreWay where they would.
    """
    if not runs(session, box.id):
        if lacks_a_way(session, viewer, my_connection(session, viewer, box.id), box):
            raise OneMoreWay
        raise NotAllowed(gettext("Only %(name)s decides this.", name=box.name))
    return box


RunBox = Annotated[Box, Depends(get_run_box)]


def base_path(box: Box, viewer: Viewer) -> str:
    """What a box's pages begin with for this viewer: "" for one's own, "/boxes/<id>" for another's."""
    return "" if box.owner_id == viewer.person_id else f"/boxes/{box.id}"


def get_connection(connection_id: str, box: RunBox, session: ViewerSession) -> Connection:
    """Someone in the box that the path names, for the one who decides there. Raises NotHere, also for an app."""
    connection = seen(session, Connection, connection_id)
    if connection.box_id != box.id or connection.state == "app":
        raise NotHere
    return connection


RunConnection = Annotated[Connection, Depends(get_connection)]


def get_circle(circle_id: str, box: RunBox, session: ViewerSession) -> Circle:
    """A circle with a name, in the box that the path names, for the one who decides there. Raises NotHere."""
    circle = seen(session, Circle, circle_id)
    if circle.box_id != box.id or circle.connection_id is not None:
        raise NotHere
    return circle


RunCircle = Annotated[Circle, Depends(get_circle)]
