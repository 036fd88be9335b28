"""Every table × read, make, change, remove × every app that was let in, and every secret an app shows (S5)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection
from sqlmodel import SQLModel

from app.kit.db import engine
from app.people.viewer import Viewer
from tests.wall.apps import APPS, HOLDING, grant_of, held, held_tries, tries
from tests.wall.conftest import Scene
from tests.wall.doors import Rules
from tests.wall.matrix import act_as, existing, new
from tests.wall.oracle import Row, World


def differences(
    connection: Connection, world: World, me: Any, claims: Mapping[str, str], rules: Rules, made: Any
) -> tuple[int, list[Any]]:
    """How many cells were looked at, and the ones where wall and oracle do not agree."""
    cells, wrong = 0, []
    with connection.begin():
        act_as(connection, world, claims)
        for table, rows in world.rows.items():
            cells += 3 * len(rows)
            wrong.extend(existing(connection, world, me, table, rules))
            candidates: list[Row] = list(made(world, me, table))
            for row, agrees in new(connection, world, me, table, rules, candidates):
                cells += 1
                if not agrees:
                    wrong.append(("make", table, row))
    return cells, wrong


def test_an_app_reads_changes_removes_and_makes_just_what_the_oracle_allows(scene: Scene) -> None:
    world, _viewers = scene
    cells, wrong, shown = 0, [], 0
    with engine("holdfast_web").connect() as connection:
        for grant in world.rows["oauth_grant"]:
            claims = Viewer(door="app", grant_id=grant["id"], scopes=frozenset(grant["scopes"])).claims()
            looked_at, found = differences(connection, world, grant["id"], claims, APPS, tries)
            cells += looked_at
            wrong.extend((grant["scopes"], *each) for each in found)
            shown += sum(APPS.sees["memory"](world, grant["id"], row) for row in world.rows["memory"])
    print(f"apps: {len(world.rows['oauth_grant'])}, cells: {cells}, differences: {len(wrong)}, memories shown: {shown}")
    assert wrong == []
    assert shown > 0


def test_a_token_that_was_given_less_opens_less(scene: Scene) -> None:
    """Of what a grant lets an app do, only what its token holds too: nothing, each alone, and never more."""
    world, _viewers = scene
    cells, wrong = 0, []
    with engine("holdfast_web").connect() as connection:
        live = [grant for grant in world.rows["oauth_grant"] if grant_of(world, grant["id"]) is not None]
        for grant in live[:4]:
            whole = grant["scopes"]
            for given in ((), whole[:1], ("add:photo", "read:circle", "read:everything")):
                claims = Viewer(door="app", grant_id=grant["id"], scopes=frozenset(given)).claims()
                grant["scopes"] = [scope for scope in whole if scope in given]
                looked_at, found = differences(connection, world, grant["id"], claims, APPS, tries)
                grant["scopes"] = whole
                cells += looked_at
                wrong.extend((whole, given, *each) for each in found)
    print(f"narrowed tokens, cells: {cells}, differences: {len(wrong)}")
    assert wrong == []


def test_what_an_app_shows_opens_just_what_it_is_for(scene: Scene) -> None:
    world, _viewers = scene
    cells, wrong = 0, []
    with engine("holdfast_web").connect() as connection:
        for secret in held(world):
            claims = {**Viewer(door="app").claims(), "app.secret": secret}
            looked_at, found = differences(connection, world, secret, claims, HOLDING, held_tries)
            cells += looked_at
            wrong.extend(found)
    print(f"secrets of apps, cells: {cells}, differences: {len(wrong)}")
    assert wrong == []


def test_a_grant_without_the_apps_door_is_nobody(scene: Scene) -> None:
    """`app.grant` narrows: beside a person it opens nothing, and at another door it is not looked at."""
    world, _viewers = scene
    grant = next(row for row in world.rows["oauth_grant"] if row["stopped_at"] is None)
    tables = [table for table in SQLModel.metadata.tables if table in world.rows]
    with engine("holdfast_web").connect() as connection:
        for door in ("web", "mail", "sign_in", "processing", "practice"):
            with connection.begin():
                act_as(connection, world, {**Viewer(grant_id=grant["id"]).claims(), "app.door": door})
                seen = [table for table in tables if list(existing(connection, world, None, table, Rules()))]
            assert seen == [], door
