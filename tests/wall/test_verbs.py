"""What functions of the wall do past the wall: each viewer tries each on everything, beside what the oracle allows."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Connection, text

from tests.wall.conftest import Scene
from tests.wall.matrix import act_as
from tests.wall.oracle import Row, World, active_connections, decides, is_mine, keeps
from tests.wall.world import administrator, undone


@pytest.fixture
def admin(scene: Scene) -> Iterator[Connection]:
    with administrator() as engine, engine.connect() as connection:
        yield connection


def changed(connection: Connection, world: World, me: UUID, table: str, statement: str, **values: object) -> set[UUID]:
    """The rows of a table that a statement of this viewer's changes; taken back."""
    look = text(f"select id, ctid::text from {table}")
    with undone(connection):
        before = dict(connection.execute(look).tuples().all())
        connection.exec_driver_sql("set local role holdfast_web")
        act_as(connection, world, me)
        connection.execute(text(statement), values)
        connection.exec_driver_sql("reset role")
        after = dict(connection.execute(look).tuples().all())
    return {key for key, place in before.items() if after.get(key) != place}


def kept_by(world: World, me: UUID, memory: Row) -> bool:
    """S4 and C1: what a keeper sees as a keeper, they may let go."""
    return keeps(world, me, memory["box_id"]) and memory["state"] in ("arrived", "kept") and not memory["only_me"]


@pytest.mark.parametrize("to", ["put_away", "returned", "trashed", "kept", "arrived"])
def test_a_keeper_puts_out_of_their_own_sight_what_they_decide_about(scene: Scene, admin: Connection, to: str) -> None:
    world, viewers = scene
    move = "select count(wall.keeper_moves(id, :to, 'kept', null)) from unnest(cast(:ids as uuid[])) id"
    ids = [memory["id"] for memory in world.rows["memory"]]
    for who, me in viewers.items():
        allowed = {
            row["id"] for row in world.rows["memory"] if kept_by(world, me, row) and to not in ("kept", "arrived")
        }
        assert changed(admin, world, me, "memory", move, to=to, ids=ids) == allowed, who


def test_leaving_ends_what_is_ones_own_and_nothing_else(scene: Scene, admin: Connection) -> None:
    world, viewers = scene
    for who, me in viewers.items():
        for box in world.rows["box"]:
            mine = {row["id"] for row in active_connections(world, me) if row["box_id"] == box["id"]}
            assert changed(admin, world, me, "connection", "select wall.leave(:box)", box=box["id"]) == mine, who


@pytest.mark.parametrize(("seconds", "in_time"), [(59, True), (60, False)])
def test_for_a_minute_whoever_decides_puts_back_who_was_stopped(
    scene: Scene, admin: Connection, seconds: int, in_time: bool
) -> None:
    world, viewers = scene
    stopped = [row for row in world.rows["connection"] if row["state"] in ("ended", "blocked")]
    ids = [row["id"] for row in world.rows["connection"]]
    put_back = "select wall.put_back(id) from unnest(cast(:ids as uuid[])) id"
    with undone(admin):
        just_now = "update connection set ended_at = now() - make_interval(secs => :ago), before_end = 'active'"
        admin.execute(text(just_now), {"ago": seconds})
        for who, me in viewers.items():
            allowed = {row["id"] for row in stopped if in_time and decides(world, me, row["box_id"])}
            assert changed(admin, world, me, "connection", put_back, ids=ids) == allowed, who


def test_what_no_decision_ended_is_not_put_back(scene: Scene, admin: Connection) -> None:
    world, viewers = scene
    put_back = "select wall.put_back(id) from unnest(cast(:ids as uuid[])) id"
    ids = [row["id"] for row in world.rows["connection"]]
    with undone(admin):
        admin.execute(text("update connection set ended_at = now(), before_end = ''"))
        for who, me in viewers.items():
            assert changed(admin, world, me, "connection", put_back, ids=ids) == set(), who


def test_a_giver_corrects_their_own_words_for_a_day(scene: Scene, admin: Connection) -> None:
    world, viewers = scene
    correct = "select wall.correct_gift(id, 'New', 'New') from unnest(cast(:ids as uuid[])) id"
    ids, yesterday = [gift["id"] for gift in world.rows["gift"]], world.now - timedelta(hours=24)
    for who, me in viewers.items():
        own = {
            row["id"]
            for row in world.rows["gift"]
            if is_mine(world, me, row["connection_id"]) and row["sent_at"] > yesterday
        }
        assert changed(admin, world, me, "gift", correct, ids=ids) == own, who
        theirs = {row["id"] for row in world.rows["memory"] if row["gift_id"] in own}
        assert changed(admin, world, me, "memory", correct, ids=ids) == theirs, who
