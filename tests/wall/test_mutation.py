"""Remove or weaken any policy, one at a time, and the comparison with the oracle must notice."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel

from app.people.viewer import Viewer
from tests.wall.conftest import Scene
from tests.wall.doors import DOORS, MAIL, PEOPLE, SECRETS, SHOWING, WORKER, Rules
from tests.wall.matrix import act_as, anew, existing, new
from tests.wall.oracle import Row, World, decides
from tests.wall.world import Builder, administrator, old_things, undone

SAMPLE = 40


@dataclass(frozen=True)
class Mutant:
    role: str
    table: str
    policy: str
    command: str
    what: str
    statement: str

    @property
    def reads(self) -> bool:
        return self.command in ("SELECT", "ALL") and not self.what.startswith("with check")


@dataclass(frozen=True)
class Actor:
    """Someone who tries everything: a person, someone with a secret, or the worker at a door."""

    role: str
    claims: Mapping[str, str]
    me: Any
    rules: Rules


def cast_of(world: World, viewers: dict[str, UUID], table: str) -> list[Actor]:
    """All who could notice that a policy of this table is not what it was."""
    shown = [(SHOWING, "web", row[SECRETS[table]]) for row in world.rows[table][-1:] if table in SECRETS]
    shown += [(MAIL, "mail", row["local_print"]) for row in world.rows["mail_address"]]
    shown += [(Rules(), "sign_in", row["local_print"]) for row in world.rows["mail_address"][:1]]
    actors = [
        Actor("holdfast_web", {**Viewer().claims(), "app.door": door, "app.secret": secret}, secret, rules)
        for rules, door, secret in shown
    ]
    actors += [Actor("holdfast_web", Viewer(me).claims(), me, PEOPLE) for me in viewers.values()]
    return actors + [Actor("holdfast_worker", {**Viewer().claims(), "app.door": door}, door, WORKER) for door in DOORS]


def candidates(world: World, actor: Actor, table: str) -> list[Row] | None:
    """What someone with a secret, or the worker, tries to make; None: what people try."""
    if actor.rules is PEOPLE:
        return None
    rows = []
    patterns = {tuple(str(row.get(each)) for each in ("box_id", "state", "audience")): row for row in world.rows[table]}
    for row in patterns.values():
        plain = anew(table, row)
        free = [each.name for each in SQLModel.metadata.tables[table].columns if each.nullable]
        rows += [plain, *({**plain, name: None} for name in ("connection_id", "gift_id", "person_id") if name in free)]
        if actor.rules is SHOWING and table in SECRETS:
            rows += [{**each, SECRETS[table]: actor.me} for each in rows[-2:]]
            if "person_id" in plain:
                rows.append({**anew(table, row), SECRETS[table]: actor.me, "person_id": world.rows["person"][0]["id"]})
        if table == "mail_message":
            tie = world.rows["connection"][0]["id"]
            rows += [{**plain, "state": "received"}, {**plain, "state": "received", "let_in_as": tie}]
            rows += [{**plain, "state": "received", "box_id": box["id"]} for box in world.rows["box"]]
    return rows


def split_top(rule: str, joint: str) -> list[str]:
    """The parts of a deparsed condition that are joined by AND or OR at its outermost level."""
    rule = rule.strip()
    while rule.startswith("(") and _closes_at_end(rule):
        rule = rule[1:-1].strip()
    parts, depth, start, words = [], 0, 0, f" {joint} "
    for at, letter in enumerate(rule):
        depth += (letter == "(") - (letter == ")")
        if depth == 0 and rule.startswith(words, at):
            parts.append(rule[start:at])
            start = at + len(words)
    return [*parts, rule[start:]]


def _closes_at_end(rule: str) -> bool:
    depth = 0
    for at, letter in enumerate(rule):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return at == len(rule) - 1
    return False


def weaker(rule: str) -> Iterator[tuple[str, str]]:
    """Every way to drop one predicate of a condition, however deep it stands; each with what was dropped."""
    for joint in ("AND", "OR"):
        parts = split_top(rule, joint)
        if len(parts) < 2:
            continue
        for gone in range(len(parts)):
            rest = [part for n, part in enumerate(parts) if n != gone]
            yield "(" + f" {joint} ".join(f"({part})" for part in rest) + ")", parts[gone]
        for at, part in enumerate(parts):
            for changed, dropped in weaker(part):
                whole = [changed if n == at else other for n, other in enumerate(parts)]
                yield "(" + f" {joint} ".join(f"({piece})" for piece in whole) + ")", dropped
        return


def mutants(connection: Connection) -> Iterator[Mutant]:
    policies = connection.execute(
        text(
            "select role, tablename, policyname, cmd, qual, with_check from pg_policies, unnest(roles) role"
            " where schemaname = 'public' and role in ('holdfast_web', 'holdfast_worker') order by 2, 3"
        )
    ).all()
    for role, table, policy, command, using, check in policies:
        name = f'"{policy}" on public."{table}"'
        yield Mutant(role, table, policy, command, "removed", f"drop policy {name}")
        for keyword, rule in (("using", using), ("with check", check)):
            if rule is None:
                continue
            ways = [(changed, f"without {re.sub(chr(10), ' ', dropped)[:80]}") for changed, dropped in weaker(rule)]
            for changed, what in (("(true)", "always true"), *ways):
                statement = f"alter policy {name} {keyword} {changed}"
                yield Mutant(role, table, policy, command, f"{keyword}: {what}", statement)


def wrongly_changed(connection: Connection, world: World, me: UUID, table: str) -> bool:
    """Whether a change goes through that nobody may make to a row they may change, or one is stopped that they may."""
    for box in world.rows["box"]:
        circle, tie = (
            next(row["id"] for row in world.rows[name] if row["box_id"] != box["id"])
            for name in ("circle", "connection")
        )
        changes = {
            "memory": [f"audience = array['{circle}']::uuid[]"],
            "mail_message": ["state = 'delivered'", "state = 'received', let_in_as = null", f"let_in_as = '{tie}'"],
        }
        if any(_goes_through(connection, table, box["id"], change) for change in changes.get(table, [])):
            return True
        ours = world.all("connection", box_id=box["id"])[0]["id"]
        let_in = f"state = 'received', let_in_as = '{ours}'"
        if table == "mail_message" and decides(world, me, box["id"]) != _goes_through(
            connection, table, box["id"], let_in
        ):
            return True
    return False


def _goes_through(connection: Connection, table: str, box: UUID, change: str) -> bool:
    try:
        with undone(connection):
            statement = text(f"update {table} set {change} where box_id = :box")
            return connection.execute(statement, {"box": box}).rowcount > 0
    except DBAPIError:
        return False


def killed(connection: Connection, mutant: Mutant, world: World, actors: list[Actor]) -> bool:
    """Whether anyone can do more or less than the oracle says, with this one policy changed."""
    transaction = connection.begin()
    try:
        connection.exec_driver_sql(mutant.statement.replace("%", "%%"))
        for at, actor in enumerate(actors):
            if actor.role == mutant.role and notices(connection, mutant, world, actor):
                actors.insert(0, actors.pop(at))  # whoever noticed one may well notice the next
                return True
        return False
    finally:
        transaction.rollback()


def notices(connection: Connection, mutant: Mutant, world: World, actor: Actor) -> bool:
    connection.exec_driver_sql(f"set local role {actor.role}")
    act_as(connection, actor.claims)
    try:
        with undone(connection):
            if mutant.command != "INSERT" and any(existing(connection, world, actor.me, mutant.table, actor.rules)):
                return True
            rows = candidates(world, actor, mutant.table)
            tries = new(connection, world, actor.me, mutant.table, actor.rules, rows)
            if mutant.command in ("INSERT", "ALL") and not all(agrees for _, agrees in tries):
                return True
            people_change = actor.rules is PEOPLE and mutant.command in ("UPDATE", "ALL")
            return people_change and wrongly_changed(connection, world, actor.me, mutant.table)
    except (AssertionError, DBAPIError):  # an error where there should be none
        return True
    finally:
        connection.exec_driver_sql("reset role")


@pytest.mark.timeout(3600)
def test_every_weakened_policy_is_noticed(scene: Scene, request: pytest.FixtureRequest) -> None:
    viewers = scene[1]
    world = World(scene[0].today, {table: list(rows) for table, rows in scene[0].rows.items()})
    with administrator() as admin, admin.connect() as connection:
        with Session(connection) as session:
            old_things(Builder.of(session, world))
            session.commit()
        with connection.begin():
            every = list(mutants(connection))
        if not request.config.getoption("--deep"):
            removed = [mutant for mutant in every if mutant.what == "removed" and mutant.reads]
            every = [*removed[::2], *every[:: len(every) // (SAMPLE // 2)]]
        casts = {table: cast_of(world, viewers, table) for table in world.rows}
        as_it_is = [
            Mutant(role, table, "", "ALL", "as it is", "select")
            for role, table in {(each.role, each.table) for each in every}
        ]
        assert [
            (each.role, each.table) for each in as_it_is if killed(connection, each, world, casts[each.table])
        ] == []
        alive = [mutant for mutant in every if not killed(connection, mutant, world, casts[mutant.table])]
    share = 1 - len(alive) / len(every)
    print(f"mutants: {len(every)}, killed: {len(every) - len(alive)} ({share:.1%})")
    for mutant in alive:
        print("alive:", mutant.role, mutant.table, mutant.policy, mutant.what)
    assert [mutant for mutant in alive if mutant.reads] == []
    assert share >= 0.95
