"""Pictures that move (GIF, WebP, PNG, AVIF): a short film of them, and one picture that has something on it."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from typing import NamedTuple

import pyvips
from PIL import Image, UnidentifiedImageError

from app.media.processing import ffmpeg as tool
from app.media.processing import png
from app.media.processing.memory import MemoryOutput
from app.media.processing.pictures import fit, says_nothing

LONGEST = 60.0
LARGEST = 1280
_MOST_FRAMES = 1000
_MOST_PIXELS = 8_000_000
_SMALLEST = 16
_RATE = 30
# Seconds on the clock for the frames, and for the encoder to end after the last of them.
_PATIENCE, _ENDING = 7.0, 6.0
# Browsers play what asks for less as if it asked for a tenth of a second.
_TOO_QUICK, _INSTEAD = 0.011, 0.1
_H264 = [
    *("-c:v", "libx264", "-preset", "superfast", "-crf", "24", "-pix_fmt", "yuv420p", "-profile:v", "high"),
    *("-bsf:v", "filter_units=pass_types=1-5|7|8", "-colorspace", "bt709", "-color_primaries", "bt709"),
]
_IN_LIBVIPS = {"gif": "gifload_buffer", "webp": "webpload_buffer"}


class Frame(NamedTuple):
    """One picture of it, within LARGEST, as `fit` makes them, for so many seconds."""

    image: pyvips.Image
    seconds: float


def moves(data: bytes, container: str, pages: int, pixels: int) -> bool:
    """Whether a picture is an animation, and not too large for one. `pages` is how many libvips counts in it."""
    if pixels > _MOST_PIXELS:
        return False
    if container == "png":
        return png.moves(data)
    return pages > 1 if container in _IN_LIBVIPS else container == "avif" and data[8:12] == b"avis"


def frames(data: bytes, container: str) -> Iterator[Frame]:
    """Its pictures in order, as far as they can be read."""
    try:
        yield from (_by_libvips if container in _IN_LIBVIPS else _by_pillow)(data, container)
    except (pyvips.Error, UnidentifiedImageError, ValueError, OSError, SyntaxError, EOFError):
        return


def _by_libvips(data: bytes, container: str) -> Iterator[Frame]:
    load = getattr(pyvips.Image, _IN_LIBVIPS[container])
    pages = min(load(data).get("n-pages"), _MOST_FRAMES)
    strip = load(data, n=pages, access="sequential")
    high = strip.get("page-height")
    delays = strip.get("delay") if "delay" in strip.get_fields() else []
    for number in range(pages):
        page = strip.crop(0, number * high, strip.width, high)
        seconds = delays[number] / 1000 if number < len(delays) else _INSTEAD
        yield Frame(fit(page.copy_memory(), LARGEST), seconds)


def _by_pillow(data: bytes, container: str) -> Iterator[Frame]:
    Image.MAX_IMAGE_PIXELS = None
    with Image.open(BytesIO(data), formats=[container.upper()]) as moving:
        # The picture for programs that show no animation need not be one of it.
        first = 1 if getattr(moving, "default_image", False) else 0
        for number in range(first, min(getattr(moving, "n_frames", 1), _MOST_FRAMES)):
            moving.seek(number)
            whole = moving.convert("RGBA")
            page = pyvips.Image.new_from_memory(whole.tobytes(), *whole.size, 4, "uchar").copy(interpretation="srgb")
            yield Frame(fit(page, LARGEST), moving.info.get("duration", 0) / 1000)


def telling(data: bytes, container: str) -> pyvips.Image | None:
    """The first picture that is more than one plain colour, None where there is none."""
    enough = time.monotonic() + _PATIENCE / 3
    for frame in frames(data, container):
        if not says_nothing(frame.image):
            return frame.image
        if time.monotonic() > enough:
            break
    return None


def size_of(image: pyvips.Image) -> tuple[int, int]:
    """Width and height of the film of pictures like this one."""
    within = min(1.0, LARGEST / max(image.width, image.height))
    return max(2, round(image.width * within)), max(2, round(image.height * within))


def film(ffmpeg: str, data: bytes, container: str, width: int, height: int) -> tuple[MemoryOutput, float] | None:
    """An MP4 of an animation whose pictures are `width` × `height`, and its seconds; None where none can be made.

    At most a minute of it, and what can be read in a few seconds.
    """
    if min(width, height) < _SMALLEST:
        return None
    output = MemoryOutput()
    reading, writing = os.pipe()
    first = next(frames(data, container), None)
    if first is None:
        return None
    size = f"{first.image.width}x{first.image.height}"
    process = tool.start(
        ffmpeg,
        reading,
        ["-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", size, "-framerate", str(_RATE)],
        [
            *("-vf", "scale=trunc(iw/2)*2:trunc(ih/2)*2:out_color_matrix=bt709:out_range=tv", *_H264, *tool.CLEAN),
            *("-movflags", "+faststart", "-write_tmcd", "0", "-f", "mp4", f"file:{output.path}"),
        ],
        processor=int(_PATIENCE + _ENDING),
        hand_on=(output.descriptor,),
        containers="rawvideo",
    )
    os.close(reading)
    shown = _feed(writing, frames(data, container))
    try:
        process.wait(_ENDING)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    return (output, shown / _RATE) if not process.returncode and shown > 1 and output.size else None


def _feed(pipe: int, shown: Iterator[Frame]) -> int:
    """Write pictures to the encoder, each as often as it is seen. Returns how many were written."""
    written, until = 0, 0.0
    enough = time.monotonic() + _PATIENCE
    with suppress(BrokenPipeError), os.fdopen(pipe, "wb") as encoder:
        for frame in shown:
            until += frame.seconds if frame.seconds > _TOO_QUICK else _INSTEAD
            pixels = frame.image.write_to_memory()
            while written < min(until, LONGEST) * _RATE - 0.5:
                encoder.write(pixels)
                written += 1
            if until > LONGEST or time.monotonic() > enough:
                break
    return written
