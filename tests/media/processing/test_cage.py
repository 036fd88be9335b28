"""The cage ends, with its time, its memory or its worker, and leaves nothing behind."""

import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from app.media.processing import Unreadable, cage, process
from app.media.processing.memory import memory_disk
from tests.machine import slowness, until
from tests.media.processing.caging import caged, photo
from tests.media.processing.conftest import Film

PROJECT = Path(__file__).parents[3]

pytestmark = pytest.mark.usefixtures("own_cages")


def cages() -> set[str]:
    return {path.name for path in Path(memory_disk() or tempfile.gettempdir()).glob(f"{cage.NAME}*")}


def living_in(folder: str) -> int:
    """How many processes have this cage's folder as their own: the child, and ffmpeg."""
    count = 0
    wanted = f"TMPDIR={memory_disk() or tempfile.gettempdir()}/{folder}".encode()
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            count += wanted in environment.read_bytes().split(b"\0")
    return count


LONG_FILM = ["-f", "lavfi", "-i", "testsrc2=s=1920x1080:r=30:d=20", "-c:v", "mpeg4"]
ENCODE = """
import sys
from app.media.processing import cage, process
cage.NAME = sys.argv[1]
process(sys.stdin.buffer)
"""


def test_ffmpeg_ends_with_its_cage(film: Film) -> None:
    data = film("a.avi", *LONG_FILM)
    before = cages()
    arguments = {"container": "avi", "sure": True, "sound_only": False, "only_look": False}
    seen: set[str] = set()

    def run() -> None:
        with suppress(Unreadable), cage.in_memory(data, cage.MOVING.source) as file:
            cage.run_caged("sound_or_video", file, cage.MOVING._replace(seconds=2), arguments)

    worker = threading.Thread(target=run)
    worker.start()
    while worker.is_alive():
        seen |= cages() - before
    assert seen
    until(lambda: not any(living_in(folder) for folder in seen))
    assert not cages() & seen


def test_a_cage_ends_with_the_worker_that_made_it(film: Film, tmp_path: Path) -> None:
    path = tmp_path / "film"
    path.write_bytes(film("a.avi", *LONG_FILM))
    before = cages()
    with path.open("rb") as source:
        worker = subprocess.Popen([sys.executable, "-c", ENCODE, cage.NAME], stdin=source, cwd=PROJECT)
    until(lambda: any(living_in(folder) == 2 for folder in cages() - before))
    mine = {folder for folder in cages() - before if living_in(folder)}
    worker.kill()
    worker.wait()
    until(lambda: not any(living_in(folder) for folder in mine), 5)
    for folder in mine:
        Path(memory_disk() or tempfile.gettempdir(), folder).rmdir()


def test_nothing_is_left_behind() -> None:
    before = cages()
    process(photo(50, 50))
    with pytest.raises(Unreadable):
        process(photo(50, 50)[:40])
    assert cages() <= before


def test_out_of_time_on_the_clock() -> None:
    data = photo(4000, 4000)
    started = time.monotonic()
    with pytest.raises(Unreadable) as caught:
        caged(data, cage.STILL._replace(seconds=0))
    assert caught.value.reason == "timeout"
    assert time.monotonic() - started < 5 * slowness()


def test_out_of_time_on_the_processor(film: Film) -> None:
    data = film("a.avi", "-f", "lavfi", "-i", "testsrc2=s=1920x1080:r=30:d=8", "-c:v", "mpeg4")
    limits = cage.MOVING._replace(cpu_seconds=1)
    arguments = {"container": "avi", "sure": True, "sound_only": False, "only_look": False}
    with pytest.raises(Unreadable) as caught, cage.in_memory(data, limits.source) as file:
        cage.run_caged("sound_or_video", file, limits, arguments)
    assert caught.value.reason == "too_slow"


def test_out_of_memory_is_an_answer_too() -> None:
    with pytest.raises(Unreadable) as caught:
        caged(photo(3000, 3000), cage.STILL._replace(memory=120 << 20))
    assert caught.value.reason in ("too_big", "broken")


def test_too_many_bytes_are_refused_as_they_come() -> None:
    class Endless:
        given = 0

        def read(self, size: int, /) -> bytes:
            self.given += size
            return bytes(size)

    endless = Endless()
    with pytest.raises(Unreadable) as caught, cage.in_memory(endless, 5_000_000):
        pass
    assert caught.value.reason == "too_big"
    assert endless.given < 10_000_000


def test_no_plaintext_reaches_a_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    process(photo(300, 300))
    assert list(tmp_path.iterdir()) == []


def test_many_at_once() -> None:
    data = photo(400, 300)
    kinds: list[str] = []
    threads = [threading.Thread(target=lambda: kinds.append(process(data).kind)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kinds == ["photo"] * 6
