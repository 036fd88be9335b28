"""Pictures that move: a short film of them, and a still picture that has something on it."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from app.media.processing import Outcome, process
from tests.media.processing.looking import close, colour_at, copy, report, saved, seen_at

RED, GREEN, BLUE, WHITE = (200, 30, 30), (30, 160, 30), (30, 30, 200), (255, 255, 255)
FORMS = ("GIF", "PNG", "WEBP", "AVIF")


def board(left: Any, right: Any = WHITE, size: tuple[int, int] = (161, 121)) -> Image.Image:
    """One colour on the left, another on the right."""
    image = Image.new("RGB", size, right)
    image.paste(left, (0, 0, size[0] // 2, size[1]))
    return image


def moving(form: str, frames: list[Image.Image], **options: Any) -> bytes:
    return saved(frames[0], form, save_all=True, append_images=frames[1:], **{"duration": 400, **options})


def left_at(outcome: Outcome, seconds: float, folder: Path) -> list[float]:
    return colour_at(seen_at(copy(outcome, "phone.mp4"), seconds, folder), 0.25, 0.5)


def test_a_reported_animation_shows_something_and_moves(tmp_path: Path) -> None:
    outcome = process(report("anim_blankfirst.webp"))
    assert (outcome.kind, outcome.mime, outcome.width, outcome.height) == ("photo", "image/webp", 200, 150)
    still = copy(outcome, "2048.jpg")
    assert any(not close(colour_at(still, x / 10, y / 10), WHITE) for x in range(1, 10) for y in range(1, 10))
    assert outcome.duration_s == pytest.approx(1, abs=0.1)
    film = copy(outcome, "phone.mp4")
    assert seen_at(film, 0.0, tmp_path) != seen_at(film, 0.8, tmp_path)


@pytest.mark.parametrize("form", FORMS)
def test_every_animation_moves_at_its_own_pace(form: str, tmp_path: Path) -> None:
    frames = [board(colour) for colour in (RED, GREEN, BLUE)]
    outcome = process(moving(form, frames, duration=[400, 800, 400]))
    assert (outcome.kind, outcome.width, outcome.height) == ("photo", 161, 121)
    assert outcome.duration_s == pytest.approx(1.6, abs=0.05)
    for seconds, wanted in ((0.2, RED), (0.6, GREEN), (1.1, GREEN), (1.4, BLUE)):
        assert close(left_at(outcome, seconds, tmp_path), wanted, by=20), (form, seconds)
    assert close(colour_at(copy(outcome, "2048.jpg"), 0.25, 0.5), RED)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("empty", [(255, 255, 255), (0, 0, 0)])
def test_an_empty_first_picture_is_never_the_still_one(form: str, empty: Any) -> None:
    frames = [board(empty, empty), board(empty, empty), board(RED), board(GREEN)]
    outcome = process(moving(form, frames, duration=[100, 150, 200, 200]))
    for name in ("2048.jpg", "256.jpg"):
        assert close(colour_at(copy(outcome, name), 0.25, 0.5), RED), (form, name)


def test_a_see_through_first_picture(tmp_path: Path) -> None:
    clear = Image.new("RGBA", (160, 120), (0, 0, 0, 0))
    drawn = clear.copy()
    drawn.paste((*RED, 255), (0, 0, 80, 120))
    for form in ("GIF", "PNG", "WEBP"):
        outcome = process(moving(form, [clear, drawn], disposal=2) if form != "WEBP" else moving(form, [clear, drawn]))
        assert close(colour_at(copy(outcome, "2048.jpg"), 0.25, 0.5), RED), form
        assert close(colour_at(copy(outcome, "2048.jpg"), 0.75, 0.5), WHITE), form
        assert close(colour_at(seen_at(copy(outcome, "phone.mp4"), 0.1, tmp_path), 0.25, 0.5), WHITE), form


def test_the_picture_for_old_programs_is_none_of_it(tmp_path: Path) -> None:
    outcome = process(moving("PNG", [board(BLUE), board(RED), board(GREEN)], default_image=True))
    assert outcome.duration_s == pytest.approx(0.8, abs=0.05)
    assert close(left_at(outcome, 0.2, tmp_path), RED, by=20)


@pytest.mark.parametrize("form", FORMS)
def test_what_does_not_move_has_no_film(form: str) -> None:
    outcome = process(saved(board(RED), form))
    assert outcome.duration_s is None
    assert "phone.mp4" not in {rendition.name for rendition in outcome.renditions}


@pytest.mark.parametrize("size", [(2, 2), (17, 16), (2000, 500), (300, 1700)])
def test_films_of_odd_sizes(size: tuple[int, int]) -> None:
    outcome = process(moving("GIF", [board(RED, size=size), board(GREEN, size=size)]))
    films = [rendition for rendition in outcome.renditions if rendition.name == "phone.mp4"]
    assert bool(films) == (min(size) >= 16)
    for film in films:
        assert film.width % 2 == film.height % 2 == 0 and max(film.width, film.height) <= 1280
        assert film.width / film.height == pytest.approx(size[0] / size[1], rel=0.07)


def test_a_film_says_nothing_and_phones_play_it(ffmpeg: str, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    said = moving("GIF", [board(RED), board(GREEN)], comment=b"PLANTED 51.5074")
    path.write_bytes(copy(process(said), "phone.mp4"))
    data = path.read_bytes()
    for word in (b"PLANTED", b"Lavf", b"x264 - core", b"51.5074"):
        assert word not in data
    assert data.find(b"moov") < data.find(b"mdat")
    told = subprocess.run([ffmpeg, "-hide_banner", "-i", str(path)], capture_output=True).stderr
    assert b"h264 (High)" in told and b"yuv420p" in told


def test_one_too_large_to_move_is_a_still_picture() -> None:
    frames = [board(colour, size=(4000, 2500)) for colour in (RED, GREEN)]
    outcome = process(moving("GIF", frames))
    assert "phone.mp4" not in {rendition.name for rendition in outcome.renditions}
    assert close(colour_at(copy(outcome, "2048.jpg"), 0.25, 0.5), RED)


def test_an_animation_without_end_is_a_minute(tmp_path: Path) -> None:
    frames = [Image.new("L", (32, 32), shade % 250) for shade in range(200)]
    outcome = process(moving("GIF", frames, duration=1000))
    assert outcome.duration_s == pytest.approx(60, abs=1)
    hasty = process(moving("GIF", [board(RED), board(GREEN), board(BLUE)], duration=10))
    assert hasty.duration_s == pytest.approx(0.3, abs=0.05), "as browsers play it"


def test_an_animation_that_breaks_off_is_still_a_picture() -> None:
    frames = [board(colour) for colour in (RED, GREEN, BLUE)]
    for form, part in (("GIF", 0.6), ("GIF", 0.9), ("PNG", 0.6)):
        whole = moving(form, [_noisy(frame) for frame in frames])
        outcome = process(whole[: int(len(whole) * part)])
        assert close(colour_at(copy(outcome, "2048.jpg"), 0.25, 0.5), RED, by=40), (form, part)


def _noisy(image: Image.Image) -> Image.Image:
    return Image.blend(image, Image.effect_noise(image.size, 60).convert("RGB"), 0.1)
