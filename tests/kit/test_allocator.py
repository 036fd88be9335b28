"""Buffers that come and go are not mapped and cleared anew each time."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

COUNT = """
import resource, sys
from app.kit.allocator import give_back, keep_buffers
if sys.argv[1] == "kept":
    keep_buffers()
for _ in range(20):
    buffers = [bytearray(1 << 20) for _ in range(4)]
    del buffers
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(200):
    buffers = [bytearray(1 << 20) for _ in range(4)]
    del buffers
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
give_back()
"""


def page_faults(how: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", COUNT, how], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


def test_a_buffer_is_used_again() -> None:
    if platform.libc_ver()[0] != "glibc":
        pytest.skip("another C library, which is told nothing")
    kept, by_itself = page_faults("kept"), page_faults("by itself")
    print(f"200 times 4 MiB: {kept} page faults, by itself {by_itself}")
    assert kept < by_itself / 10
