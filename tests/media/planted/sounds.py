"""Sounds that tell."""

import struct
from collections.abc import Iterator
from pathlib import Path

from tests.media.hostile.parts import filmed, synchsafe
from tests.media.planted.pictures import exif, saved
from tests.media.planted.words import ISO_6709, OWNER, PLACE, SERIAL


def sounds(ffmpeg: str, folder: Path) -> Iterator[tuple[str, bytes]]:
    source = ["-f", "lavfi", "-i", "sine=d=0.6:r=44100"]
    tags = ["-metadata", f"title={PLACE}", "-metadata", f"artist={OWNER}", "-metadata", f"comment={SERIAL} {ISO_6709}"]
    cover = folder / "sleeve.jpg"
    cover.write_bytes(saved("JPEG", exif=exif()))
    sleeve = ["-i", str(cover), "-map", "0:a", "-map", "1:v", "-c:v", "copy", "-disposition:v", "attached_pic"]
    for name, arguments in {
        "id3.mp3": [*source, *sleeve, *tags],
        "tags.m4a": [*source, *tags, "-metadata", f"location={ISO_6709}"],
        "tags.flac": [*source, *sleeve, *tags],
        "tags.ogg": [*source, *tags],
        "tags.opus": [*source, *tags],
        "tags.wav": [*source, *tags, "-write_bext", "1", "-metadata", f"originator={OWNER}"],
        "tags.aiff": [*source, *tags, "-write_id3v2", "1"],
        "tags.wma": [*source, *tags],
    }.items():  # fmt: skip
        yield name, filmed(ffmpeg, folder / name, *arguments)
    mp3 = filmed(ffmpeg, folder / "plain.mp3", *source)
    frames = b"".join(
        kind + struct.pack(">I", len(body)) + b"\0\0" + body
        for kind, body in (
            (b"TXXX", b"\0place\0" + ISO_6709.encode()),
            (b"PRIV", OWNER.encode() + b"\0" + SERIAL.encode()),
            (b"GEOB", b"\0text/plain\0gps.txt\0\0" + ISO_6709.encode()),
            (b"COMM", b"\1eng\xff\xfe\0\0\xff\xfe" + OWNER.encode("utf-16-le")),
        )
    )
    yield "more-id3.mp3", b"ID3\3\0\0" + synchsafe(len(frames)) + frames + mp3
    last = b"TAG" + OWNER.encode().ljust(30, b"\0") + PLACE.encode().ljust(30, b"\0") + bytes(65)
    yield "id3v1.mp3", mp3 + last
    aac = filmed(ffmpeg, folder / "plain.aac", *source, "-c:a", "aac")
    yield "between-the-sounds.aac", _between(aac, f"{SERIAL} {ISO_6709}".encode())
    loose = folder / "between.aac"
    loose.write_bytes(_between(aac, f"{SERIAL} {ISO_6709}".encode()))
    yield "between-the-sounds.m4a", filmed(ffmpeg, folder / "between.m4a", "-i", str(loose), "-c", "copy")
    pictures = ["-f", "lavfi", "-i", "testsrc2=s=160x90:r=10:d=0.6", "-i", str(loose), "-c:a", "copy"]
    coding = ["-c:v", "libx264", "-pix_fmt", "yuv420p"]
    yield "between-the-sounds.mp4", filmed(ffmpeg, folder / "between.mp4", *pictures, *coding)


def _between(adts: bytes, said: bytes) -> bytes:
    """Each AAC frame with a data_stream_element before it (ISO/IEC 14496-3, 4.5.2.1): bytes that no decoder plays."""
    out, at = bytearray(), 0
    extra = bytes((0x81, len(said))) + said
    while at + 7 <= len(adts):
        length = (adts[at + 3] & 3) << 11 | adts[at + 4] << 3 | adts[at + 5] >> 5
        header = bytearray(adts[at : at + 7])
        grown = length + len(extra)
        header[3] = header[3] & 0xFC | grown >> 11
        header[4], header[5] = grown >> 3 & 0xFF, (grown & 7) << 5 | header[5] & 0x1F
        out += header + extra + adts[at + 7 : at + length]
        at += length
    return bytes(out)
