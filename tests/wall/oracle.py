"""Who can see what, said a second time: CONSENT.md in plain Python, sharing no code with the application.

A world is a list of plain rows. Every function answers for one viewer and one row.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

Row = dict[str, Any]


def day_of(moment: datetime) -> date:
    """The day it is then where the people are."""
    return moment.astimezone(ZoneInfo("Europe/London")).date()


@dataclass
class Laid:
    """The day round which a world's dates are laid: see `keep_up`. Worlds of the same rows share it."""

    day: date


@dataclass
class World:
    """Rows by table, and the moment it is: that of the transaction whose sight is compared, so a day may end between
    two of them. Rows are found by ids that do not change: an index is made anew when rows were added or removed."""

    now: datetime
    laid: "Laid"
    rows: dict[str, list[Row]] = field(default_factory=dict)
    indexes: dict[tuple[str, str], tuple[int, dict[Any, list[Row]]]] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return day_of(self.now)

    def all(self, table: str, **wanted: Any) -> list[Row]:
        by = next((name for name in wanted if name == "id" or name.endswith("_id")), None)
        rows = self.rows.get(table, []) if by is None else self._index(table, by).get(wanted[by], [])
        return [row for row in rows if all(row[name] == value for name, value in wanted.items())]

    def _index(self, table: str, by: str) -> dict[Any, list[Row]]:
        rows = self.rows.get(table, [])
        size, found = self.indexes.get((table, by), (-1, {}))
        if size != len(rows):
            found = {}
            for row in rows:
                found.setdefault(row[by], []).append(row)
            self.indexes[table, by] = len(rows), found
        return found

    @classmethod
    def empty(cls, now: datetime) -> "World":
        return cls(now, Laid(day_of(now)))

    def one(self, table: str, **wanted: Any) -> Row:
        (row,) = self.all(table, **wanted)
        return row


def within(today: date, starts: date | None, ends: date | None) -> bool:
    return (starts is None or starts <= today) and (ends is None or today <= ends)


def active_connections(world: World, me: UUID) -> list[Row]:
    """S2: accepted, not ended, not blocked, inside its dates."""
    return [
        row
        for row in world.all("connection", person_id=me, state="active")
        if within(world.today, row["starts_on"], row["ends_on"])
    ]


def owns(world: World, me: UUID, box: UUID) -> bool:
    return world.one("box", id=box)["owner_id"] == me


def connected(world: World, me: UUID, box: UUID) -> bool:
    return any(row["box_id"] == box for row in active_connections(world, me))


def may_add(world: World, me: UUID, box: UUID) -> bool:
    return any(row["box_id"] == box and row["may_add"] for row in active_connections(world, me))


def strong(world: World, me: UUID) -> bool:
    """A passkey that works; or two of these three: a mailbox that is not held, codes left, an account elsewhere."""
    if any(key["ended_at"] is None for key in world.all("passkey", person_id=me)):
        return True
    (person,) = world.all("person", id=me)
    mailbox = person["email"] is not None and person["mailbox_held_at"] is None
    codes = any(
        code["used_at"] is None and code["ended_at"] is None for code in world.all("recovery_code", person_id=me)
    )
    account = any(way["ended_at"] is None for way in world.all("external_way", person_id=me))
    return mailbox + codes + account >= 2


def keeps(world: World, me: UUID, box: UUID) -> bool:
    """S4: a keeper with more than one way in, while the box is kept together and its owner is not grown up."""
    if world.one("box", id=box)["stage"] != "kept_together":
        return False
    ages = world.all("box_age", box_id=box)
    if any(age["adult_on"] <= world.today for age in ages):
        return False
    keeper = any(row["box_id"] == box and row["keeper"] for row in active_connections(world, me))
    return keeper and strong(world, me)


def decides(world: World, me: UUID, box: UUID) -> bool:
    """C1."""
    return owns(world, me, box) or keeps(world, me, box)


def circles_now(world: World, me: UUID) -> set[UUID]:
    """S2: circles someone is in today; a connection is also a circle of one."""
    mine = [row["id"] for row in active_connections(world, me)]
    ones = {row["id"] for one in mine for row in world.all("circle", connection_id=one)}
    members = {
        row["circle_id"]
        for one in mine
        for row in world.all("circle_member", connection_id=one)
        if within(world.today, row["starts_on"], row["ends_on"])
    }
    return ones | members


def sees_memory(world: World, me: UUID, memory: Row) -> bool:
    if decides_memory(world, me, memory):
        return True  # S1, S4
    shared = memory["state"] == "kept" and bool(set(memory["audience"]) & circles_now(world, me))
    return shared and (memory["audience_until"] is None or world.today <= memory["audience_until"])  # S2


