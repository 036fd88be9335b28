"""Photos: JPEG, PNG, WebP, HEIC, AVIF, GIF, TIFF, BMP. Those that move get a film as well."""

import struct
from io import BytesIO
from typing import Any, NamedTuple

import pyvips

from app.media.processing import animation, png
from app.media.processing.colours import Colour
from app.media.processing.cut_off import filled_up, jpeg_is_cut_off, padded_bmp
from app.media.processing.exif import Taken, read_exif
from app.media.processing.findings import Findings
from app.media.processing.outcome import Unreadable
from app.media.processing.pictures import add_sizes, fit, says_nothing
from app.media.processing.xmp import read_xmp

# The largest phones take 200 (16,384 × 12,288); what a decoder cannot shrink as it reads ends at the cage's memory.
MOST_PIXELS = 220_000_000
LARGEST = 2048
SIZES = [(LARGEST, "2048"), (1024, "1024"), (256, "256")]

_BOXES = 65536
_ORIENTATION = "orientation"
_LOADERS = {
    "jpeg": "jpegload_buffer",
    "png": "pngload_buffer",
    "webp": "webpload_buffer",
    "gif": "gifload_buffer",
    "tiff": "tiffload_buffer",
    "avif": "heifload_buffer",
}
# A JPEG can be decoded at 1/2, 1/4 or 1/8 for a fraction of the work. That is worth a copy up to this much smaller than
# asked: 4032 pixels, the commonest phone photo, halve to 2016 and need no further resizing.
_NEARLY = 0.94


class _Opened(NamedTuple):
    """A picture, not yet decoded where the format allows, and what is known of it.

    `turned`: it is shown on its side. `colour`: what its numbers mean, where it says so itself.
    """

    image: pyvips.Image
    taken: Taken = Taken()
    turned: bool = False
    colour: Colour | None = None
    cut_off: bool = False


def open_photo(data: bytes, container: str, ffmpeg: str, only_look: bool) -> Findings:
    """Findings for a photo in `container` (as `look` guessed).

    Raises Unreadable: broken, or too_big beyond MOST_PIXELS.
    """
    findings = Findings("photo", f"image/{container}")
    try:
        opened = _decode(data, container)
        image = opened.image
        width, height = (image.height, image.width) if opened.turned else (image.width, image.height)
        findings.facts |= {"width": width, "height": height, "cut_off": opened.cut_off}
        findings.taken(opened.taken)
        if not only_look:
            shown = fit(_shrunk_on_load(image, data, container), LARGEST, opened.colour)
            if animation.moves(data, container, _pages(image), width * height):
                shown = _moving(findings, ffmpeg, data, container, shown)
            add_sizes(findings, shown, SIZES)
    except pyvips.Error as error:
        raise Unreadable("too_big" if "memory" in str(error).lower() else "broken") from None
    return findings


