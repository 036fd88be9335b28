"""The fence round a child: no file, network, process or memory beyond its own."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[3]
SYSTEM = ("/usr", "/lib", "/lib64")


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
