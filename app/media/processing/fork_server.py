"""The process that caged children are forked from: the decoders are loaded once, and no file is ever opened in it.

`python -m app.media.processing.fork_server`, with its line to the worker on descriptor 0. It does what `forks` says:
{"task", "order"} with two descriptors (source, answer) forks a child and says its process id; {"end": id} waits for a
child and says its status. It ends when the line does, or after a quiet while, and its children end with it.
"""

import gc
import os
import socket
from contextlib import suppress
from typing import Any, NoReturn

from app.kit.allocator import keep_buffers
from app.media.processing import caged
from app.media.processing.forks import IDLE_S, hear, say


def main() -> None:
    """Entry point."""
    # A child's memory goes with it, so there is nothing to give back before.
    keep_buffers(mmap_mib=64, trim_mib=256, top_pad_mib=32)
    import app.media.processing.photo  # noqa: F401  # what nearly every file needs

    line = socket.socket(fileno=os.dup(0))
    server = os.getpid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    line.settimeout(IDLE_S)
    gc.collect()
    gc.freeze()
    children: set[int] = set()
    with suppress(EOFError, ConnectionError):
        while True:
            try:
                asked, descriptors = hear(line)
            except TimeoutError:
                if children:
                    continue
                return
            if "end" in asked:
                _, status = os.waitpid(asked["end"], 0)
                children.discard(asked["end"])
                say(line, {"status": os.waitstatus_to_exitcode(status)})
                continue
            child = os.fork()
            if not child:
                _be_the_child(asked, server, *descriptors)
            # Its group is there before anybody hears of it, so whoever ends the group ends all of it.
            os.setpgid(child, child)
            children.add(child)
            for descriptor in descriptors:
                os.close(descriptor)
            say(line, {"child": child})


def _be_the_child(asked: dict[str, Any], server: int, source: int, answer: int) -> NoReturn:
    try:
        os.dup2(source, 0)
        os.dup2(answer, 1)
        # Also the line to the worker: only the server itself may speak on it.
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        order = asked["order"] | {"parent": server}
        os.environ["TMPDIR"] = order["folder"]
        os.chdir(order["folder"])
        caged.answer(asked["task"], order)
    finally:
        os._exit(1)


if __name__ == "__main__":
    main()
