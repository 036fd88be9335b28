"""Whether a sealed object is still whole, and copies of it that prove themselves as they pass."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.kit.sealed import BATCH, HEADER, SEALED_SEGMENT, SEGMENT, TAG, BrokenSeal, open_stream

Read = Callable[[int, int], bytes]


@dataclass(frozen=True, slots=True)
class Finding:
    """What reading an object to its end showed: `broken` of its `segments` do not open; SHA-256 of what did, in hex."""

    segments: int
    broken: int
    sha256: str


def examine(key: bytes, name: str, read_range: Read, length: int, upto: int | None = None) -> Finding:
    """Open every segment of an object of `length` plaintext bytes, going on after one that does not open.

    `upto`, a whole number of segments, stops there: the rest has not come yet.
    """
    upto = length if upto is None else upto
    digest = hashlib.sha256()
    broken = 0
    for at in range(0, max(1, upto), BATCH):
        end = min(upto, at + BATCH)
        try:
            for piece in open_stream(key, name, read_range, length, at, end):
                digest.update(piece)
        except BrokenSeal:
            starts = range(at, max(1, end), SEGMENT)
            broken += sum(
                not _opens(key, name, read_range, length, start, min(end, start + SEGMENT)) for start in starts
            )
    return Finding(max(1, -(-upto // SEGMENT)), broken, digest.hexdigest())


def sound_copy(key: bytes, name: str, read_range: Read, length: int, sha256: str = "") -> Iterator[bytes]:
    """The sealed object again, piece by piece, each opened before it is passed on.

    Raises BrokenSeal before the last piece when any segment, or the SHA-256 of the whole plaintext, is not right: a
    writer that is all or nothing then writes nothing.
    """
    digest = hashlib.sha256()
    header = read_range(0, HEADER)
    for at in range(0, max(1, length), BATCH):
        upto = min(length, at + BATCH)
        first = HEADER + at // SEGMENT * SEALED_SEGMENT if at else 0
        raw = read_range(first, HEADER + upto + TAG * max(1, -(-upto // SEGMENT)))

        def held(start: int, end: int, first: int = first, raw: bytes = raw) -> bytes:
            return header[start:end] if end <= HEADER else raw[start - first : end - first]

        for piece in open_stream(key, name, held, length, at, upto):
            digest.update(piece)
        if upto == length and sha256 and digest.hexdigest() != sha256:
            raise BrokenSeal("it holds other bytes")
        yield raw


def _opens(key: bytes, name: str, read_range: Read, length: int, start: int, end: int) -> bool:
    try:
        for _ in open_stream(key, name, read_range, length, start, end):
            pass
    except BrokenSeal:
        return False
    return True
