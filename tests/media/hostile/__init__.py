"""Files that are broken, lie about themselves or mean harm: made here, the same each time."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pillow_heif
import pyvips
from PIL import Image

from tests.media.hostile.bait import Bait
from tests.media.hostile.moving import moving
from tests.media.hostile.papers import packages, papers
from tests.media.hostile.parts import MIB, filmed, pdf, saved, zipped
from tests.media.hostile.pictures import pictures, tiffs
from tests.media.hostile.reaching import playlists, scripts


@dataclass(frozen=True, slots=True)
class Trap:
    """A file that somebody sends as `name` and calls `mime`."""

    name: str
    mime: str
    data: bytes


MIMES = {
    "jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "tiff": "image/tiff", "bmp": "image/bmp",
    "gif": "image/gif", "heic": "image/heic", "avif": "image/avif", "mp4": "video/mp4", "mov": "video/quicktime",
    "webm": "video/webm", "avi": "video/x-msvideo", "ts": "video/mp2t", "mp3": "audio/mpeg", "wav": "audio/wav",
    "ogg": "audio/ogg", "flac": "audio/flac", "m4a": "audio/mp4", "pdf": "application/pdf", "svg": "image/svg+xml",
    "html": "text/html", "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}  # fmt: skip


MAGIC = (
    b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"II*\0", b"RIFF\xff\xff\xff\xffWEBP",
    b"BM" + bytes(12) + b"\x28\0\0\0", b"\0\0\0\x20ftypheic", b"\0\0\0\x20ftypavif", b"\0\0\0\x20ftypisom",
    b"\x1aE\xdf\xa3", b"OggS", b"fLaC", b"ID3\4\0\0", b"RIFF\xff\xff\xff\xffAVI ", b"RIFF\xff\xff\xff\xffWAVE",
    b"%PDF-1.7\n", b"PK\3\4", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"FORM\0\0\0\0AIFF", b"#!AMR\n", b"caff", b"FLV\1",
    b"\0\0\1\xba",
)  # fmt: skip


def honest(ffmpeg: str, folder: Path) -> dict[str, bytes]:
    """Small files of every sort that can be opened."""
    picture = Image.radial_gradient("L").resize((160, 120)).convert("RGB")
    frames = [picture.rotate(turn) for turn in range(0, 90, 30)]
    made = {f"a.{name}": saved(picture, name) for name in ("jpeg", "png", "webp", "tiff", "bmp")}
    made["a.gif"] = saved(frames[0], "gif", save_all=True, append_images=frames[1:])
    pillow_heif.register_heif_opener()
    made["a.heic"] = saved(picture, "heif")
    plain = pyvips.Image.new_from_memory(picture.tobytes(), 160, 120, 3, "uchar")
    made["a.avif"] = plain.heifsave_buffer(compression="av1", effort=0)
    source = ["-f", "lavfi", "-i", "testsrc2=s=160x90:r=10:d=0.6", "-f", "lavfi", "-i", "sine=d=0.6"]
    for name, coding in {
        "a.mp4": ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", "-movflags", "+faststart"],
        "a.mov": ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"],
        "a.webm": ["-c:v", "libvpx", "-c:a", "libopus"],
        "a.avi": ["-c:v", "mpeg4", "-c:a", "libmp3lame"],
        "a.ts": ["-c:v", "mpeg2video", "-c:a", "mp2"],
        "a.mp3": ["-vn"], "a.wav": ["-vn"], "a.ogg": ["-vn"], "a.flac": ["-vn"], "a.m4a": ["-vn"],
    }.items():  # fmt: skip
        made[name] = filmed(ffmpeg, folder / name, *source, *coding)
    made["a.pdf"] = pdf(b"0 0 m 100 100 l S")
    made["a.docx"] = zipped({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"})
    return made


def traps(ffmpeg: str, folder: Path, bait: Bait) -> list[Trap]:
    """All of them, hand-made ones first."""
    whole = honest(ffmpeg, folder)
    found = [_trap(name, data) for name, data in _by_hand(whole, bait)]
    for name, data in whole.items():
        dice = random.Random(name)
        for number in range(4):
            found.append(_trap(f"cut-{number}-{name}", data[: dice.randrange(1, len(data))]))
        for number in range(6):
            found.append(_trap(f"bent-{number}-{name}", _bent(data, dice, head=number % 2 == 0)))
    names = list(whole)
    for name, other in zip(names, names[5:] + names[:5], strict=True):
        ending = other.rpartition(".")[2]
        found.append(Trap(f"really-{name.replace('.', '-')}.{ending}", MIMES[ending], whole[name]))
    return found


def _trap(name: str, data: bytes) -> Trap:
    return Trap(name, MIMES.get(name.rpartition(".")[2], "application/octet-stream"), data)


def _bent(data: bytes, dice: random.Random, head: bool) -> bytes:
    """Some bytes changed: in the first 600, or anywhere. Interesting values more often than others."""
    bent = bytearray(data)
    reach = min(600, len(data)) if head else len(data)
    for _ in range(dice.choice((1, 4, 16, 64))):
        at = dice.randrange(4, reach)
        values = dice.choice((b"\xff", b"\0", b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff", bytes([dice.randrange(256)])))
        bent[at : at + len(values)] = values
    return bytes(bent)


def _by_hand(whole: dict[str, bytes], bait: Bait) -> Iterator[tuple[str, bytes]]:
    for make in (pictures, tiffs, scripts, playlists, papers, packages, moving):
        yield from make(whole, bait)
    yield "nothing.jpeg", b""
    yield "one-byte.png", b"\x89"
    yield "zeros.mp4", bytes(MIB)
    for number, magic in enumerate(MAGIC):
        yield f"noise-{number}.bin", magic + random.Random(number).randbytes(20_000)