def decides_memory(world: World, me: UUID, memory: Row) -> bool:
    """C1, S6: its owner, and a keeper for what S4 shows them.

    A keeper who sees a thing only because it was shared with them is like anyone it was shared with.
    """
    if owns(world, me, memory["box_id"]):
        return True
    return keeps(world, me, memory["box_id"]) and memory["state"] in ("arrived", "kept") and not memory["only_me"]


def memory_of(world: World, row: Row) -> Row:
    return world.one("memory", id=row["memory_id"])


def file_of(world: World, row: Row) -> Row:
    return world.one("media_file", id=row["media_file_id"])


def _sees_inside(world: World, me: UUID, row: Row) -> bool:
    """S6: locations and originals are the owner's, and a keeper's while kept together."""
    return decides_memory(world, me, memory_of(world, row if "memory_id" in row else file_of(world, row)))


def _opened(world: World, me: UUID, row: Row) -> bool:
    """S1: nobody reads a letter before its day; then whoever sees the letter."""
    return bool(row["opens_on"] <= world.today) and sees_memory(world, me, memory_of(world, row))


def _sees_gift(world: World, me: UUID, gift: Row) -> bool:
    """S3: the giver's plain list; the owner; a keeper as far as they see what was given."""
    if owns(world, me, gift["box_id"]) or gift["connection_id"] in {row["id"] for row in active_connections(world, me)}:
        return True
    given = world.all("memory", gift_id=gift["id"])
    return keeps(world, me, gift["box_id"]) and any(sees_memory(world, me, memory) for memory in given)


def sees_ask(world: World, me: UUID, ask: Row) -> bool:
    """Who runs the box, a keeper as far as they see the gift it is about; and those it is between, while it is open."""
    if owns(world, me, ask["box_id"]):
        return True
    about_a_gift = ask["gift_id"] is not None
    if keeps(world, me, ask["box_id"]) and (not about_a_gift or _sees_gift(world, me, gift_of(world, ask))):
        return True
    return ask["closed_at"] is None and is_mine(world, me, ask["connection_id"])


def gift_of(world: World, row: Row) -> Row:
    return world.one("gift", id=row["gift_id"])


def is_mine(world: World, me: UUID, connection: UUID) -> bool:
    return connection in {row["id"] for row in active_connections(world, me)}


def _sees_answer(world: World, me: UUID, answer: Row) -> bool:
    """What became of it is for those who run the box, never for whoever asked."""
    return decides(world, me, answer["box_id"]) and sees_ask(world, me, world.one("ask", id=answer["ask_id"]))


def _reads_ledger(world: World, me: UUID, row: Row) -> bool:
    return owns(world, me, row["box_id"]) or (keeps(world, me, row["box_id"]) and row["person_id"] == me)


def in_my_box(world: World, me: UUID, row: Row) -> bool:
    return decides(world, me, row["box_id"])


def mine(world: World, me: UUID, row: Row) -> bool:
    return bool(row["person_id"] == me)


def nobody(world: World, me: UUID, row: Row) -> bool:
    return False


def helps(world: World, me: UUID, box: UUID) -> bool:
    """One of the trusted people of its owner: asked, said yes, let in today. It shows them no more than that."""
    mine = {row["id"] for row in active_connections(world, me)}
    return any(
        row["box_id"] == box and row["connection_id"] in mine and row["answer"] == "yes" and row["ended_at"] is None
        for row in world.rows["trusted_person"]
    )


def _sees_trusted(world: World, me: UUID, row: Row) -> bool:
    """The owner, never a keeper: it is their own sign-in. And whoever was asked, until it ends."""
    asked = row["ended_at"] is None and is_mine(world, me, row["connection_id"])
    return owns(world, me, row["box_id"]) or asked


def _sees_recovery(world: World, me: UUID, row: Row) -> bool:
    return row["box_id"] is not None and (owns(world, me, row["box_id"]) or helps(world, me, row["box_id"]))


def _knows_box(world: World, me: UUID, box: UUID) -> bool:
    return decides(world, me, box) or connected(world, me, box)


def uploads(world: World, me: UUID, row: Row) -> bool:
    own = row["person_id"] == me and row["grant_id"] is None
    return own and (decides(world, me, row["box_id"]) or may_add(world, me, row["box_id"]))


def _sees_app(world: World, me: UUID, client: Row) -> bool:
    """Which app it is that was let into a box where I decide."""
    return any(decides(world, me, grant["box_id"]) for grant in world.all("oauth_grant", client_id=client["id"]))


def may_be_told(world: World, subscription: Row) -> bool:
    """The sign-in it belongs to is open, and the device is theirs."""
    sign_in = world.one("sign_in", id=subscription["sign_in_id"])
    is_open = sign_in["ended_at"] is None and sign_in["expires_at"] > world.now
    return is_open and not sign_in["shared_device"]


Rule = Callable[[World, UUID, Row], bool]


def works(world: World, me: UUID, row: Row) -> bool:
    """A way in of one's own that has not ended."""
    return mine(world, me, row) and row["ended_at"] is None


