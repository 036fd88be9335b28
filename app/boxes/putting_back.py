"""For a minute, stopping or blocking someone can be put back as it was. The wall keeps the minute."""

from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session, func, select

from app.boxes.connection import Connection
from app.kit.language import gettext


def moment(session: Session) -> datetime:
    """The database's own: it counts the minute from there, whichever machine has ended something."""
    return session.exec(select(func.now())).one()


def may_put_back(session: Session, connection: Connection) -> str:
    """What would come back: the state before ("active"), or "" where nothing does any more."""
    query = text("select :id in (select wall.may_be_put_back())").bindparams(id=connection.id)
    return connection.before_end if session.connection().execute(query).scalar() else ""


def put_back(session: Session, connection: Connection) -> str:
    """Put someone back where they were, with the invitation that was taken back then; the sentence for the ledger.

    "" where it is too late, or somebody was quicker.
    """
    session.flush()
    done = session.connection().execute(text("select wall.put_back(:id)"), {"id": connection.id}).scalar()
    session.refresh(connection)
    return gettext("You put %(name)s back as before.", name=connection.called) if done else ""
