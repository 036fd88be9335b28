"""What each act should lead to, in plain Python beside the oracle: the state machine does both and compares."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app.boxes.once import made_id
from tests.wall.oracle import Row, World, active_connections, connected, decides, decides_memory, keeps, may_add, owns

DAY = timedelta(days=1)
DATES = {
    "box_age": ("adult_on",),
    "connection": ("starts_on", "ends_on"),
    "circle_member": ("starts_on", "ends_on"),
    "memory": ("audience_until",),
}


class Lives:
    """A world that changes. Each verb says whether `me` may do it and it leads to something, and changes the rows."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.codes: dict[UUID, str] = {}

    def day_passes(self) -> None:
        """Every date moves back by a day, as tomorrow sees it."""
        for table, names in DATES.items():
            for row in self.world.rows.get(table, []):
                row.update({name: row[name] - DAY for name in names if row[name] is not None})

    # Memories.

    def decide(self, me: UUID, memory: Row, verb: str) -> bool:
        if not decides_memory(self.world, me, memory):
            return False
        state = memory["state"]
        to = {
            ("keeping", "arrived"): "kept",
            ("keeping", "put_away"): "kept",
            ("putting-away", "arrived"): "put_away",
            ("putting-away", "kept"): "put_away",
            ("return", "arrived"): "returned",
            ("trash", "arrived"): "trashed",
            ("trash", "kept"): "trashed",
            ("trash", "put_away"): "trashed",
            ("restoration", "trashed"): memory["before_trash"],
            ("restoration", "returned"): memory["before_trash"],
        }.get((verb, state))
        if to is None:
            return False
        before = state if to in ("returned", "trashed") else ""
        memory.update(state=to, before_trash=before, audience=[], audience_until=None)
        return True

    def share(self, me: UUID, memory: Row, circles: list[UUID], until: date | None) -> bool:
        if not decides_memory(self.world, me, memory) or memory["state"] != "kept":
            return False
        memory.update(audience=circles, audience_until=until if circles else None)
        return True

    def only_me(self, me: UUID, memory: Row, on: bool) -> bool:
        if not owns(self.world, me, memory["box_id"]) or memory["only_me"] == on:
            return False
        memory["only_me"] = on
        if on:
            memory.update(audience=[], audience_until=None)
        return True

    def may_give(self, me: UUID, box: UUID) -> bool:
        return not owns(self.world, me, box) and may_add(self.world, me, box)

    # People.

    def invite(self, me: UUID, tie: Row) -> bool:
        if not decides(self.world, me, tie["box_id"]) or tie["state"] in ("active", "blocked"):
            return False
        tie.update(state="invited", before_end="")
        return True

    def accept(self, me: UUID, tie: Row) -> bool:
        """Someone says the code that was last given for this tie."""
        others = self.world.all("connection", box_id=tie["box_id"], person_id=me)
        if tie["state"] != "invited" or owns(self.world, me, tie["box_id"]):
            return False
        if any(other["state"] in ("blocked", "active") for other in others) or tie["person_id"] not in (None, me):
            return False
        tie.update(state="active", person_id=me, before_end="")
        return True

    def end(self, me: UUID, tie: Row) -> bool:
        if not self._over(me, tie) or tie["state"] not in ("active", "invited"):
            return False
        tie.update(before_end=tie["state"], state="ended")
        return True

    def block(self, me: UUID, tie: Row) -> bool:
        if not self._over(me, tie):
            return False
        if tie["state"] != "blocked":
            tie.update(before_end=tie["state"], state="blocked")
        return True

    def unblock(self, me: UUID, tie: Row) -> bool:
        if not decides(self.world, me, tie["box_id"]) or tie["state"] != "blocked":
            return False
        tie.update(state="ended", before_end="")
        return True

    def put_back(self, me: UUID, tie: Row, late: bool) -> bool:
        """`late`: a minute has gone since they were stopped or blocked."""
        if not decides(self.world, me, tie["box_id"]) or tie["state"] not in ("ended", "blocked"):
            return False
        theirs = self.world.all("connection", box_id=tie["box_id"], person_id=tie["person_id"])
        known = [each for each in theirs if tie["person_id"] is not None and each is not tie]
        if late or not tie["before_end"] or any(each["state"] in ("active", "blocked") for each in known):
            return False
        tie.update(state=tie["before_end"], before_end="")
        return True

    def allow(self, me: UUID, tie: Row, add: bool, ends_on: date | None) -> bool:
        if not decides(self.world, me, tie["box_id"]):
            return False
        tie.update(may_add=add, ends_on=ends_on)
        return True

    def _over(self, me: UUID, tie: Row) -> bool:
        return decides(self.world, me, tie["box_id"]) and tie["person_id"] != me

    def join(self, me: UUID, circle: Row, tie: Row, when: tuple[date | None, date | None], once: UUID) -> bool:
        box = circle["box_id"]
        if not decides(self.world, me, box) or tie["box_id"] != box or circle["connection_id"] is not None:
            return False
        members = self.world.rows.setdefault("circle_member", [])
        found = [row for row in members if row["circle_id"] == circle["id"] and row["connection_id"] == tie["id"]]
        dates: dict[str, Any] = {"starts_on": when[0], "ends_on": when[1]}
        if found:
            found[0].update(dates)
        else:
            made = made_id(me, "member", once, circle["id"], tie["id"], *when)
            members.append({"id": made, "box_id": box, "circle_id": circle["id"], "connection_id": tie["id"], **dates})
        return True

    def go_out(self, me: UUID, member: Row) -> bool:
        if not decides(self.world, me, member["box_id"]):
            return False
        self.world.rows["circle_member"].remove(member)
        return True

    def leave(self, me: UUID, box: UUID) -> bool:
        if owns(self.world, me, box) or not connected(self.world, me, box) or self._keepers(box) == {me}:
            return False
        for row in active_connections(self.world, me):
            if row["box_id"] == box:
                row.update(state="ended", before_end="")
        return True

    def _keepers(self, box: UUID) -> set[UUID]:
        ties = self.world.all("connection", box_id=box)
        people: Iterable[UUID] = {row["person_id"] for row in ties if row["person_id"] is not None}
        return {person for person in people if keeps(self.world, person, box)}

    def hand_over(self, me: UUID, box: UUID) -> bool:
        if not decides(self.world, me, box):
            return False
        self.world.one("box", id=box)["stage"] = "mine"
        return True
