"""The people a young person trusts to help them back in: three at most, free to say no. They see nothing by it.

Who may choose, answer and end is said by the wall (migrations/wall/_recovery.sql), which writes the ledger too.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, select

from app.boxes.box import Box
from app.boxes.circles import active
from app.boxes.connection import Connection
from app.boxes.jobs import tell
from app.boxes.recovery import TrustedPerson
from app.kit.jobs import enqueue
from app.people import changes

MOST = 3


@dataclass(frozen=True, slots=True)
class Chosen:
    """A trusted person, as whoever chose them sees them. `counts` is whether their yes would count today."""

    trusted: TrustedPerson
    connection: Connection

    @property
    def counts(self) -> bool:
        return self.trusted.answer == "yes" and self.connection.is_active


@dataclass(frozen=True, slots=True)
class Helped:
    """Somebody's box whose owner asked the viewer to be one of their trusted people."""

    trusted: TrustedPerson
    box: Box


def chosen(session: Session, box: Box) -> list[Chosen]:
    """The trusted people of one's own box, in the order they were asked."""
    query = (
        select(TrustedPerson, Connection)
        .join(Connection, col(Connection.id) == TrustedPerson.connection_id)
        .where(TrustedPerson.box_id == box.id, col(TrustedPerson.ended_at).is_(None))
        .order_by(col(TrustedPerson.asked_at), col(TrustedPerson.id))
    )
    return [Chosen(trusted, connection) for trusted, connection in session.exec(query)]


def could_be_asked(session: Session, box: Box, already: list[Chosen]) -> list[Connection]:
    """Those who are let in today, and so have a sign-in of their own, nearest first; without those asked already."""
    asked = [one.connection.id for one in already if one.trusted.answer != "no"]
    query = (
        select(Connection)
        .where(
            Connection.box_id == box.id,
            active(),
            col(Connection.person_id).is_not(None),
            col(Connection.person_id) != box.owner_id,
            col(Connection.id).not_in(asked),
        )
        .order_by(col(Connection.ring), col(Connection.called), col(Connection.id))
    )
    return list(session.exec(query))


def ask(session: Session, box: Box, connection_id: UUID) -> str:
    """Ask someone of one's own box, who then gets a mail. Says how it went: "asked", "already", "full" or "cannot".

    The owner is told by mail too, so that nobody else on their phone chooses for them unnoticed.
    """
    went = session.connection().execute(text("select * from wall.trust(:one)"), {"one": connection_id}).one()
    if went.said == "asked":
        changes.begin(session, "trusted")
        enqueue(session, tell, person_id=str(went.whom), what="helper asked")
        enqueue(session, tell, person_id=str(box.owner_id), what="owner asked")
    return str(went.said)


def helped(session: Session, person_id: UUID | None) -> list[Helped]:
    """The boxes whose owner asked this viewer for help, by name."""
    query = (
        select(TrustedPerson, Box)
        .join(Connection, col(Connection.id) == TrustedPerson.connection_id)
        .join(Box, col(Box.id) == TrustedPerson.box_id)
        .where(Connection.person_id == person_id, col(TrustedPerson.ended_at).is_(None))
        .order_by(col(Box.name), col(TrustedPerson.id))
    )
    return [Helped(trusted, box) for trusted, box in session.exec(query)]


def answer(session: Session, trusted: TrustedPerson, yes: bool) -> str:
    """Say yes or no as the one who was asked. Says how it went: "told", "full" or "gone"."""
    said = text("select wall.answer_trust(:trusted, :yes)")
    return str(session.connection().execute(said, {"trusted": trusted.id, "yes": yes}).scalar_one())


def end(session: Session, trusted: TrustedPerson) -> None:
    """From now on they help no more, and what they said so far does not count."""
    session.connection().execute(text("select wall.end_trust(:trusted)"), {"trusted": trusted.id})
    changes.begin(session, "trusted removed")
