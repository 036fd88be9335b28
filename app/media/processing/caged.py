"""The child's side of the cage: fence first, then open the file on stdin, then answer on stdout."""

import gc
import json
import mimetypes
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn, Protocol

from app.media.processing import fence
from app.media.processing.memory import MemoryOutput
from app.media.processing.outcome import Unreadable

TASKS = ("photo", "sound_or_video", "document", "office")
"""Also "module:function", of a room that opens what is no file by itself."""

_PIECE = 1024 * 1024
_SYSTEM = (
    "/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/fonts", "/etc/localtime",
    "/dev/urandom", "/dev/zero", "/sys/devices/system/cpu", "/proc/cpuinfo", "/proc/meminfo",
)  # fmt: skip


class Found(Protocol):
    """What a task answers."""

    def message(self) -> tuple[dict[str, Any], list[bytes | MemoryOutput]]:
        """Facts that fit JSON, and blobs."""
        ...


def run(task: str, order: dict[str, Any]) -> Found:
    """Do `task` on the file that is descriptor 0. Raises Unreadable."""
    arguments = order["arguments"]
    if task == "photo":
        from app.media.processing.photo import open_photo

        return open_photo(_whole_source(), ffmpeg=order["ffmpeg"], **arguments)
    if task == "document":
        from app.media.processing.document import open_document

        return open_document(_whole_source(), **arguments)
    if task == "office":
        from app.media.processing.office import open_office

        return open_office(_whole_source(), **arguments)
    if ":" in task:
        module, _, function = task.partition(":")
        found: Found = getattr(import_module(module), function)(_whole_source(), **arguments)
        return found
    from app.media.processing.moving import open_moving

    return open_moving(order["ffmpeg"], **arguments)


def _whole_source() -> bytes:
    size = os.fstat(0).st_size
    return os.pread(0, size, 0)


def main() -> None:
    """Entry point: `python -m app.media.processing.caged TASK`, with the order in the environment variable CAGE."""
    answer(sys.argv[1], json.loads(os.environ.pop("CAGE")))


def answer(task: str, order: dict[str, Any]) -> NoReturn:
    """Put the fence up, do `task`, write what was found to descriptor 1, and end this process."""
    told = os.dup(1)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    _, memory, _, cpu_seconds, largest = order["limits"]
    fence.set_limits(memory, cpu_seconds, largest)
    layers = fence.put_up([*_SYSTEM, *map(str, mimetypes.knownfiles), *_own_code(), order["ffmpeg"]], order["folder"])
    fence.die_with(order["parent"])
    # A run is short and its memory goes with it.
    gc.disable()
    facts: dict[str, Any]
    blobs: list[bytes | MemoryOutput] = []
    try:
        findings = run(task, order)
        facts, blobs = findings.message()
    except Unreadable as error:
        facts = {"unreadable": error.reason}
    except MemoryError:
        facts = {"unreadable": "too_big"}
    except Exception as error:
        frame = error.__traceback__
        while frame is not None and frame.tb_next is not None:
            frame = frame.tb_next
        place = f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}" if frame else "nowhere"
        facts = {"unreadable": "broken", "surprise": f"{type(error).__name__} at {place}"}
    facts["layers"] = layers
    facts["blobs"] = [len(blob) if isinstance(blob, bytes) else blob.size for blob in blobs]
    header = json.dumps(facts).encode()
    _write(told, len(header).to_bytes(4, "big") + header)
    for blob, size in zip(blobs, facts["blobs"], strict=True):
        if isinstance(blob, bytes):
            _write(told, blob)
            continue
        sent = 0
        while sent < size:
            piece = os.pread(blob.descriptor, min(_PIECE, size - sent), sent)
            _write(told, piece)
            sent += len(piece)
    os._exit(0)


def _own_code() -> list[str]:
    """Where Python and its packages are, and our own; not the project's folder, which may hold the data as well."""
    app = Path(__file__).resolve().parents[2]
    packages = [path for path in sys.path if path and Path(path).resolve() != app.parent]
    return [sys.prefix, sys.base_prefix, *packages, str(app)]


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


if __name__ == "__main__":
    main()
