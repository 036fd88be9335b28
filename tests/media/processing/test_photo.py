"""Photos: what comes out is right, upright, small and says nothing of where it was taken."""

import io
import struct
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
import pyvips
from PIL import Image, ImageCms

from app.media.processing import Outcome, Unreadable, examine, process
from tests.media.processing.conftest import PHOTOS, assert_clean

NAMES = {f"{side}.{ending}" for side in (256, 1024, 2048) for ending in ("avif", "jpg")}
RED, BLUE = (200, 30, 30), (30, 30, 200)


@pytest.fixture(scope="session")
def processed(photos: list[Path]) -> dict[str, Outcome]:
    return {path.name: process(path.read_bytes()) for path in photos}


def two_colours(width: int = 600, height: int = 400, mode: str = "RGB") -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    return image.convert(mode)


def saved(image: Image.Image, form: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def picture(outcome: Outcome, name: str) -> Image.Image:
    data = next(rendition.data for rendition in outcome.renditions if rendition.name == name)
    image = pyvips.Image.new_from_buffer(data, "")
    return Image.frombytes("RGB", (image.width, image.height), bytes(image.write_to_memory()))


def close(seen: Any, wanted: tuple[int, int, int], by: int = 12) -> bool:
    return all(abs(a - b) <= by for a, b in zip(seen, wanted, strict=True))


def test_real_photos_all_open(processed: dict[str, Outcome]) -> None:
    assert len(processed) == 18
    for name, outcome in processed.items():
        assert outcome.kind == "photo", name
        assert {rendition.name for rendition in outcome.renditions} == NAMES, name
        assert outcome.preview is not None and len(outcome.preview) <= 400 and outcome.preview[8:12] == b"WEBP"
        assert outcome.width and outcome.height
        for rendition in outcome.renditions:
            asked = int(rendition.name.split(".")[0])
            longest = max(rendition.width, rendition.height)
            assert longest <= min(asked, max(outcome.width, outcome.height)), (name, rendition.name)
            assert longest >= min(asked * 0.94, max(outcome.width, outcome.height)), (name, rendition.name)
            assert (rendition.width > rendition.height) == (outcome.width > outcome.height)
            image = pyvips.Image.new_from_buffer(rendition.data, "")
            assert (image.width, image.height) == (rendition.width, rendition.height)
            assert rendition.mime == ("image/avif" if rendition.name.endswith("avif") else "image/jpeg")


def test_no_rendition_of_a_real_photo_says_where(
    processed: dict[str, Outcome], exiftool: Callable[[bytes], dict[str, Any]]
) -> None:
    for name, outcome in processed.items():
        assert_clean(outcome, exiftool)
        original = (PHOTOS / name).read_bytes()
        rational = exiftool_free_gps(original)
        for rendition in outcome.renditions:
            assert rational is None or rational not in rendition.data, name


def exiftool_free_gps(original: bytes) -> bytes | None:
    """The 24 raw bytes of the latitude (three rationals) in a JPEG's EXIF, found without our own reader."""
    for order in ("<", ">"):
        entry = struct.pack(f"{order}HHI", 2, 5, 3)
        at = original.find(entry)
        start = original.find(b"Exif\0\0") + 6
        if at > 0 and start > 6:
            offset = int(struct.unpack_from(f"{order}I", original, at + 8)[0])
            return original[start + offset : start + offset + 24]
    return None


def test_place_and_time_are_found_for_the_owner(
    processed: dict[str, Outcome], exiftool: Callable[[bytes], dict[str, Any]]
) -> None:
    for name, outcome in processed.items():
        tags = exiftool((PHOTOS / name).read_bytes())
        assert outcome.location is not None, name
        assert outcome.location[0] == pytest.approx(tags["Composite:GPSLatitude"], abs=1e-6), name
        assert outcome.location[1] == pytest.approx(tags["Composite:GPSLongitude"], abs=1e-6), name
        when = tags.get("ExifIFD:DateTimeOriginal")
        assert outcome.taken_on == (datetime.strptime(when, "%Y:%m:%d %H:%M:%S") if when else None), name


@pytest.mark.parametrize(
    ("form", "options", "mime"),
    [
        ("JPEG", {"quality": 95}, "image/jpeg"),
        ("PNG", {}, "image/png"),
        ("WEBP", {"quality": 95}, "image/webp"),
        ("GIF", {}, "image/gif"),
        ("TIFF", {"compression": "tiff_lzw"}, "image/tiff"),
        ("BMP", {}, "image/bmp"),
    ],
)
def test_every_format(form: str, options: dict[str, Any], mime: str) -> None:
    outcome = process(saved(two_colours(), form, **options))
    assert (outcome.kind, outcome.mime, outcome.width, outcome.height) == ("photo", mime, 600, 400)
    for name in ("1024.avif", "1024.jpg"):
        image = picture(outcome, name)
        assert image.size == (600, 400)
        assert close(image.getpixel((100, 200)), RED)
        assert close(image.getpixel((500, 200)), BLUE)
    assert picture(outcome, "256.jpg").size == (256, 171)


def test_heic_and_avif() -> None:
    out = io.BytesIO()
    pillow_heif.from_pillow(two_colours()).save(out, quality=90)
    heic = process(out.getvalue())
    assert (heic.kind, heic.mime) == ("photo", "image/heic")
    assert close(picture(heic, "1024.jpg").getpixel((100, 200)), RED)
    source = pyvips.Image.new_from_memory(two_colours().tobytes(), 600, 400, 3, "uchar")
    avif = process(source.heifsave_buffer(compression="av1", Q=90))
    assert (avif.kind, avif.mime) == ("photo", "image/avif")
    assert close(picture(avif, "1024.jpg").getpixel((500, 200)), BLUE)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turned_the_right_way_up(orientation: int) -> None:
    upright = two_colours(300, 200)
    undo = {
        1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(upright.transpose(undo) if undo is not None else upright, "JPEG", quality=95, exif=exif.tobytes())
    outcome = process(data)
    assert (outcome.width, outcome.height) == (300, 200)
    image = picture(outcome, "1024.jpg")
    assert image.size == (300, 200)
    assert close(image.getpixel((50, 100)), RED) and close(image.getpixel((250, 100)), BLUE)


def test_see_through_parts_become_white() -> None:
    image = two_colours(mode="RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 600, 200))
    assert close(picture(process(saved(image, "PNG")), "1024.jpg").getpixel((300, 50)), (255, 255, 255))


def test_wide_colours_become_ordinary_ones() -> None:
    source = pyvips.Image.new_from_memory(two_colours().tobytes(), 600, 400, 3, "uchar").copy(interpretation="srgb")
    wide = source.icc_transform("p3", input_profile="srgb")
    assert not close(wide.getpoint(100, 200), RED, by=5)
    image = picture(process(wide.jpegsave_buffer(Q=97, keep="icc")), "1024.jpg")
    assert close(image.getpixel((100, 200)), RED)


def test_print_colours_sixteen_bits_and_grey() -> None:
    source = pyvips.Image.new_from_memory(two_colours().tobytes(), 600, 400, 3, "uchar").copy(interpretation="srgb")
    cmyk = process(source.icc_transform("cmyk", input_profile="srgb").jpegsave_buffer(Q=95))
    assert close(picture(cmyk, "1024.jpg").getpixel((100, 200)), RED, by=40)
    deep = process(source.colourspace("rgb16").pngsave_buffer(bitdepth=16))
    assert close(picture(deep, "1024.jpg").getpixel((100, 200)), RED)
    grey = process(saved(two_colours(mode="L"), "PNG"))
    red, green, blue = picture(grey, "1024.jpg").getpixel((100, 200))  # type: ignore[misc]
    assert abs(red - green) < 4 and abs(green - blue) < 4


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (3000, 2), (257, 255)])
def test_odd_sizes(size: tuple[int, int]) -> None:
    outcome = process(saved(Image.new("RGB", size, RED), "PNG"))
    assert {rendition.name for rendition in outcome.renditions} == NAMES
    assert all(r.width <= size[0] and r.height <= size[1] for r in outcome.renditions)


def test_planted_metadata_does_not_come_through(exiftool: Callable[[bytes], dict[str, Any]]) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x013B] = "Camera maker", "Jo Photographer"
    exif.get_ifd(0x8825).update({1: "N", 2: (51.0, 30.0, 26.0), 3: "W", 4: (0.0, 7.0, 39.0)})
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><exif:GPSLatitude>51,30.4N</exif:GPSLatitude></x:xmpmeta>'
    for form in ("JPEG", "PNG", "WEBP", "TIFF"):
        extra: dict[str, Any] = {} if form in ("PNG", "TIFF") else {"xmp": xmp}
        data = saved(two_colours(), form, exif=exif, icc_profile=profile, **extra)
        outcome = process(data)
        if form != "TIFF":
            assert outcome.location == pytest.approx((51.507222, -0.1275), abs=1e-4), form
        assert_clean(outcome, exiftool)
        assert not any(b"Photographer" in rendition.data for rendition in outcome.renditions)


