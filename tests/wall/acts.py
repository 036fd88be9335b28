"""The acts of the state machine: what people do with two boxes, and days that pass.

They go through the application as a browser does them, by anybody, allowed or not. After each one, what every one of
the cast sees is compared: see sights.py.
"""

import secrets
from collections import Counter
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import Engine, text
from sqlmodel import Session, col, select

from app.boxes.box import Box, BoxAge
from app.boxes.connection import Circle, CircleMember, Connection
from app.boxes.invitation import open_invitations, unseal
from app.boxes.invitation_pages import SAID, SAID_FOR, said_cookie
from app.kit.clock import now, today
from app.kit.ids import new_id
from app.media.media_file import MediaFile, MediaOriginal
from app.memories.memory import Gift, Memory
from app.people.person import Person
from app.people.sealed_text import seal_text
from app.people.sign_in import RecoveryCode
from tests.cast import make_cast
from tests.machine import on_one_day
from tests.wall.asking import Asked, Asking, Browser
from tests.wall.builder import key_of, plain
from tests.wall.lives import DATES, DAY, Lives
from tests.wall.oracle import Row, World, owns
from tests.wall.places import seal_picture
from tests.wall.sights import Sights

PEOPLE = ("kai", "ash", "joe", "patel", "sam", "avery", "casey")
TABLES = (Box, BoxAge, Connection, Circle, CircleMember, Memory, Gift, MediaFile, MediaOriginal)
VERBS = ("keeping", "putting-away", "return", "trash", "restoration")

# Most acts are those of whoever owns the box; the others try too.
people = st.sampled_from(("owner",) * 7 + PEOPLE)
which, days = st.integers(0, 40), st.sampled_from((None, 0, 1, 2))
boxes = st.sampled_from(("kai", "kai", "ash"))


def soon(after: int | None) -> date | None:
    return None if after is None else today() + after * DAY


