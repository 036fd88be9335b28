"""From one decoded picture to the sizes and formats a phone needs. sRGB, no metadata, never larger than it was."""

from io import BytesIO
from typing import Any, cast

import pyvips
from PIL import AvifImagePlugin, Image  # noqa: F401  # the plugin, so that it is there before a file is

from app.media.processing.colours import Colour, to_srgb
from app.media.processing.findings import Findings
from app.media.processing.outcome import PREVIEW_MAX

# Judged by SSIMULACRA2 on real photos. At this speed AVIF takes half the processor time of WebP at effort 4, and a
# fifth fewer bytes; the next slower one takes three times as long for 4 % fewer. Without trellis quantisation and three
# steps higher, it is as good in a fifth less time, for 3 % more. libvips cannot tell the encoder so; Pillow can.
AVIF: dict[str, Any] = {
    "quality": 58, "speed": 9, "subsampling": "4:2:0", "codec": "aom", "max_threads": 1,
    "advanced": {"disable-trellis-quant": "1"},
}  # fmt: skip
JPEG = {"Q": 80, "keep": "none"}

# Black and white films make their plain pictures noisy by this much.
_PLAIN = 6
_PROFILE = "icc-profile-data"

pyvips.cache_set_max(0)


def fit(image: pyvips.Image, side: int, colour: Colour | None = None) -> pyvips.Image:
    """The picture within `side` × `side` pixels: upright, sRGB, 8 bits, 3 bands, on white, in memory, not enlarged.

    `colour` says what its numbers mean; where it is None a profile does, or they are sRGB.
    """
    if image.interpretation == "cmyk":
        image = image.icc_transform("srgb", embedded=True, input_profile="cmyk")
    image = image.thumbnail_image(side, height=side, size="down")
    # After the shrinking: a profile applied by thumbnail_image itself costs ten times as much.
    if colour is not None and image.bands >= 3:
        image = to_srgb(image, colour)
    elif _PROFILE in image.get_fields() and image.bands >= 3:
        image = image.icc_transform("srgb", embedded=True)
    image = image.colourspace("srgb")
    if image.hasalpha():
        image = image.flatten(background=[255, 255, 255])
    return image.extract_band(0, n=3).cast("uchar").copy_memory()


def add_sizes(findings: Findings, image: pyvips.Image, names: list[tuple[int, str]]) -> None:
    """Renditions of `image` (from `fit`) for each (longest side, name), largest first, each made from the one before.

    AVIF and JPEG. A picture that is small already gives the same bytes under each name. The last becomes the preview.
    """
    made: tuple[tuple[int, int], bytes, bytes] | None = None
    for side, name in names:
        if max(image.width, image.height) > side:
            image = image.thumbnail_image(side, height=side, size="down").copy_memory()
        size = (image.width, image.height)
        if made is None or made[0] != size:
            made = (size, _avif(image), image.jpegsave_buffer(**JPEG))
        findings.add(f"{name}.avif", *size, made[1])
        findings.add(f"{name}.jpg", *size, made[2])
    if findings.preview is None:
        findings.preview = _preview(image)


def says_nothing(image: pyvips.Image) -> bool:
    """Whether a picture (from `fit`) is one plain colour."""
    small = image.thumbnail_image(64, height=64, size="down")
    return all(band.max() - band.min() <= _PLAIN for band in small.bandsplit())


def _avif(image: pyvips.Image) -> bytes:
    pixels = Image.frombuffer("RGB", (image.width, image.height), image.write_to_memory(), "raw", "RGB", 0, 1)
    out = BytesIO()
    pixels.save(out, "AVIF", **AVIF)
    return out.getvalue()


def _preview(image: pyvips.Image) -> bytes | None:
    for side, quality in ((24, 40), (20, 20), (16, 5)):
        small = image.thumbnail_image(side, height=side, size="down")
        data = cast(bytes, small.webpsave_buffer(Q=quality, keep="none"))
        if len(data) <= PREVIEW_MAX:
            return data
    return None
