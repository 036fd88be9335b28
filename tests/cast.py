"""The people of the tests, and the boxes they are in. A new cast for every test, in one shared database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from uuid import UUID

from sqlalchemy import Engine, NullPool, create_engine, text
from sqlmodel import Session

from app.boxes.box import Box
from app.boxes.connection import Circle, CircleMember, Connection
from app.boxes.keys import make_box
from app.kit.clock import now, today
from app.kit.db import admin_url, become, open_session
from app.kit.ids import new_id, new_token
from app.memories.memory import Gift, Memory
from app.people.person import Person
from app.people.proof import prove
from app.people.sign_in import SignIn
from app.people.viewer import Viewer

NAMES = {
    "kai": "Kai",
    "ash": "Ash",
    "riley": "Riley",
    "joe": "Joe",
    "patel": "Mrs Patel",
    "sam": "Sam",
    "avery": "Avery",
    "casey": "Casey",
    "morgan": "Morgan",
}

KEEPERS = ("joe", "sam", "morgan")


@dataclass
class Cast:
    """Ids by name: `person["joe"]`, `box["kai"]`, `connection["joe"]` and `circle["joe"]` (circle of one) in Kai's box,
    `circle["school"]` and `circle["home"]` in Kai's box, `connection["joe@ash"]` in Ash's."""

    person: dict[str, UUID] = field(default_factory=dict)
    email: dict[str, str] = field(default_factory=dict)
    box: dict[str, UUID] = field(default_factory=dict)
    connection: dict[str, UUID] = field(default_factory=dict)
    circle: dict[str, UUID] = field(default_factory=dict)

    def viewer(self, name: str) -> Viewer:
        return Viewer(self.person[name])

    @contextmanager
    def acting(self, name: str) -> Iterator[Session]:
        """A transaction as this person."""
        with open_session(self.viewer(name).claims()) as session:
            yield session

    @contextmanager
    def proven(self, name: str) -> Iterator[Session]:
        """A transaction as this person, in a browser that proved it a moment ago."""
        _, here = self._come_in(name, proven=True)
        with open_session(here.claims()) as session:
            yield session

    def sign_in(self, name: str, *, proven: bool = True, **columns: object) -> str:
        """A cookie value that is signed in as this person: who came in a moment ago, unless not `proven`."""
        return self._come_in(name, proven=proven, **columns)[0]

    def _come_in(self, name: str, *, proven: bool, **columns: object) -> tuple[str, Viewer]:
        token = new_token()
        given = {"way": "passkey", "device": "Test phone", "expires_at": now() + timedelta(hours=1), **columns}
        row = SignIn(person_id=self.person[name], token_print=Viewer(secret=token).claims()["app.secret"], **given)
        here = Viewer(row.person_id, sign_in_id=row.id)
        with self.acting(name) as session:
            session.add(row)
            become(session, here.claims())
            if proven:
                prove(session, "passkey")
        return token, here

    def memory(self, by: str = "kai", *, box: str = "kai", audience: tuple[str, ...] = (), **columns: object) -> UUID:
        """A memory that an owner made: a message, kept, unless `columns` say otherwise."""
        given = {"kind": "message", "state": "kept", "title": "A day", "words": "It rained.", **columns}
        memory = Memory(
            box_id=self.box[box],
            added_by=self.person[by],
            audience=[self.circle[name] for name in audience],
            **given,
        )
        state, memory.state = memory.state, "kept"
        with self.acting(by) as session:
            session.add(memory)
            session.flush()
            memory.state = state
        return memory.id

    def gift(self, by: str = "joe", *, title: str = "First bike ride", **columns: object) -> UUID:
        """A memory that someone connected with Kai's box gave: it has arrived."""
        gift = Gift(box_id=self.box["kai"], connection_id=self.connection[by], way="web", title=title)
        memory = Memory(
            box_id=self.box["kai"],
            kind="message",
            state="arrived",
            title=title,
            added_by=self.person[by],
            connection_id=self.connection[by],
            gift_id=gift.id,
            **columns,
        )
        with self.acting(by) as session:
            session.add(gift)
            session.flush()
            session.add(memory)
        return memory.id


def make_cast() -> Cast:
    """Kai (12, runs the box), Ash (7, kept together with Joe), Riley (19, moved on), and the people around them."""
    cast = Cast()
    mark = new_id().hex[-12:]
    for name, called in NAMES.items():
        person = Person(id=new_id(), name=called)
        cast.person[name], cast.email[name] = person.id, f"{name}.{mark}@example.org"
        with open_session(Viewer(person.id).claims()) as session:
            session.add(person)
    _give_addresses(cast)
    born = {"kai": 12, "ash": 7, "riley": 19}
    for name, age in born.items():
        birthday = date(today().year - age, 1, 15)
        with cast.acting(name) as session:
            owner = session.get_one(Person, cast.person[name])
            # Ash's keeper looks after the box from the start; the box begins as its owner's, then is kept together.
            box: Box = make_box(session, owner, NAMES[name], "kept_together" if name == "ash" else "mine", birthday)
            cast.box[name] = box.id
    _connect(cast, "kai", "joe", "You live with Joe", ring=1)
    _connect(cast, "kai", "patel", "Your form tutor", ring=3)
    _connect(cast, "kai", "sam", "Your sister", ring=1)
    _connect(cast, "kai", "avery", "You lived with Avery", ring=3, state="ended")
    _connect(cast, "kai", "nan", "Rings on Sundays", ring=1, state="known")
    _connect(cast, "ash", "joe", "Joe looks after the box with you", ring=1, keeper=True)
    _circle(cast, "school", "School", "patel")
    _circle(cast, "home", "Home", "joe", "sam")
    return cast


def _give_addresses(cast: Cast) -> None:
    """As the administrator: nobody else sets an address that was not proven. Who may keep a box has a code too."""
    codes = [{"id": new_id(), "p": cast.person[name], "print": new_id().hex} for name in KEEPERS]
    with _past_the_wall().begin() as connection:
        connection.execute(
            text("insert into recovery_code (id, person_id, code_print, created_at) values (:id, :p, :print, now())"),
            codes,
        )
        given = [{"id": cast.person[name], "address": address} for name, address in cast.email.items()]
        connection.execute(text("update person set email = :address where id = :id"), given)


@lru_cache
def _past_the_wall() -> Engine:
    return create_engine(admin_url(), poolclass=NullPool)


def _connect(
    cast: Cast, owner: str, name: str, about: str, *, ring: int, state: str = "active", keeper: bool = False
) -> None:
    key = name if owner == "kai" else f"{name}@{owner}"
    row = Connection(
        box_id=cast.box[owner],
        person_id=cast.person.get(name),
        called=NAMES.get(name, name.title()),
        about=about,
        ring=ring,
        state=state,
        keeper=keeper,
        accepted_at=now() if state != "known" else None,
    )
    cast.connection[key] = row.id
    circle = Circle(box_id=cast.box[owner], name=row.called, connection_id=row.id)
    cast.circle[key] = circle.id
    with cast.acting(owner) as session:
        session.add(row)
        session.flush()
        session.add(circle)


def _circle(cast: Cast, key: str, name: str, *members: str) -> None:
    circle = Circle(box_id=cast.box["kai"], name=name)
    cast.circle[key] = circle.id
    with cast.acting("kai") as session:
        session.add(circle)
        session.flush()
        for member in members:
            session.add(CircleMember(box_id=circle.box_id, circle_id=circle.id, connection_id=cast.connection[member]))
