"""Material for the media tests: real photos, ffmpeg to make small films with, exiftool to look at results."""

import json
import secrets
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest

from app.media.processing import Outcome, cage

PHOTOS = Path(__file__).parents[3].parent / "shared/corpora/photos-with-location"
CLEAN_GROUPS = {"ExifTool", "System", "File", "Composite", "JFIF", "QuickTime", "Meta", "ItemList"}
FORBIDDEN = ("gps", "location", "serial", "owner", "make", "model", "software", "artist", "latitude", "longitude")

Film = Callable[..., bytes]


@pytest.fixture(scope="session")
def ffmpeg() -> str:
    return str(imageio_ffmpeg.get_ffmpeg_exe())


@pytest.fixture
def film(ffmpeg: str, tmp_path: Path) -> Film:
    """Make a file with ffmpeg: `film("name.mp4", "-f", "lavfi", "-i", "testsrc2=d=1", …)` gives its bytes."""

    def make(name: str, *arguments: str) -> bytes:
        path = tmp_path / name
        subprocess.run([ffmpeg, "-nostdin", "-v", "error", "-y", *arguments, str(path)], check=True)
        return path.read_bytes()

    return make


@pytest.fixture
def own_cages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cages of these tests have names of their own: another program on this machine may be using cages too."""
    monkeypatch.setattr(cage, "NAME", f"holdfast-cage-{secrets.token_hex(4)}-")


@pytest.fixture(scope="session")
def photos() -> list[Path]:
    if not PHOTOS.is_dir():
        pytest.skip("the real photos (shared/corpora/photos-with-location) are not here")
    return sorted(path for path in PHOTOS.iterdir() if path.is_file())


@pytest.fixture(scope="session")
def exiftool() -> Callable[[bytes], dict[str, Any]]:
    """What exiftool says of some bytes: group-and-tag names to values."""
    program = shutil.which("exiftool")
    if program is None:
        pytest.skip("exiftool is not installed")

    def look(data: bytes) -> dict[str, Any]:
        done = subprocess.run(
            [program, "-a", "-u", "-G1", "-s", "-n", "-j", "-ee", "-"], input=data, capture_output=True
        )
        answer: dict[str, Any] = json.loads(done.stdout)[0]
        return answer

    return look


def unwelcome_bytes(data: bytes) -> list[bytes]:
    """Traces of metadata in raw bytes. The three letters GPS turn up by chance in compressed data: not there."""
    found = [
        word
        for word in (b"Exif", b"http://ns.adobe", b"xpacket", b"ICC_PROFILE", b"Lavf", b"x264 - core")
        if word in data
    ]
    start = data.find(b"mdat") if data[4:8] == b"ftyp" else data.find(b"\xff\xda")
    head = data[:start] if start > 0 else data
    return found + [word for word in (b"GPS", b"gps", b"xmp", b"XMP", b"loci", b"\xa9xyz") if word in head]


def assert_clean(outcome: Outcome, exiftool: Callable[[bytes], dict[str, Any]]) -> None:
    for rendition in outcome.renditions:
        assert not unwelcome_bytes(rendition.data), rendition.name
        for tag, value in exiftool(rendition.data).items():
            group, _, name = tag.rpartition(":")
            assert not group or group in CLEAN_GROUPS or group.startswith("Track"), (rendition.name, tag, value)
            assert not any(word in name.lower() for word in FORBIDDEN), (rendition.name, tag, value)
