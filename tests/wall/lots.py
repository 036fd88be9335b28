"""Many lives of boxes, one after the other. By itself: python -m tests.wall.lots SEED RUNS STEPS, in a new database."""

import sys
from collections import Counter

import psycopg
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from app.kit.db import role_url
from tests.conftest import running_database
from tests.wall.acts import LivesOfBoxes
from tests.wall.asking import Asking
from tests.wall.world import administrator


def many_lives(app: object, *, seed_of: int, runs: int, steps: int) -> Counter[str]:
    """How much of what was compared. The same seed draws the same acts. Raises AssertionError where anybody sees more
    or less than the oracle says."""
    url = role_url("holdfast_web").set(drivername="postgresql").render_as_string(hide_password=False)
    asking = Asking(app)
    try:
        with administrator() as admin, psycopg.connect(url) as database:
            LivesOfBoxes.asking, LivesOfBoxes.admin, LivesOfBoxes.database = asking, admin, database
            LivesOfBoxes.steps, LivesOfBoxes.counted = steps, Counter()
            run_state_machine_as_test(  # type: ignore[no-untyped-call]
                seed(seed_of)(LivesOfBoxes),
                _min_steps=steps,  # every run goes to its end
                settings=settings(
                    max_examples=runs,
                    stateful_step_count=steps,
                    deadline=None,
                    database=None,
                    phases=(Phase.generate,),
                    suppress_health_check=list(HealthCheck),
                ),
            )
    finally:
        asking.close()
    return LivesOfBoxes.counted


def told(counted: Counter[str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in sorted(counted.items()))


if __name__ == "__main__":
    with running_database():
        from app.main import create_app

        seed_of, runs, steps = map(int, sys.argv[1:])
        print(told(many_lives(create_app(), seed_of=seed_of, runs=runs, steps=steps)))
