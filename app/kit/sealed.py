"""Sealing bytes: streaming AES-256-GCM with random access, and the wrapping of keys by keys.

A sealed object is a header and then segments, after the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015)
in the shape of Tink's AES-GCM-HKDF streaming:

    header   b"HF2\\0" + 32 bytes salt + 7 bytes nonce prefix
    segment  up to 65,536 bytes of plaintext, encrypted, then a 16-byte tag

The object's key is HKDF-SHA256(file key, salt); a segment's nonce is prefix + segment number (4 bytes, big-endian) +
last flag (1 byte). Every segment but the last is full, and there is always a last one, so moving, dropping or cutting
segments breaks it. The object's name in the store is each segment's associated data, so that one object cannot stand in
another's place; those that begin with b"HF1\\0" were sealed without.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SEGMENT = 65536
TAG = 16
SEALED_SEGMENT = SEGMENT + TAG
HEADER = 43
BATCH = 16 * SEGMENT

_MAGIC = b"HF2\0"
# Objects that were sealed before their name was: they open as they are, and nothing is sealed so any more.
_NAMELESS = b"HF1\0"
_SALT = 32
_NONCE = 12
_MAX_SEGMENTS = 2**32

Plain = bytes | bytearray | memoryview


class BrokenSeal(Exception):
    """The bytes, or the key, are not the ones that were sealed."""


def new_key() -> bytes:
    """32 random bytes: a key for one file or one box."""
    return os.urandom(32)


def wrap_key(key: bytes, by: bytes, context: bytes) -> bytes:
    """Seal a 32-byte key with another: 12-byte nonce + ciphertext + tag (60 bytes); `context` is bound as AAD."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(by).encrypt(nonce, key, context)


def unwrap_key(wrapped: bytes, by: bytes, context: bytes) -> bytes:
    """The key inside `wrapped`. Raises BrokenSeal when key, context or bytes are not those it was wrapped with."""
    if len(wrapped) <= _NONCE + TAG:
        raise BrokenSeal("a wrapped key is too short")
    try:
        return AESGCM(by).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], context)
    except InvalidTag:
        raise BrokenSeal("a wrapped key does not open") from None


