"""What tests ask of this machine: a port that is free, whether anybody answers at one, and waiting for what comes."""

import socket
import time
from collections.abc import Callable
from typing import Any


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
    """The first true answer of `found`, or a failure after `seconds`, which calls it `what`."""
    deadline = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < deadline, f"{what} did not happen in {seconds:.0f} s"
        time.sleep(0.05)
    return answer
