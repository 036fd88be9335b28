"""One viewer and one table: what the wall lets them read, change, remove and make, beside what the oracle allows."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from app.kit.ids import new_id
from app.people.viewer import Viewer
from tests.wall.builder import key_of
from tests.wall.doors import PEOPLE, Rules, Shows
from tests.wall.oracle import Row, World
from tests.wall.world import undone

TOUCH = {
    "person": "name", "passkey": "name", "sign_in": "last_seen_at", "way_change": "taken_back_at",
    "operator_act": "why",
    "sign_in_link": "used_at", "recovery_code": "used_at", "external_way": "last_used_at",
    "push_subscription": "called", "push_choice": "kinds",
    "challenge": "purpose", "box": "name", "box_key": "wrapped", "box_age": "adult_on", "connection": "about",
    "circle": "name", "circle_member": "ends_on", "ledger": "sentence", "ledger_end": "number",
    "look": "what", "upload": "received",
    "chapter": "name", "memory": "title", "memory_route": "points", "letter_inside": "opens_on",
    "ask": "closed_at", "ask_answer": "answer", "gift": "title", "perspective": "words",
    "media_file": "role", "media_original": "name", "media_location": "latitude", "mail_address": "sender",
    "mail_sender": "ended_at", "mail_message": "state", "invitation": "ended_at", "attempt": "kind",
    "mail_post": "at", "mail_text": "words", "installation": "made_at",
    "oauth_client": "name", "oauth_grant": "paused_at", "oauth_token": "used_at", "oauth_request": "polled_at",
    "oauth_use": "requests", "trusted_person": "answer", "recovery": "expires_at", "recovery_yes": "at",
}  # fmt: skip
MINE = ("person_id", "added_by", "owner_id", "invited_by")
UNIQUE = ("secret_print", "token_print", "credential_print", "identity_print", "code_print", "local_print",
          "store_key", "client_print", "request_print", "user_print", "endpoint_print", "print", "device_print",
          "stop_print", "undo_print")  # fmt: skip

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
                when unique_violation or foreign_key_violation or sqlstate 'TB000' then made := made || true;
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


def act_as(connection: Connection, world: World, viewer: UUID | Mapping[str, str]) -> None:
    """Be this person, or whoever makes these claims, until the transaction ends; until then the world has its clock."""
    pairs = "unnest(cast(:names as text[]), cast(:values as text[])) claim(name, value)"
    each = text(f"select now(), set_config(name, value, true) from {pairs}")
    claims = Viewer(viewer).claims() if isinstance(viewer, UUID) else viewer
    world.now = connection.execute(each, {"names": list(claims), "values": list(claims.values())}).scalars().all()[0]


def _keys(connection: Connection, statement: str) -> set[Any]:
    """The keys a statement returns; none at all when the role has no such right."""
    with undone(connection):
        try:
            return set(connection.execute(text(statement)).scalars())
        except ProgrammingError as error:
            assert "permission denied" in str(error), error
            return set()


def existing(connection: Connection, world: World, me: Any, table: str, rules: Rules = PEOPLE) -> Iterator[Difference]:
    """Where reading, changing or removing rows of this table is not what the oracle allows this viewer."""
    rows, key = world.rows[table], key_of(table)
    ours = {row[key] for row in rows}

    def compare(what: str, found: set[Any], rule: Shows | None) -> Iterator[Difference]:
        allowed = {row[key] for row in rows if rule is not None and rule(world, me, row)}
        yield from ((what, table, row_key) for row_key in (found & ours) ^ allowed)

    yield from compare("read", _keys(connection, f'select {key} from "{table}"'), rules.sees.get(table))
    column = rules.touch.get(table, TOUCH[table])
    touch = f'update "{table}" set {column} = {column} returning {key}'
    yield from compare("change", _keys(connection, touch), rules.changes.get(table))
    yield from compare("remove", _removable(connection, table, rows), rules.removes.get(table))


def _removable(connection: Connection, table: str, rows: list[Row]) -> set[Any]:
    """The keys of the rows that a delete reaches, one at a time, since other rows may hold on to them."""
    right = text("select has_table_privilege(:table, 'delete')")
    if not connection.execute(right, {"table": table}).scalar():
        return set()
    tries = text("select proof.removes(:table, :key, :keys)")
    keys = [row[key_of(table)] for row in rows]
    return set(connection.execute(tries, {"table": table, "key": key_of(table), "keys": keys}).scalar_one())


def new(
    connection: Connection, world: World, me: Any, table: str, rules: Rules = PEOPLE, rows: list[Row] | None = None
) -> Iterator[tuple[Row, bool]]:
    """Rows this viewer tries to make, each with whether wall and oracle agree."""
    rows = list(_candidates(world, table, me)) if rows is None else rows
    tries = text("select proof.makes(:table, cast(:rows as jsonb))")
    made = connection.execute(tries, {"table": table, "rows": as_json(rows)}).scalar_one()
    for row, could in zip(rows, made, strict=True):
        rule = rules.makes.get(table)
        yield row, could == (rule is not None and rule(world, me, row))


def anew(table: str, row: Row) -> Row:
    """The same row once more, with an id and secrets of its own."""
    return {**row, key_of(table): new_id(), **{name: new_id().hex for name in UNIQUE if name in row}}


def as_json(rows: Any) -> str:
    """Rows as jsonb_populate_record takes them."""
    return json.dumps(rows, default=lambda value: "\\x" + value.hex() if isinstance(value, bytes) else str(value))


def _candidates(world: World, table: str, me: UUID) -> Iterator[Row]:
    """New rows after the pattern of existing ones: as oneself and as another, for every box and state."""
    if table in APART:
        yield from APART[table](world, me)
        return
    seen, moved = set(), set()
    if table in ("memory", "gift"):
        yield from _of_mine(world, table, me, anew(table, world.rows[table][0]))
    for row in world.rows[table]:
        pattern = tuple(str(row.get(name)) for name in ("box_id", "state", "audience", "connection_id") if name in row)
        known, each_counts = pattern in seen, table in ("perspective", "media_file")
        if known and not each_counts:
            continue
        seen.add(pattern)
        new = anew(table, row)
        if table == "circle":
            new["connection_id"] = None
        if table == "mail_message":
            new["state"] = "received"
        if not known:
            yield new
        mine = {**new, key_of(table): new_id(), **{name: me for name in MINE if name in new}}
        mine.update({name: new_id().hex for name in UNIQUE if name in mine})
        if table == "perspective":
            mine["connection_id"] = _tie_in(world, me, row["box_id"])
        yield mine
        if table == "perspective" and row["box_id"] not in moved:
            ties = [tie["id"] for tie in world.all("connection", person_id=me) if tie["id"] != mine["connection_id"]]
            yield from ({**mine, "id": new_id(), "connection_id": tie} for tie in (None, row["connection_id"], *ties))
            others = (row["person_id"], world.rows["person"][0]["id"])
            yield from ({**mine, "id": new_id(), "person_id": other} for other in others)
        if table == "media_file" and row["box_id"] not in moved:
            moved.add(row["box_id"])
            elsewhere = next(box["id"] for box in world.rows["box"] if box["id"] != row["box_id"])
            yield {**mine, "id": new_id(), "box_id": elsewhere}
            yield {**mine, "id": new_id(), "added_by": world.rows["person"][0]["id"]}
        if ("connection_id" in new or table == "mail_message") and new["box_id"] not in moved:
            moved.add(new["box_id"])
            elsewhere = next(box["id"] for box in world.rows["box"] if box["id"] != new["box_id"])
            others = {name: new_id().hex for name in UNIQUE if name in mine}
            moved_to = {**mine, **others, key_of(table): new_id(), "box_id": elsewhere}
            yield {**moved_to, "connection_id": _tie_in(world, me, elsewhere)} if table == "perspective" else moved_to
            yield from _mixed(world, table, mine, elsewhere)
        if table == "sign_in":
            for half in ({"proven_at": world.now}, {"proven_by": "passkey"}):
                other = {name: new_id().hex for name in UNIQUE if name in mine}
                yield {**mine, "proven_at": None, "proven_by": None, **other, **half, "id": new_id()}
        if table == "memory":
            nobodys = {"connection_id": None, "gift_id": None}
            for state in ("kept", "arrived"):
                yield {**mine, "id": new_id(), "state": state}
                yield {**mine, **nobodys, "id": new_id(), "state": state}
            kept = {**mine, **nobodys, "state": "kept"}
            yield from ({**kept, "id": new_id(), name: row[name]} for name in (*nobodys, "added_by"))


def _tie_in(world: World, me: UUID, box: UUID) -> UUID | None:
    return next((tie["id"] for tie in world.all("connection", person_id=me) if tie["box_id"] == box), None)


def _mixed(world: World, table: str, row: Row, elsewhere: Any) -> Iterator[Row]:
    """The row with something of another box in it."""
    here = world.all("connection", box_id=row["box_id"])[0]["id"]
    there = {name: world.all(name, box_id=elsewhere)[0]["id"] for name in ("connection", "circle")}
    if table == "circle":
        yield {**row, "id": new_id(), "connection_id": here}
        yield {**row, "id": new_id(), "connection_id": there["connection"]}
    if table == "circle_member":
        yield {**row, "id": new_id(), "circle_id": there["circle"]}
        yield {**row, "id": new_id(), "connection_id": there["connection"]}
    if table == "oauth_grant":
        yield {**row, "id": new_id(), "circle_id": there["circle"]}
        yield {**row, "id": new_id(), "connection_id": here}
    if table == "memory":
        mine = {**row, "state": "kept", "connection_id": None, "gift_id": None}
        yield {**mine, "id": new_id(), "audience": [there["circle"]]}


def _of_mine(world: World, table: str, me: UUID, row: Row) -> Iterator[Row]:
    """What someone gives by each connection of their own, and what is wrong with it."""
    for tie in world.all("connection", person_id=me):
        elsewhere = next(box["id"] for box in world.rows["box"] if box["id"] != tie["box_id"])
        given = {**row, "connection_id": tie["id"], "box_id": tie["box_id"]}
        if table == "memory":
            gift = next(each for each in world.all("gift", box_id=tie["box_id"]) if each["connection_id"] == tie["id"])
            given |= {"state": "arrived", "audience": [], "added_by": me, "gift_id": gift["id"]}
            others = [each for each in world.rows["gift"] if each["connection_id"] != tie["id"]]
            wrong = {each["box_id"] == tie["box_id"]: each["id"] for each in others}
            yield from ({**given, "id": new_id(), "gift_id": each} for each in (None, *wrong.values()))
            yield {**given, "id": new_id(), "added_by": world.one("box", id=tie["box_id"])["owner_id"]}
            yield {**given, "id": new_id(), "state": "kept"}
        yield {**given, "id": new_id()}
        yield {**given, "id": new_id(), "box_id": elsewhere}


def _letters(world: World, me: UUID) -> Iterator[Row]:
    """Words to close up, for today and for tomorrow, in every memory that has none."""
    filled = {row["memory_id"] for row in world.rows["letter_inside"]}
    for memory in world.rows["memory"]:
        if memory["id"] not in filled:
            for day in (world.today, world.today + timedelta(days=1)):
                yield {"memory_id": memory["id"], "box_id": memory["box_id"], "words": "Hello.", "opens_on": day}


def _asks(world: World, me: UUID) -> Iterator[Row]:
    """Every way to ask, by oneself and by others, in the right box and in another; and for every kind of gift back."""
    asked = {row["gift_id"] for row in world.rows["ask"]}
    boxes = [row["id"] for row in world.rows["box"]]
    empty = {"words": "Anyone?", "gift_id": None, "asked_at": world.now, "closed_at": None}
    known = {(tie["box_id"], tie["state"]): tie for tie in world.rows["connection"]}
    mine = [tie for tie in world.rows["connection"] if tie["person_id"] == me]
    for tie in (*known.values(), *mine):
        for direction in ("see", "give"):
            ask = {**empty, "box_id": tie["box_id"], "connection_id": tie["id"], "direction": direction}
            yield {**ask, "id": new_id()}
            yield {**ask, "id": new_id(), "closed_at": world.now}
            yield {**ask, "id": new_id(), "box_id": next(box for box in boxes if box != tie["box_id"])}
    seen = set()
    for gift in world.rows["gift"]:
        giver = world.one("connection", id=gift["connection_id"])
        given = [(row["state"], row["only_me"]) for row in world.all("memory", gift_id=gift["id"])]
        pattern = (giver["box_id"], giver["state"], giver in mine, gift["sent_at"].date(), *given)
        if gift["id"] not in asked and pattern not in seen:
            seen.add(pattern)
            for tie in (giver, *(tie for tie in mine if tie is not giver)):
                ask = {**empty, "box_id": tie["box_id"], "connection_id": tie["id"], "gift_id": gift["id"]}
                for direction in ("see", "back", "give"):
                    yield {**ask, "id": new_id(), "direction": direction}
                elsewhere = next(box for box in boxes if box != tie["box_id"])
                yield {**ask, "id": new_id(), "direction": "back", "box_id": elsewhere}
                yield {**ask, "id": new_id(), "direction": "back", "closed_at": world.now}


def _answers(world: World, me: UUID) -> Iterator[Row]:
    """An answer, by oneself and in another's name, to every ask that has none, in its box and in another."""
    answered = {row["ask_id"] for row in world.rows["ask_answer"]}
    others = [row["id"] for row in world.rows["person"]][:1]
    boxes = [row["id"] for row in world.rows["box"]]
    for ask in world.rows["ask"]:
        if ask["id"] not in answered:
            for person in (me, *others):
                for box in boxes:
                    answer = {"ask_id": ask["id"], "person_id": person, "answer": "ignored"}
                    yield {**answer, "box_id": box, "at": world.now}


