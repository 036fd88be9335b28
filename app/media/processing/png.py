"""What a PNG (ISO/IEC 15948) says beside its pixels, and how much of it there is when its end is missing."""

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from app.media.processing.colours import Colour

_SIGNATURE = 8
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
# Adam7: where each pass begins and how far apart its pixels are, across and down.
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
# The grid that is whole once so many passes are.
GRIDS = ((8, 8), (4, 8), (4, 4), (2, 4), (2, 2), (1, 2), (1, 1))
_PIECE = 1024 * 1024


class Cut(NamedTuple):
    """What there is of a picture whose end is missing, as a whole PNG.

    Of `height` rows, `data` has those from the top that are whole; or, interlaced, all of them with only so many
    `passes` filled.
    """

    data: bytes
    height: int
    passes: int | None


def chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, beginning and end of the content of each chunk, as far as there are any; the last one may be cut off."""
    at = _SIGNATURE
    while at + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        if not name.isalpha():
            return
        yield name, at + 8, at + 8 + length
        at += length + 12


def colour_of(data: bytes) -> Colour | None:
    """What its cICP chunk says, which goes before any profile; None where there is none."""
    for name, start, end in chunks(data):
        if name == b"cICP" and end - start == 4 and end <= len(data):
            return Colour(data[start], data[start + 1])
        if name == b"IDAT":
            return None
    return None


def moves(data: bytes) -> bool:
    """Whether it is an animated one."""
    for name, _, _ in chunks(data):
        if name in (b"acTL", b"IDAT"):
            return name == b"acTL"
    return False


def cut(data: bytes) -> Cut | None:
    """How much of it there is, None for a whole one. Raises ValueError when that is nothing."""
    pixels = []
    for name, start, end in chunks(data):
        if name == b"IEND":
            return None
        if name == b"IDAT":
            pixels.append((start, min(end, len(data))))
    if not pixels:
        raise ValueError("no pixels")
    width, height, depth, sort, _, _, interlaced = struct.unpack_from(">IIBBBBB", data, _SIGNATURE + 8)
    bits = depth * _CHANNELS.get(sort, 1)
    if interlaced:
        return _interlaced(data, pixels, width, height, bits)
    rows = sum(map(len, _inflated(data, pixels))) // _row(width, bits)
    if rows >= height:
        return None
    if not rows:
        raise ValueError("no row is whole")
    packed = b"".join(data[start:end] for start, end in pixels)
    return Cut(_rebuilt(data, pixels[0][0], rows, packed), height, None)


def _interlaced(data: bytes, pixels: list[tuple[int, int]], width: int, height: int, bits: int) -> Cut | None:
    needed, ends = 0, []
    for left, top, across, down in _PASSES:
        columns, lines = -(-max(0, width - left) // across), -(-max(0, height - top) // down)
        needed += lines * _row(columns, bits) if columns else 0
        ends.append(needed)
    there, packer, packed = 0, zlib.compressobj(1), []
    for piece in _inflated(data, pixels):
        there += len(piece)
        packed.append(packer.compress(piece))
    if there >= needed:
        return None
    if there < ends[0]:
        raise ValueError("no pass is whole")
    for at in range(there, needed, _PIECE):
        packed.append(packer.compress(bytes(min(_PIECE, needed - at))))
    whole = _rebuilt(data, pixels[0][0], height, b"".join((*packed, packer.flush())))
    return Cut(whole, height, sum(end <= there for end in ends))


def _row(width: int, bits: int) -> int:
    """Bytes of a row, with the one that names its filter."""
    return 1 + -(-width * bits // 8)


def _rebuilt(data: bytes, pixels: int, rows: int, packed: bytes) -> bytes:
    header = data[_SIGNATURE + 8 : _SIGNATURE + 12] + struct.pack(">I", rows) + data[_SIGNATURE + 16 : _SIGNATURE + 21]
    before = data[_SIGNATURE + 25 : pixels - 8]
    parts = [_chunk(b"IHDR", header), before, _chunk(b"IDAT", packed), _chunk(b"IEND", b"")]
    return data[:_SIGNATURE] + b"".join(parts)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(body, zlib.crc32(name)))


def _inflated(data: bytes, pixels: list[tuple[int, int]]) -> Iterator[bytes]:
    """The bytes of pixels that come out before the end or the first damage."""
    opened = zlib.decompressobj()
    try:
        for start, end in pixels:
            left = data[start:end]
            while left:
                yield opened.decompress(left, _PIECE)
                left = opened.unconsumed_tail
    except zlib.error:
        return
