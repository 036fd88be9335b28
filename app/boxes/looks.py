"""Who looked."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid5

from sqlalchemy import CheckConstraint, Index, Uuid, func, literal, or_
from sqlalchemy import select as select_columns
from sqlalchemy.dialects.postgresql import insert as insert_or_leave
from sqlmodel import Field, Session, SQLModel, col, select

from app.boxes import reach
from app.boxes.box import Box
from app.boxes.connection import Connection
from app.kit.clock import HOME_ZONE, now
from app.kit.columns import created, one_of
from app.kit.ids import new_id
from app.kit.language import N_, gettext, ngettext

# Seeking, buffering and coming back after a pause are one opening.
OPENING_S = 30 * 60


class Look(SQLModel, table=True):
    """A look by someone other than the owner. `memory_id` is empty when they looked at the whole timeline.

    Who looked is a person, or an app (its `connection_id`).
    """

    __tablename__ = "look"
    __table_args__ = (
        one_of("what", "timeline", "memory", "listened", "watched", "original"),
        CheckConstraint("(person_id is null) <> (connection_id is null)", name="who"),
        Index("ix_look_person_id", "person_id", "at"),
        Index("ix_look_connection_id", "connection_id", "at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    box_id: UUID = Field(foreign_key="box.id", index=True)
    person_id: UUID | None = Field(default=None, foreign_key="person.id")
    connection_id: UUID | None = Field(default=None, foreign_key="connection.id")
    memory_id: UUID | None = Field(default=None, index=True)
    what: str
    at: datetime = created()


def looked(session: Session, *, box_id: UUID, by: UUID, what: str, memory_id: UUID | None = None) -> None:
    """Write one look in the caller's transaction. The caller does not call it for the owner."""
    session.add(Look(box_id=box_id, person_id=by, what=what, memory_id=memory_id))


def app_looked(
    session: Session, *, box_id: UUID, connection_id: UUID, what: str, memory_id: UUID | None = None
) -> None:
    """The same for an app, by its connection."""
    session.add(Look(box_id=box_id, connection_id=connection_id, what=what, memory_id=memory_id))


def opened(
    session: Session,
    *,
    box_id: UUID,
    by: UUID,
    what: str,
    memory_id: UUID | None = None,
    of: UUID | None = None,
    app: bool = False,
) -> None:
    """Write one look for an opening, if it is one: a player asks often, and within half an hour that is one look.

    `by` is a person, or the connection of an `app`; `of` is the file, where it is one. What is shown of a memory
    ("memory") was seen already by whoever looked at it within half an hour. The caller does not call it for the owner.
    """
    moment, thing = now(), of or memory_id or box_id
    row = Look(
        id=uuid5(thing, f"{by} {what} {int(moment.timestamp()) // OPENING_S}"),
        box_id=box_id,
        person_id=None if app else by,
        connection_id=by if app else None,
        memory_id=memory_id,
        what=what,
        at=moment,
    )
    values = row.model_dump()
    columns = Look.__table__.columns  # type: ignore[attr-defined]
    new = select_columns(*(literal(value, columns[name].type).label(name) for name, value in values.items()))
    seen = {"memory": ("memory",), "timeline": ("box",)}.get(what)
    if seen is not None:
        new = new.where(func.wall.looked_lately(box_id, literal(memory_id, Uuid())).not_in(seen))
    session.execute(insert_or_leave(Look).from_select(list(values), new).on_conflict_do_nothing())


@dataclass(frozen=True, slots=True)
class Looked:
    """One line of "who looked": the same person, thing and day are told once.

    A page says `message` with `called` as its name, and its `title`; then `often`, where it was more than once.
    `words` say all of it where it is known who: "Looked at the box. Twice."
    """

    called: str
    title: str
    message: str
    often: str
    words: str
    at: datetime
    memory_id: UUID | None
    last: UUID


