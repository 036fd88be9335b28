"""Remove or weaken any policy, one at a time, and the comparison with the oracle must notice."""

import pytest
from sqlalchemy import Connection
from sqlmodel import Session

from tests.wall.builder import Builder
from tests.wall.conftest import Scene
from tests.wall.mutants import Mutant, mutants
from tests.wall.noticing import Actor, cast_of, notices
from tests.wall.oracle import World
from tests.wall.world import administrator, keep_up, old_things

SAMPLE = 40


Noticed = tuple[str, Actor]  # a table, and who noticed there


def who_notices(connection: Connection, mutant: Mutant, world: World, casts: dict[str, list[Actor]]) -> Noticed | None:
    """The first who can do more or less than the oracle says, with the wall changed in this one way."""
    keep_up(connection, world)
    transaction = connection.begin()
    try:
        connection.exec_driver_sql(mutant.statement.replace("%", "%%"))
        for table in sorted(mutant.tables, key=lambda each: len(world.rows[each])):
            actors = casts[table]
            for at, actor in enumerate(actors):
                if actor.role == mutant.role and notices(connection, mutant, table, world, actor):
                    actors.insert(0, actors.pop(at))  # whoever noticed one may well notice the next
                    return table, actor
        return None
    finally:
        transaction.rollback()


def unchanged(role: str, table: str) -> Mutant:
    """The wall as it is, in the place of one that was weakened."""
    return Mutant(role, (table,), "", "ALL", "as it is", "select")


@pytest.mark.timeout(3600)
def test_every_weakened_policy_is_noticed(scene: Scene, request: pytest.FixtureRequest) -> None:
    viewers = scene[1]
    world = World(scene[0].now, scene[0].laid, {table: list(rows) for table, rows in scene[0].rows.items()})
    with administrator() as admin, admin.connect() as connection:
        with Session(connection) as session:
            old_things(Builder.of(session, world))
            session.commit()
        with connection.begin():
            every = list(mutants(connection))
        if not request.config.getoption("--deep"):
            quick = [mutant for mutant in every if len(mutant.tables) == 1]  # others may be tried on every table
            removed = [mutant for mutant in quick if mutant.what == "removed" and mutant.reads]
            every = [*removed[::3], *quick[:: len(quick) // (SAMPLE // 2)]]
        casts = {table: cast_of(world, viewers, table) for table in world.rows}
        noticed = [(mutant, who_notices(connection, mutant, world, casts)) for mutant in every]
        alive = [mutant for mutant, who in noticed if who is None]
        # Whoever noticed a weakened wall notices nothing of the wall as it is; with --deep, nobody at all does.
        if request.config.getoption("--deep"):
            tables = sorted({(each.role, table) for each in every for table in each.tables})
            false = [each for each in tables if who_notices(connection, unchanged(*each), world, casts)]
        else:
            false = [
                (mutant.role, who[0])
                for mutant, who in noticed
                if who and who_notices(connection, unchanged(mutant.role, who[0]), world, {who[0]: [who[1]]})
            ]
        assert false == []
    share = 1 - len(alive) / len(every)
    print(f"mutants: {len(every)}, killed: {len(every) - len(alive)} ({share:.1%})")
    for mutant in alive:
        print("alive:", mutant.role, *mutant.tables, mutant.name, mutant.what)
    assert [mutant for mutant in alive if mutant.reads] == []
    assert share >= 0.95
