"""What an app may do, said a second time (S5). Here `me` is the grant it acts as, or the secret it shows."""

from collections.abc import Iterator
from typing import Any

from app.kit.ids import new_id
from tests.wall.doors import Rules
from tests.wall.oracle import Row, World, file_of, memory_of

ADDS = {"add:certificate", "add:photo", "add:video"}


def grant_of(world: World, me: Any) -> Row | None:
    """What the app was let do, while that counts: not stopped, not paused, not over, and the app itself not ended."""
    (grant,) = world.all("oauth_grant", id=me)
    over = grant["ends_at"] <= world.now
    ended = world.one("oauth_client", id=grant["client_id"])["ended_at"] is not None
    return None if over or ended or grant["stopped_at"] or grant["paused_at"] else grant


def may(world: World, me: Any, *scopes: str) -> Row | None:
    """The grant, where it holds any of these permissions."""
    grant = grant_of(world, me)
    return grant if grant is not None and set(scopes) & set(grant["scopes"]) else None


def sees_memory(world: World, me: Any, memory: Row) -> bool:
    """What S2 gives to its circle; never what is "Only me", never a letter."""
    grant = may(world, me, "read:circle")
    if grant is None or memory["box_id"] != grant["box_id"] or memory["state"] != "kept":
        return False
    shared = grant["circle_id"] is not None and grant["circle_id"] in memory["audience"]
    until = memory["audience_until"] is None or world.today <= memory["audience_until"]
    return shared and until and not memory["only_me"] and memory["kind"] != "letter"


def _its(column: str, key: str) -> Any:
    def rule(world: World, me: Any, row: Row) -> bool:
        grant = grant_of(world, me)
        return grant is not None and row[column] == grant[key]

    return rule


def _sends_to(world: World, me: Any, row: Row) -> bool:
    grant = may(world, me, *ADDS)
    return grant is not None and row["box_id"] == grant["box_id"]


def _its_upload(world: World, me: Any, row: Row) -> bool:
    return row["person_id"] is None and row["grant_id"] == me and _sends_to(world, me, row)


def _gives_memory(world: World, me: Any, row: Row) -> bool:
    grant = may(world, me, f"add:{row['kind']}")
    if grant is None or (row["box_id"], row["connection_id"]) != (grant["box_id"], grant["connection_id"]):
        return False
    arrived = row["state"] == "arrived" and row["audience"] == [] and row["added_by"] is None
    gifts = world.all("gift", connection_id=row["connection_id"], box_id=row["box_id"])
    return arrived and row["gift_id"] in {gift["id"] for gift in gifts}


def _gives(world: World, me: Any, row: Row) -> bool:
    grant = grant_of(world, me)
    mine = grant is not None and row["connection_id"] == grant["connection_id"]
    return mine and row["way"] == "app" and not row["sealed"] and _sends_to(world, me, row)


def _gave(world: World, me: Any, memory: Row, box: Any) -> bool:
    grant = grant_of(world, me)
    mine = grant is not None and memory["connection_id"] == grant["connection_id"] and memory["added_by"] is None
    return mine and memory["state"] == "arrived" and memory["box_id"] == box


def _attaches(world: World, me: Any, row: Row) -> bool:
    return row["added_by"] is None and _gave(world, me, memory_of(world, row), row["box_id"])


def _attaches_original(world: World, me: Any, row: Row) -> bool:
    file = file_of(world, row)
    return file["box_id"] == row["box_id"] and _attaches(world, me, file)


def _looks(world: World, me: Any, row: Row) -> bool:
    grant = grant_of(world, me)
    mine = grant is not None and (row["connection_id"], row["box_id"]) == (grant["connection_id"], grant["box_id"])
    return mine and row["person_id"] is None


def _named(world: World, me: Any, row: Row) -> bool:
    grant = may(world, me, "read:profile")
    return grant is not None and row["id"] == grant["box_id"]


APPS = Rules(
    sees={
        "memory": sees_memory,
        "media_file": lambda world, me, row: sees_memory(world, me, memory_of(world, row)),
        "box": _named,
        "box_key": _its("box_id", "box_id"),
        "gift": _its("connection_id", "connection_id"),
        "upload": _its_upload,
        "oauth_grant": _its("id", "id"),
        "oauth_client": _its("id", "client_id"),
        "oauth_use": _its("grant_id", "id"),
    },
    changes={"upload": _its_upload, "oauth_use": _its("grant_id", "id")},
    removes={"upload": _its_upload},
    makes={
        "memory": _gives_memory,
        "gift": _gives,
        "media_file": _attaches,
        "media_original": _attaches_original,
        "upload": _its_upload,
        "look": _looks,
        "oauth_use": _its("grant_id", "id"),
    },
)


_SCOPED = ("memory", "media_file", "box", "upload", "gift")
# An app that shows a token which was given nothing.
GIVEN_NOTHING = Rules(
    sees={table: rule for table, rule in APPS.sees.items() if table not in _SCOPED[:-1]},
    changes={table: rule for table, rule in APPS.changes.items() if table not in _SCOPED},
    makes={table: rule for table, rule in APPS.makes.items() if table not in ("memory", "gift", "upload")},
)