# By what was looked at: something with a name, with no name yet, not here any more.
_NAMED, _UNNAMED, _GONE = range(3)
_WHO_DID = {
    "timeline": (N_("%(name)s looked at the box."),) * 3,
    "memory": (
        N_("%(name)s looked at “%(title)s”."),
        N_("%(name)s looked at something with no name yet."),
        N_("%(name)s looked at something that isn’t here now."),
    ),
    "listened": (
        N_("%(name)s listened to “%(title)s”."),
        N_("%(name)s listened to something with no name yet."),
        N_("%(name)s listened to something that isn’t here now."),
    ),
    "watched": (
        N_("%(name)s watched “%(title)s”."),
        N_("%(name)s watched something with no name yet."),
        N_("%(name)s watched something that isn’t here now."),
    ),
    "original": (
        N_("%(name)s opened the whole file of “%(title)s”."),
        N_("%(name)s opened the whole file of something with no name yet."),
        N_("%(name)s opened the whole file of something that isn’t here now."),
    ),
}
_DID = {
    "timeline": (N_("Looked at the box."),) * 3,
    "memory": (
        N_("Looked at “%(title)s”."),
        N_("Looked at something with no name yet."),
        N_("Looked at something that isn’t here now."),
    ),
    "listened": (
        N_("Listened to “%(title)s”."),
        N_("Listened to something with no name yet."),
        N_("Listened to something that isn’t here now."),
    ),
    "watched": (
        N_("Watched “%(title)s”."),
        N_("Watched something with no name yet."),
        N_("Watched something that isn’t here now."),
    ),
    "original": (
        N_("Opened the whole file of “%(title)s”."),
        N_("Opened the whole file of something with no name yet."),
        N_("Opened the whole file of something that isn’t here now."),
    ),
}


def lines(
    session: Session, box: Box, *, person_id: UUID | None = None, before: UUID | None = None, limit: int = 60
) -> list[Looked]:
    """Who looked, newest first, out of `limit` looks that are older than the look `before`; one looker's, or all."""
    query = select(Look).where(Look.box_id == box.id)
    if person_id is not None:
        query = query.where(or_(col(Look.person_id) == person_id, col(Look.connection_id) == person_id))
    if before is not None:
        query = query.where(col(Look.id) < before)
    looks = session.exec(query.order_by(col(Look.id).desc()).limit(limit)).all()
    called = lookers(session, box)
    titles = reach.titles(session, [look.memory_id for look in looks if look.memory_id is not None])
    grouped: dict[tuple[UUID | None, UUID | None, str, date], list[Look]] = {}
    for look in looks:
        day = look.at.astimezone(HOME_ZONE).date()
        grouped.setdefault((look.person_id or look.connection_id, look.memory_id, look.what, day), []).append(look)
    someone = gettext("Someone")
    found = []
    for (who, memory_id, what, _), same in grouped.items():
        title = titles.get(memory_id, "") if memory_id else ""
        gone = memory_id is not None and memory_id not in titles
        thing = _GONE if gone else _NAMED if title else _UNNAMED
        often = _often(len(same))
        found.append(
            Looked(
                called=called.get(who, someone) if who else someone,
                title=title,
                message=_WHO_DID[what][thing],
                often=often,
                words=f"{gettext(_DID[what][thing], title=title)} {often}".strip(),
                at=same[0].at,
                memory_id=None if gone else memory_id,
                last=same[-1].id,
            )
        )
    return found


def lookers(session: Session, box: Box) -> dict[UUID, str]:
    """Who -> what the young person calls them, for everyone who has or had a way into the box.

    A person goes by their id; an app, which is none, by that of its connection.
    """
    query = select(func.coalesce(Connection.person_id, Connection.id), Connection.called).where(
        Connection.box_id == box.id, or_(col(Connection.person_id).is_not(None), col(Connection.state) == "app")
    )
    return dict(session.exec(query).all())


def _often(times: int) -> str:
    """How often, as one more sentence; nothing for once."""
    if times == 1:
        return ""
    return gettext("Twice.") if times == 2 else ngettext("%(num)s time.", "%(num)s times.", times)
