"""One viewer and one table: what the wall lets them read, change, remove and make, beside what the oracle allows."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

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

# Tries that are always taken back, many in one statement: they run as whoever calls them.
TRIES = """
create schema if not exists proof;
grant usage on schema proof to public;
create or replace function proof.makes(into_table text, rows jsonb) returns boolean[] language plpgsql as $$
    declare
        made boolean[] := '{}';
        one jsonb;
    begin
        for one in select jsonb_array_elements(rows) loop
            begin
                execute format(
                    'insert into public.%I select * from jsonb_populate_record(null::public.%I, $1)',
                    into_table, into_table) using one;
                raise exception 'taken back' using errcode = 'TB000';
            exception
                when insufficient_privilege then made := made || false;
                when sqlstate 'TB000' then made := made || true;
            end;
        end loop;
        return made;
    end
    $$;
create or replace function proof.removes(from_table text, key text, keys uuid[]) returns uuid[] language plpgsql as $$
    declare
        removed uuid[] := '{}';
        one uuid;
        reached integer;
    begin
        foreach one in array keys loop
            begin
                execute format('delete from public.%I where %I = $1', from_table, key) using one;
                get diagnostics reached = row_count;
                if reached = 1 then
                    raise exception 'taken back' using errcode = 'TB000';
                end if;
            exception
                when foreign_key_violation or sqlstate 'TB000' then removed := removed || one;
            end;
        end loop;
        return removed;
    end
    $$;
"""


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
    right = text("select has_table_privilege(:table, 'delete')")
    if not connection.execute(right, {"table": table}).scalar():
        return set()
    tries = text("select proof.removes(:table, :key, :keys)")
    keys = [row[key_of(table)] for row in rows]
    return set(connection.execute(tries, {"table": table, "key": key_of(table), "keys": keys}).scalar_one())


def new(connection: Connection, world: World, me: UUID, table: str) -> Iterator[tuple[Row, bool]]:
    """Rows this viewer tries to make, each with whether wall and oracle agree."""
    rows = list(_candidates(world, table, me))
    tries = text("select proof.makes(:table, cast(:rows as jsonb))")
    made = connection.execute(tries, {"table": table, "rows": json.dumps(rows, default=_as_json)}).scalar_one()
    for row, could in zip(rows, made, strict=True):
        yield row, could == MAKES[table](world, me, row)


def _as_json(value: Any) -> str:
    return "\\x" + value.hex() if isinstance(value, bytes) else str(value)


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
