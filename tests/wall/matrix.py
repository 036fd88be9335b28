"""One viewer and one table: what the wall lets them read, change, remove and make, beside what the oracle allows."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlmodel import SQLModel

from app.kit.ids import new_id
from app.people.viewer import Viewer
from tests.wall.oracle import CHANGES, MAKES, REMOVES, SEES, Row, Rule, World
from tests.wall.world import key_of, undone

TOUCH = {
    "person": "name", "passkey": "name", "sign_in": "shared_device", "sign_in_link": "used_at",
    "recovery_code": "used_at",
    "challenge": "purpose", "box": "name", "box_key": "wrapped", "box_age": "adult_on", "connection": "about",
    "circle": "name", "circle_member": "ends_on", "ledger": "sentence", "look": "what", "upload": "received",
    "chapter": "name", "memory": "title", "memory_route": "points", "gift": "title", "perspective": "words",
    "media_file": "role", "media_original": "name", "media_location": "latitude", "mail_address": "sender",
    "mail_sender": "ended_at", "mail_message": "state",
}  # fmt: skip
MINE = ("person_id", "added_by")
UNIQUE = ("token_print", "credential_print", "code_print", "local_print", "store_key")

Difference = tuple[str, str, Any]


def act_as(connection: Connection, person: UUID) -> None:
    for name, value in Viewer(person).claims().items():
        connection.execute(text("select set_config(:name, :value, true)"), {"name": name, "value": value})


def _keys(connection: Connection, statement: str) -> set[Any]:
    """The keys a statement returns; none at all when the role has no such right."""
    with undone(connection):
        try:
            return set(connection.execute(text(statement)).scalars())
        except ProgrammingError as error:
            assert "permission denied" in str(error), error
            return set()


def existing(connection: Connection, world: World, me: UUID, table: str) -> Iterator[Difference]:
    """Where reading, changing or removing rows of this table is not what the oracle allows this viewer."""
    rows, key = world.rows[table], key_of(table)
    ours = {row[key] for row in rows}

    def compare(what: str, found: set[Any], rule: Rule) -> Iterator[Difference]:
        allowed = {row[key] for row in rows if rule(world, me, row)}
        yield from ((what, table, row_key) for row_key in (found & ours) ^ allowed)

    yield from compare("read", _keys(connection, f'select {key} from "{table}"'), SEES[table])
    touch = f'update "{table}" set {TOUCH[table]} = {TOUCH[table]} returning {key}'
    yield from compare("change", _keys(connection, touch), CHANGES[table])
    yield from compare("remove", _removable(connection, table, rows), REMOVES[table])


def _removable(connection: Connection, table: str, rows: list[Row]) -> set[Any]:
    """The keys of the rows that a delete reaches, one at a time, since other rows may hold on to them."""
    key, role = key_of(table), "holdfast_web"
    if not connection.execute(text(f"select has_table_privilege('{role}', '{table}', 'delete')")).scalar():
        return set()
    found = set()
    for row in rows:
        with undone(connection):
            try:
                done = connection.execute(text(f'delete from "{table}" where {key} = :key'), {"key": row[key]})
                reached = done.rowcount == 1
            except IntegrityError:
                reached = True
        if reached:
            found.add(row[key])
    return found


def new(connection: Connection, world: World, me: UUID, table: str) -> Iterator[tuple[Row, bool]]:
    """Rows this viewer tries to make, each with whether wall and oracle agree."""
    for row in _candidates(world, table, me):
        yield row, _inserts(connection, table, row) == MAKES[table](world, me, row)


def _candidates(world: World, table: str, me: UUID) -> Iterator[Row]:
    """New rows after the pattern of existing ones: as oneself and as another, for every box and state."""
    seen = set()
    for row in world.rows[table]:
        pattern = tuple(str(row.get(name)) for name in ("box_id", "state", "audience", "connection_id") if name in row)
        known, each_counts = pattern in seen, table in ("perspective", "media_file")
        if known and not each_counts:
            continue
        seen.add(pattern)
        new = {**row, key_of(table): new_id()}
        new.update({name: new_id().hex for name in UNIQUE if name in new})
        if table == "circle":
            new["connection_id"] = None
        if table == "mail_message":
            new["state"] = "received"
        if not known:
            yield new
        mine = {**new, key_of(table): new_id(), **{name: me for name in MINE if name in new}}
        mine.update({name: new_id().hex for name in UNIQUE if name in mine})
        yield mine
        if table == "memory":
            for state in ("kept", "arrived"):
                yield {**mine, key_of(table): new_id(), "state": state}


def _inserts(connection: Connection, table: str, row: Row) -> bool:
    with undone(connection):
        try:
            connection.execute(insert(SQLModel.metadata.tables[table]).values(row))
        except ProgrammingError as error:
            assert "row-level security" in str(error) or "permission denied" in str(error), error
            return False
    return True
