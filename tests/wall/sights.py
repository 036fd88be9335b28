"""What each of some people sees in their boxes, in the database and over HTTP, beside what the oracle allows.

In the database it is everything, for everybody, each time. Over HTTP it is whatever should be seen differently now by
whoever it is, and what was changed itself, and in turns something of anybody's; and in the end every list and every
file for everybody.
"""

import re
from collections import Counter
from collections.abc import Mapping
from uuid import UUID

import psycopg

from app.kit.db import CLAIMS
from app.people.viewer import Viewer
from tests.wall.asking import Asked, Asking, Browser
from tests.wall.oracle import SEES, Row, World, decides

TABLES = ("memory", "media_file", "media_original", "connection", "circle", "circle_member", "gift", "box", "box_age")
KEYS = {"media_original": "media_file_id", "box_age": "box_id"}
DRAWERS = {"": ("kept",), "/tray": ("arrived",), "/put-away": ("put_away",), "/trash": ("trashed", "returned")}
_CARD = re.compile(r'<li class="keep[^"]*">(?:<div>)?<a href="/memories/([0-9a-f-]{36})"')
SHOWN = {**dict.fromkeys(DRAWERS, _CARD), "/tray": re.compile(r'id="gift-([0-9a-f-]{36})"')}

Ids = frozenset[UUID]
Sight = dict[str, dict[str, Ids]]

_SEEN = " union all ".join(
    f"select '{table}', {KEYS.get(table, 'id')} from {table}"
    f" where {'id' if table == 'box' else 'box_id'} = any(%(boxes)s)"
    for table in TABLES
)
_BE = "select " + ", ".join(f"set_config('{claim}', %({claim})s, true)" for claim in CLAIMS)
_ELSEWHERE = "select count(*) from memory where box_id <> all(%(boxes)s)"