def _in_place_of(table: str) -> Callable[[World, UUID], Iterator[Row]]:
    """The rows again, in their own box and in another's: the wall is asked before the row that is in the way."""

    def rows(world: World, me: UUID) -> Iterator[Row]:
        boxes = [row["id"] for row in world.rows["box"]]
        for row in {row["box_id"]: row for row in world.rows[table]}.values():
            yield row
            if key_of(table) != "box_id":
                yield {**row, "box_id": next(box for box in boxes if box != row["box_id"])}

    return rows


def _subscriptions(world: World, me: UUID) -> Iterator[Row]:
    """One's own browser and another's, in one's own name and in another's, by a sign-in of every sort."""
    pattern = world.rows["push_subscription"][0]
    others = [row for row in world.rows["sign_in"] if row["person_id"] != me][:2]
    for sign_in in (*world.all("sign_in", person_id=me), *others):
        for person in {me, sign_in["person_id"], pattern["person_id"]}:
            yield {**anew("push_subscription", pattern), "person_id": person, "sign_in_id": sign_in["id"]}


def _persons(world: World, me: UUID) -> Iterator[Row]:
    person = world.rows["person"][0]
    yield from ({**person, "id": each} for each in (new_id(), me))


APART: dict[str, Callable[[World, UUID], Iterator[Row]]] = {
    "letter_inside": _letters,
    "ask": _asks,
    "ask_answer": _answers,
    "person": _persons,
    "push_subscription": _subscriptions,
    **{table: _in_place_of(table) for table in ("box_key", "box_age", "ledger_end", "memory_route", "media_original")},
}
