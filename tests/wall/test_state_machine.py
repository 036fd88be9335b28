"""Whatever people do, in whatever order, and however the days pass: each sees what the oracle says, on every road."""

import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.kit.config import PROJECT
from tests.wall.lots import many_lives, told

RUNS, STEPS = 30, 30
DEEP_RUNS, DEEP_STEPS, SHARES = 2000, 50, 20


@pytest.mark.timeout(1800)
def test_no_order_of_acts_shows_more_or_less(app: object) -> None:
    counted = many_lives(app, seed_of=0, runs=RUNS, steps=STEPS)
    print(f"state machine: {told(counted)}; leaks: 0")
    assert counted["steps"] > 0.9 * RUNS * STEPS


@pytest.mark.deep
@pytest.mark.timeout(8 * 3600)
def test_no_long_order_of_acts_shows_more_or_less() -> None:
    """The runs in equal shares, each with a seed, a process and a database of its own; as many at once as there are
    processors."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        shares = list(pool.map(_share, range(1, SHARES + 1)))
    counted = sum(shares, Counter[str]())
    print(f"state machine, deep: {told(counted)}; leaks: 0")
    assert counted["runs"] >= DEEP_RUNS
    assert counted["steps"] >= DEEP_RUNS * DEEP_STEPS


def _share(seed: int) -> Counter[str]:
    command = [sys.executable, "-m", "tests.wall.lots", str(seed), str(DEEP_RUNS // SHARES), str(DEEP_STEPS)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    print(f"state machine, share {seed} of {SHARES}: {done.stdout.strip()}", flush=True)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-8000:]}\n{done.stderr[-8000:]}"
    return Counter(
        {what: int(count) for count, _, what in (part.partition(" ") for part in done.stdout.strip().split(", "))}
    )
