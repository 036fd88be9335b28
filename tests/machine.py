"""What tests ask of this machine: a port that is free, whether anybody answers at one, waiting for what comes,
how slow it is, and a day that does not end meanwhile."""

import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from datetime import time as hour
from functools import cache
from statistics import median
from typing import Any

from app.kit.clock import HOME_ZONE, now, today

USUAL = 0.1  # seconds that `_work` takes on the machine for which limits are written

MOST = 6.0  # times: past that a machine is not slow, but stands still


@cache
def slowness() -> float:
    """How many times as long as usual this machine takes, as busy as it is; never less than once."""
    return min(max(1.0, median(_work() for _ in range(5)) / USUAL), MOST)


def _work() -> float:
    began = time.perf_counter()
    sum(number * number % 7 for number in range(1_000_000))
    return time.perf_counter() - began


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listened on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """Whether somebody listens on this port of 127.0.0.1."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def until(found: Callable[[], Any], seconds: float = 180, what: str = "It") -> Any:
    """The first true answer of `found`, or a failure after `seconds` of a usual machine, which calls it `what`."""
    seconds *= slowness()
    deadline = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < deadline, f"{what} did not happen in {seconds:.0f} s"
        time.sleep(0.05)
    return answer


def on_one_day(seconds: float) -> None:
    """Where this day, as the people have it, ends within so many seconds, wait for the next one."""
    midnight = datetime.combine(today() + timedelta(days=1), hour.min, HOME_ZONE)
    left = (midnight.astimezone(UTC) - now()).total_seconds()
    if left < seconds:
        time.sleep(left + 0.1)
