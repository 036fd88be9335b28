"""What is inside a sound or video file, read from ffmpeg's machine-readable outputs."""

import math
import re
from datetime import datetime
from io import BytesIO
from typing import NamedTuple

from app.media.processing import ffmpeg as tool
from app.media.processing.dates import read_when
from app.media.processing.exif import Taken, checked_place

_SECONDS = 10
_FIRST_FILM = 1980
_ISO_6709 = re.compile(r"([+-]\d{2}(?:\.\d+)?)([+-]\d{3}(?:\.\d+)?)")
_FRAME = re.compile(
    rb"^\[Parsed_showinfo_0 @ \w+\] n: *\d+ .* fmt:(\w+) .*sar:(\d+)/(\d+) s:(\d+)x(\d+) ", re.MULTILINE
)
_COLOUR = re.compile(
    rb"^\[Parsed_showinfo_0 @ \w+\] color_range:.* color_primaries:([\w-]+) color_trc:([\w-]+)", re.MULTILINE
)


class Frame(NamedTuple):
    """The first picture, upright, in square pixels: pixel format, width, height, and the names (by ffmpeg) of its
    primaries and its transfer curve.
    """

    format: str
    width: int
    height: int
    square: bool
    transfer: str
    primaries: str = "unknown"

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
    for line in BytesIO(text):
        line = line.rstrip()
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
    colour = _COLOUR.search(text, frame.end())
    primaries, transfer = (colour[1].decode(), colour[2].decode()) if colour else ("unknown", "unknown")
    across, down = int(frame[2]), int(frame[3])
    square = across == down or not across or not down
    width, height = int(frame[4]), int(frame[5])
    if not square:
        width = max(1, round(width * across / down))
    return Frame(frame[1].decode(), width, height, square, transfer, primaries)


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
    # QuickTime's own tag and iMovie's are on the clock of the place; the header's is UTC (ISO/IEC 14496-12, 8.2.2).
    for name in ("com.apple.quicktime.creationdate", "date"):
        text = tags.get(name, "")
        # A recorder's WAV (EBU Tech 3285) has its day there; elsewhere a bare day is that of a release.
        when = read_when(text) if "T" in text or "time_reference" in tags else None
        if when is not None:
            return when.replace(tzinfo=None)
    when = read_when(tags.get("creation_time", ""))
    # Seconds since 1970 where 1904 is meant, which is often, say 66 years too few.
    return when if when and when.year >= _FIRST_FILM else None


def _where(tags: dict[str, str]) -> tuple[float, float] | None:
    for name in ("com.apple.quicktime.location.iso6709", "location", "location-eng"):
        found = _ISO_6709.match(tags.get(name, ""))
        if found:
            latitude, longitude = float(found[1]), float(found[2])
            if math.isfinite(latitude) and math.isfinite(longitude):
                return checked_place(latitude, longitude)
    return None
