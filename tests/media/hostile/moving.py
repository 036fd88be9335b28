"""Sound and films that lie about how much there is."""

import struct
from collections.abc import Iterator

from tests.media.hostile.bait import Bait
from tests.media.hostile.parts import boxes, patched


def moving(whole: dict[str, bytes], bait: Bait) -> Iterator[tuple[str, bytes]]:
    film = whole["a.mp4"]
    for atom, by in (
        (b"stts", 16),
        (b"stsz", 12),
        (b"stsc", 12),
        (b"stco", 12),
        (b"ctts", 12),
        (b"elst", 12),
        (b"stsd", 12),
    ):
        for number in range(film.count(atom)):
            at = -1
            for _ in range(number + 1):
                at = film.find(atom, at + 1)
            yield f"many-in-{atom.decode()}-{number}.mp4", film[: at + by - 4] + b"\x7f\xff\xff\xff" + film[at + by :]
    for atom, places, value in (
        (b"mvhd", 16, b"\0\0\0\0"), (b"mdhd", 16, b"\0\0\0\0"), (b"mdhd", 20, b"\xff" * 4),
        (b"tkhd", 80, b"\xff" * 8), (b"avc1", 28, b"\xff\xff\xff\xff"), (b"avcC", 8, b"\xff" * 8),
    ):  # fmt: skip
        at = film.index(atom) + places
        yield f"odd-{atom.decode()}-{places}.mp4", film[:at] + value + film[at + len(value) :]
    yield "boxes-in-boxes.mp4", boxes(b"\0\0\0\x18ftypisom\0\0\0\0isomiso2", b"moov", 20_000)
    yield "tracks.mp4", tracks(film, 3000)
    yield "longest-box.mp4", film[:32] + b"\0\0\0\1mdat" + b"\x7f" + b"\xff" * 7 + film[32:]
    sound = whole["a.wav"]
    yield "4-gigabytes.wav", sound[:4] + b"\xff\xff\xff\xff" + sound[8:]
    yield "65535-channels.wav", sound[:22] + b"\xff\xff" + sound[24:]
    yield "4-gigahertz.wav", sound[:24] + b"\xff\xff\xff\xff" + sound[28:]
    yield "one-hertz.wav", sound[:24] + b"\1\0\0\0" + sound[28:]
    yield "a-tag-of-256-megabytes.mp3", b"ID3\4\0\0\x7f\x7f\x7f\x7f" + whole["a.mp3"]
    yield "a-tag-of-tags.mp3", b"ID3\4\0\0\0\0\0\0" * 100_000 + whole["a.mp3"]
    flac = whole["a.flac"]
    yield "long.flac", flac[:21] + b"\xff" * 5 + flac[26:]
    yield "lacing.ogg", whole["a.ogg"][:26] + b"\xff" * 256 + whole["a.ogg"][282:]
    webm = whole["a.webm"]
    yield "deep.webm", webm[:40] + b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff" * 20_000
    yield "longest.webm", webm[:47] + b"\x01\xff\xff\xff\xff\xff\xff\xfe" + webm[55:]
    yield "sideways.avi", whole["a.avi"].replace(b"idx1", b"indx")
    yield "wide.avi", patched(whole["a.avi"], b"strf", 12, struct.pack("<ii", 2**30, 2**30))
    yield "only-starts.ts", b"\x47\x40\x11\x10" + bytes(184) + b"\x47\x5f\xff\x10" * 47 * 2000


def tracks(film: bytes, count: int) -> bytes:
    moov = film.index(b"moov") - 4
    end = moov + int.from_bytes(film[moov : moov + 4], "big")
    trak = film.index(b"trak") - 4
    one = film[trak : trak + int.from_bytes(film[trak : trak + 4], "big")]
    body = film[moov + 8 : end] + one * count
    return film[:moov] + struct.pack(">I", len(body) + 8) + b"moov" + body + film[end:]