class Sights:
    """People by name, their browsers, and the boxes in question."""

    def __init__(
        self, asking: Asking, people: Mapping[str, UUID], browsers: Mapping[str, Browser], boxes: list[UUID]
    ) -> None:
        self.asking, self.people, self.browsers, self.boxes = asking, people, browsers, boxes
        self.names = tuple(people)
        self.turn = 0
        self.compared: Counter[str] = Counter()
        self.memories: dict[str, Ids] = dict.fromkeys(people, frozenset())
        self.kept: dict[tuple[str, UUID], Ids | None] = {}

    def compare(self, database: psycopg.Connection, world: World, changed: Row | None, whole: bool) -> None:
        """Raises AssertionError where anybody sees more or less. `changed` is the memory that an act changed; `whole`:
        every list and file over HTTP too."""
        self.turn += 1
        ((world.now,),) = database.execute("select now()").fetchall()
        sight = self._allowed(world)
        self._in_the_database(database, world, sight, whole)
        self._lists(world, sight, whole)
        self._things(world, sight, changed, whole)

    def _allowed(self, world: World) -> Sight:
        return {
            name: {
                table: frozenset(
                    row[KEYS.get(table, "id")] for row in world.rows.get(table, []) if SEES[table](world, me, row)
                )
                for table in TABLES
            }
            for name, me in self.people.items()
        }

    def _in_the_database(self, database: psycopg.Connection, world: World, sight: Sight, whole: bool) -> None:
        """One statement for each of them, all in one trip."""
        boxes, found, others = {"boxes": self.boxes}, {}, {}
        with database.pipeline():
            for name, me in self.people.items():
                database.execute(_BE, Viewer(me).claims(), prepare=True)
                found[name] = database.execute(_SEEN, boxes, prepare=True)
                if whole:
                    others[name] = database.execute(_ELSEWHERE, boxes, prepare=True)
        for name, rows in found.items():
            seen: dict[str, set[UUID]] = {table: set() for table in TABLES}
            for table, key in rows.fetchall():
                seen[table].add(key)
            for table in TABLES:
                assert seen[table] == sight[name][table], (name, table, seen[table] ^ sight[name][table])
        for name, rows in others.items():
            assert rows.fetchall() == [(0,)], (name, "sees a memory of some other box")
        database.rollback()
        self.compared["rows through SQL"] += len(self.people) * sum(len(world.rows.get(each, [])) for each in TABLES)

    def _lists(self, world: World, sight: Sight, whole: bool) -> None:
        """Every timeline that reads differently now, and somebody's list in turns."""
        each = [(name, box) for name in self.names for box in self.boxes]
        kept = {(name, box): self._found(world, name, sight[name], box, "") for name, box in each}
        asked = {(name, box, "") for name, box in each if self.kept.get((name, box), ()) != kept[name, box]}
        asked.add((self.names[self.turn * 5 % 7], self.boxes[self.turn // 7 % 2], list(DRAWERS)[self.turn // 14 % 4]))
        if whole:
            asked |= {(*one, drawer) for one in each for drawer in DRAWERS if kept[one] is not None}
        self.kept = kept
        order = sorted(asked)
        answers = self.asking.ask(Asked(self.browsers[who], f"/boxes/{box}{drawer}") for who, box, drawer in order)
        for (name, box, drawer), answer in zip(order, answers, strict=True):
            found = self._found(world, name, sight[name], box, drawer)
            wanted = 200 if found is not None else 403 if box in sight[name]["box"] else 404
            assert answer.status == wanted, (name, drawer, answer.status, wanted)
            if found is not None:
                shown = {UUID(key) for key in SHOWN[drawer].findall(answer.text)}
                assert shown == found, (name, drawer, shown ^ found)
        self.compared["lists"] += len(order)

    def _found(self, world: World, name: str, sight: dict[str, Ids], box: UUID, drawer: str) -> Ids | None:
        """What someone should find: in the timeline who is let in, in a drawer who decides. None: it does not open."""
        if box not in sight["box"] or (drawer and not decides(world, self.people[name], box)):
            return None
        rows = [row for state in DRAWERS[drawer] for row in world.all("memory", box_id=box, state=state)]
        return frozenset(row["gift_id" if drawer == "/tray" else "id"] for row in rows if row["id"] in sight["memory"])

    def _things(self, world: World, sight: Sight, changed: Row | None, whole: bool) -> None:
        """The page and the file of every memory that someone sees now and did not, or the other way round; of the one
        that was changed, for those who see it; and in turns of any, for anybody, with the file as it came."""
        memories = world.rows["memory"]
        asked = {(name, key) for name in self.names for key in sight[name]["memory"] ^ self.memories[name]}
        if changed is not None:
            asked |= {(name, changed["id"]) for name in self.names if changed["id"] in sight[name]["memory"]}
        one = changed or memories[self.turn % len(memories)]
        in_turn = (self.names[self.turn * 3 % 7], one["id"])
        self.memories = {name: sight[name]["memory"] for name in self.names}
        every = {(name, memory["id"]) for name in self.names for memory in memories} if whole else set()
        order: list[tuple[str, str, int]] = []
        for name, key in sorted(asked | every | {in_turn}):
            wanted = 200 if key in sight[name]["memory"] else 404
            if (name, key) in asked | {in_turn}:
                order.append((name, f"/memories/{key}", wanted))
            for media in world.all("media_file", memory_id=key):
                order.append((name, f"/media/{media['id']}/card.webp", wanted))
                if (name, key) == in_turn:
                    inside = 200 if media["id"] in sight[name]["media_original"] else 404
                    order.append((name, f"/media/{media['id']}/original", inside))
        answers = self.asking.ask(Asked(self.browsers[name], path) for name, path, _ in order)
        for asked_for, answer in zip(order, answers, strict=True):
            assert answer.status == asked_for[2], (*asked_for, answer.status)
        self.compared["pages and files"] += len(order)
