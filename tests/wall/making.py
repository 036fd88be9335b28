"""What can be made, said a second time: the oracle's rules for new rows."""

from datetime import timedelta
from uuid import UUID

from tests.wall.oracle import (
    Row,
    Rule,
    World,
    active_connections,
    connected,
    decides,
    decides_memory,
    file_of,
    gift_of,
    in_my_box,
    is_mine,
    may_add,
    may_be_told,
    memory_of,
    mine,
    nobody,
    owns,
    sees_ask,
    sees_memory,
    uploads,
)


def _seals(world: World, me: UUID, row: Row) -> bool:
    """Words are closed up for a day to come, in a letter that one added, where one still adds."""
    memory = memory_of(world, row)
    mine = memory["added_by"] == me and memory["box_id"] == row["box_id"]
    return (
        mine and row["opens_on"] > world.today and (owns(world, me, row["box_id"]) or may_add(world, me, row["box_id"]))
    )


def _asks(world: World, me: UUID, ask: Row) -> bool:
    """One asks for oneself; to take back only what one gave in the last 24 hours (C2); the box asks its people."""
    tie = world.one("connection", id=ask["connection_id"])
    if tie["box_id"] != ask["box_id"]:
        return False
    if ask["direction"] == "give":
        return ask["gift_id"] is None and decides(world, me, ask["box_id"])
    if ask["closed_at"] is not None or not is_mine(world, me, tie["id"]):
        return False
    if ask["direction"] == "see":
        return ask["gift_id"] is None
    if ask["gift_id"] is None:
        return False
    gift = gift_of(world, ask)
    recent = gift["sent_at"] > world.now - timedelta(hours=24)
    return recent and (gift["connection_id"], gift["box_id"]) == (tie["id"], ask["box_id"])


def _answers(world: World, me: UUID, answer: Row) -> bool:
    ask = world.one("ask", id=answer["ask_id"])
    asked_of_us = ask["box_id"] == answer["box_id"] and ask["direction"] != "give" and sees_ask(world, me, ask)
    return answer["person_id"] == me and decides(world, me, answer["box_id"]) and asked_of_us


def makes_memory(world: World, me: UUID, row: Row) -> bool:
    """The owner makes what is kept; anyone else gives what arrives, as part of their own gift, seen by nobody else."""
    if row["added_by"] != me:
        return False
    if owns(world, me, row["box_id"]):
        circles = {circle["id"] for circle in world.all("circle", box_id=row["box_id"])}
        given = row["connection_id"] is not None or row["gift_id"] is not None
        return row["state"] == "kept" and set(row["audience"]) <= circles and not given
    return _gives(world, me, row) and row["state"] == "arrived" and row["audience"] == [] and part_of_gift(world, row)


def part_of_gift(world: World, memory: Row) -> bool:
    """What is given belongs to a gift of the same giver to the same box."""
    gifts = world.all("gift", id=memory["gift_id"])
    return any((gift["connection_id"], gift["box_id"]) == (memory["connection_id"], memory["box_id"]) for gift in gifts)


def _own_words(world: World, me: UUID, row: Row) -> bool:
    """C3: one's own perspective and in one's own name, on what one can see, where one may add."""
    memory = memory_of(world, row)
    names = owns(world, me, row["box_id"]) if row["connection_id"] is None else _my_tie(world, me, row)
    allowed = decides(world, me, row["box_id"]) or may_add(world, me, row["box_id"])
    here = row["person_id"] == me and row["box_id"] == memory["box_id"] and names
    return here and sees_memory(world, me, memory) and allowed


def _my_tie(world: World, me: UUID, row: Row) -> bool:
    mine = active_connections(world, me)
    return any((tie["id"], tie["box_id"]) == (row["connection_id"], row["box_id"]) for tie in mine)


def _attaches(world: World, me: UUID, row: Row) -> bool:
    """A file goes to what one added oneself, or to what one can see and decides about."""
    memory = memory_of(world, row)
    if row["added_by"] != me or row["box_id"] != memory["box_id"]:
        return False
    return memory["added_by"] == me or decides_memory(world, me, memory)


