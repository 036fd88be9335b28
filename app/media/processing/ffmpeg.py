"""Running ffmpeg inside the cage: it may read one descriptor, in known containers, and nothing else."""

import errno
import math
import os
import signal
import subprocess
from contextlib import suppress

from app.media.processing import fence
from app.media.processing.outcome import Unreadable

# Never a playlist or a list of other files (hls, concat, dash, imf …), never a device.
CONTAINERS = "mov,mp4,matroska,webm,avi,mpegts,mpeg,asf,flv,mp3,wav,w64,ogg,flac,aac,amr,caf,aiff,au,ac3,eac3,dv"
CLEAN = [
    *("-map_metadata", "-1", "-map_chapters", "-1", "-sn", "-dn"),
    *("-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"),
]
# Clock to processor: what a machine that does other things as well may take.
PATIENCE = 4
# It ends with the error's own number, as a status.
NO_MEMORY = 256 - errno.ENOMEM
_MOST_TEXT = 64 * 1024 * 1024


def start(
    ffmpeg: str,
    source: int,
    before: list[str],
    after: list[str],
    processor: int,
    hand_on: tuple[int, ...] = (),
    loud: bool = False,
    containers: str = CONTAINERS,
) -> subprocess.Popen[bytes]:
    """ffmpeg reading the file or pipe that is descriptor `source`, with arguments `before` and `after` the input.

    `processor` is how many seconds it may compute. Standard output (and standard error, where `loud`) is a pipe.
    `hand_on` are descriptors it may write to.
    """
    me = os.getpid()

    def begin() -> None:
        fence.limit_processor(processor)
        fence.die_with(me)

    with suppress(OSError):  # a pipe has one beginning only
        os.lseek(source, 0, os.SEEK_SET)
    return subprocess.Popen(
        [
            *(ffmpeg, "-nostdin", "-hide_banner", "-y", "-v", "info" if loud else "error", "-nostats"),
            *("-threads", "2", "-filter_threads", "2", "-protocol_whitelist", "fd", "-format_whitelist", containers),
            *before,
            *("-fd", "0", "-i", "fd:"),
            *after,
        ],
        stdin=source,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if loud else subprocess.DEVNULL,
        pass_fds=hand_on,
        preexec_fn=begin,
    )


def ran_out(status: int) -> bool:
    """Whether ffmpeg ended because of a limit: it answers the signal of the processor limit with status 255."""
    return status in (255, -signal.SIGXCPU, -signal.SIGKILL)


def run(
    ffmpeg: str,
    source: int,
    before: list[str],
    after: list[str],
    processor: float,
    hand_on: tuple[int, ...] = (),
    loud: bool = False,
) -> tuple[bool, bytes]:
    """As `start`, to the end: whether ffmpeg was content, and its output (its messages, where `loud`).

    Raises Unreadable: too_slow after `processor` seconds of computing, timeout after PATIENCE times that on the clock,
    too_big when it asks for more memory than there is or its output is out of all proportion.
    """
    process = start(ffmpeg, source, before, after, math.ceil(processor), hand_on, loud)
    try:
        output, messages = process.communicate(timeout=PATIENCE * processor)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise Unreadable("timeout") from None
    if ran_out(process.returncode):
        raise Unreadable("too_slow")
    if process.returncode == NO_MEMORY:
        raise Unreadable("too_big")
    text = messages if loud else output
    if len(text) > _MOST_TEXT:
        raise Unreadable("too_big")
    return process.returncode == 0, text
