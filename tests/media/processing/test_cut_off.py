"""Pictures whose end is missing: what there is, then one plain colour, and the word that something is missing."""

import io
import struct
import zlib
from typing import Any

import pytest
import pyvips
from PIL import Image

from app.media.processing import Outcome, Unreadable, process
from tests.media.processing.looking import close, colour_at, copy, report, saved

GREY = (128, 128, 128)


def bands(mode: str = "RGB", side: int = 400) -> Image.Image:
    """Stripes with some noise in them, so that half of the bytes are about half of the picture."""
    noise = Image.effect_noise((side, side), 40).convert("RGB")
    red = Image.new("RGB", (side, side), (200, 60, 60))
    return Image.blend(noise, red, 0.7).convert(mode)


def half(data: bytes, part: float = 0.5) -> bytes:
    return data[: int(len(data) * part)]


def seen(outcome: Outcome, down: float) -> list[float]:
    return colour_at(copy(outcome, "2048.jpg"), 0.5, down)


def test_a_reported_png_shows_what_there_is() -> None:
    outcome = process(report("cut_off_half_1600.png"))
    assert (outcome.width, outcome.height, outcome.cut_off) == (1600, 1200, True)
    image = pyvips.Image.new_from_buffer(copy(outcome, "2048.jpg"), "")
    assert image.crop(0, 0, 1600, 500).deviate() > 20
    missing = image.crop(0, 700, 1600, 500)
    assert missing.deviate() < 3 and close(missing.getpoint(800, 250), GREY, by=3)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "1"])
@pytest.mark.parametrize("part", [0.25, 0.8])
def test_every_png(mode: str, part: float) -> None:
    image = bands(mode)
    outcome = process(half(saved(image, "PNG"), part))
    assert (outcome.width, outcome.height, outcome.cut_off) == (400, 400, True)
    rows = [max(seen(outcome, at / 100)) - min(seen(outcome, at / 100)) for at in range(1, 100)]
    whole = pyvips.Image.new_from_buffer(copy(outcome, "2048.jpg"), "")
    assert whole.crop(0, 0, 400, int(400 * part * 0.6)).deviate() > 5
    assert whole.crop(0, int(400 * (part + 0.13)), 400, 10).deviate() < 3, rows
    assert close(seen(outcome, 0.97), GREY, by=4)


def test_sixteen_bits_and_interlaced() -> None:
    source = pyvips.Image.new_from_memory(bands().tobytes(), 400, 400, 3, "uchar").copy(interpretation="srgb")
    deep = process(half(source.colourspace("rgb16").pngsave_buffer(bitdepth=16)))
    assert deep.cut_off and close(seen(deep, 0.95), GREY, by=4) and not close(seen(deep, 0.1), GREY, by=10)
    plain = Image.new("RGB", (400, 400), (200, 60, 60))
    plain.paste((60, 60, 200), (0, 200, 400, 400))
    noisy = Image.blend(plain, Image.effect_noise((400, 400), 60).convert("RGB"), 0.1)
    smooth = pyvips.Image.new_from_memory(noisy.tobytes(), 400, 400, 3, "uchar").copy(interpretation="srgb")
    woven = smooth.pngsave_buffer(interlace=True)
    for part in (0.15, 0.5, 0.8):
        coarse = process(half(woven, part))
        assert (coarse.width, coarse.height, coarse.cut_off) == (400, 400, True)
        assert close(seen(coarse, 0.2), (200, 60, 60), by=30), part
        assert close(seen(coarse, 0.95), (60, 60, 200), by=30), part


def test_zeros_where_the_rest_should_be() -> None:
    whole = saved(bands(), "PNG")
    outcome = process(half(whole) + bytes(len(whole) // 2))
    assert outcome.cut_off and close(seen(outcome, 0.95), GREY, by=4) and not close(seen(outcome, 0.1), GREY, by=10)


def test_only_the_last_bytes_are_missing() -> None:
    whole = saved(bands(), "PNG")
    for data in (whole, whole[:-12], whole + b"and more"):
        outcome = process(data)
        assert not outcome.cut_off and not close(seen(outcome, 0.97), GREY, by=10)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}, {"restart_marker_blocks": 4}])
def test_a_jpeg_says_so_too(options: dict[str, Any]) -> None:
    whole = saved(bands(), "JPEG", quality=90, **options)
    for data in (whole, whole + b"behind it \xff\xda", saved(bands(), "JPEG", exif=_with_thumbnail())):
        assert not process(data).cut_off
    outcome = process(half(whole))
    assert (outcome.width, outcome.height, outcome.cut_off) == (400, 400, True)
    assert process(half(whole) + bytes(3000)).cut_off


def _with_thumbnail() -> bytes:
    small = saved(Image.new("RGB", (16, 16)), "JPEG")
    return b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0" + small


def test_a_bitmap_too() -> None:
    whole = saved(bands(), "BMP")
    outcome = process(half(whole))
    assert outcome.cut_off and not process(whole).cut_off
    # A bitmap begins at the bottom.
    assert close(seen(outcome, 0.05), GREY, by=4) and not close(seen(outcome, 0.95), GREY, by=10)


@pytest.mark.parametrize("keep", [33, 60])
def test_nothing_is_there(keep: int) -> None:
    with pytest.raises(Unreadable) as caught:
        process(saved(bands(), "PNG")[:keep])
    assert caught.value.reason == "broken"


def test_a_png_that_never_ends_takes_no_time() -> None:
    head = saved(Image.new("RGB", (50, 50)), "PNG")[:33]
    body = zlib.compress(bytes(300_000_000), 9)
    many = b"".join(struct.pack(">I", 0) + b"IDAT" + bytes(4) for _ in range(100_000))
    outcome = process(head + many + struct.pack(">I", len(body) + 9) + b"IDAT" + body)
    assert (outcome.width, outcome.height) == (50, 50)
    out = io.BytesIO()
    Image.new("RGB", (9, 9)).save(out, "PNG")
    assert process(out.getvalue()).cut_off is False
