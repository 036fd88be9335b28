"""The demo's own pictures, sounds, films and papers: each is a real file of its kind, and the same every time."""

import re
import subprocess
from pathlib import Path

import imageio_ffmpeg
import pypdfium2
import pytest
import pyvips

from app.demo import art, films, papers, sounds


def streams(data: bytes, folder: Path) -> str:
    """Return what ffmpeg says about a film or a sound that it has played through to the end."""
    made = folder / "made"
    made.write_bytes(data)
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-xerror", "-i", str(made), "-f", "null", "-"]
    played = subprocess.run(command, capture_output=True, check=True, text=True)
    return played.stderr


@pytest.mark.parametrize("name", art.SCENES)
def test_a_scene_fills_its_picture_and_can_be_described(name: str) -> None:
    picture = pyvips.Image.new_from_buffer(art.draw(name, 200, 200), "")
    assert (picture.width, picture.height, picture.bands) == (200, 200, 3)
    assert picture.deviate() > 20, "a picture, not a plain box"
    assert re.fullmatch(r"[A-Z].{20,}\.", art.alt(name))


def test_a_scene_needs_nothing_from_outside_and_no_font() -> None:
    for name, svg in {**art.SCENES, **art.FACES}.items():
        assert not re.search(r'<(text|image|script|style)\b|href="(?!#)', svg), name


def test_the_seed_alone_decides_the_picture() -> None:
    assert art.draw("bike", 300, 200, 1) == art.draw("bike", 300, 200, 1)
    assert art.draw("bike", 300, 200, 1) != art.draw("bike", 300, 200, 2)


@pytest.mark.parametrize("who", art.CAST)
def test_everybody_has_a_face(who: str) -> None:
    face = pyvips.Image.new_from_buffer(art.portrait(*art.CAST[who], size=96), "")
    assert (face.width, face.height) == (96, 96)
    corner = [int(art.CAST[who].ground[at : at + 2], 16) for at in (1, 3, 5)]
    assert all(abs(seen - meant) < 16 for seen, meant in zip(face.getpoint(3, 3), corner, strict=True))


@pytest.mark.parametrize("kind", sounds.KINDS)
def test_a_sound_plays_for_as_long_as_was_asked(kind: str, tmp_path: Path) -> None:
    said = streams(sounds.ambience(kind, 3, 1), tmp_path)
    assert "Duration: 00:00:03" in said
    assert "Audio: aac" in said


def test_two_hums_are_two_tunes(tmp_path: Path) -> None:
    assert "Audio: aac" in streams(sounds.hum(3, 1), tmp_path)
    assert sounds.hum(3, 1) == sounds.hum(3, 1) != sounds.hum(3, 2)


def test_a_film_is_what_a_phone_would_make(tmp_path: Path) -> None:
    said = streams(films.film("dog", 2, 1), tmp_path)
    assert "Video: h264" in said and "1280x720" in said and "Audio: aac" in said
    said = streams(films.film("snowman", 2, 1, portrait=True, codec="hevc", container="mov"), tmp_path)
    assert "Video: hevc" in said and "720x1280" in said and "Audio: aac" in said


def test_only_what_can_move_moves() -> None:
    for name, svg in art.SCENES.items():
        moving = [layer.motion for layer in films._layers(svg, art.view(name, 128, 72), 128, 72) if layer.motion]
        assert len(moving) == svg.count("data-motion"), f"{name}: what moves must be a top-level group"
        for motion in moving:
            assert films._spots(motion, 5, 1.0, 72)


def test_a_certificate_is_one_page_whose_words_can_be_read() -> None:
    made = papers.certificate_pdf("Star of the week", "Zoë", "for kindness", "Meadow Lane Primary", signed="Mrs Patel")
    with pypdfium2.PdfDocument(made) as document:
        words = document[0].get_textpage().get_text_range()
        assert len(document) == 1
    assert all(
        part in words for part in ("MEADOW LANE PRIMARY", "Star of the week", "Zoë", "for kindness", "Mrs Patel")
    )


def test_a_photo_of_a_certificate_is_a_photo() -> None:
    photo = pyvips.Image.new_from_buffer(papers.certificate_picture("Swim", "Kai", "500 m", "Baths", width=800), "")
    assert (photo.width, photo.height) == (800, 600)
    assert photo.deviate() > 20
