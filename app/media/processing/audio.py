"""Sound: one AAC file that every phone plays, and the shape of its loudness."""

import math
import subprocess
import sys
import threading
from array import array

from app.media.processing import ffmpeg as tool
from app.media.processing import probe
from app.media.processing.findings import Findings
from app.media.processing.memory import MemoryOutput
from app.media.processing.outcome import Unreadable

LONGEST = 3 * 3600
PEAKS = 300
_RATE = 8000
_QUIET = 328


def make(findings: Findings, ffmpeg: str, source: int, streams: probe.Streams, only_look: bool) -> None:
    """Add "listen.m4a" (AAC), peaks and the exact length. It is always a re-encode.

    Raises Unreadable: too_long beyond 3 hours, too_big, broken, too_slow.
    """
    if streams.seconds > LONGEST + 1:
        raise Unreadable("too_long")
    if only_look:
        return
    copy = MemoryOutput()
    # Never copied, even from AAC: between its frames lie bytes that no decoder plays and no filter takes out.
    coding = ["-c:a", "aac", "-b:a", "96k", "-ac", "1" if streams.layout == "mono" else "2"]
    until = ["-t", str(LONGEST + 1)]
    process = tool.start(
        ffmpeg,
        source,
        [],
        [
            *(
                "-map",
                "0:a:0",
                *coding,
                *tool.CLEAN,
                *until,
                "-movflags",
                "+faststart",
                "-f",
                "ipod",
                f"file:{copy.path}",
            ),
            *("-map", "0:a:0", "-ac", "1", "-ar", str(_RATE), *until, "-f", "s16le", "pipe:1"),
        ],
        processor=math.ceil(20 + streams.seconds),
        hand_on=(copy.descriptor,),
    )
    watch = threading.Timer(tool.PATIENCE * (20 + streams.seconds), process.kill)
    watch.start()
    try:
        window = max(1, math.ceil(streams.seconds * _RATE / PEAKS))
        loudness, samples = _peaks(process, window)
        status = process.wait()
    finally:
        watch.cancel()
    if tool.ran_out(status):
        raise Unreadable("too_slow")
    if status == tool.NO_MEMORY:
        raise Unreadable("too_big")
    if status or not samples or not copy.size:
        raise Unreadable("broken")
    findings.facts["duration_s"] = round(samples / _RATE, 3)
    findings.facts["peaks"] = _scaled(loudness)
    findings.add("listen.m4a", 0, 0, copy)


def _peaks(process: subprocess.Popen[bytes], window: int) -> tuple[list[int], int]:
    """The loudest sample (0–32768) of every `window` samples that `process` puts out, and how many samples came."""
    assert process.stdout is not None
    loudness: list[int] = []
    total = 0
    while data := process.stdout.read(window * 2):
        samples = array("h", data[: len(data) // 2 * 2])
        if sys.byteorder == "big":
            samples.byteswap()
        total += len(samples)
        if samples:
            loudness.append(max(max(samples), -min(samples)))
    return loudness, total


def _scaled(loudness: list[int]) -> list[int]:
    """0–255, the loudest at 255; what is near silence throughout stays low."""
    if len(loudness) > 2 * PEAKS:
        step = math.ceil(len(loudness) / PEAKS)
        loudness = [max(loudness[at : at + step]) for at in range(0, len(loudness), step)]
    top = max(max(loudness), _QUIET)
    return [min(255, value * 255 // top) for value in loudness]
