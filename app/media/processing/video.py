"""Video: one MP4 that every phone plays, a poster, and six moments of it side by side."""

import pyvips

from app.media.processing import ffmpeg as tool
from app.media.processing import probe
from app.media.processing.findings import Findings
from app.media.processing.memory import MemoryOutput
from app.media.processing.outcome import Unreadable
from app.media.processing.pictures import JPEG, add_sizes, fit

LONGEST = 30 * 60
SHORT_SIDE = 720
MOST_PIXELS = 40_000_000
POSTERS = [(1024, "poster"), (512, "poster-512"), (256, "poster-256")]
MOMENTS = 6
MOMENT_SIDE = 192

_LONG_SIDE = 1920
# H.264 carries free text beside its pictures (SEI, and units that the standard leaves to anyone): encoder settings, in
# some cameras the place. Only what a player needs is kept: slices and parameter sets (ITU-T H.264, table 7-1).
_WITHOUT_NOTES = ["-bsf:v", "filter_units=pass_types=1-5|7|8"]
_H264 = [
    *("-c:v", "libx264", "-preset", "veryfast", "-crf", "24", "-maxrate", "3M", "-bufsize", "6M"),
    *("-profile:v", "high", "-fpsmax", "60", "-threads", "2"),
]
_AAC = ["-c:a", "aac", "-b:a", "128k", "-ac", "2"]
_TO_STANDARD_RANGE = (
    "zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,tonemap=mobius:desat=0,zscale=t=bt709:m=bt709:r=tv"
)


def make(findings: Findings, ffmpeg: str, source: int, streams: probe.Streams, only_look: bool) -> None:
    """Add "phone.mp4" (H.264/AAC, short side at most 720, index first), posters, "strip.jpg" and facts.

    Pictures that fit already are re-packed, not re-encoded; sound is always encoded anew (see `audio`). The strip is
    MOMENTS pictures from left to right, each of the middle of its sixth of the film, within MOMENT_SIDE × MOMENT_SIDE.

    Raises Unreadable: too_long beyond 30 minutes, too_big beyond 40 megapixels, broken, too_slow, timeout.
    """
    if streams.seconds > LONGEST + 1:
        raise Unreadable("too_long")
    frame = probe.read_frame(ffmpeg, source)
    if frame is None:
        raise Unreadable("broken")
    if frame.width * frame.height > MOST_PIXELS:
        raise Unreadable("too_big")
    findings.facts |= {"width": frame.width, "height": frame.height}
    if only_look:
        return
    copy = _fitting_copy(ffmpeg, source, streams, frame) or _new_copy(ffmpeg, source, streams, frame)
    width, height = _target(frame)
    seen = probe.read_frame(ffmpeg, copy.descriptor)
    if seen is not None:
        width, height = seen.width, seen.height
    _add_posters(findings, ffmpeg, copy.descriptor, width, height, streams.seconds)
    _add_strip(findings, ffmpeg, copy.descriptor, width, height, streams.seconds)
    findings.add("phone.mp4", width, height, copy)


def _target(frame: probe.Frame) -> tuple[int, int]:
    """Width and height within SHORT_SIDE and _LONG_SIDE, never larger than the source, both even."""
    short, long = sorted((frame.width, frame.height))
    scale = min(1.0, SHORT_SIDE / short, _LONG_SIDE / long)
    return tuple(max(2, round(side * scale / 2) * 2) for side in (frame.width, frame.height))  # type: ignore[return-value]


def _write(ffmpeg: str, source: int, arguments: list[str], processor: float) -> MemoryOutput | None:
    output = MemoryOutput()
    content, _ = tool.run(
        ffmpeg,
        source,
        [],
        [
            *("-map", "0:V:0", "-map", "0:a:0?", *arguments, *tool.CLEAN, "-t", str(LONGEST + 1)),
            *("-movflags", "+faststart", "-write_tmcd", "0", "-f", "mp4", f"file:{output.path}"),
        ],
        processor,
        hand_on=(output.descriptor,),
    )
    return output if content and output.size else None


def _fitting_copy(ffmpeg: str, source: int, streams: probe.Streams, frame: probe.Frame) -> MemoryOutput | None:
    """The same pictures in a clean container, when a phone can play them as they are."""
    if streams.video != "h264" or frame.format != "yuv420p" or not frame.square or frame.high_dynamic_range:
        return None
    if min(frame.width, frame.height) > SHORT_SIDE or max(frame.width, frame.height) > _LONG_SIDE:
        return None
    return _write(ffmpeg, source, ["-c:v", "copy", *_WITHOUT_NOTES, *_AAC], 20 + streams.seconds)


def _new_copy(ffmpeg: str, source: int, streams: probe.Streams, frame: probe.Frame) -> MemoryOutput:
    width, height = _target(frame)
    scale = f"scale={width}:{height},setsar=1,format=yuv420p"
    filters = [f"{scale.split(',')[0]},{_TO_STANDARD_RANGE},{scale}", scale] if frame.high_dynamic_range else [scale]
    processor = 20 + 12 * streams.seconds
    for chain in filters:
        arguments = ["-vf", chain, *_H264, *_WITHOUT_NOTES, *_AAC]
        copy = _write(ffmpeg, source, arguments, processor)
        if copy is not None:
            return copy
    raise Unreadable("broken")


def _add_posters(findings: Findings, ffmpeg: str, source: int, width: int, height: int, seconds: float) -> None:
    # A second in, the hand is steadier and a fade from black is over.
    for at in (min(1.0, seconds / 3), 0.0):
        image = _picture_at(ffmpeg, source, at, width, height)
        if image is not None:
            add_sizes(findings, fit(image, POSTERS[0][0]), POSTERS)
            return
    raise Unreadable("broken")


def _add_strip(findings: Findings, ffmpeg: str, source: int, width: int, height: int, seconds: float) -> None:
    scale = min(1.0, MOMENT_SIDE / max(width, height))
    small_width, small_height = max(1, round(width * scale)), max(1, round(height * scale))
    moments: list[pyvips.Image] = []
    for number in range(MOMENTS):
        image = _picture_at(ffmpeg, source, (number + 0.5) * seconds / MOMENTS, small_width, small_height)
        if image is None and not moments:
            return
        # A film that breaks off ends with the last picture there is.
        moments.append(image or moments[-1])
    strip = pyvips.Image.arrayjoin(moments, across=MOMENTS)
    findings.add("strip.jpg", strip.width, strip.height, strip.jpegsave_buffer(**JPEG))


def _picture_at(ffmpeg: str, source: int, at: float, width: int, height: int) -> pyvips.Image | None:
    """The picture `at` seconds, that many pixels; None when there is none."""
    content, pixels = tool.run(
        ffmpeg,
        source,
        ["-ss", f"{at:.3f}"],
        [
            *("-map", "0:V:0", "-frames:v", "1", "-vf", f"scale={width}:{height}"),
            *("-pix_fmt", "rgb24", "-f", "rawvideo", "pipe:1"),
        ],
        20,
    )
    if not content or len(pixels) != width * height * 3:
        return None
    return pyvips.Image.new_from_memory(pixels, width, height, 3, "uchar").copy(interpretation="srgb")
