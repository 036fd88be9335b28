"""Films that tell."""

import re
import struct
from collections.abc import Iterator
from pathlib import Path

from tests.media.hostile.parts import box, filmed
from tests.media.planted.pictures import exif, saved, segment, with_segments, xmp
from tests.media.planted.words import ISO_6709, LATITUDE, LONGITUDE, OWNER, PLACE, SERIAL


def films(ffmpeg: str, folder: Path) -> Iterator[tuple[str, bytes]]:
    source = ["-f", "lavfi", "-i", "testsrc2=s=160x90:r=10:d=0.6", "-f", "lavfi", "-i", "sine=d=0.6"]
    coding = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    tags = ["-metadata", f"location={ISO_6709}", "-metadata", f"title={PLACE}", "-metadata", f"artist={OWNER}"]
    tags += [
        "-metadata",
        f"comment={SERIAL}",
        "-metadata:s:v",
        f"handler_name={OWNER}",
        "-metadata:s:a",
        f"title={PLACE}",
    ]
    apple = "com.apple.quicktime."
    keys = ["-movflags", "use_metadata_tags"]
    for name, value in (("location.ISO6709", ISO_6709), ("make", OWNER), ("model", SERIAL), ("author", OWNER)):
        keys += ["-metadata", f"{apple}{name}={value}"]
    words, chapters = folder / "words.srt", folder / "chapters.txt"
    words.write_text(f"1\n00:00:00,000 --> 00:00:00,500\n{ISO_6709} {PLACE}\n")
    chapters.write_text(f";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=500\ntitle={PLACE}\n")
    note = ["-bsf:v", f"h264_metadata=sei_user_data=086f3693-b7b3-4f2c-9653-21492feee5b8+{SERIAL}"]
    hevc = [
        "-c:v",
        "libx265",
        "-preset",
        "ultrafast",
        "-x265-params",
        "log-level=none",
        "-tag:v",
        "hvc1",
        "-c:a",
        "aac",
    ]
    cover = folder / "cover.jpg"
    cover.write_bytes(saved("JPEG", exif=exif()))
    every = ["-map", "0", "-map", "1", "-map", "2"]
    made = {
        "tags.mp4": [*source, *coding, *tags],
        "tags.mov": [*source, *coding, *tags],
        "keys.mov": [*source, *coding, *keys],
        "keys-hevc.mov": [*source, *hevc, *keys],
        "place.3gp": [*source, "-c:v", "mpeg4", "-c:a", "aac", *tags],
        "written-track.mp4": [*source, "-i", str(words), *every, *coding, "-c:s", "mov_text"],
        "chapters.mp4": [*source, "-i", str(chapters), "-map_chapters", "2", *coding],
        "note-in-the-pictures.mp4": [*source, *coding, *note],
        "tags.mkv": [*source, "-attach", str(cover), "-metadata:s:t", "mimetype=image/jpeg", *coding, *tags],
        "tags.webm": [*source, "-c:v", "libvpx", "-c:a", "libopus", *tags],
        "tags.avi": [*source, "-c:v", "mpeg4", "-c:a", "libmp3lame", *tags],
        "named.ts": [*source, *coding, "-metadata", f"service_name={PLACE}", "-metadata", f"service_provider={OWNER}"],
        "tags.flv": [*source, "-c:v", "libx264", "-c:a", "aac", *tags],
        "tags.wmv": [*source, "-c:v", "wmv2", "-c:a", "wmav2", *tags],
    }  # fmt: skip
    for name, arguments in made.items():
        yield name, filmed(ffmpeg, folder / name, *arguments)
    film = filmed(ffmpeg, folder / "plain.mp4", *source, *coding)
    yield (
        "boxes.mp4",
        film
        + box(b"udta", box(b"\xa9xyz", struct.pack(">HH", 22, 0x15C7) + ISO_6709.encode()))
        + box(b"uuid", bytes.fromhex("be7acfcb97a942e89c71999491e3afac") + xmp())
        + box(b"free", SERIAL.encode()),
    )
    # 3GPP TS 26.244, 8.10: a name, then longitude, latitude and height as 16.16 fixed point.
    degrees = struct.pack(">iii", round(LONGITUDE * 65536), round(LATITUDE * 65536), 0)
    place = bytes(6) + PLACE.encode() + b"\0\0" + degrees + OWNER.encode() + b"\0\0"
    yield "place-box.mp4", _with_udta(film, box(b"loci", place))
    loose = folder / "loose.h264"
    units = filmed(ffmpeg, folder / "units.h264", *source[:4], *coding[:4])
    # A unit of a type that the standard leaves to anyone (30), before each picture.
    own = b"\0\0\0\1\x1e" + f"{SERIAL} {ISO_6709}".encode()
    loose.write_bytes(re.sub(rb"\x00\x00\x00?\x01[\x25\x41\x65]", lambda found: own + found[0], units))
    yield "beside-the-pictures.mp4", filmed(ffmpeg, folder / "beside.mp4", "-i", str(loose), "-c", "copy")
    yield "behind-the-pictures.mp4", film + box(b"mdat", f"{ISO_6709} {SERIAL}".encode() * 50)
    motion = filmed(ffmpeg, folder / "motion.mp4", *source, *coding, *tags)
    google = b'xmlns:GCamera="http://ns.google.com/photos/1.0/camera/" GCamera:MicroVideo="1" '
    about = xmp().replace(b"aux:OwnerName", google + b"aux:OwnerName")
    yield (
        "motion.jpg",
        with_segments(saved("JPEG", exif=exif()), segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + about)) + motion,
    )


def _with_udta(film: bytes, inside: bytes) -> bytes:
    """The film with one more box at the end of its index, which is the last box of the file."""
    at = film.rindex(b"moov") - 4
    added = box(b"udta", inside)
    return film[:at] + struct.pack(">I", int.from_bytes(film[at : at + 4], "big") + len(added)) + film[at + 4 :] + added
