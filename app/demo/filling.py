"""Filling one box as its people would have done it: each act by its own person, through the wall, on its own day."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import event, inspect
from sqlmodel import Session, col, select

from app.arrivals.mail.addresses import make_address
from app.arrivals.receive import GiftItem, SentFile, receive
from app.boxes import ledger, looks
from app.boxes.box import Box
from app.boxes.circles import ensure_circle_of_one
from app.boxes.connection import Circle, CircleMember, Connection
from app.boxes.keys import make_box
from app.demo.people import Cast
from app.demo.pieces import Made
from app.demo.story import (
    Heard,
    Looked,
    Piece,
    Side,
    Someone,
    StopOnTheWay,
    Story,
    Told,
    at,
    day_of,
    days_ago,
    moment_of,
    moment_on,
    moved,
    next_day,
)
from app.kit.clock import today
from app.kit.db import Role, open_session
from app.media.intake import attach
from app.media.media_file import MediaFile
from app.memories import deciding, walk
from app.memories.chapter import Chapter
from app.memories.kinds import KINDS
from app.memories.kinds.pod_walk import PodWalkDetails, Stop
from app.memories.making import Filled, change, make
from app.memories.memory import Memory, Perspective
from app.people.person import Person
from app.people.viewer import Viewer

Material = Mapping[Piece, "Future[Made]"]
Act = Callable[[datetime], None]

WRITTEN = ("created_at", "at", "sent_at", "written_at")
DECIDED = ("decided_at", "ended_at")
CHANGED_LAST = 6
A_WALK_BEGINS = (52.6, 1.2)
DEGREE_M = 111_195.0


@contextmanager
def acting(viewer: Viewer, moment: datetime, role: Role = "holdfast_web") -> Iterator[Session]:
    """A transaction of this person, as if it happened at `moment`."""
    with open_session(viewer.claims(), role) as session:
        event.listen(session, "before_flush", partial(_back_then, moment))
        yield session


def _back_then(moment: datetime, session: Session, *_: Any) -> None:
    for row in session.new:
        for name in WRITTEN:
            if name in inspect(row).attrs:
                setattr(row, name, moment)
    for row in (*session.new, *session.dirty):
        for name in DECIDED:
            if name in inspect(row).attrs and any(inspect(row).attrs[name].history.added or ()):
                setattr(row, name, moment)


@dataclass
class Filling:
    """One box on its way. `people` and `circles` are rows by key and name, `memories` ids by title."""

    story: Story
    cast: Cast
    material: Material
    box: Box = field(init=False)
    people: dict[str, Connection] = field(default_factory=dict)
    circles: dict[str, Circle] = field(default_factory=dict)
    chapters: dict[str, UUID] = field(default_factory=dict)
    memories: dict[str, UUID] = field(default_factory=dict)

    @property
    def owner(self) -> Viewer:
        return self.cast[self.story.owner]

    @property
    def decider(self) -> Viewer:
        """Who decides about gifts: the keeper where there is one, else the owner."""
        keepers = [someone for someone in self.story.people if someone.keeper]
        return self.cast[keepers[0].account] if keepers else self.owner

    @property
    def began(self) -> date:
        return day_of(self.story.began)

    def fill(self) -> None:
        """Make the box, then do everything that ever happened in it, in the order it did."""
        self._make_box(at(self.began, "09:00"))
        for moment, act in sorted(self._acts(), key=lambda each: each[0]):
            act(moment)

    def _acts(self) -> Iterator[tuple[datetime, Act]]:
        for someone in self.story.people:
            yield at(day_of(someone.since), "10:00"), partial(self._let_in, someone)
            if someone.ended:
                yield at(day_of(someone.ended)), partial(self._end, someone.key)
        for told in self.story.memories:
            came = moment_of(told, self.began)
            yield came, partial(self._put_in, told)
            for side in told.sides:
                yield moment_on(side.on, "20:10"), partial(self._remember, told.title, side)
            if told.until:
                yield days_ago(CHANGED_LAST), partial(self._share, told)
        for look in self.story.looks:
            yield moment_on(look.on, look.at), partial(self._look, look)

    def _make_box(self, moment: datetime) -> None:
        with acting(self.owner, moment) as session:
            person = session.get_one(Person, self.owner.person_id)
            self.box = make_box(session, person, self.story.name, self.story.stage, _born(self.story.age))
            self.box.theme, self.box.cover = self.story.theme, self.story.cover
            self.box.pictures = self.story.pictures
            for part in self.story.chapters:
                chapter = Chapter(
                    box_id=self.box.id,
                    name=part.name,
                    words=part.words,
                    starts_on=day_of(part.starts_on) if part.starts_on else None,
                    ends_on=day_of(part.ends_on) if part.ends_on else None,
                    home=part.home,
                )
                self.chapters[part.name] = chapter.id
                session.add(chapter)
            for name in self.story.circles:
                circle = Circle(box_id=self.box.id, name=name)
                self.circles[name] = circle
                session.add(circle)
                self._note(session, self.owner, "circle.made", circle.id, f"You made a circle called {name}.")

    def _let_in(self, someone: Someone, moment: datetime) -> None:
        with acting(self.owner, moment) as session:
            connection = Connection(
                box_id=self.box.id,
                person_id=self.cast[someone.account].person_id if someone.account else None,
                called=someone.called,
                about=someone.about,
                face=someone.face,
                tint=someone.tint,
                ring=someone.ring,
                in_touch=someone.in_touch,
                state="active" if someone.account else "known",
                keeper=someone.keeper,
                accepted_at=moment if someone.account else None,
            )
            self.people[someone.key] = connection
            session.add(connection)
            session.flush()
            self.circles[someone.key] = ensure_circle_of_one(session, connection)
            sentence = (
                f"You let {someone.called} in." if someone.account else f"You added {someone.called} to your people."
            )
            action = "connection.invited" if someone.account else "connection.added"
            self._note(session, self.owner, action, connection.id, sentence)
            for name, members in self.story.circles.items():
                if someone.key in members:
                    circle = self.circles[name]
                    session.add(CircleMember(box_id=self.box.id, circle_id=circle.id, connection_id=connection.id))
                    sentence = f"You put {someone.called} in {name}."
                    self._note(session, self.owner, "circle.joined", circle.id, sentence)
            if someone.writes_from:
                make_address(session, self.owner, self.box, connection, someone.writes_from)

    def _end(self, key: str, moment: datetime) -> None:
        with acting(self.owner, moment) as session:
            connection = session.get_one(Connection, self.people[key].id)
            self._note(session, self.owner, "connection.ended", connection.id, connection.end())

    def _note(self, session: Session, by: Viewer, action: str, subject_id: UUID, sentence: str) -> None:
        ledger.decided(session, by, self.box, action=action, subject_id=subject_id, sentence=sentence)

    def _put_in(self, told: Told, moment: datetime) -> None:
        memory_id = self._give(told, moment) if told.giver else self._make(told, moment)
        self.memories[told.title] = memory_id
        if told.end == "arrived":
            return
        by = self.decider if told.giver else self.owner
        with acting(by, moment + timedelta(seconds=20)) as session:
            memory = session.get_one(Memory, memory_id)
            if told.giver:
                deciding.keep(session, by, memory)
                change(session, by, self.box, memory, self._filled(told))
            if told.only_me:
                deciding.hide_from_keepers(session, by, memory)
            if told.seen_by:
                deciding.share(session, by, memory, [self.circles[name].id for name in told.seen_by])
            if told.end == "put_away":
                deciding.put_away(session, by, memory)
            if told.end == "trashed":
                deciding.trash(session, by, memory)

    def _make(self, told: Told, moment: datetime) -> UUID:
        with acting(self.owner, moment) as session:
            filled = self._filled(told)
            memory = make(session, self.owner, self.box, KINDS[told.kind], filled)
            for position, piece in enumerate(told.pieces):
                self._attach(session, memory, piece, position=position)
            if isinstance(filled.details, PodWalkDetails):
                filled.details.stops = [self._stop(session, memory, stop) for stop in told.stops]
                memory.details = filled.details.model_dump(mode="json")
            return memory.id

    def _stop(self, session: Session, memory: Memory, stop: StopOnTheWay) -> Stop:
        photo = str(self._attach(session, memory, stop.picture, role="part")) if stop.picture else ""
        return Stop(title=stop.title, at=stop.at, photo=photo)

    def _attach(self, session: Session, memory: Memory, piece: Piece, *, role: str = "main", position: int = 0) -> UUID:
        made = self.material[piece].result()
        return attach(
            session,
            box_id=memory.box_id,
            memory_id=memory.id,
            added_by=memory.added_by,
            name=made.name,
            mime=made.mime,
            chunks=[made.data],
            role=role,
            position=position,
        ).id

    def _give(self, told: Told, moment: datetime) -> UUID:
        connection = self.people[told.giver]
        made = [self.material[piece].result() for piece in told.pieces]
        item = GiftItem(
            told.kind,
            title=told.title,
            words=told.words,
            happened=moved(told.happened),
            details=told.typed.model_dump(mode="json"),
            files=[SentFile(each.name, each.mime, [each.data]) for each in made],
        )
        by_mail = told.way == "mail"
        door = Viewer(door="mail") if by_mail else Viewer(connection.person_id)
        with acting(door, moment, "holdfast_worker" if by_mail else "holdfast_web") as session:
            gift = receive(
                session,
                box_id=self.box.id,
                connection_id=connection.id,
                added_by=connection.person_id,
                way=told.way,
                title=told.title,
                words=told.words,
                items=[item],
            )
        with open_session(self.owner.claims()) as session:
            return session.exec(select(Memory.id).where(Memory.gift_id == gift.id)).one()

    def _filled(self, told: Told) -> Filled:
        points = _points(told)
        details = told.typed
        if isinstance(details, PodWalkDetails) and points:
            details.distance_m = round(walk.length_m(points))
        return Filled(
            title=told.title,
            words=told.words,
            place=told.place,
            chapter_id=self.chapters[told.chapter] if told.chapter else None,
            happened=moved(told.happened),
            details=details,
            route=points,
        )

    def _share(self, told: Told, moment: datetime) -> None:
        with acting(self.owner, moment) as session:
            memory = session.get_one(Memory, self.memories[told.title])
            circles = [self.circles[name].id for name in told.seen_by]
            deciding.share(session, self.owner, memory, circles, next_day(told.until))

    def _remember(self, title: str, side: Side, moment: datetime) -> None:
        mine = side.who == "me"
        connection = None if mine else self.people[side.who]
        writer = self.owner if connection is None else Viewer(connection.person_id)
        assert writer.person_id is not None
        with acting(writer, moment) as session:
            session.add(
                Perspective(
                    box_id=self.box.id,
                    memory_id=self.memories[title],
                    person_id=writer.person_id,
                    connection_id=connection.id if connection else None,
                    author=connection.called if connection else self.story.name,
                    words=side.words,
                )
            )

    def _look(self, look: Looked, moment: datetime) -> None:
        by = self.people[look.who].person_id
        assert by is not None
        memory_id = self.memories[look.title] if look.title else None
        for number in range(look.times):
            with acting(Viewer(by), moment + timedelta(seconds=40 * number)) as session:
                looks.looked(session, box_id=self.box.id, by=by, what=look.what, memory_id=memory_id)


def files_waiting(session: Session, box_id: UUID) -> list[UUID]:
    """Files of a box that are not opened yet, for a session of the worker."""
    query = select(MediaFile.id).where(MediaFile.box_id == box_id, MediaFile.state == "waiting")
    return list(session.exec(query.order_by(col(MediaFile.id))))


def _born(age: int) -> date:
    """A birthday on 3 March that makes them `age` today."""
    this_year = today().replace(month=3, day=3)
    return this_year.replace(year=this_year.year - age - (today() < this_year))


def _points(told: Told) -> list[walk.Place]:
    """A walk's line as places in time: each stretch takes as long as it is."""
    if not told.line:
        return []
    north, east = A_WALK_BEGINS
    narrow = DEGREE_M * 0.6074
    places = [(0.0, north + y / DEGREE_M, east + x / narrow) for x, y in told.line]
    whole = walk.length_m(places)
    seconds = next(piece.seconds for piece in told.pieces if isinstance(piece, Heard))
    return [
        (round(seconds * walk.length_m(places[: number + 1]) / whole, 1), latitude, longitude)
        for number, (_, latitude, longitude) in enumerate(places)
    ]
