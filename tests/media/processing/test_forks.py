"""The server that forks a child for each file: the child is fenced alone, and neither keeps the other alive."""

import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from app.media.processing import Unreadable, cage, forks, process
from tests.machine import until
from tests.media.processing.caging import caged, photo
from tests.media.processing.conftest import Film
from tests.media.processing.test_fence import layers

pytestmark = pytest.mark.usefixtures("own_cages")


def children_of(pid: int | str) -> set[str]:
    """Process ids of its children, by whichever thread."""
    found: set[str] = set()
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found |= set(children.read_text().split())
    return found


def status_of(pid: str, name: str) -> str:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return line.partition(":")[2].strip()
    return ""


def while_open(data: bytes, look: Callable[[str], bool]) -> None:
    """Call `look` with the process ids of caged children until it has seen enough, or `data` is processed."""
    worker = threading.Thread(target=process, args=(data,))
    worker.start()
    seen = False
    while not seen and worker.is_alive():
        for child in children_of("self"):
            for each in {child, *children_of(child)}:
                with suppress(OSError):
                    seen = seen or look(each)
    worker.join()
    assert seen


def names_in_environment(pid: str) -> set[str]:
    environment = Path("/proc", pid, "environ").read_bytes()
    return {entry.partition(b"=")[0].decode() for entry in environment.split(b"\0") if entry}


def test_the_child_has_no_environment_of_ours(monkeypatch: pytest.MonkeyPatch, film: Film) -> None:
    monkeypatch.setenv("HOLDFAST_MASTER_KEY", "ab" * 32)
    allowed = {"PYTHONPATH", "LC_ALL", "TMPDIR", "VIPS_CONCURRENCY", "CAGE", "GLIBC_TUNABLES"}
    forks.retire()
    for data in (photo(3000, 3000), film("a.avi", "-f", "lavfi", "-i", "testsrc2=s=640x360:d=2", "-c:v", "mpeg4")):

        def look(pid: str) -> bool:
            names = names_in_environment(pid)
            ours = b"app.media.processing" in Path("/proc", pid, "cmdline").read_bytes()
            assert not ours or names <= allowed
            return ours

        while_open(data, look)


def test_a_forked_child_is_fenced_alone_and_cannot_speak_for_its_server(tmp_path: Path) -> None:
    if "seccomp" not in layers(tmp_path):
        pytest.skip("this kernel has no seccomp")
    process(photo(50, 50))
    [server] = server_ids()
    assert status_of(server, "Seccomp") == "0"

    def look(pid: str) -> bool:
        if pid == server or status_of(pid, "PPid") != server or status_of(pid, "Seccomp") != "2":
            return False
        assert Path(f"/proc/{pid}/ns/net").readlink() != Path(f"/proc/{server}/ns/net").readlink()
        assert os.getpgid(int(pid)) == int(pid)
        assert not any(each.readlink().name.startswith("socket:") for each in Path(f"/proc/{pid}/fd").iterdir())
        return True

    while_open(photo(4000, 4000), look)


def server_ids() -> set[str]:
    return {pid for pid in children_of("self") if b"fork_server" in Path("/proc", pid, "cmdline").read_bytes()}


def test_a_child_that_dies_takes_its_server_with_it() -> None:
    process(photo(50, 50))
    before = server_ids()
    with pytest.raises(Unreadable):
        caged(photo(4000, 4000), cage.STILL._replace(seconds=0))
    until(lambda: not server_ids() & before, 10)
    assert process(photo(50, 50)).kind == "photo"


def test_a_server_that_died_is_missed_by_nobody() -> None:
    process(photo(50, 50))
    for pid in server_ids():
        os.kill(int(pid), signal.SIGKILL)
    assert process(photo(50, 50)).kind == "photo"


def test_a_server_serves_a_limited_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forks, "MOST_FILES", 2)
    forks.retire()
    seen = set()
    for _ in range(4):
        process(photo(50, 50))
        seen |= server_ids()
        assert len(server_ids()) <= 1
    forks.retire()
    assert not server_ids()
