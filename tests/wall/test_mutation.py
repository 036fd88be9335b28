"""Remove or weaken any policy, one at a time, and the comparison with the oracle must notice."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import Connection, text

from tests.wall.conftest import Scene
from tests.wall.matrix import act_as, existing, new
from tests.wall.oracle import MAKES, World
from tests.wall.world import administrator


@dataclass
class Mutant:
    table: str
    policy: str
    command: str
    what: str
    statement: str

    @property
    def reads(self) -> bool:
        return self.command in ("SELECT", "ALL")


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
            "select tablename, policyname, cmd, qual, with_check from pg_policies"
            " where schemaname = 'public' and 'holdfast_web' = any(roles) order by 1, 2"
        )
    ).all()
    for table, policy, command, using, check in policies:
        name = f'"{policy}" on public."{table}"'
        yield Mutant(table, policy, command, "removed", f"drop policy {name}")
        for keyword, rule in (("using", using), ("with check", check)):
            if rule is None:
                continue
            yield Mutant(table, policy, command, f"{keyword}: always true", f"alter policy {name} {keyword} (true)")
            for changed, dropped in weaker(rule):
                short = re.sub(r"\s+", " ", dropped)[:80]
                yield Mutant(
                    table, policy, command, f"{keyword} without {short}", f"alter policy {name} {keyword} {changed}"
                )


def killed(connection: Connection, mutant: Mutant, world: World, viewers: dict[str, UUID]) -> bool:
    """Whether any viewer can do more or less than the oracle says, with this one policy changed."""
    transaction = connection.begin()
    try:
        connection.exec_driver_sql(mutant.statement.replace("%", "%%"))
        connection.exec_driver_sql("set local role holdfast_web")
        for me in viewers.values():
            act_as(connection, me)
            if any(True for _ in existing(connection, world, me, mutant.table)):
                return True
            if mutant.table in MAKES and any(not agrees for _, agrees in new(connection, world, me, mutant.table)):
                return True
        return False
    finally:
        transaction.rollback()


@pytest.mark.deep
@pytest.mark.timeout(3600)
def test_every_weakened_policy_is_noticed(scene: Scene) -> None:
    world, viewers = scene
    with administrator() as admin, admin.connect() as connection:
        with connection.begin():
            every = list(mutants(connection))
        alive = [mutant for mutant in every if not killed(connection, mutant, world, viewers)]
    share = 1 - len(alive) / len(every)
    print(f"mutants: {len(every)}, killed: {len(every) - len(alive)} ({share:.1%})")
    for mutant in alive:
        print("alive:", mutant.table, mutant.policy, mutant.what)
    assert [mutant for mutant in alive if mutant.reads] == []
    assert share >= 0.95
