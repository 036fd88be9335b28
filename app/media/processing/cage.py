"""Opening files nobody trusts in a short-lived child process that can do nothing else."""

import fcntl
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol

from app.media.processing import forks
from app.media.processing.memory import memory_disk, memory_file
from app.media.processing.outcome import REASONS, Unreadable

logger = logging.getLogger(__name__)

NAME = "holdfast-cage-"
FORKED = ("photo", "document")

_PROJECT = Path(__file__).resolve().parents[3]
_PIECE = 1024 * 1024
_MIB = 1024 * 1024
_HEADER_MAX = _MIB
_DAY = 24 * 3600


class Limits(NamedTuple):
    """What one child may use: bytes of input and memory, seconds on the clock and on the processor, bytes of result."""

    source: int
    memory: int
    seconds: int
    cpu_seconds: int
    result: int


STILL = Limits(256 * _MIB, 512 * _MIB, 30, 15, 64 * _MIB)
MOVING = Limits(2048 * _MIB, 512 * _MIB, 2 * 3600, 4 * 3600, 2048 * _MIB)
LETTER = Limits(128 * _MIB, 1024 * _MIB, 60, 20, 256 * _MIB)


class Reader(Protocol):
    """Anything bytes can be read from, in order."""

    def read(self, size: int, /) -> bytes: ...


class Result(NamedTuple):
    """What a child answered: facts that fit JSON, and blobs of bytes."""

    facts: dict[str, Any]
    blobs: list[bytes]


@contextmanager
def in_memory(source: bytes | Reader, most: int) -> Iterator[IO[bytes]]:
    """`source` as a file that lives in memory alone, at its beginning.

    Raises Unreadable: empty, or too_big beyond `most` bytes.
    """
    with memory_file("source") as file:
        if isinstance(source, bytes | bytearray | memoryview):
            if len(source) > most:
                raise Unreadable("too_big")
            file.write(source)
        else:
            length = 0
            while piece := source.read(_PIECE):
                length += len(piece)
                if length > most:
                    raise Unreadable("too_big")
                file.write(piece)
        file.flush()
        if not file.tell():
            raise Unreadable("empty")
        file.seek(0)
        yield file


def run_caged(task: str, source: IO[bytes], limits: Limits, arguments: dict[str, Any]) -> Result:
    """Run `task` (see `caged.TASKS`) on `source` (from `in_memory`) in a fenced child, and return its answer.

    The child has its own session, an empty folder that is deleted afterwards, no environment, no network, and `limits`.
    Its input is a memory file on stdin, its answer comes back framed on stdout. Raises Unreadable with the reason the
    child gave, "timeout" or "too_slow" when it ran out of time, "broken" when it died or answered nonsense.
    """
    if hasattr(fcntl, "F_ADD_SEALS"):
        with suppress(OSError):
            fcntl.fcntl(source, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK)
    source.seek(0)
    _clear_old_cages()
    folder = tempfile.mkdtemp(prefix=NAME, dir=memory_disk())
    order = {
        "parent": os.getpid(),
        "folder": folder,
        "limits": limits,
        "ffmpeg": _ffmpeg(),
        "arguments": arguments,
    }
    try:
        # What runs ffmpeg takes seconds anyway, and is started from nothing.
        quick = (task in FORKED or ":" in task) and forks.possible()
        child = forks.fork(task, order, source) if quick else Spawned(task, order, source)
        return _answer(child, task, limits)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Spawned:
    """A child that was started from nothing."""

    def __init__(self, task: str, order: dict[str, Any], source: IO[bytes]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-s", "-P", "-B", "-m", "app.media.processing.caged", task],
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=order["folder"],
            env={
                "PYTHONPATH": str(_PROJECT),
                "LC_ALL": "C.UTF-8",
                "TMPDIR": order["folder"],
                "VIPS_CONCURRENCY": "1",
                "CAGE": json.dumps(order),
            },
            start_new_session=True,
        )
        assert self._process.stdout is not None
        self.pid = self._process.pid
        self.stdout: IO[bytes] = self._process.stdout

    def wait(self, answered: bool) -> int:
        """Its status, as that of `forks.Forked`."""
        return self._process.wait()


@lru_cache
def _clear_old_cages() -> None:
    """Once per process: remove the folders that killed workers left."""
    for folder in Path(memory_disk() or tempfile.gettempdir()).glob(NAME + "*"):
        with suppress(OSError):
            if folder.stat().st_mtime < time.time() - _DAY:
                shutil.rmtree(folder, ignore_errors=True)


def _answer(child: Spawned | forks.Forked, task: str, limits: Limits) -> Result:
    out_of_time = threading.Event()

    def stop() -> None:
        out_of_time.set()
        _kill(child)

    watch = threading.Timer(limits.seconds, stop)
    watch.start()
    result = None
    try:
        with child.stdout as pipe:
            try:
                result = _read_frames(pipe, limits.result)
            except (ValueError, KeyError, TypeError):
                result = None
    finally:
        watch.cancel()
        watch.join()
        _kill(child)
        status = child.wait(answered=result is not None)
    if out_of_time.is_set():
        raise Unreadable("timeout")
    if status == -signal.SIGXCPU:
        raise Unreadable("too_slow")
    if result is None:
        logger.warning("a caged %s child ended without an answer (status %s)", task, status)
        raise Unreadable("broken")
    facts = result.facts
    _say_once(tuple(str(layer) for layer in facts.pop("layers", [])))
    if "surprise" in facts:
        logger.warning("a caged %s child met %s", task, str(facts["surprise"])[:200])
    if "unreadable" in facts:
        reason = facts["unreadable"]
        raise Unreadable(reason if reason in REASONS else "broken")
    return result


def _kill(child: Spawned | forks.Forked) -> None:
    # Before the child is reaped its group cannot be anyone else's.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)


def _read_frames(pipe: IO[bytes], most: int) -> Result:
    length = int.from_bytes(_exactly(pipe, 4), "big")
    if length > _HEADER_MAX:
        raise ValueError("a header is too long")
    facts = json.loads(_exactly(pipe, length))
    if not isinstance(facts, dict):
        raise ValueError("not facts")
    sizes = [int(size) for size in facts.pop("blobs", [])]
    if any(size < 0 for size in sizes) or sum(sizes) > most:
        raise ValueError("an answer is too long")
    return Result(facts, [_exactly(pipe, size) for size in sizes])


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    data = pipe.read(size)
    if len(data) != size:
        raise ValueError("an answer is cut short")
    return data


@lru_cache
def _ffmpeg() -> str:
    from app.kit.config import settings

    if settings().ffmpeg:
        return shutil.which(settings().ffmpeg) or settings().ffmpeg
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_exe())


@lru_cache
def _say_once(layers: tuple[str, ...]) -> None:
    missing = {"network namespace", "landlock", "seccomp"} - set(layers)
    logger.info("files are opened in a cage of: %s", ", ".join(layers))
    if missing:
        logger.warning("this system does not offer the cage: %s", ", ".join(sorted(missing)))
