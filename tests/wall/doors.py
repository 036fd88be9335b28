"""What opens to someone who shows a secret, and to the worker at each of its doors: the rest of the oracle.

Here `me` is what is shown: the secret, or the name of the door.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from tests.wall.making import MAKES, part_of_gift
from tests.wall.oracle import CHANGES, REMOVES, SEES, Row, World, may_be_told, mine, proven, works

Shows = Callable[[World, Any, Row], bool]
DOORS = ("web", "mail", "sign_in", "processing", "push")


@dataclass(frozen=True)
class Rules:
    """What one kind of viewer may do, table by table; with nothing said, nothing. `touch` names a column to change
    where the usual one is not theirs."""

    sees: dict[str, Shows] = field(default_factory=dict)
    changes: dict[str, Shows] = field(default_factory=dict)
    removes: dict[str, Shows] = field(default_factory=dict)
    makes: dict[str, Shows] = field(default_factory=dict)
    touch: dict[str, str] = field(default_factory=dict)
    of_people: bool = False


PEOPLE = Rules(SEES, CHANGES, REMOVES, MAKES, of_people=True)


def in_browser(sign_in: UUID) -> Rules:
    """What somebody may do in one browser: more, while it has proven whose it is."""

    def adds(world: World, me: UUID, row: Row) -> bool:
        return proven(world, sign_in, me) and works(world, me, row)

    def ends(world: World, me: UUID, row: Row) -> bool:
        return mine(world, me, row) and (proven(world, sign_in, me) or row["id"] == sign_in)

    return replace(
        PEOPLE,
        makes=PEOPLE.makes | {"passkey": adds, "external_way": adds},
        changes=PEOPLE.changes | {"sign_in": ends},
    )


SECRETS = {
    "passkey": "credential_print",
    "external_way": "identity_print",
    "sign_in": "token_print",
    "push_subscription": "endpoint_print",
    "sign_in_link": "token_print",
    "recovery_code": "code_print",
    "challenge": "token_print",
    "invitation": "secret_print",
    "attempt": "client_print",
    "mail_post": "print",
    "oauth_client": "client_print",
    "oauth_token": "token_print",
    "oauth_request": "request_print",
}


def _shown(column: str) -> Shows:
    return lambda world, secret, row: bool(row[column] == secret)


def _shown_and_works(column: str) -> Shows:
    return lambda world, secret, row: bool(row[column] == secret and row["ended_at"] is None)


_BY_SECRET = {table: _shown(column) for table, column in SECRETS.items()}
_BY_SECRET |= {table: _shown_and_works(SECRETS[table]) for table in ("passkey", "external_way", "recovery_code")}
SHOWING = Rules(
    sees={table: rule for table, rule in _BY_SECRET.items() if table != "mail_post"},
    changes={table: _BY_SECRET[table] for table in ("sign_in_link", "recovery_code", "oauth_token", "oauth_request")},
    removes={table: _BY_SECRET[table] for table in ("challenge", "push_subscription")},
    makes={
        "attempt": _BY_SECRET["attempt"],
        "mail_post": _BY_SECRET["mail_post"],
        "oauth_request": lambda world, secret, row: (
            row["request_print"] == secret
            and row["kind"] != "code"
            and (row["used_at"], row["answered_at"], row["grant_id"]) == (None, None, None)
        ),
        "challenge": lambda world, secret, row: row["token_print"] == secret and row["person_id"] is None,
    },
)


def showing_as(person: UUID) -> Rules:
    """What opens to someone who is signed in and shows the secret of a challenge, which may then be their own."""
    shown = _BY_SECRET["challenge"]
    return Rules(
        sees={"challenge": shown},
        removes={"challenge": shown},
        makes={
            "challenge": lambda world, secret, row: shown(world, secret, row) and row["person_id"] in (None, person)
        },
    )


def _addressed(world: World, secret: str, box: Any) -> bool:
    """The presented mail address is one of this box's: not revoked, and whoever it is for is welcome today."""
    for address in world.rows["mail_address"]:
        tie = world.one("connection", id=address["connection_id"])
        dates = (tie["starts_on"] or world.today) <= world.today <= (tie["ends_on"] or world.today)
        welcome = tie["state"] in ("known", "invited", "active") and tie["may_add"] and dates
        if address["local_print"] == secret and address["revoked_at"] is None and welcome:
            return bool(address["box_id"] == box)
    return False


def _taken_in(world: World, secret: str, row: Row) -> bool:
    address = world.one("mail_address", id=row["address_id"])
    untouched = row["state"] == "received" and row["let_in_as"] is None
    here = (address["local_print"], address["box_id"]) == (secret, row["box_id"])
    return untouched and here and _addressed(world, secret, row["box_id"])