def sealed_length(plain_length: int) -> int:
    """Bytes that `plain_length` bytes of plaintext take once sealed, header and tags included."""
    return HEADER + plain_length + TAG * max(1, -(-plain_length // SEGMENT))


class _Cipher:
    """The segments of one object, in either direction."""

    def __init__(self, key: bytes, name: str, header: bytes) -> None:
        if len(header) != HEADER or not header.startswith((_MAGIC, _NAMELESS)):
            raise BrokenSeal("not a sealed object")
        self._about = name.encode() if header.startswith(_MAGIC) else None
        salt = header[len(_MAGIC) : len(_MAGIC) + _SALT]
        self.header = bytes(header)
        self._prefix = self.header[len(_MAGIC) + _SALT :]
        self._aead = AESGCM(HKDF(SHA256(), 32, salt=salt, info=b"holdfast sealed v1").derive(key))

    def _nonce(self, index: int, last: bool) -> bytes:
        return self._prefix + index.to_bytes(4, "big") + (b"\1" if last else b"\0")

    def seal(self, first: int, plaintext: memoryview, last: bool) -> bytearray:
        sealed = bytearray(len(plaintext) + max(1, -(-len(plaintext) // SEGMENT)) * TAG)
        self.seal_into(memoryview(sealed), first, plaintext, last)
        return sealed

    def seal_into(self, sealed: memoryview, first: int, plaintext: memoryview, last: bool) -> int:
        count = max(1, -(-len(plaintext) // SEGMENT))
        if first < 0 or first + count > _MAX_SEGMENTS:
            raise ValueError("a segment number does not fit in 32 bits")
        if not last and (not plaintext or len(plaintext) % SEGMENT):
            raise ValueError("only the last segment may be short")
        for i in range(count):
            part = plaintext[i * SEGMENT : (i + 1) * SEGMENT]
            at = i * SEALED_SEGMENT
            nonce = self._nonce(first + i, last and i == count - 1)
            self._aead.encrypt_into(nonce, part, self._about, sealed[at : at + len(part) + TAG])
        return len(plaintext) + count * TAG

    def open(self, first: int, sealed: memoryview, final: int) -> bytearray:
        """Plaintext of the segments in `sealed`, the first of which is number `first`; `final` is the object's last."""
        count = -(-len(sealed) // SEALED_SEGMENT)
        plain = bytearray(len(sealed) - count * TAG)
        view = memoryview(plain)
        for i in range(count):
            part = sealed[i * SEALED_SEGMENT : (i + 1) * SEALED_SEGMENT]
            at = i * SEGMENT
            try:
                nonce = self._nonce(first + i, first + i == final)
                self._aead.decrypt_into(nonce, part, self._about, view[at : at + len(part) - TAG])
            except InvalidTag:
                raise BrokenSeal(f"segment {first + i} does not open") from None
        return plain


class Sealer:
    """Seals one object, segment by segment, across as many processes and days as it takes.

    A segment number is sealed once: seal it when its plaintext is whole and will not change. Sealing the same number
    again with the *same* bytes (a repeat after a crash) gives the same result; with other bytes it would reuse a nonce
    and give both away.
    """

    def __init__(self, key: bytes, name: str, header: bytes) -> None:
        self._cipher = _Cipher(key, name, header)

    @classmethod
    def start(cls, key: bytes, name: str) -> Self:
        """A new object of this name under a 32-byte file key, with a fresh salt and nonce prefix. Write `header` first.

        Under another name it does not open.
        """
        return cls(key, name, _MAGIC + os.urandom(HEADER - len(_MAGIC)))

    @classmethod
    def resume(cls, key: bytes, name: str, header: bytes) -> Self:
        """Carry on with an object whose header was written before. Raises BrokenSeal when it is not a header."""
        return cls(key, name, header)

    @property
    def header(self) -> bytes:
        """The 43 bytes that come before segment 0."""
        return self._cipher.header

    def seal(self, segment_index: int, plaintext: Plain, last: bool) -> bytearray:
        """One sealed segment. Full (65,536 bytes) unless `last`; the last may be empty. Raises ValueError otherwise."""
        if len(plaintext) > SEGMENT:
            raise ValueError("a segment holds at most 65,536 bytes")
        return self._cipher.seal(segment_index, memoryview(plaintext), last)

    def seal_run(self, first_index: int, plaintext: Plain, last: bool) -> bytearray:
        """As `seal`, for several segments in a row: whole ones, unless `last` and then the final one may be short."""
        return self._cipher.seal(first_index, memoryview(plaintext), last)

    def seal_pieces(self, first_index: int, plaintext: Plain, last: bool) -> Iterator[memoryview]:
        """As `seal_run`, in pieces of about 1 MiB. Each is overwritten when the next one is asked for."""
        plain = memoryview(plaintext)
        room = memoryview(bytearray(BATCH // SEGMENT * SEALED_SEGMENT))
        for at in range(0, max(1, len(plain)), BATCH):
            part = plain[at : at + BATCH]
            ends = last and at + BATCH >= len(plain)
            yield room[: self._cipher.seal_into(room, first_index + at // SEGMENT, part, ends)]


def seal_stream(key: bytes, name: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """A whole sealed object, header first, from plaintext in chunks of any size; holds at most about 2 MiB."""
    sealer = Sealer.start(key, name)
    yield sealer.header
    pending = bytearray()
    index = 0
    for chunk in chunks:
        for at in range(0, len(chunk), BATCH):
            pending += memoryview(chunk)[at : at + BATCH]
            # One byte more than a batch must be here, or this batch might be the last.
            if len(pending) > BATCH:
                yield bytes(sealer.seal_run(index, pending[:BATCH], last=False))
                del pending[:BATCH]
                index += BATCH // SEGMENT
    yield bytes(sealer.seal_run(index, pending, last=True))


def open_stream(
    key: bytes, name: str, read_range: Callable[[int, int], bytes], length: int, start: int = 0, end: int | None = None
) -> Iterator[bytes]:
    """Plaintext bytes `start` to `end` (exclusive) of an object of this name, of `length` plaintext bytes, in pieces of
    up to 1 MiB.

    `read_range(start, end)` reads the *sealed* object, end exclusive; only the header and the segments needed are asked
    for. Nothing is yielded that was not authenticated. Raises BrokenSeal when a segment was changed, moved or cut off,
    or when name or `length` is not the object's; ValueError when the range is not inside 0..length.
    """
    end = length if end is None else end
    if not 0 <= start <= end <= length:
        raise ValueError("a range must lie inside the object")
    if start == end and length:
        return
    final = max(0, (length - 1) // SEGMENT)
    index = start // SEGMENT
    stop = max(1, -(-end // SEGMENT))
    total = sealed_length(length)

    def read(from_byte: int, to_byte: int) -> bytes:
        data = read_range(from_byte, to_byte)
        if len(data) != to_byte - from_byte:
            raise BrokenSeal("a sealed object is cut short")
        return data

    cipher = None if index == 0 else _Cipher(key, name, read(0, HEADER))
    while index < stop:
        upto = min(stop, index + BATCH // SEGMENT)
        from_byte = HEADER + index * SEALED_SEGMENT
        to_byte = min(total, HEADER + upto * SEALED_SEGMENT)
        if cipher is None:
            # From the beginning, header and first segments come in one read: a small picture is one trip to the store.
            data = memoryview(read(0, to_byte))
            cipher = _Cipher(key, name, bytes(data[:HEADER]))
            data = data[HEADER:]
        else:
            data = memoryview(read(from_byte, to_byte))
        plain = cipher.open(index, data, final)
        base = index * SEGMENT
        piece = memoryview(plain)[max(0, start - base) : end - base]
        if piece:
            yield bytes(piece)
        index = upto


def open_range(
    key: bytes, name: str, read_range: Callable[[int, int], bytes], length: int, start: int, end: int
) -> memoryview:
    """As `open_stream`, for a part that fits in memory: one piece, read at once (and the header before it)."""
    if not 0 <= start <= end <= length:
        raise ValueError("a range must lie inside the object")
    if start == end and length:
        return memoryview(b"")
    first, stop = start // SEGMENT, max(1, -(-end // SEGMENT))
    from_byte = HEADER + first * SEALED_SEGMENT if first else 0
    to_byte = min(sealed_length(length), HEADER + stop * SEALED_SEGMENT)
    header = read_range(0, HEADER) if first else b""
    data = memoryview(read_range(from_byte, to_byte))
    if len(data) != to_byte - from_byte:
        raise BrokenSeal("a sealed object is cut short")
    cipher = _Cipher(key, name, header or bytes(data[:HEADER]))
    plain = cipher.open(first, data if first else data[HEADER:], max(0, (length - 1) // SEGMENT))
    return memoryview(plain)[start - first * SEGMENT : end - first * SEGMENT]
