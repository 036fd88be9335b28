"""The queue of a process that has only just begun."""

import os
import subprocess
import sys
from pathlib import Path

FIRST_REQUESTS = """
import sys, threading
import app.tasks
from app.kit.jobs import blueprint, job_app
sys.setswitchinterval(1e-6)
threads = 16
begin = threading.Barrier(threads)
def first():
    begin.wait()
    job_app()
waiting = [threading.Thread(target=first) for _ in range(threads)]
[each.start() for each in waiting]
[each.join() for each in waiting]
print(sorted({task.name.count("holdfast:") for task in blueprint.tasks.values()}))
"""


def test_requests_that_come_first_at_the_same_time_enqueue_by_the_right_names(database: Path) -> None:
    environment = {**os.environ, "HOLDFAST_DATA": str(database)}
    told = subprocess.run(
        [sys.executable, "-c", FIRST_REQUESTS], env=environment, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "[1]"
