"""What a copy looks like: its picture, a colour at a place in it, a moment of its film."""

import io
import subprocess
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pyvips
from PIL import Image

from app.media.processing import Outcome

REPORTS = Path(__file__).parents[2] / "corpora/reports-02"
Colour = tuple[int, int, int]


def report(name: str) -> bytes:
    """A file that somebody reported, with the right value in the README beside it."""
    return (REPORTS / name).read_bytes()


def copy(outcome: Outcome, name: str) -> bytes:
    """One clean copy."""
    return next(rendition.data for rendition in outcome.renditions if rendition.name == name)


def colour_at(data: bytes, across: float, down: float) -> list[float]:
    """The colour of a picture, at a part of its width and of its height."""
    image = pyvips.Image.new_from_buffer(data, "")
    found: list[float] = image.getpoint(int(image.width * across), int(image.height * down))
    return found


def close(seen: Any, wanted: Any, by: int = 12) -> bool:
    """Whether two colours look alike."""
    return all(abs(a - b) <= by for a, b in zip(seen, wanted, strict=True))


def seen_at(film: bytes, seconds: float, folder: Path) -> bytes:
    """The picture of a film at a moment, as a PNG."""
    path = folder / "film.mp4"
    path.write_bytes(film)
    made = ["-ss", str(seconds), "-i", str(path), "-frames:v", "1", "-f", "image2pipe", "-c:v", "png", "-"]
    done = subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", *made], capture_output=True)
    return done.stdout


def saved(image: Image.Image, form: str, **options: Any) -> bytes:
    """A picture as a file."""
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()
