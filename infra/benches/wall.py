"""What the wall costs: the query of the first timeline page through row-level security, and past it."""

import os
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg
from psycopg.types.json import set_json_loads
from sqlalchemy import URL

from app.kit.clock import today
from app.kit.db import CLAIMS, admin_url, role_url
from app.memories.timeline import NEAR, first_page, first_page_shared
from benches.world import World, name

TRIES = 300
GOALS = {"full owner": 1.5, "friend": 3.0, "stranger": 3.0}
SAID = {"full owner": "its owner", "friend": "a connection (2 of 8 circles)", "stranger": "a connection (70 things)"}


def measure(world: World) -> None:
    """Print medians of the first page's statement, prepared and run in turn by everybody, and how they compare.

    Those who are let in ask in their own way, as the page does; it is compared with the plain one all the same.
    """
    asked = {
        who: (statement, {**values, "box": name("full"), "near": today() - NEAR})
        for who, (statement, values) in {
            "past the wall": first_page(), "full owner": first_page(),
            "friend": first_page_shared(), "stranger": first_page_shared(),
        }.items()
    }  # fmt: skip
    with ExitStack() as open_ones:
        runs = {"past the wall": open_ones.enter_context(_as(admin_url(), None))}
        for who in SAID:
            runs[who] = open_ones.enter_context(_as(role_url("holdfast_web"), world.viewer(who).claims()))
        took, found = _interleaved(runs, asked)
    base = statistics.median(took["past the wall"])
    print(
        f"The first page of a box of {world.size.full:,}, among {world.size.memories:,} memories in"
        f" {world.size.boxes:,} boxes (load {os.getloadavg()[0]:.1f}, {TRIES} tries each, in turn):"
    )
    print(f"  past the wall: {base * 1000:.2f} ms")
    for who, said in SAID.items():
        middle = statistics.median(took[who])
        goal = f", goal {GOALS[who]} ×: {'met' if middle <= GOALS[who] * base else 'MISSED'}" if who in GOALS else ""
        print(f"  {said}: {middle * 1000:.2f} ms for {found[who]} rows = {middle / base:.2f} ×{goal}")


@contextmanager
def _as(url: URL, claims: dict[str, str] | None) -> Iterator[psycopg.Connection[Any]]:
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        set_json_loads(lambda raw: raw, connection)  # reading JSON costs everybody the same, and hides the difference
        if claims is not None:
            for claim in CLAIMS:
                connection.execute("select set_config(%s, %s, true)", (claim, claims.get(claim, "")))
        yield connection


def _interleaved(
    runs: dict[str, psycopg.Connection[Any]], asked: dict[str, tuple[str, Any]]
) -> tuple[dict[str, list[float]], dict[str, int]]:
    """Seconds of each try, and rows found, by whose connection it was."""
    took: dict[str, list[float]] = {who: [] for who in runs}
    found: dict[str, int] = {}
    for attempt in range(TRIES + 20):
        for who, connection in runs.items():
            began = time.perf_counter()
            rows = connection.execute(*asked[who], prepare=True).fetchall()
            if attempt >= 20:
                took[who].append(time.perf_counter() - began)
            found[who] = len(rows)
    return took, found
