"""The photos of phones with 108 and 200 megapixels, within what a cage may use."""

import pytest
import pyvips

from app.media.processing import Outcome, Unreadable, process
from tests.media.processing.looking import close, colour_at, copy, report

RED, BLUE = (200, 30, 30), (30, 30, 200)


def large(width: int, height: int) -> pyvips.Image:
    """Red on the left, blue on the right; made as it is read."""
    left = (pyvips.Image.black(width // 2, height, bands=3) + list(RED)).cast("uchar")
    right = (pyvips.Image.black(width - width // 2, height, bands=3) + list(BLUE)).cast("uchar")
    return left.join(right, "horizontal").copy(interpretation="srgb")


def check(outcome: Outcome, width: int, height: int) -> None:
    assert (outcome.kind, outcome.width, outcome.height) == ("photo", width, height)
    shown = {rendition.name: (rendition.width, rendition.height) for rendition in outcome.renditions}
    assert 1900 <= max(shown["2048.avif"]) <= 2048
    assert close(colour_at(copy(outcome, "2048.jpg"), 0.25, 0.5), RED)
    assert close(colour_at(copy(outcome, "2048.jpg"), 0.75, 0.5), BLUE)


def test_a_reported_photo_of_108_megapixels_is_shown() -> None:
    outcome = process(report("phone_108mp.jpg"))
    assert (outcome.width, outcome.height) == (12000, 9000)
    largest = next(rendition for rendition in outcome.renditions if rendition.name == "2048.jpg")
    assert 1900 <= largest.width <= 2048


@pytest.mark.parametrize("size", [(16_320, 12_240), (9_000, 12_000), (30_000, 4_000)])
def test_large_jpegs(size: tuple[int, int]) -> None:
    check(process(large(*size).jpegsave_buffer(Q=70)), *size)


@pytest.mark.deep
@pytest.mark.parametrize("form", ["png", "tiff", "progressive"])
def test_large_pictures_of_other_sorts(form: str) -> None:
    image = large(12_000, 9_000)
    if form == "progressive":
        data = image.jpegsave_buffer(Q=70, interlace=True)
    elif form == "tiff":
        data = image.tiffsave_buffer(compression="jpeg", Q=70)
    else:
        data = image.pngsave_buffer(compression=1)
    check(process(data), 12_000, 9_000)


def test_larger_than_any_phone_is_too_big() -> None:
    with pytest.raises(Unreadable) as caught:
        process(large(20_000, 12_000).jpegsave_buffer(Q=30))
    assert caught.value.reason == "too_big"
