"""All who could notice that the wall is not what it was: what each of them tries, beside what the oracle allows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, TextClause, text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from sqlmodel import SQLModel

from app.kit.ids import new_id
from app.people.viewer import Viewer
from tests.wall.apps import APPS, GIVEN_NOTHING, HOLDING, held, held_tries, may, tries
from tests.wall.builder import key_of
from tests.wall.doors import DOORS, MAIL, PEOPLE, SECRETS, SHOWING, WORKER, Rules, in_browser, showing_as
from tests.wall.matrix import TOUCH, act_as, anew, as_json, existing, new
from tests.wall.mutants import Mutant
from tests.wall.oracle import Row, World, decides
from tests.wall.world import undone

WAYS = ("passkey", "external_way", "sign_in")
BY_MAIL = ("mail_address", "mail_message", "box_key")


@dataclass(frozen=True)
class Actor:
    """Someone who tries everything: a person, someone with a secret, or the worker at a door. `shows`: a secret that
    what they make may hold."""

    role: str
    claims: Mapping[str, str]
    me: Any
    rules: Rules
    shows: str | None = None


def cast_of(world: World, viewers: dict[str, UUID], table: str) -> list[Actor]:
    """All who could notice that what the wall says of this table is not what it was."""
    web, nobody, person = "holdfast_web", Viewer().claims(), next(iter(viewers.values()))
    known = world.rows["mail_address"] if table in BY_MAIL else world.rows["mail_address"][:1]
    actors = [Actor(web, {**nobody, "app.door": "mail", "app.secret": row["local_print"]}, row["local_print"], MAIL)
              for row in known]  # fmt: skip
    elsewhere = {**nobody, "app.door": "sign_in", "app.secret": known[0]["local_print"]}
    actors.append(Actor(web, elsewhere, known[0]["local_print"], Rules()))
    if table in SECRETS:
        rows = world.rows[table]
        good = [row for row in rows if row.get("ended_at") is None]
        # What works, and what may have ended: one opens, the other opens nothing.
        for secret in dict.fromkeys(each[-1][SECRETS[table]] for each in (good, rows) if each):
            shown = {**nobody, "app.secret": secret}
            actors.append(Actor(web, shown, secret, SHOWING, secret))
            if table == "challenge":
                by = {**Viewer(person).claims(), "app.secret": secret}
                actors.append(Actor(web, by, secret, showing_as(person), secret))
    actors += [Actor(web, Viewer(me).claims(), me, PEOPLE) for me in viewers.values()]
    if table == "sign_in":
        locked = [row["id"] for row in world.rows["person"] if row["locked_at"] is not None]
        actors += [Actor(web, Viewer(me).claims(), me, PEOPLE) for me in locked]
    if table in WAYS:
        for row in world.rows["sign_in"]:
            if row["proven_at"] is not None or row["person_id"] == person:
                for me in {row["person_id"], person}:
                    here = Viewer(me, sign_in_id=row["id"]).claims()
                    actors.append(Actor(web, here, me, in_browser(row["id"])))
    actors += [
        Actor(web, Viewer(door="app", grant_id=row["id"], scopes=frozenset(row["scopes"])).claims(), row["id"], APPS)
        for row in world.rows["oauth_grant"]
    ]
    live = [row["id"] for row in world.rows["oauth_grant"] if may(world, row["id"], "add:photo", "read:circle")]
    actors += [Actor(web, Viewer(door="app", grant_id=each).claims(), each, GIVEN_NOTHING) for each in live[:4]]
    # What an app holds opens nothing at the door that people come in by.
    actors += [Actor(web, Viewer(grant_id=row["id"]).claims(), row["id"], Rules()) for row in world.rows["oauth_grant"]]
    for held_secret in held(world):
        claims = {**Viewer(door="app").claims(), "app.secret": held_secret}
        actors.append(Actor(web, claims, held_secret, HOLDING))
        if table == "oauth_token":
            actors.append(Actor(web, {**nobody, "app.secret": held_secret}, held_secret, SHOWING, held_secret))
    decide = [me for who, me in viewers.items() if who.startswith(("owner", "keeper active"))]
    actors += [Actor(web, {**Viewer(me).claims(), "app.door": "practice"}, me, Rules()) for me in decide[:4]]
    return actors + [Actor("holdfast_worker", {**nobody, "app.door": door}, door, WORKER) for door in DOORS]


def candidates(world: World, actor: Actor, table: str) -> list[Row] | None:
    """What someone with a secret, or the worker, tries to make; None: what people try."""
    if actor.rules.of_people:
        return None
    if actor.rules in (APPS, GIVEN_NOTHING, HOLDING):
        return list((held_tries if actor.rules is HOLDING else tries)(world, actor.me, table))
    rows = []
    patterns = {tuple(str(row.get(each)) for each in ("box_id", "state", "audience")): row for row in world.rows[table]}
    for row in patterns.values():
        plain = anew(table, row)
        free = [each.name for each in SQLModel.metadata.tables[table].columns if each.nullable]
        rows += [plain, *({**plain, name: None} for name in ("connection_id", "gift_id", "person_id") if name in free)]
        if actor.shows and table in SECRETS:
            rows += [{**each, SECRETS[table]: actor.shows} for each in rows[-2:]]
            if "person_id" in plain:
                rows += [
                    {**plain, SECRETS[table]: actor.shows, "person_id": each["id"]} for each in world.rows["person"]
                ]
        if table == "memory":
            rows += [{**plain, "id": new_id(), "box_id": box["id"]} for box in world.rows["box"]]
        if table == "mail_message":
            tie = world.rows["connection"][0]["id"]
            rows += [{**plain, "state": "received"}, {**plain, "state": "received", "let_in_as": tie}]
            rows += [{**plain, "state": "received", "box_id": box["id"]} for box in world.rows["box"]]
    return rows


def wrongly_changed(connection: Connection, world: World, me: UUID, table: str) -> bool:
    """Whether a change goes through that nobody may make to a row they may change, or one is stopped that they may."""
    for box in world.rows["box"]:
        circle, tie = (
            next(row["id"] for row in world.rows[name] if row["box_id"] != box["id"])
            for name in ("circle", "connection")
        )
        changes = {
            "memory": [f"audience = array['{circle}']::uuid[]"],
            "oauth_grant": [f"circle_id = '{circle}'"],
            "mail_message": ["state = 'delivered'", "state = 'received', let_in_as = null", f"let_in_as = '{tie}'"],
        }
        if any(_goes_through(connection, table, box["id"], change) for change in changes.get(table, [])):
            return True
        ours = world.all("connection", box_id=box["id"])[0]["id"]
        let_in = f"state = 'received', let_in_as = '{ours}'"
        knocks = table == "mail_message" and bool(world.all("mail_message", box_id=box["id"]))
        if knocks and decides(world, me, box["id"]) != _goes_through(connection, table, box["id"], let_in):
            return True
    return False


def _given_away(connection: Connection, world: World) -> bool:
    """Whether someone who shows what waits for an answer makes it a yes of their own."""
    try:
        with undone(connection):
            statement = text("update oauth_request set grant_id = :grant where grant_id is null")
            return connection.execute(statement, {"grant": world.rows["oauth_grant"][-1]["id"]}).rowcount > 0
    except DBAPIError:
        return False


def _goes_through(connection: Connection, table: str, box: UUID, change: str) -> bool:
    try:
        with undone(connection):
            statement = text(f"update {table} set {change} where box_id = :box")
            return connection.execute(statement, {"box": box}).rowcount > 0
    except DBAPIError:
        return False


def blindly(connection: Connection, world: World, actor: Actor, table: str) -> bool:
    """Whether a change or a removal that looks at no row reaches others than it may: PostgreSQL then asks only what is
    said of changing and removing, and not what is said of reading."""
    key, rows = key_of(table), world.rows[table]
    rule, column = actor.rules.changes.get(table), actor.rules.touch.get(table, TOUCH[table])
    allowed = {row[key] for row in rows if rule is not None and rule(world, actor.me, row)}
    pattern = next((row for row in rows if row[key] in allowed), rows[0])
    value = f"(jsonb_populate_record(null::public.{table}, cast(:row as jsonb))).{column}"
    change = text(f"update {table} set {column} = {value}")
    ours = {row[key] for row in rows}
    reached = _reached(connection, table, change, {"row": as_json({column: pattern[column]})})
    if reached is not None and reached & ours != allowed:
        return True
    rule = actor.rules.removes.get(table)
    allowed = {row[key] for row in rows if rule is not None and rule(world, actor.me, row)}
    reached = _reached(connection, table, text(f"delete from {table}"), {})
    return reached & ours != allowed if reached is not None else not allowed


def _reached(connection: Connection, table: str, statement: TextClause, values: dict[str, str]) -> set[Any] | None:
    """The keys of the rows that a statement changes or removes; None where other rows hold on to one of them."""
    where = text(f"select {key_of(table)}, ctid::text from {table}")
    with undone(connection):
        connection.exec_driver_sql("reset role")
        before = dict(connection.execute(where).all())
    with undone(connection):
        try:
            connection.execute(statement, values)
        except ProgrammingError as error:
            assert "permission denied" in str(error), error
            return set()
        except IntegrityError:
            return None
        connection.exec_driver_sql("reset role")
        after = dict(connection.execute(where).all())
    return {key for key, place in before.items() if after.get(key) != place}


def notices(connection: Connection, mutant: Mutant, table: str, world: World, actor: Actor) -> bool:
    connection.exec_driver_sql(f"set local role {actor.role}")
    act_as(connection, world, actor.claims)
    try:
        with undone(connection):
            if mutant.command != "INSERT" and any(existing(connection, world, actor.me, table, actor.rules)):
                return True
            if mutant.command in ("UPDATE", "DELETE", "ALL") and blindly(connection, world, actor, table):
                return True
            rows = candidates(world, actor, table)
            made = new(connection, world, actor.me, table, actor.rules, rows)
            if mutant.command in ("INSERT", "ALL") and not all(agrees for _, agrees in made):
                return True
            if actor.rules is HOLDING and table == "oauth_request" and _given_away(connection, world):
                return True
            people_change = actor.rules.of_people and mutant.command in ("UPDATE", "ALL")
            return people_change and wrongly_changed(connection, world, actor.me, table)
    except (AssertionError, DBAPIError):  # an error where there should be none
        return True
    finally:
        connection.exec_driver_sql("reset role")