def test_a_cut_off_jpeg_shows_what_there_is() -> None:
    whole = saved(Image.effect_noise((1200, 900), 60).convert("RGB"), "JPEG", quality=90)
    outcome = process(whole[: len(whole) // 2])
    assert (outcome.kind, outcome.width, outcome.height) == ("photo", 1200, 900)


@pytest.mark.parametrize("keep", [20, 200])
def test_a_jpeg_cut_before_its_picture_is_broken(keep: int) -> None:
    with pytest.raises(Unreadable) as caught:
        process(saved(two_colours(), "JPEG")[:keep])
    assert caught.value.reason == "broken"


def test_a_broken_heic_is_broken(photos: list[Path]) -> None:
    whole = next(path for path in photos if path.name == "IMG_5195.HEIC").read_bytes()
    for bad in (whole[:40], whole[:5000], whole[:40] + bytes(3000), whole[:200] + b"\xff" * 20_000):
        with pytest.raises(Unreadable) as caught:
            process(bad)
        assert caught.value.reason == "broken"


def png_that_claims(width: int, height: int) -> bytes:
    import zlib

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(50_000, 50_000), (220_000_001, 1), (22_001, 10_000)])
def test_a_bomb_is_refused_before_it_is_decoded(size: tuple[int, int]) -> None:
    with pytest.raises(Unreadable) as caught:
        process(png_that_claims(*size))
    assert caught.value.reason in ("too_big", "broken")
    if size[0] * size[1] <= 2_500_000_000 and size[1] > 1:
        assert caught.value.reason == "too_big"


def test_a_bitmap_bomb_is_refused() -> None:
    header = (
        b"BM"
        + struct.pack("<IHHI", 54, 0, 0, 54)
        + struct.pack("<IiiHHIIiiII", 40, 30000, 30000, 1, 24, 0, 0, 0, 0, 0, 0)
    )
    with pytest.raises(Unreadable) as caught:
        process(header + bytes(1000))
    assert caught.value.reason == "too_big"


def test_a_reader_is_as_good_as_bytes(tmp_path: Path) -> None:
    path = tmp_path / "certificate.docx"
    path.write_bytes(saved(two_colours(), "PNG"))
    with path.open("rb") as reader:
        assert process(reader).mime == "image/png"
    assert examine(path.read_bytes()) == ("photo", "image/png")
