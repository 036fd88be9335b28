"""Video: one MP4 that every phone plays, a poster, and six moments of it side by side."""

import pyvips

from app.media.processing import ffmpeg as tool
from app.media.processing import probe
from app.media.processing.colours import Colour, to_srgb
from app.media.processing.findings import Findings
from app.media.processing.memory import MemoryOutput
from app.media.processing.outcome import Unreadable
from app.media.processing.pictures import JPEG, add_sizes, fit, says_nothing

LONGEST = 3 * 3600
SHORT_SIDE = 720
MOST_PIXELS = 40_000_000
POSTERS = [(1024, "poster"), (256, "poster-256")]
MOMENTS = 6
MOMENT_SIDE = 192

_LONG_SIDE = 1920
# H.264 carries free text beside its pictures (SEI, and units that the standard leaves to anyone): encoder settings, in
# some cameras the place. Only what a player needs is kept: slices and parameter sets (ITU-T H.264, table 7-1).
_WITHOUT_NOTES = ["-bsf:v", "filter_units=pass_types=1-5|7|8"]
# Players show a film's own colours, and so do its pictures. What is brighter than paper was drawn in before.
_PRIMARIES = {"bt2020": 9, "smpte431": 12, "smpte432": 12}
_H264 = [
    *("-c:v", "libx264", "-crf", "24", "-profile:v", "high", "-threads", "2"),
]
# A long film is made in less time and with fewer bytes a second, so that it ends within the cage's limits.
_LONG = 30 * 60
_MOST_RATE = 3_000_000
_MOST_BYTES = 1_400_000_000
_AAC = ["-c:a", "aac", "-b:a", "128k", "-ac", "2"]
_TO_STANDARD_RANGE = (
    "zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,tonemap=mobius:desat=0,zscale=t=bt709:m=bt709:r=tv"
)


def make(findings: Findings, ffmpeg: str, source: int, streams: probe.Streams, only_look: bool) -> None:
    """Add "phone.mp4" (H.264/AAC, short side at most 720, index first), posters, "strip.jpg" and facts.

    Pictures that fit already are re-packed, not re-encoded; sound is always encoded anew (see `audio`). The strip is
    MOMENTS pictures from left to right, each of the middle of its sixth of the film, within MOMENT_SIDE × MOMENT_SIDE.

    Raises Unreadable: too_long beyond 3 hours, too_big beyond 40 megapixels, broken, too_slow, timeout.
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
    seen = probe.read_frame(ffmpeg, copy.descriptor) or frame._replace(width=width, height=height)
    _add_posters(findings, ffmpeg, copy.descriptor, seen, streams.seconds)
    _add_strip(findings, ffmpeg, copy.descriptor, seen, streams.seconds)
    findings.add("phone.mp4", seen.width, seen.height, copy)


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
        arguments = ["-vf", chain, *_H264, *_pace(streams.seconds), *_WITHOUT_NOTES, *_AAC]
        copy = _write(ffmpeg, source, arguments, processor)
        if copy is not None:
            return copy
    raise Unreadable("broken")


def _pace(seconds: float) -> list[str]:
    """How fast it is encoded, how many pictures there are in a second, and the most bits for them."""
    rate = min(_MOST_RATE, int(_MOST_BYTES * 8 / max(1.0, seconds)) - 128_000)
    preset, pictures = ("superfast", "30") if seconds > _LONG else ("veryfast", "60")
    return ["-preset", preset, "-fpsmax", pictures, "-maxrate", str(rate), "-bufsize", str(2 * rate)]


def _add_posters(findings: Findings, ffmpeg: str, source: int, seen: probe.Frame, seconds: float) -> None:
    # A second in, the hand is steadier and a fade from black is over; where it is not, further in.
    plain = None
    for at in (min(1.0, seconds / 3), seconds / 2, seconds / 5, 0.0):
        found = _picture_at(ffmpeg, source, at, seen, 1.0)
        image = fit(found, POSTERS[0][0]) if found is not None else None
        if image is not None and not says_nothing(image):
            add_sizes(findings, image, POSTERS)
            return
        plain = plain or image
    if plain is None:
        raise Unreadable("broken")
    add_sizes(findings, plain, POSTERS)


def _add_strip(findings: Findings, ffmpeg: str, source: int, seen: probe.Frame, seconds: float) -> None:
    scale = min(1.0, MOMENT_SIDE / max(seen.width, seen.height))
    moments: list[pyvips.Image] = []
    for number in range(MOMENTS):
        image = _picture_at(ffmpeg, source, (number + 0.5) * seconds / MOMENTS, seen, scale)
        if image is None and not moments:
            return
        # A film that breaks off ends with the last picture there is.
        moments.append(image or moments[-1])
    strip = pyvips.Image.arrayjoin(moments, across=MOMENTS)
    findings.add("strip.jpg", strip.width, strip.height, strip.jpegsave_buffer(**JPEG))


def _picture_at(ffmpeg: str, source: int, at: float, seen: probe.Frame, scale: float) -> pyvips.Image | None:
    """The picture `at` seconds, in sRGB, made smaller by `scale`; None when there is none."""
    width, height = max(1, round(seen.width * scale)), max(1, round(seen.height * scale))
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
    image = pyvips.Image.new_from_memory(pixels, width, height, 3, "uchar").copy(interpretation="srgb")
    return to_srgb(image, Colour(_PRIMARIES.get(seen.primaries, 1), 1)).copy_memory()
