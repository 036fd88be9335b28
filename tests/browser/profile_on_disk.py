"""What can be found in the files of a browser's profile by somebody who has them all: words and pieces of pictures.

Looked through: every file as it is (UTF-8, UTF-16, and base64 of a word at each of its three places), gzip streams in a
file (RFC 1952), and the blocks of LevelDB's tables, which are compressed with Snappy (its format_description.txt, and
LevelDB's table_format.md). Not seen: what is encrypted, as cookies are on a phone; the pages of SQLite that hold a word
in two halves; and what a disk still holds of files that were deleted.
"""

import base64
import re
import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

_GZIP = re.compile(rb"\x1f\x8b\x08")
_FOOTER = 48
_MAGIC = 0xDB4775248B80FB57


def found_on_disk(
    profile: Path, words: Iterable[str], pieces: Iterable[bytes]
) -> tuple[dict[str, str], dict[int, str]]:
    """The words, and the numbers of the pieces of pictures, that are in the profile, each with one file that has it."""
    looked_for = {each: word for word in words for each in _spellings(word)}
    pictures = {piece: number for number, piece in enumerate(pieces)}
    anything = re.compile(b"|".join(re.escape(each) for each in [*looked_for, *pictures]))
    seen_words: dict[str, str] = {}
    seen_pieces: dict[int, str] = {}
    for path in sorted(profile.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        where = path.relative_to(profile).as_posix()
        for content in readings(path.read_bytes()):
            for hit in anything.findall(content):
                if hit in pictures:
                    seen_pieces.setdefault(pictures[hit], where)
                else:
                    seen_words.setdefault(looked_for[hit], where)
    return seen_words, seen_pieces


def _spellings(word: str) -> Iterator[bytes]:
    raw = word.encode()
    yield raw
    yield word.encode("utf-16-le")
    for before in range(3):
        # Without the letters that also hold bits of what stands before and after.
        coded = base64.b64encode(b"\0" * before + raw)
        yield coded[(0, 2, 3)[before] : (before + len(raw)) * 8 // 6]


def readings(content: bytes) -> Iterator[bytes]:
    """A file's bytes, and what is compressed in them."""
    yield content
    for match in _GZIP.finditer(content):
        unpacked = _inflated(content[match.start() :], 31)
        if unpacked:
            yield unpacked
    yield from _table_blocks(content)


def _inflated(packed: bytes, window: int) -> bytes:
    unpacker = zlib.decompressobj(window)
    try:
        return unpacker.decompress(packed, 64 * 1024**2)
    except zlib.error:
        return b""


def _table_blocks(content: bytes) -> Iterator[bytes]:
    if len(content) < _FOOTER or struct.unpack("<Q", content[-8:])[0] != _MAGIC:
        return
    _, at = _handle(content, len(content) - _FOOTER)
    index, _ = _handle(content, at)
    for key_and_value in _entries(_block(content, *index)):
        yield _block(content, *_handle(key_and_value, 0)[0])


def _handle(content: bytes, at: int) -> tuple[tuple[int, int], int]:
    offset, at = _varint(content, at)
    size, at = _varint(content, at)
    return (offset, size), at


def _block(content: bytes, offset: int, size: int) -> bytes:
    kind = content[offset + size]
    return _unsnapped(content[offset : offset + size]) if kind == 1 else content[offset : offset + size]


def _entries(block: bytes) -> Iterator[bytes]:
    """The values of a block."""
    restarts = struct.unpack("<I", block[-4:])[0]
    at, end = 0, len(block) - 4 * (restarts + 1)
    while at < end:
        _, at = _varint(block, at)
        key, at = _varint(block, at)
        value, at = _varint(block, at)
        yield block[at + key : at + key + value]
        at += key + value


def _varint(content: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = content[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _unsnapped(packed: bytes) -> bytes:
    length, at = _varint(packed, 0)
    out = bytearray()
    while at < len(packed):
        tag = packed[at]
        at += 1
        if tag & 3 == 0:
            size = tag >> 2
            if size >= 60:
                extra = size - 59
                size = int.from_bytes(packed[at : at + extra], "little")
                at += extra
            out += packed[at : at + size + 1]
            at += size + 1
            continue
        if tag & 3 == 1:
            size, back = (tag >> 2 & 7) + 4, (tag >> 5 << 8) | packed[at]
            at += 1
        else:
            wide = 2 if tag & 3 == 2 else 4
            size, back = (tag >> 2) + 1, int.from_bytes(packed[at : at + wide], "little")
            at += wide
        start = len(out) - back
        for step in range(size):
            out.append(out[start + step])
    assert len(out) == length
    return bytes(out)
