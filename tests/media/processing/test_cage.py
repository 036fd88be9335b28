"""The cage holds: nothing outside it can be read, written, reached or outlived."""

import io
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image

from app.media.processing import Unreadable, cage, forks, process
from app.media.processing.memory import memory_disk
from app.media.processing.outcome import outcome_from
from tests.media.processing.conftest import Film

PROJECT = Path(__file__).parents[3]
SYSTEM = ("/usr", "/lib", "/lib64")


@pytest.fixture(autouse=True)
def own_cages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cages of these tests have names of their own: another program on this machine may be using cages too."""
    monkeypatch.setattr(cage, "NAME", f"holdfast-cage-{secrets.token_hex(4)}-")


def photo(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((width, height), 80).save(out, "PNG")
    return out.getvalue()


def inside_the_fence(code: str, folder: Path) -> str:
    """Run Python inside the real fence and return what it prints; each line of `code` may fail on its own."""
    program = (
        "import os, sys, json, socket, subprocess\n"
        "from app.media.processing import fence\n"
        "fence.set_limits(1 << 30, 10, 1 << 20)\n"
        f"layers = fence.put_up({[*SYSTEM, sys.prefix, sys.base_prefix]!r}, {str(folder)!r})\n"
        "def attempt(what):\n"
        "    try:\n        return what()\n"
        "    except BaseException as error:\n        return type(error).__name__\n"
        f"{code}\n"
    )
    done = subprocess.run(
        [sys.executable, "-s", "-P", "-B", "-c", program],
        env={"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def layers(tmp_path: Path) -> set[str]:
    return set(json.loads(inside_the_fence("print(json.dumps(layers))", tmp_path)))


def test_the_fence_says_what_holds(tmp_path: Path) -> None:
    assert layers(tmp_path) <= {"limits", "network namespace", "landlock", "seccomp"}
    assert "limits" in layers(tmp_path)


def test_files_outside_cannot_be_read_or_written(tmp_path: Path) -> None:
    if "landlock" not in layers(tmp_path):
        pytest.skip("this kernel has no Landlock")
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    (outside / "secret").write_text("the secret")
    code = f"""
print(attempt(lambda: open({str(outside / "secret")!r}).read()))
print(attempt(lambda: os.listdir({str(outside)!r})))
print(attempt(lambda: open({str(outside / "new")!r}, "w")))
print(attempt(lambda: open("/proc/1/environ", "rb").read()))
print(attempt(lambda: open(f"/proc/{{os.getppid()}}/environ", "rb").read()))
print(attempt(lambda: open("/etc/passwd").read()))
print(attempt(lambda: open({str(inside / "own")!r}, "w").write("fine")))
print(attempt(lambda: subprocess.run(["/bin/cat", {str(outside / "secret")!r}], capture_output=True).stdout))
"""
    *refused, own, other_program = inside_the_fence(code, inside).splitlines()
    assert refused == ["PermissionError"] * 6
    assert own == "4"
    assert other_program == "b''"
    assert not (outside / "new").exists()


def test_the_network_cannot_be_reached(tmp_path: Path) -> None:
    if not layers(tmp_path) & {"network namespace", "seccomp", "landlock"}:
        pytest.skip("this kernel offers nothing to close the network with")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        code = f"print(attempt(lambda: socket.create_connection(('127.0.0.1', {port}), timeout=5)))"
        assert inside_the_fence(code, tmp_path) in ("PermissionError", "OSError", "ConnectionRefusedError")


def test_other_processes_and_groups_cannot_be_touched(tmp_path: Path) -> None:
    if "seccomp" not in layers(tmp_path):
        pytest.skip("this kernel has no seccomp")
    code = """
print(attempt(os.setsid))
print(attempt(lambda: os.setpgid(0, 0)))
print(attempt(lambda: socket.socketpair()))
print(attempt(lambda: os.chroot("/")))
"""
    assert inside_the_fence(code, tmp_path).splitlines() == ["PermissionError"] * 4


def test_limits_hold(tmp_path: Path) -> None:
    code = """