def tries(world: World, me: Any, table: str) -> Iterator[Row]:
    """New rows as this app, and each with one thing in it that is another's."""
    grant, other = (
        next(row for row in world.rows["oauth_grant"] if (row["id"] == me) is mine) for mine in (True, False)
    )
    person = world.rows["person"][0]["id"]
    elsewhere = next(row["id"] for row in world.rows["box"] if row["id"] != grant["box_id"])
    tie = next(row["id"] for row in world.rows["connection"] if row["id"] != grant["connection_id"])
    gifts = world.all("gift", connection_id=grant["connection_id"])
    gift = gifts[0]["id"] if gifts else None
    theirs = next(row["id"] for row in world.rows["gift"] if row["connection_id"] != grant["connection_id"])
    changes: dict[str, list[Row]] = {
        "memory": [
            *({"kind": kind} for kind in ("certificate", "photo", "video", "letter", "message")),
            {"state": "kept"}, {"audience": [grant["circle_id"] or new_id()]}, {"added_by": person},
            {"connection_id": tie}, {"box_id": elsewhere}, {"gift_id": None}, {"gift_id": theirs},
        ],
        "gift": [{}, {"way": "web"}, {"sealed": True}, {"connection_id": tie}, {"box_id": elsewhere}],
        "upload": [{}, {"grant_id": other["id"]}, {"grant_id": None, "person_id": person}, {"box_id": elsewhere}],
        "look": [{}, {"connection_id": tie}, {"connection_id": None, "person_id": person}, {"box_id": elsewhere}],
        "oauth_use": [{}, {"grant_id": other["id"]}],
    }  # fmt: skip
    own = {
        "memory": {"box_id": grant["box_id"], "connection_id": grant["connection_id"], "added_by": None,
                   "state": "arrived", "audience": [], "audience_until": None, "gift_id": gift, "kind": "photo"},
        "gift": {"box_id": grant["box_id"], "connection_id": grant["connection_id"], "way": "app", "sealed": False},
        "upload": {"box_id": grant["box_id"], "person_id": None, "grant_id": me, "store_key": new_id().hex},
        "look": {"box_id": grant["box_id"], "person_id": None, "connection_id": grant["connection_id"]},
        "oauth_use": {"grant_id": me},
    }  # fmt: skip
    if table in ("media_file", "media_original"):
        yield from _files(world, grant, person, elsewhere, table)
        return
    first = world.rows[table][0]
    key = {} if table == "oauth_use" else {"id": new_id()}
    for change in changes.get(table, [{}]):
        yield {**first, **own.get(table, {}), **change, **{name: new_id() for name in key}}


def _files(world: World, grant: Row, person: Any, elsewhere: Any, table: str) -> Iterator[Row]:
    """For what it gave, in every state, and for what others gave."""
    first = world.rows[table][0]
    theirs = next(row for row in world.rows["memory"] if row["connection_id"] != grant["connection_id"])
    for memory in [*world.all("memory", connection_id=grant["connection_id"]), theirs]:
        if table == "media_file":
            mine = {**first, "memory_id": memory["id"], "box_id": memory["box_id"], "added_by": None}
            for change in ({}, {"added_by": person}, {"box_id": elsewhere}):
                yield {**mine, **change, "id": new_id()}
        else:
            for file in world.all("media_file", memory_id=memory["id"]):
                for box in (file["box_id"], elsewhere):
                    yield {**first, "media_file_id": file["id"], "box_id": box, "store_key": new_id().hex}


def _of_shown(world: World, secret: str, row: Row) -> bool:
    """A token is shown itself, or belongs to what the shown code, device code or refresh token is for."""
    return bool(row["token_print"] == secret) or row["grant_id"] in family(world, secret)


def family(world: World, secret: str) -> set[Any]:
    """The grants that something shown is for."""
    requests = {row["grant_id"] for row in world.rows["oauth_request"] if row["request_print"] == secret}
    refresh = [row for row in world.rows["oauth_token"] if row["token_print"] == secret and row["kind"] == "refresh"]
    return (requests | {row["grant_id"] for row in refresh}) - {None}


def _shows_request(world: World, secret: str, row: Row) -> bool:
    return secret in (row["request_print"], row["user_print"])


HOLDING = Rules(
    sees={
        "oauth_token": _of_shown,
        "oauth_request": _shows_request,
        "oauth_client": lambda world, secret, row: row["client_print"] == secret,
    },
    changes={"oauth_token": _of_shown, "oauth_request": _shows_request},
    makes={
        "oauth_token": lambda world, secret, row: row["grant_id"] in family(world, secret),
        "oauth_request": lambda world, secret, row: (
            row["request_print"] == secret
            and (row["used_at"], row["answered_at"], row["grant_id"]) == (None, None, None)
            and row["kind"] != "code"
        ),
    },
)


def held(world: World) -> Iterator[str]:
    """One of each sort of secret that an app shows."""
    seen: set[tuple[str, str]] = set()
    for table, column in (("oauth_token", "token_print"), ("oauth_request", "request_print")):
        for row in world.rows[table]:
            if (table, row["kind"]) not in seen:
                seen.add((table, row["kind"]))
                yield row[column]
    yield next(row["user_print"] for row in reversed(world.rows["oauth_request"]) if row["user_print"])
    yield world.rows["oauth_client"][0]["client_print"]


def held_tries(world: World, secret: str, table: str) -> Iterator[Row]:
    """New rows by someone who shows this."""
    for row in world.rows[table]:
        if table == "oauth_token":
            yield {**row, "id": new_id(), "token_print": new_id().hex}
        if table == "oauth_request":
            mine = {**row, "id": new_id(), "request_print": secret, "user_print": None}
            yield mine
            yield {**mine, "kind": "pushed", "grant_id": None, "used_at": None, "answered_at": None}
            yield {**mine, "kind": "pushed", "grant_id": None, "answered_at": world.now}
            yield {**mine, "kind": "pushed", "grant_id": None, "request_print": new_id().hex}
            yield {**mine, "kind": "code", "grant_id": None}