class LivesOfBoxes(RuleBasedStateMachine):
    """Kai's box and Ash's, and seven people, for so many steps. `counted` is what all runs compared."""

    steps: int
    asking: Asking
    admin: Engine
    database: psycopg.Connection
    counted: Counter[str] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.cast = make_cast()
        self.changed: Row | None = None
        self.last: Row | None = None
        self.names = {self.cast.person[name]: name for name in PEOPLE}
        self.boxes = [self.cast.box["kai"], self.cast.box["ash"]]
        self.browsers = {
            name: Browser(self.cast.sign_in(name), f"2001:db8:{secrets.token_hex(2)}:{secrets.token_hex(2)}::1")
            for name in PEOPLE
        }
        for box in ("kai", "ash"):
            self.cast.memory(box, box=box)
        with Session(self.admin) as session:
            session.add(Circle(box_id=self.boxes[1], name="Team"))
            session.add(
                Connection(box_id=self.boxes[1], person_id=self.cast.person["sam"], called="Sam", state="active")
            )
            session.commit()
        self.lives = Lives(World.empty(now()))
        self._learn_ways()
        self._learn()
        self.sights = Sights(self.asking, {name: self.cast.person[name] for name in PEOPLE}, self.browsers, self.boxes)
        self.counted["runs"] += 1

    def _learn_ways(self) -> None:
        """How people come in, which is the same all along."""
        with Session(self.admin) as session:
            for table, column in ((Person, Person.id), (RecoveryCode, RecoveryCode.person_id)):
                rows = session.exec(select(table).where(col(column).in_(list(self.names)))).all()  # type: ignore[call-overload]
                self.lives.world.rows[str(table.__tablename__)] = [plain(row) for row in rows]

    def _learn(self) -> None:
        """Rows that are there and not known yet."""
        world = self.lives.world
        world.indexes.clear()
        with Session(self.admin) as session:
            for table in TABLES:
                name = str(table.__tablename__)
                column, key = table.id if table is Box else table.box_id, key_of(name)  # type: ignore[attr-defined]
                known = {row[key] for row in world.rows.get(name, [])}
                for row in map(plain, session.exec(select(table).where(column.in_(self.boxes)).order_by(text("1")))):
                    if row[key] not in known:
                        world.rows.setdefault(name, []).append(row)

    # What is picked: the n-th of what there is.

    def _one(self, table: str, n: int) -> Row:
        rows = self.lives.world.rows[table]
        if table == "memory" and n % 4:  # mostly the same one again: what follows on what is where things go wrong
            return self.last or rows[-1]
        return rows[n % len(rows)]

    def _who(self, who: str, box: UUID) -> tuple[str, UUID]:
        """The name and id of who acts in this box."""
        name = self.names[self.lives.world.one("box", id=box)["owner_id"]] if who == "owner" else who
        return name, self.cast.person[name]

    def _post(self, who: str, path: str, **fields: Any) -> int:
        (answer,) = self.asking.ask([Asked(self.browsers[who], path, fields)])
        assert answer.status < 500, (who, path, answer.status)
        self.lives.world.indexes.clear()
        return answer.status

    def _tell(self, done: bool, status: int, about: Row | None = None) -> None:
        """What the oracle lets happen is answered as done."""
        assert not done or status == 303, (done, status)
        self.counted["acts done" if done else "acts that change nothing"] += 1
        if about is not None:
            self.changed, self.last = about if done else None, about

    # Acts.

    @rule(who=st.sampled_from(("owner", "joe", *PEOPLE)), box=boxes)
    def make(self, who: str, box: str) -> None:
        box_id, once = self.cast.box[box], new_id()
        who, me = self._who(who, box_id)
        if owns(self.lives.world, me, box_id):
            self._tell(True, self._post(who, "/add/message", once=str(once), words="It rained."))
        else:
            may = self.lives.may_give(me, box_id)
            status = self._post(who, f"/boxes/{box_id}/give", once=str(once), kind="words", words="I let go.")
            assert (status == 303) is may
        self._learn()
        memories = self.lives.world.rows["memory"]
        for memory in memories:
            if not self.lives.world.all("media_file", memory_id=memory["id"]):
                with Session(self.admin) as session:
                    media = MediaFile(
                        box_id=memory["box_id"], memory_id=memory["id"], added_by=memory["added_by"], kind="photo",
                        state="ready", sealed_key=b"",
                    )  # fmt: skip
                    session.add(media)
                    session.flush()
                    seal_picture(session, media)
                    session.commit()
        self._learn()
        self.changed, self.last = memories[-1], None

    @rule(who=people, n=which, verb=st.sampled_from(VERBS))
    def decide(self, who: str, n: int, verb: str) -> None:
        memory = self._one("memory", n)
        who, me = self._who(who, memory["box_id"])
        status = self._post(who, f"/memories/{memory['id']}/{verb}")
        self._tell(self.lives.decide(me, memory, verb), status, memory)

    @rule(who=people, n=which, circles=st.lists(which, max_size=3), until=days)
    def share(self, who: str, n: int, circles: list[int], until: int | None) -> None:
        memory = self._one("memory", n)
        who, me = self._who(who, memory["box_id"])
        ours = self.lives.world.all("circle", box_id=memory["box_id"])
        chosen = list(dict.fromkeys(ours[at % len(ours)]["id"] for at in circles))
        form: dict[str, Any] = {"start": "people", "circle": [str(each) for each in chosen], "until": "change"}
        if until is not None:
            form |= {"until": "date", "until_day": str(soon(until))}
        status = self._post(who, f"/memories/{memory['id']}/audience", **form)
        self._tell(self.lives.share(me, memory, chosen, soon(until)), status, memory)

    @rule(n=which, way=st.sampled_from((("putting-away", "keeping"), ("trash", "restoration"))))
    def shown_and_out_and_back(self, n: int, way: tuple[str, str]) -> None:
        """Whatever comes back is seen by nobody else, whoever saw it before."""
        self.last = self._one("memory", n)
        self.share("owner", 1, list(range(40)), None)
        for verb in way:
            self.decide("owner", 1, verb)

    @rule(who=people, n=which, on=st.booleans())
    def only_me(self, who: str, n: int, on: bool) -> None:
        memory = self._one("memory", n)
        who, me = self._who(who, memory["box_id"])
        status = self._post(who, f"/memories/{memory['id']}/only-me", **({} if on else {"off": "1"}))
        self._tell(self.lives.only_me(me, memory, on), status, memory)

    @rule(who=people, n=which, act=st.sampled_from(("invitation", "ending", "block", "block/end")))
    def people_change(self, who: str, n: int, act: str) -> None:
        tie = self._one("connection", n)
        who, me = self._who(who, tie["box_id"])
        path = f"/boxes/{tie['box_id']}/people/{tie['id']}/{act}"
        status = self._post(who, path, **({"way": "code", "once": str(new_id())} if act == "invitation" else {}))
        verb = {"invitation": "invite", "ending": "end", "block": "block", "block/end": "unblock"}[act]
        done = getattr(self.lives, verb)(me, tie)
        self._tell(done, status)
        if done and verb == "invite":
            with Session(self.admin) as session:
                self.lives.codes[tie["id"]] = unseal(open_invitations(session, tie["id"])[0]).secret

    @rule(who=people, n=which, late=st.booleans())
    def put_back(self, who: str, n: int, late: bool) -> None:
        tie = self._one("connection", n)
        who, me = self._who(who, tie["box_id"])
        with self.admin.begin() as connection:  # where the minute is does not hang on how fast this machine is
            ended = "select ended_at from connection where id = :id"
            moved = "set ended_at = now() - make_interval(secs => :ago) where ended_at ="
            values = {"id": tie["id"], "ago": 61 if late else 0}
            connection.execute(text(f"update invitation {moved} ({ended}) and connection_id = :id"), values)
            connection.execute(text(f"update connection {moved} ({ended}) and id = :id"), values)
        status = self._post(who, f"/boxes/{tie['box_id']}/people/{tie['id']}/ending/undo")
        self._tell(self.lives.put_back(me, tie, late), status)

    @rule(n=which, acts=st.sampled_from((("ending",), ("block",), ("ending", "block"), ("invitation", "ending"))))
    def out_and_put_back(self, n: int, acts: tuple[str, ...]) -> None:
        """They are where they were before the last of these, and see what they saw then."""
        for act in acts:
            self.people_change("owner", n, act)
        self.put_back("owner", n, late=False)

    # What is drawn must not hang on the world, where ids and the order of rows differ from run to run: an act that
    # finds nothing to act on does nothing.

    @rule(who=people, n=which)
    def accept(self, who: str, n: int) -> None:
        if not self.lives.codes:
            return
        tie_id, code = sorted(self.lives.codes.items())[n % len(self.lives.codes)]
        tie = self.lives.world.one("connection", id=tie_id)
        if who == "owner" and tie["person_id"] in self.names:
            who = self.names[tie["person_id"]]
        who, me = self._who(who, tie["box_id"])
        held = f"{self.browsers[who].cookie}; {said_cookie()}={seal_text(code, SAID_FOR)}"
        (answer,) = self.asking.ask(
            [Asked(replace(self.browsers[who], cookie=held), f"/invitation/{SAID}/acceptance", {})]
        )
        self.lives.world.indexes.clear()
        status = answer.status
        self._tell(self.lives.accept(me, tie), status)

    @rule(who=people, n=which, add=st.booleans(), until=days)
    def allow(self, who: str, n: int, add: bool, until: int | None) -> None:
        tie = self._one("connection", n)
        who, me = self._who(who, tie["box_id"])
        form = {"may_add": "yes" if add else "no"} | ({} if until is None else {"ends_on": str(soon(until))})
        status = self._post(who, f"/boxes/{tie['box_id']}/people/{tie['id']}/permission", **form)
        self._tell(self.lives.allow(me, tie, add, soon(until)), status)

    @rule(who=people, n=which, person=which, starts=days, ends=days)
    def join(self, who: str, n: int, person: int, starts: int | None, ends: int | None) -> None:
        circle = self._one("circle", n)
        who, me = self._who(who, circle["box_id"])
        ties, once = self.lives.world.all("connection", box_id=circle["box_id"]), new_id()
        tie = ties[person % len(ties)]
        when = (soon(starts), soon(ends if starts is None or ends is None else max(starts, ends)))
        form = {"person": str(tie["id"]), "once": str(once)}
        form |= {name: str(day) for name, day in zip(("starts_on", "ends_on"), when, strict=True) if day}
        status = self._post(who, f"/boxes/{circle['box_id']}/circles/{circle['id']}/members", **form)
        self._tell(self.lives.join(me, circle, tie, when, once), status)

    @rule(who=people, n=which)
    def go_out(self, who: str, n: int) -> None:
        if not self.lives.world.rows.get("circle_member"):
            return
        member = self._one("circle_member", n)
        who, me = self._who(who, member["box_id"])
        status = self._post(
            who, f"/boxes/{member['box_id']}/circles/{member['circle_id']}/members/{member['id']}/removal"
        )
        self._tell(self.lives.go_out(me, member), status)

    @rule(who=st.sampled_from(PEOPLE), box=boxes)
    def leave(self, who: str, box: str) -> None:
        who, me = self._who(who, self.cast.box[box])
        status = self._post(who, f"/boxes/{self.cast.box[box]}/leaving")
        self._tell(self.lives.leave(me, self.cast.box[box]), status)

    @rule(who=st.sampled_from(PEOPLE), box=boxes)
    def hand_over(self, who: str, box: str) -> None:
        who, me = self._who(who, self.cast.box[box])
        status = self._post(who, f"/boxes/{self.cast.box[box]}/me/stage")
        self._tell(self.lives.hand_over(me, self.cast.box[box]), status)

    @rule(grown_up_in=st.sampled_from((1, 2, 3)))
    def birthday_nears(self, grown_up_in: int) -> None:
        age = self.lives.world.one("box_age", box_id=self.boxes[1])
        age["adult_on"] = today() + grown_up_in * DAY
        with self.admin.begin() as connection:
            query = text("update box_age set adult_on = :day where box_id = :box")
            connection.execute(query, {"day": age["adult_on"], "box": self.boxes[1]})

    @rule()
    def day_passes(self) -> None:
        self.lives.day_passes()
        with self.admin.begin() as connection:
            for table, names in DATES.items():
                back = ", ".join(f"{name} = {name} - 1" for name in names)
                connection.execute(text(f"update {table} set {back} where box_id = any(:boxes)"), {"boxes": self.boxes})

    @invariant()
    def everyone_sees_what_the_oracle_allows(self) -> None:
        self.lives.world.indexes.clear()
        changed, self.changed = self.changed, None
        step = self.sights.turn
        self.sights.compare(self.database, self.lives.world, changed, whole=step == self.steps)
        self.counted["steps"] += step > 0
        on_one_day(60)  # the next act, and what is seen after it
        self.lives.world.now = now()

    def teardown(self) -> None:
        self.counted.update(self.sights.compared)
