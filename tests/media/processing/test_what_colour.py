"""Wide colours, of pictures that say so in a number and of films: seen in the copies as they are meant."""

import io
import struct
import zlib
from typing import Any

import pillow_heif
import pytest
import pyvips
from PIL import Image, ImageCms

from app.media.processing import Outcome, process
from tests.media.processing.conftest import Film
from tests.media.processing.looking import close, colour_at, copy, report, saved

RED = (200, 30, 30)
# What `RED` is in Display P3 and in BT.2020, by the same curve; and pure red of sRGB in Display P3.
RED_IN_P3, RED_IN_2020, PURE_IN_P3 = (184, 50, 41), (163, 64, 40), (234, 51, 35)
SRGB, P3, BT2020 = 1, 12, 9
# libx264 writes what a film is into its header.
MARKED = "setparams=color_primaries={0}:color_trc={1}:colorspace={2}:range=tv"


def png(colour: tuple[int, ...], cicp: tuple[int, int] | None, depth: int = 8, **options: Any) -> bytes:
    """A PNG of one colour with a cICP chunk (primaries, transfer)."""
    if depth == 16:
        many = pyvips.Image.black(160, 120, bands=3) + list(colour)
        plain: bytes = many.cast("ushort").copy(interpretation="rgb16").pngsave_buffer(bitdepth=16, keep="none")
    else:
        plain = saved(Image.new("RGBA" if len(colour) == 4 else "RGB", (160, 120), colour), "PNG", **options)
    if cicp is None:
        return plain
    body = b"cICP" + bytes((*cicp, 0, 1))
    return plain[:33] + struct.pack(">I", 4) + body + struct.pack(">I", zlib.crc32(body)) + plain[33:]


def middle(outcome: Outcome, name: str = "2048.jpg") -> list[float]:
    return colour_at(copy(outcome, name), 0.5, 0.5)


def test_a_reported_picture_in_p3_is_pure_red() -> None:
    outcome = process(report("cicp_p3.png"))
    assert close(middle(outcome), (255, 0, 0), by=4)
    assert close(middle(outcome, "256.avif"), (255, 0, 0), by=6)


@pytest.mark.parametrize(
    ("colour", "cicp", "wanted"),
    [
        (RED_IN_P3, (P3, 13), RED),
        (RED_IN_2020, (BT2020, 13), RED),
        ((*RED_IN_P3, 255), (P3, 13), RED),
        (RED, (SRGB, 13), RED),
        (RED_IN_P3, None, RED_IN_P3),
        (RED, (2, 2), RED),
        (RED, (255, 255), RED),
    ],
)
def test_what_a_png_says_of_its_colours(
    colour: tuple[int, ...], cicp: tuple[int, int] | None, wanted: tuple[int, int, int]
) -> None:
    assert close(middle(process(png(colour, cicp))), wanted, by=6)


def test_pictures_brighter_than_paper() -> None:
    # Paper white and half of its light, by the curves of BT.2100: 203 nits are 0.58 of PQ and 0.75 of HLG.
    for transfer, white, half in ((16, 0.58, 0.509), (18, 0.75, 0.632)):
        for signal, low, high in ((white, 225, 255), (half, 160, 205)):
            seen = middle(process(png((round(signal * 65535),) * 3, (BT2020, transfer), depth=16)))
            assert all(low <= value <= high for value in seen), (transfer, signal, seen)
            assert max(seen) - min(seen) < 6


def test_what_is_said_in_a_number_goes_before_a_profile() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert close(middle(process(png(RED_IN_P3, (P3, 13), icc_profile=profile))), RED, by=6)


def test_wide_colours_in_heic_and_avif() -> None:
    image = Image.new("RGB", (160, 120), PURE_IN_P3)
    heic = io.BytesIO()
    pillow_heif.from_pillow(image).save(heic, quality=95, save_nclx_profile=True)
    for data in (heic.getvalue(), saved(image, "AVIF", quality=95)):
        at = data.index(b"colrnclx") + 8
        assert close(middle(process(data[:at] + struct.pack(">H", P3) + data[at + 2 :])), (255, 0, 0), by=10)
        assert close(middle(process(data)), PURE_IN_P3, by=10)


def test_a_reported_film_in_2020_has_its_colours_on_its_poster() -> None:
    outcome = process(report("v_bt2020_sdr.mp4"))
    for name in ("poster.jpg", "poster.avif", "poster-256.jpg"):
        assert close(colour_at(copy(outcome, name), 0.1, 0.1), RED, by=14), name
    strip = copy(outcome, "strip.jpg")
    assert close(colour_at(strip, 0.02, 0.15), RED, by=16)


@pytest.mark.parametrize(
    ("coded", "marks", "coding", "wanted"),
    [
        (PURE_IN_P3, ("smpte432", "bt709", "bt709"), ["libx264"], (255, 0, 0)),
        (RED_IN_P3, ("smpte432", "iec61966-2-1", "bt709"), ["libx264"], RED),
        (RED_IN_2020, ("bt2020", "bt2020-10", "bt2020nc"), ["libx264"], RED),
        (RED_IN_2020, ("bt2020", "bt709", "bt2020nc"), ["libx265", "-x265-params", "log-level=none"], RED),
        (RED, ("bt709", "bt709", "bt709"), ["libx264"], RED),
    ],
)
def test_films_of_wide_colours(
    film: Film, coded: tuple[int, int, int], marks: tuple[str, str, str], coding: list[str],
    wanted: tuple[int, int, int],
) -> None:  # fmt: skip
    matrix = "bt2020" if marks[2] == "bt2020nc" else "bt709"
    chain = f"scale=out_color_matrix={matrix}:out_range=tv,format=yuv420p,{MARKED.format(*marks)}"
    source = ["-f", "lavfi", "-i", "color=c=0x{:02x}{:02x}{:02x}:s=320x180:r=10:d=1,format=gbrp".format(*coded)]
    outcome = process(film("a.mp4", *source, "-vf", chain, "-c:v", *coding))
    assert close(colour_at(copy(outcome, "poster.jpg"), 0.5, 0.5), wanted, by=14)
    assert close(colour_at(copy(outcome, "strip.jpg"), 0.5, 0.5), wanted, by=16)