def _gives(world: World, me: UUID, row: Row) -> bool:
    return any(
        mine["id"] == row["connection_id"] and mine["box_id"] == row["box_id"] and mine["may_add"]
        for mine in active_connections(world, me)
    )


def _all_in_my_box(world: World, me: UUID, row: Row) -> bool:
    """C1, and whoever and whatever it is about is in that same box."""
    about = [world.one("connection", id=row["connection_id"])] if row["connection_id"] is not None else []
    about += [world.one("circle", id=row["circle_id"])] if "circle_id" in row else []
    return in_my_box(world, me, row) and all(each["box_id"] == row["box_id"] for each in about)


def _lets_in(world: World, me: UUID, grant: Row) -> bool:
    """C1: who decides lets an app in, as a giver in that box and as one of its circles."""
    about = [world.one("connection", id=grant["connection_id"])]
    if about[0]["state"] != "app" or grant["person_id"] != me:
        return False
    about += [world.one("circle", id=grant["circle_id"])] if grant["circle_id"] is not None else []
    return decides(world, me, grant["box_id"]) and all(each["box_id"] == grant["box_id"] for each in about)


def _subscribes(world: World, me: UUID, row: Row) -> bool:
    """One's own browser, by the sign-in it is signed in with."""
    sign_in = world.one("sign_in", id=row["sign_in_id"])
    return (row["person_id"], sign_in["person_id"]) == (me, me) and may_be_told(world, row)


def _added(row: Row, me: UUID, inside: Row) -> bool:
    return bool(row["added_by"] == me and row["box_id"] == inside["box_id"])


def _begins(world: World, me: UUID, row: Row) -> bool:
    """Somebody new: an address comes later, and nobody is locked from the start."""
    return bool(row["id"] == me and row["email"] is row["mailbox_held_at"] is row["locked_at"] is None)


def _comes_in(world: World, me: UUID, row: Row) -> bool:
    """Oneself, unless an operator locked one out; it has to be proven still whose it is."""
    unproven = row["proven_at"] is row["proven_by"] is None
    return mine(world, me, row) and unproven and world.one("person", id=me)["locked_at"] is None


MAKES: dict[str, Rule] = {
    "person": _begins,
    "box": lambda world, me, row: bool(row["owner_id"] == me),
    "box_key": lambda world, me, row: owns(world, me, row["box_id"]),
    "box_age": lambda world, me, row: owns(world, me, row["box_id"]),
    "memory_route": lambda world, me, row: _added(memory_of(world, row), me, row),
    "media_original": lambda world, me, row: _added(file_of(world, row), me, row),
    "invitation": lambda world, me, row: _all_in_my_box(world, me, row) and row["invited_by"] == me,
    "attempt": nobody,
    "installation": nobody,
    "mail_post": nobody,
    "mail_text": nobody,
    "challenge": nobody,
    "memory": makes_memory,
    "letter_inside": _seals,
    "ask": _asks,
    "ask_answer": _answers,
    "gift": _gives,
    "perspective": _own_words,
    "media_file": _attaches,
    "upload": uploads,
    "chapter": in_my_box,
    "connection": in_my_box,
    "circle": _all_in_my_box,
    "circle_member": _all_in_my_box,
    "mail_address": _all_in_my_box,
    "mail_sender": _all_in_my_box,
    "mail_message": nobody,
    "media_location": nobody,
    "sign_in_link": nobody,
    "passkey": nobody,
    "external_way": nobody,
    "recovery_code": nobody,
    "way_change": nobody,
    "operator_act": nobody,
    "sign_in": _comes_in,
    "push_subscription": _subscribes,
    "push_choice": mine,
    "ledger": lambda world, me, row: row["person_id"] == me and decides(world, me, row["box_id"]),
    "ledger_end": nobody,
    "look": lambda world, me, row: (
        row["person_id"] == me and row["connection_id"] is None and connected(world, me, row["box_id"])
    ),
    "oauth_client": nobody,
    "oauth_grant": _lets_in,
    "oauth_token": nobody,
    "oauth_request": nobody,
    "oauth_use": nobody,
    "trusted_person": nobody,
    "recovery": nobody,
    "recovery_yes": nobody,
}
