"""Photos: JPEG, PNG, WebP, HEIC, AVIF, GIF (its first frame), TIFF, BMP."""

from io import BytesIO
from typing import Any

import pyvips

from app.media.processing.exif import Taken, read_exif
from app.media.processing.findings import Findings
from app.media.processing.outcome import Unreadable
from app.media.processing.pictures import add_sizes, fit

MOST_PIXELS = 100_000_000
LARGEST = 2048
SIZES = [(LARGEST, "2048"), (1024, "1024"), (512, "512"), (256, "256")]

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


def open_photo(data: bytes, container: str, only_look: bool) -> Findings:
    """Findings for a photo in `container` (as `look` guessed).

    Raises Unreadable: broken, or too_big beyond 100 megapixels.
    """
    findings = Findings("photo", f"image/{container}")
    try:
        image, exif, turned = _decode(data, container)
        width, height = (image.height, image.width) if turned else (image.width, image.height)
        findings.facts |= {"width": width, "height": height}
        findings.taken(exif)
        if not only_look:
            add_sizes(findings, fit(_shrunk_on_load(image, data, container), LARGEST), SIZES)
    except pyvips.Error as error:
        raise Unreadable("too_big" if "memory" in str(error).lower() else "broken") from None
    return findings


def _decode(data: bytes, container: str) -> tuple[pyvips.Image, Taken, bool]:
    """The picture, not yet decoded where the format allows; what its EXIF says; and whether it is shown on its side."""
    if container == "heic":
        return _decode_heic(data)
    if container == "bmp":
        return _decode_bmp(data), Taken(), False
    image = getattr(pyvips.Image, _LOADERS[container])(data, access="sequential")
    _check_size(image.width, image.height)
    exif = data if container == "tiff" else image.get("exif-data") if "exif-data" in image.get_fields() else b""
    turned = _ORIENTATION in image.get_fields() and 5 <= image.get(_ORIENTATION) <= 8
    return image, read_exif(exif), turned


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


def _decode_heic(data: bytes) -> tuple[pyvips.Image, Taken, bool]:
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
    if info.get("icc_profile"):
        image = image.copy()
        image.set_type(pyvips.GValue.blob_type, "icc-profile-data", info["icc_profile"])
    elif info.get("nclx_profile", {}).get("color_primaries") == 12:
        image = image.icc_transform("srgb", input_profile="p3")
    return image, read_exif(info.get("exif") or b""), False


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
