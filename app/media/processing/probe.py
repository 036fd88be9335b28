"""What is inside a sound or video file, read from ffmpeg's machine-readable outputs."""

import math
import re
from datetime import UTC, datetime
from typing import NamedTuple

from app.media.processing import ffmpeg as tool
from app.media.processing.exif import Taken, checked_place

_SECONDS = 10
_ISO_6709 = re.compile(r"([+-]\d{2}(?:\.\d+)?)([+-]\d{3}(?:\.\d+)?)")
_FRAME = re.compile(
    rb"^\[Parsed_showinfo_0 @ \w+\] n: *\d+ .* fmt:(\w+) .*sar:(\d+)/(\d+) s:(\d+)x(\d+) ", re.MULTILINE
)
_TRANSFER = re.compile(rb"^\[Parsed_showinfo_0 @ \w+\] color_range:.* color_trc:([\w-]+)", re.MULTILINE)


class Frame(NamedTuple):
    """The first picture, upright, in square pixels: pixel format, width, height, and the transfer curve's name."""

    format: str
    width: int
    height: int
    square: bool
    transfer: str

    @property
    def high_dynamic_range(self) -> bool:
        return self.transfer in ("arib-std-b67", "smpte2084")


class Streams(NamedTuple):
    """The first video and audio stream: codec names (None where absent), seconds, and the sound's channel layout."""

    video: str | None
    audio: str | None
    seconds: float
    layout: str


def read_streams(ffmpeg: str, source: int) -> Streams | None:
    """Demux the whole file without decoding it: a header can leave the length out, or lie.

    None when it cannot be demuxed. Cover pictures do not count as video. Raises Unreadable: too_slow, timeout.
    """
    maps = ["-map", "0:V:0?", "-map", "0:a:0?", "-c", "copy", "-f", "framecrc", "pipe:1"]
    _, text = tool.run(ffmpeg, source, [], maps, _SECONDS)
    facts: dict[tuple[str, int], str] = {}
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for line in text.splitlines():
        if line.startswith(b"#"):
            name, _, value = line[1:].decode("ascii", "replace").partition(": ")
            label, _, index = name.partition(" ")
            if index.isdecimal():
                facts[label, int(index)] = value.strip()
            continue
        numbers = line.split(b",", 5)
        try:
            stream, start, length = int(numbers[0]), int(numbers[2]), int(numbers[3])
        except (IndexError, ValueError):
            continue
        first[stream] = min(first.get(stream, start), start)
        last[stream] = max(last.get(stream, 0), start + length)
    codecs: dict[str, str] = {}
    seconds = 0.0
    layout = ""
    for stream in last:
        above, _, below = facts.get(("tb", stream), "1/1").partition("/")
        seconds = max(seconds, (last[stream] - max(0, first[stream])) * int(above) / max(1, int(below)))
        codecs[facts.get(("media_type", stream), "")] = facts.get(("codec_id", stream), "")
        layout = facts.get(("channel_layout_name", stream), layout)
    if not codecs:
        return None
    return Streams(codecs.get("video"), codecs.get("audio"), seconds, layout)


def read_frame(ffmpeg: str, source: int) -> Frame | None:
    """Decode the first picture and describe it. None when that cannot be done. Raises Unreadable: too_slow, timeout."""
    maps = ["-map", "0:V:0", "-vf", "showinfo=checksum=0", "-frames:v", "1", "-f", "null", "-"]
    _, text = tool.run(ffmpeg, source, [], maps, _SECONDS, loud=True)
    frame = _FRAME.search(text)
    if frame is None:
        return None
    transfer = _TRANSFER.search(text, frame.end())
    across, down = int(frame[2]), int(frame[3])
    square = across == down or not across or not down
    width, height = int(frame[4]), int(frame[5])
    if not square:
        width = max(1, round(width * across / down))
    return Frame(frame[1].decode(), width, height, square, transfer[1].decode() if transfer else "unknown")


def read_taken(ffmpeg: str, source: int) -> Taken:
    """When and where, from the container's own tags (QuickTime, ISO media, Matroska).

    Raises Unreadable: too_slow, timeout.
    """
    _, text = tool.run(ffmpeg, source, [], ["-map_metadata", "0", "-f", "ffmetadata", "pipe:1"], _SECONDS)
    tags: dict[str, str] = {}
    for line in text.decode("utf-8", "replace").splitlines():
        if line.startswith("["):
            break
        name, found, value = line.partition("=")
        if found:
            tags.setdefault(name.lower(), value.replace("\\", ""))
    return Taken(_when(tags), _where(tags))


def _when(tags: dict[str, str]) -> datetime | None:
    # QuickTime's own tag is local time; the header's is UTC (ISO/IEC 14496-12) and often 1904 or 1970.
    for name in ("com.apple.quicktime.creationdate", "creation_time"):
        try:
            when = datetime.fromisoformat(tags.get(name, "")).replace(tzinfo=None, microsecond=0)
        except ValueError:
            continue
        if 1980 <= when.year <= datetime.now(UTC).year + 1:
            return when
    return None


def _where(tags: dict[str, str]) -> tuple[float, float] | None:
    for name in ("com.apple.quicktime.location.iso6709", "location", "location-eng"):
        found = _ISO_6709.match(tags.get(name, ""))
        if found:
            latitude, longitude = float(found[1]), float(found[2])
            if math.isfinite(latitude) and math.isfinite(longitude):
                return checked_place(latitude, longitude)
    return None