def proven(world: World, sign_in: UUID, me: UUID) -> bool:
    """This sign-in is open, one's own and on a device of one's own, and proved it within ten minutes."""
    row = next((each for each in world.rows["sign_in"] if each["id"] == sign_in), None)
    if row is None or row["person_id"] != me or row["shared_device"] or row["ended_at"] is not None:
        return False
    now = world.now
    proof = row["proven_at"]
    return row["expires_at"] > now and proof is not None and now - timedelta(minutes=10) < proof <= now


SEES: dict[str, Rule] = {
    "person": lambda world, me, row: bool(row["id"] == me),
    "passkey": works,
    "external_way": works,
    "sign_in": mine,
    "recovery_code": works,
    "way_change": mine,
    "operator_act": lambda world, me, row: row["person_id"] in (None, me),
    "push_subscription": mine,
    "push_choice": mine,
    "sign_in_link": nobody,
    "challenge": nobody,
    "box": lambda world, me, row: _knows_box(world, me, row["id"]),
    "box_key": lambda world, me, row: _knows_box(world, me, row["box_id"]),
    "box_age": in_my_box,
    "connection": lambda world, me, row: (
        decides(world, me, row["box_id"]) or row["id"] in {mine["id"] for mine in active_connections(world, me)}
    ),
    "circle": in_my_box,
    "circle_member": in_my_box,
    "ledger": _reads_ledger,
    "ledger_end": lambda world, me, row: owns(world, me, row["box_id"]),
    "look": lambda world, me, row: owns(world, me, row["box_id"]),
    "upload": uploads,
    "chapter": in_my_box,
    "memory": sees_memory,
    "memory_route": _sees_inside,
    "letter_inside": _opened,
    "ask": sees_ask,
    "ask_answer": _sees_answer,
    "gift": _sees_gift,
    "perspective": lambda world, me, row: sees_memory(world, me, memory_of(world, row)),
    "media_file": lambda world, me, row: sees_memory(world, me, memory_of(world, row)),
    "media_original": _sees_inside,
    "media_location": _sees_inside,
    "mail_address": in_my_box,
    "mail_sender": in_my_box,
    "mail_message": in_my_box,
    "mail_text": in_my_box,
    "invitation": in_my_box,
    "attempt": nobody,
    "installation": nobody,
    "mail_post": nobody,
    "oauth_client": _sees_app,
    "oauth_grant": in_my_box,
    "oauth_token": nobody,
    "oauth_request": nobody,
    "oauth_use": nobody,
    "trusted_person": _sees_trusted,
    "recovery": _sees_recovery,
    "recovery_yes": lambda world, me, row: owns(world, me, row["box_id"]),
}


CHANGES: dict[str, Rule] = {
    "person": SEES["person"],
    "passkey": works,
    "external_way": works,
    "way_change": nobody,
    "operator_act": nobody,
    "sign_in": nobody,
    "recovery_code": nobody,
    "push_subscription": mine,
    "push_choice": mine,
    "sign_in_link": nobody,
    "challenge": nobody,
    "box": lambda world, me, row: decides(world, me, row["id"]),
    "box_key": nobody,
    "box_age": lambda world, me, row: owns(world, me, row["box_id"]),
    "connection": in_my_box,
    "circle": in_my_box,
    "circle_member": in_my_box,
    "ledger": nobody,
    "ledger_end": nobody,
    "look": nobody,
    "upload": uploads,
    "chapter": in_my_box,
    "memory": decides_memory,
    "memory_route": _sees_inside,
    "letter_inside": nobody,
    "ask": lambda world, me, row: row["direction"] == "give" and decides(world, me, row["box_id"]),
    "ask_answer": nobody,
    "gift": nobody,
    "perspective": lambda world, me, row: row["person_id"] == me and sees_memory(world, me, memory_of(world, row)),
    "media_file": lambda world, me, row: decides_memory(world, me, memory_of(world, row)),
    "media_original": nobody,
    "media_location": nobody,
    "mail_address": in_my_box,
    "mail_sender": in_my_box,
    "mail_message": lambda world, me, row: in_my_box(world, me, row) and row["state"] in ("knocking", "turned_away"),
    "invitation": in_my_box,
    "attempt": nobody,
    "installation": nobody,
    "mail_post": nobody,
    "mail_text": nobody,
    "oauth_client": nobody,
    "oauth_grant": in_my_box,
    "oauth_token": nobody,
    "oauth_request": nobody,
    "oauth_use": nobody,
    "trusted_person": nobody,
    "recovery": nobody,
    "recovery_yes": nobody,
}

REMOVES: dict[str, Rule] = {
    **dict.fromkeys(SEES, nobody),
    "push_subscription": mine,
    "circle": in_my_box,
    "circle_member": in_my_box,
    "upload": uploads,
    "chapter": in_my_box,
    "memory_route": _sees_inside,
}