print(attempt(lambda: len(bytearray(2 << 30))))
print(attempt(lambda: open("big", "wb").write(bytes(2 << 20))))
"""
    assert inside_the_fence(f"os.chdir({str(tmp_path)!r})" + code, tmp_path).splitlines() == ["MemoryError", "OSError"]


def cages() -> set[str]:
    return {path.name for path in Path(memory_disk() or tempfile.gettempdir()).glob(f"{cage.NAME}*")}


def caged(data: bytes, limits: cage.Limits) -> None:
    with cage.in_memory(data, limits.source) as file:
        cage.run_caged("photo", file, limits, {"container": "png", "only_look": False})


def living_in(folder: str) -> int:
    """How many processes have this cage's folder as their own: the child, and ffmpeg."""
    count = 0
    wanted = f"TMPDIR={memory_disk() or tempfile.gettempdir()}/{folder}".encode()
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            count += wanted in environment.read_bytes().split(b"\0")
    return count


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"


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
    wait_for(lambda: not any(living_in(folder) for folder in seen))
    assert not cages() & seen


def test_a_cage_ends_with_the_worker_that_made_it(film: Film, tmp_path: Path) -> None:
    path = tmp_path / "film"
    path.write_bytes(film("a.avi", *LONG_FILM))
    before = cages()
    with path.open("rb") as source:
        worker = subprocess.Popen([sys.executable, "-c", ENCODE, cage.NAME], stdin=source, cwd=PROJECT)
    wait_for(lambda: any(living_in(folder) == 2 for folder in cages() - before))
    mine = {folder for folder in cages() - before if living_in(folder)}
    worker.kill()
    worker.wait()
    wait_for(lambda: not any(living_in(folder) for folder in mine), 5)
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
    assert time.monotonic() - started < 5


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
    """Call `look` with the process ids of caged children while `data` is processed, until it has seen enough."""
    worker = threading.Thread(target=process, args=(data,))
    worker.start()
    seen = False
    deadline = time.monotonic() + 20
    while not seen and worker.is_alive() and time.monotonic() < deadline:
        for child in children_of("self"):
            for caged in {child, *children_of(child)}:
                with suppress(OSError):
                    seen = seen or look(caged)
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


def test_a_forked_child_is_fenced_alone_and_cannot_speak_for_its_server() -> None:
    if "seccomp" not in inside_the_fence("print(layers)", Path("/tmp")):
        pytest.skip("this kernel has no seccomp")
    process(photo(50, 50))
    [server] = [pid for pid in children_of("self") if b"fork_server" in Path("/proc", pid, "cmdline").read_bytes()]
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


def test_a_child_that_dies_takes_its_server_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    process(photo(50, 50))
    before = server_ids()
    with pytest.raises(Unreadable):
        caged(photo(4000, 4000), cage.STILL._replace(seconds=0))
    wait_for(lambda: not server_ids() & before, 10)
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


GOOD = {"kind": "photo", "mime": "image/jpeg", "width": 4, "height": 3, "renditions": [["256.jpg", 4, 3]]}


@pytest.mark.parametrize(
    "lie",
    [
        {"kind": "script"},
        {"mime": 7},
        {"width": -1},
        {"width": "4"},
        {"height": True},
        {"peaks": [256]},
        {"peaks": [0] * 5000},
        {"location": [91, 0]},
        {"location": [None, 0]},
        {"duration_s": float("nan")},
        {"taken_on": "tomorrow"},
        {"renditions": [["../../x.jpg", 1, 1]]},
        {"renditions": [["256.html", 1, 1]]},
        {"renditions": []},
        {"preview": True},
    ],
)
def test_a_child_that_lies_is_not_believed(lie: dict[str, object]) -> None:
    assert outcome_from(dict(GOOD), [b"data"]).renditions[0].data == b"data"
    with pytest.raises((ValueError, KeyError, TypeError, IndexError)):
        outcome_from(GOOD | lie, [b"x" * 401])
