"""Sending the same form twice makes one of everything."""

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel


def added(session: Session, row: SQLModel) -> bool:
    """Add a row whose id came with the form (a hidden `once`). False when it is there already: the form came before."""
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return False
    return True
