"""Every table × read, make, change, remove × every viewer × consent and memory states, against the oracle."""

import re

import pytest

from app.kit.db import engine
from tests.wall.conftest import Scene
from tests.wall.making import MAKES
from tests.wall.matrix import TOUCH, act_as, existing, new
from tests.wall.oracle import CHANGES, REMOVES, SEES


def test_reads_changes_and_removals_are_just_what_the_oracle_allows(scene: Scene) -> None:
    world, viewers = scene
    assert set(world.rows) == set(SEES) == set(CHANGES) == set(REMOVES) == set(TOUCH)
    cells, differences = 0, []
    with engine("holdfast_web").connect() as connection:
        for who, me in viewers.items():
            with connection.begin():
                act_as(connection, world, me)
                for table, rows in world.rows.items():
                    cells += 3 * len(rows)
                    differences.extend((who, *found) for found in existing(connection, world, me, table))
    print(f"matrix cells: {cells}, differences: {len(differences)}")
    assert differences == []
    assert cells >= 5000


def test_what_can_be_made_is_just_what_the_oracle_allows(scene: Scene, request: pytest.FixtureRequest) -> None:
    world, viewers = scene
    if not request.config.getoption("--deep"):  # those who are not in are alike in each box: one box tells
        viewers = {
            who: me for who, me in viewers.items() if "(" not in who or re.search("owner|active|together[)]", who)
        }
    cells, differences = 0, []
    with engine("holdfast_web").connect() as connection:
        for who, me in viewers.items():
            with connection.begin():
                act_as(connection, world, me)
                for table in MAKES:
                    for row, agrees in new(connection, world, me, table):
                        cells += 1
                        if not agrees:
                            differences.append((table, who, row))
    print(f"insert cells: {cells}, differences: {len(differences)}")
    assert differences == []