MAIL = Rules(
    sees={
        "mail_address": lambda world, secret, row: (
            row["local_print"] == secret and _addressed(world, secret, row["box_id"])
        ),
        "box_key": lambda world, secret, row: _addressed(world, secret, row["box_id"]),
    },
    makes={"mail_message": _taken_in},
)


def _at(*doors: str) -> Shows:
    return lambda world, door, row: door in doors


def _over(**ago: float) -> Shows:
    return lambda world, door, row: bool(row["expires_at"] < world.now - timedelta(**ago))


def _old(hours: int) -> Shows:
    return lambda world, door, row: bool(row["at"] < world.now - timedelta(hours=hours))


def _erased(world: World, door: str, row: Row) -> bool:
    due = row["erase_on"] is not None and row["erase_on"] <= world.today
    return door == "processing" and row["state"] in ("returned", "trashed") and due


def _ended(world: World, door: str, row: Row) -> bool:
    """A way in that ended so long ago that nobody takes it back."""
    return row["ended_at"] is not None and bool(row["ended_at"] < world.now - timedelta(days=8))


def _mailed(world: World, door: str, row: Row) -> bool:
    return door == "mail" and row["state"] == "arrived" and row["audience"] == [] and part_of_gift(world, row)


def _told(world: World, door: str, row: Row) -> bool:
    return door == "push" and may_be_told(world, row)


def _invitations(world: World, door: str, row: Row) -> bool:
    return (door == "sign_in" and row["ended_at"] is None) or _over(days=30)(world, door, row)


def _recoveries(world: World, door: str, row: Row) -> bool:
    return _over()(world, door, row) if row["begun_at"] is None else _over(days=30)(world, door, row)


def _asked(world: World, door: str, row: Row) -> bool:
    """What an app asked and nobody will come back for; a code is known for longer, in case it is used again."""
    return _over(hours=24 if row["kind"] == "code" else 1)(world, door, row)


_FILES, _CONTENT, _SWEPT = _at("processing", "mail"), _at("processing"), _over()
WORKER = Rules(
    sees={
        "person": _at("sign_in"),
        "push_subscription": _told,
        "push_choice": _at("push"),
        "box_key": _FILES,
        "connection": _FILES,
        "memory": _CONTENT,
        "memory_route": _CONTENT,
        "letter_inside": _CONTENT,
        "perspective": _CONTENT,
        "media_file": _FILES,
        "media_original": _FILES,
        "media_location": _CONTENT,
        "gift": _at("mail"),
        "mail_address": _at("mail"),
        "mail_sender": _at("mail"),
        "mail_message": _at("mail"),
        "mail_text": _at("mail"),
        "sign_in": _SWEPT,
        "sign_in_link": _at("sign_in"),
        "way_change": _at("sign_in"),
        **dict.fromkeys(("passkey", "external_way", "recovery_code"), _ended),
        "challenge": _SWEPT,
        "upload": _SWEPT,
        "attempt": _old(hours=1),
        "mail_post": _old(hours=24),
        "invitation": _invitations,
        "oauth_token": _over(days=30),
        "oauth_request": _asked,
        "recovery": _recoveries,
    },
    changes={
        "push_subscription": _told,
        "push_choice": _at("push"),
        "memory": _CONTENT,
        "media_file": _FILES,
        "media_original": _FILES,
        "mail_message": _at("mail"),
    },
    removes={
        "push_subscription": _told,
        "memory": _erased,
        "memory_route": _CONTENT,
        "letter_inside": _CONTENT,
        "perspective": _CONTENT,
        "media_file": _FILES,
        "media_original": _FILES,
        "media_location": _CONTENT,
        "mail_message": _at("mail"),
        "sign_in": _SWEPT,
        "sign_in_link": _at("sign_in"),
        "way_change": lambda world, door, row: door == "sign_in" and _old(hours=30 * 24)(world, door, row),
        **dict.fromkeys(("passkey", "external_way", "recovery_code"), _ended),
        "challenge": _SWEPT,
        "upload": _SWEPT,
        "attempt": _old(hours=1),
        "mail_post": _old(hours=24),
        "invitation": _over(days=30),
        "oauth_token": _over(days=30),
        "oauth_request": _asked,
        "recovery": _recoveries,
    },
    makes={
        "memory": _mailed,
        "gift": _at("mail"),
        "mail_text": _at("mail"),
        "media_file": _FILES,
        "media_original": _FILES,
        "media_location": _CONTENT,
        "sign_in_link": _at("sign_in"),
    },
    touch={"push_subscription": "failed_at", "push_choice": "told_at", "memory": "happened", "media_original": "mime"},
)
