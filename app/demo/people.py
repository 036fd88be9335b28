"""The demo's cast: everyone who can sign in, and who may be tried on the demo page."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from sqlmodel import Session

from app.kit.clock import now
from app.kit.db import become, open_session
from app.kit.ids import fingerprint, new_id
from app.people import changes
from app.people.addresses import AlreadyUsed, use_address
from app.people.person import Person
from app.people.proof import prove
from app.people.sign_in import Passkey, SignIn
from app.people.this_machine import DemoPerson, demo_people, write_demo_people
from app.people.viewer import Viewer


class Account(NamedTuple):
    """Someone who can sign in. `about` is their line on the demo page; without one they are not offered there."""

    name: str
    face: str
    tint: int
    email: str
    about: str = ""


ACCOUNTS: dict[str, Account] = {
    "kai": Account("Kai", "top", 1, "kai@demo.example", "Twelve. Runs this box alone"),
    "joe": Account("Joe", "beard", 2, "joe@demo.example", "Kai and Ash live with him. Keeps Ash’s box with Ash"),
    "sam": Account("Sam", "bob", 3, "sam@demo.example", "Kai and Ash live with Sam and Joe"),
    "patel": Account("Mrs Patel", "bun", 8, "mrs.patel@ashwood.example", "Kai’s form tutor. Sends things by email"),
    "ash": Account("Ash", "curl", 12, "ash@demo.example", "Seven. Joe helps to look after the box"),
    "riley": Account("Riley", "bob", 5, "riley@demo.example", "Nineteen. Moved on, and the box came too"),
    "casey": Account("Casey", "long", 7, "casey@demo.example", "Knows nobody here. Has a new, empty box"),
    "avery": Account("Avery", "short", 12, "avery@demo.example", "Was let into Kai’s box once. Not now"),
    "morgan": Account("Morgan", "specs", 9, "morgan@demo.example", "Leads a team. Sees nobody’s box"),
    "nan": Account("Nan", "curl", 4, "nan@demo.example"),
    "theo": Account("Theo", "short", 7, "theo@demo.example"),
    "dee": Account("Dee", "afro", 6, "dee@demo.example"),
    "amina": Account("Amina", "scarf", 10, "amina@demo.example"),
    "priya": Account("Priya", "long", 11, "priya@demo.example"),
    "okafor": Account("Mr Okafor", "specs", 9, "mr.okafor@meadowlane.example"),
    "lowe": Account("Miss Lowe", "long", 11, "miss.lowe@meadowlane.example"),
    "bev": Account("Bev", "curl", 12, "bev@demo.example"),
    "marcus": Account("Marcus", "afro", 7, "marcus@demo.example"),
}

KEEPERS = ("joe",)
"""Who looks after a box has a passkey (docs/signing-in.md), from the start: they decide while the boxes are filled."""
Cast = dict[str, Viewer]


def make_cast() -> Cast:
    """Make everyone, by key. They have no address yet, so nobody can come in before all is done."""
    cast: Cast = {}
    for key, account in ACCOUNTS.items():
        person = Person(name=account.name, face=account.face, tint=account.tint)
        cast[key] = Viewer(person.id)
        with open_session(cast[key].claims()) as session:
            session.add(person)
            if key in KEEPERS:
                _add_passkey(session, cast[key])
    return cast


def open_the_doors(cast: Cast) -> None:
    """Let everyone come in: by e-mail, and the ones to try by the demo page. The last thing that is done."""
    offered: list[DemoPerson] = []
    for key, account in ACCOUNTS.items():
        with open_session(cast[key].claims()) as session, suppress(AlreadyUsed):
            _begin(session, cast[key], "email")
            use_address(session, account.email)
        if account.about:
            offered.append(
                DemoPerson(
                    id=str(cast[key].person_id),
                    name=account.name,
                    about=account.about,
                    face=account.face,
                    tint=account.tint,
                )
            )
    write_demo_people(offered)


def _add_passkey(session: Session, viewer: Viewer) -> None:
    """One that no phone holds."""
    assert viewer.person_id is not None
    _begin(session, viewer, "passkey")
    secret = new_id().bytes
    session.add(
        Passkey(
            person_id=viewer.person_id,
            credential_id=secret,
            credential_print=fingerprint(secret),
            public_key=b"",
            name="Android phone",
        )
    )
    session.flush()


def _begin(session: Session, viewer: Viewer, what: str) -> None:
    """Act as a browser that nobody has, and for a minute: a way in may be changed in it."""
    assert viewer.person_id is not None
    ends = now() + timedelta(minutes=1)
    here = SignIn(person_id=viewer.person_id, token_print=new_id().hex, way="demo", device="Demo", expires_at=ends)
    session.add(here)
    become(session, replace(viewer, sign_in_id=here.id).claims())
    prove(session, "passkey")
    changes.begin(session, what)


def is_there() -> bool:
    """Whether this database has a demo cast that was made to the end."""
    offered = demo_people()
    if not offered:
        return False
    first = UUID(offered[0]["id"])
    with open_session(Viewer(first).claims()) as session:
        return session.get(Person, first) is not None
