"""How much people can see. Counts and titles come from the table of memories; the slice that owns it is further up."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from app.boxes.box import Box
from app.boxes.connection import Connection

_SHOWN = "m.box_id = :box and m.state = 'kept' and (m.audience_until is null or m.audience_until >= wall.today())"

_BY_CIRCLE = text(
    "select c as circle_id, count(distinct m.id) as things"
    f" from memory m cross join unnest(m.audience) as c where {_SHOWN} group by c"
)
_BY_PERSON = text(
    f"select count(*) from memory m where {_SHOWN} and m.audience && array("
    " select circle_id from circle_member where connection_id = :connection"
    " and (starts_on is null or starts_on <= wall.today()) and (ends_on is null or ends_on >= wall.today())"
    " union all select id from circle where connection_id = :connection)"
)
_BY_KEEPER = text(
    "select count(*) from memory m where m.box_id = :box and m.state in ('arrived', 'kept') and not only_me"
)
_TITLES = text("select id, title from memory where id = any(:ids)")


def things_by_circle(session: Session, box_id: UUID) -> dict[UUID, int]:
    """Circle id -> how many things it can see today; circles that see nothing are not there."""
    rows = session.connection().execute(_BY_CIRCLE, {"box": box_id})
    return {row.circle_id: row.things for row in rows}


def things_shown_to(session: Session, box: Box, connection: Connection) -> int:
    """How many things are shown to someone's circles today (S2); what they see when they are in, not what they did."""
    rows = session.connection().execute(_BY_PERSON, {"box": box.id, "connection": connection.id})
    return int(rows.scalar_one())


def things_keepers_see(session: Session, box: Box) -> int:
    """How many things a keeper of the box sees while it is kept together (S4)."""
    return int(session.connection().execute(_BY_KEEPER, {"box": box.id}).scalar_one())


def titles(session: Session, memory_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Memory id -> its title, for those that this viewer can see."""
    if not memory_ids:
        return {}
    return {row.id: row.title for row in session.connection().execute(_TITLES, {"ids": list(memory_ids)})}
