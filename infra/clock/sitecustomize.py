"""Sleeping under a clock that is not the machine's: libfaketime refuses the call that Python sleeps with."""

import select
import time


def _sleep(seconds: float) -> None:
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    select.select([], [], [], seconds)


time.sleep = _sleep