def _moving(findings: Findings, ffmpeg: str, data: bytes, container: str, first: pyvips.Image) -> pyvips.Image:
    """Add the film of an animation, and return the picture that stands for it."""
    made = animation.film(ffmpeg, data, container, first.width, first.height)
    if made is not None:
        film, seconds = made
        width, height = (max(2, side // 2 * 2) for side in animation.size_of(first))
        findings.facts["duration_s"] = round(seconds, 3)
        findings.add("phone.mp4", width, height, film)
    return (animation.telling(data, container) or first) if says_nothing(first) else first


def _decode(data: bytes, container: str) -> _Opened:
    if container == "heic":
        return _decode_heic(data)
    if container == "bmp":
        whole, cut_off = padded_bmp(data)
        return _Opened(_decode_bmp(whole), cut_off=cut_off)
    image = getattr(pyvips.Image, _LOADERS[container])(data, access="sequential")
    _check_size(image.width, image.height)
    fields = image.get_fields()
    exif = data if container == "tiff" else image.get("exif-data") if "exif-data" in fields else b""
    xmp = image.get("xmp-data") if "xmp-data" in fields else b""
    turned = _ORIENTATION in fields and 5 <= image.get(_ORIENTATION) <= 8
    colour, cut_off = None, False
    if container == "png":
        colour, missing = png.colour_of(data), _cut(data)
        if missing is not None:
            there = pyvips.Image.pngload_buffer(missing.data, access="sequential")
            image, cut_off = filled_up(there, missing), True
    elif container == "avif" and "icc-profile-data" not in fields:
        colour = _colour_in_boxes(data)
    elif container == "jpeg":
        cut_off = jpeg_is_cut_off(data)
    return _Opened(image, read_exif(exif).or_else(read_xmp(xmp)), turned, colour, cut_off)


def _cut(data: bytes) -> png.Cut | None:
    try:
        return png.cut(data)
    except ValueError:
        raise Unreadable("broken") from None


def _pages(image: pyvips.Image) -> int:
    return int(image.get("n-pages")) if "n-pages" in image.get_fields() else 1


def _colour_in_boxes(data: bytes) -> Colour | None:
    """What the first colour box of a HEIF file says (ISO/IEC 23008-12, 6.5.5)."""
    at = data.find(b"colrnclx", 0, _BOXES)
    return Colour(*struct.unpack_from(">HH", data, at + 8)) if 0 < at < len(data) - 12 else None


def _check_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise Unreadable("too_big")


def _shrunk_on_load(image: pyvips.Image, data: bytes, container: str) -> pyvips.Image:
    if container == "jpeg":
        for factor in (8, 4, 2):
            if max(image.width, image.height) // factor >= LARGEST * _NEARLY:
                return pyvips.Image.jpegload_buffer(data, access="sequential", shrink=factor)
    if container == "webp" and max(image.width, image.height) > LARGEST:
        scale = LARGEST / max(image.width, image.height)
        return pyvips.Image.webpload_buffer(data, access="sequential", scale=scale)
    return image


def _decode_heic(data: bytes) -> _Opened:
    import pillow_heif

    pillow_heif.options.THUMBNAILS = False
    try:
        heif = pillow_heif.open_heif(data, convert_hdr_to_8bit=True)
        _check_size(*heif.size)
        pixels = heif.data
        width, height = heif.size
        bands = {"RGB": 3, "RGBA": 4, "RGBa": 4, "L": 1, "LA": 2}[heif.mode]
    except (ValueError, EOFError, SyntaxError, RuntimeError, OSError, KeyError):
        raise Unreadable("broken") from None
    kind = "b-w" if bands < 3 else "srgb"
    image = pyvips.Image.new_from_memory(pixels, width, height, bands, "uchar").copy(interpretation=kind)
    info: dict[str, Any] = heif.info
    if heif.mode == "RGBa":
        image = image.unpremultiply().cast("uchar")
    colour = None
    if info.get("icc_profile"):
        image = image.copy()
        image.set_type(pyvips.GValue.blob_type, "icc-profile-data", info["icc_profile"])
    elif info.get("nclx_profile"):
        nclx = info["nclx_profile"]
        colour = Colour(nclx.get("color_primaries", 2), nclx.get("transfer_characteristics", 2))
    taken = read_exif(info.get("exif") or b"").or_else(read_xmp(info.get("xmp") or b""))
    return _Opened(image, taken, colour=colour)


def _decode_bmp(data: bytes) -> pyvips.Image:
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None
    try:
        with Image.open(BytesIO(data), formats=["BMP"]) as bitmap:
            _check_size(*bitmap.size)
            pixels = bitmap.convert("RGB")
    except (UnidentifiedImageError, ValueError, OSError, SyntaxError):
        raise Unreadable("broken") from None
    return pyvips.Image.new_from_memory(pixels.tobytes(), *pixels.size, 3, "uchar").copy(interpretation="srgb")
