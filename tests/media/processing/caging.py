"""What the tests of the cage share: something to open, and opening it."""

import io

from PIL import Image

from app.media.processing import cage


def photo(width: int, height: int) -> bytes:
    """A PNG of noise, which is slow to open."""
    out = io.BytesIO()
    Image.effect_noise((width, height), 80).save(out, "PNG")
    return out.getvalue()


def caged(data: bytes, limits: cage.Limits) -> None:
    """Open a photo in a cage with these limits."""
    with cage.in_memory(data, limits.source) as file:
        cage.run_caged("photo", file, limits, {"container": "png", "only_look": False})
