"""`holdfast person …` and `holdfast sign-out --everyone`: what whoever runs the house may do to a way in, and no more.

Nothing here shows what anybody has, or opens it. Each act stands in the operators' ledger, which its person reads.
"""

import argparse
import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import create_engine, func, update
from sqlmodel import Session, col, or_, select

from app.kit.clock import now
from app.kit.db import admin_url
from app.people.operator_act import OperatorAct
from app.people.person import Person
from app.people.sign_in import SignIn

Say = Callable[[str], None]


def run(chosen: argparse.Namespace, say: Say) -> None:
    """Do what was chosen on the command line. Raises ValueError with a sentence for whoever typed it."""
    with _administrator() as session:
        person = _named(session, chosen.who)
        _ACTS[chosen.person](session, person)
        session.add(OperatorAct(person_id=person.id, act=chosen.person, by=getpass.getuser(), why=chosen.why))
        say(f"{_DONE[chosen.person]} It stands in the operators' ledger, and they can read it.")


def sign_everyone_out(why: str, say: Say) -> None:
    """End every sign-in of the house."""
    with _administrator() as session:
        count = session.exec(select(func.count()).select_from(SignIn).where(col(SignIn.ended_at).is_(None))).one()
        _end(session, None)
        session.add(OperatorAct(act="sign-out", by=getpass.getuser(), why=why))
    say(f"{count} sign-ins were ended. It stands in the operators' ledger, and everybody can read it.")


def _lock(session: Session, person: Person) -> None:
    person.locked_at = now()
    _end(session, person)


def _unlock(_session: Session, person: Person) -> None:
    person.locked_at = None


def _end(session: Session, person: Person | None) -> None:
    ended = update(SignIn).where(col(SignIn.ended_at).is_(None)).values(ended_at=now())
    session.connection().execute(ended.where(col(SignIn.person_id) == person.id) if person else ended)


_ACTS: dict[str, Callable[[Session, Person], None]] = {"lock": _lock, "unlock": _unlock, "sign-out": _end}
_DONE = {
    "lock": "Nobody comes in as them, and their phones are locked out.",
    "unlock": "They can come in again, by the ways they have.",
    "sign-out": "All their phones are locked out.",
}


def _named(session: Session, who: str) -> Person:
    try:
        by_id = Person.id == UUID(who)
    except ValueError:
        by_id = Person.email == who.strip().lower()
    person = session.exec(select(Person).where(or_(by_id)).with_for_update()).first()
    if person is None:
        raise ValueError("There is nobody with this email or id.")
    return person


@contextmanager
def _administrator() -> Iterator[Session]:
    engine = create_engine(admin_url())
    with Session(engine, expire_on_commit=False) as session:
        yield session
        session.commit()
    engine.dispose()
