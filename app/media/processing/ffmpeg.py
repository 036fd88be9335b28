"""Running ffmpeg inside the cage: it may read one descriptor, in known containers, and nothing else."""

import os
import signal
import subprocess

from app.media.processing import fence
from app.media.processing.outcome import Unreadable

# Never a playlist or a list of other files (hls, concat, dash, imf …), never a device.
CONTAINERS = "mov,mp4,matroska,webm,avi,mpegts,mpeg,asf,flv,mp3,wav,w64,ogg,flac,aac,amr,caf,aiff"
CLEAN = [
    *("-map_metadata", "-1", "-map_chapters", "-1", "-sn", "-dn"),
    *("-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"),
]
_MOST_TEXT = 64 * 1024 * 1024


def start(
    ffmpeg: str,
    source: int,
    before: list[str],
    after: list[str],
    hand_on: tuple[int, ...] = (),
    loud: bool = False,
) -> subprocess.Popen[bytes]:
    """ffmpeg reading the file that is descriptor `source`, with arguments `before` and `after` the input.

    Standard output (and standard error, where `loud`) is a pipe. `hand_on` are descriptors it may write to.
    """
    me = os.getpid()
    os.lseek(source, 0, os.SEEK_SET)
    return subprocess.Popen(
        [
            *(ffmpeg, "-nostdin", "-hide_banner", "-y", "-v", "info" if loud else "error", "-nostats"),
            *("-threads", "2", "-filter_threads", "2", "-protocol_whitelist", "fd", "-format_whitelist", CONTAINERS),
            *before,
            *("-fd", "0", "-i", "fd:"),
            *after,
        ],
        stdin=source,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if loud else subprocess.DEVNULL,
        pass_fds=hand_on,
        preexec_fn=lambda: fence.die_with(me),
    )


def ran_out(status: int) -> bool:
    """Whether ffmpeg ended because of a limit: it answers the signal of the processor limit with status 255."""
    return status in (255, -signal.SIGXCPU, -signal.SIGKILL)


def run(
    ffmpeg: str,
    source: int,
    before: list[str],
    after: list[str],
    seconds: float,
    hand_on: tuple[int, ...] = (),
    loud: bool = False,
) -> tuple[bool, bytes]:
    """As `start`, to the end: whether ffmpeg was content, and its output (its messages, where `loud`).

    Raises Unreadable: timeout after `seconds`, too_big when the output is out of all proportion.
    """
    process = start(ffmpeg, source, before, after, hand_on, loud)
    try:
        output, messages = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise Unreadable("timeout") from None
    if ran_out(process.returncode):
        raise Unreadable("timeout")
    text = messages if loud else output
    if len(text) > _MOST_TEXT:
        raise Unreadable("too_big")
    return process.returncode == 0, text
