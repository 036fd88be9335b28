"""Small real files, and what a page says about them."""

import io
import re
import wave
from collections.abc import Callable

from PIL import Image

RunJobs = Callable[[], None]


def jpeg(width: int = 320, height: int = 240, colour: str = "teal") -> bytes:
    """A real JPEG of one colour."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, "JPEG")
    return out.getvalue()


def wav(seconds: float = 0.5) -> bytes:
    """A real recording of nothing: 8 kHz, mono."""
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\0\0" * int(8000 * seconds))
    return out.getvalue()


JPEG = jpeg()


def hidden_uploads(page: str) -> list[str]:
    """Ids of the uploads that a page carries for the next try."""
    return re.findall(r'<input type="hidden" name="upload" value="([^"]+)"', page)
