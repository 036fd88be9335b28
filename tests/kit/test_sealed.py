"""Sealing: what goes in comes out, any part of it, and nothing that was touched does."""

import os
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kit import sealed
from app.kit.sealed import HEADER, SEALED_SEGMENT, SEGMENT, BrokenSeal, Sealer

NAME = "shown/ab/one"
LENGTHS = [
    0,
    1,
    SEGMENT - 1,
    SEGMENT,
    SEGMENT + 1,
    3 * SEGMENT,
    sealed.BATCH - 1,
    sealed.BATCH,
    sealed.BATCH + 1,
    2_500_000,
]


def seal(key: bytes, plain: bytes, step: int = 100_000) -> bytes:
    return b"".join(sealed.seal_stream(key, NAME, [plain[i : i + step] for i in range(0, len(plain), step)]))


def unseal(key: bytes, data: bytes, length: int, start: int = 0, end: int | None = None) -> bytes:
    return b"".join(sealed.open_stream(key, NAME, lambda a, b: data[a:b], length, start, end))


@pytest.mark.parametrize("length", LENGTHS)
def test_comes_back_whole(length: int) -> None:
    key, plain = sealed.new_key(), os.urandom(length)
    data = seal(key, plain)
    assert len(data) == sealed.sealed_length(length)
    assert unseal(key, data, length) == plain


@pytest.mark.parametrize("step", [1, 7, SEGMENT, sealed.BATCH, 5_000_000])
def test_the_size_of_chunks_does_not_matter(step: int) -> None:
    key, plain = sealed.new_key(), os.urandom(30_000 if step < SEGMENT else 2_300_000)
    assert unseal(key, seal(key, plain, step), len(plain)) == plain


LONG = os.urandom(sealed.BATCH + 3 * SEGMENT + 17)
LONG_KEY = sealed.new_key()
LONG_SEALED = seal(LONG_KEY, LONG)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(LONG)), st.integers(0, len(LONG)))
def test_any_range(a: int, b: int) -> None:
    start, end = min(a, b), max(a, b)
    assert unseal(LONG_KEY, LONG_SEALED, len(LONG), start, end) == LONG[start:end]
    assert sealed.open_range(LONG_KEY, NAME, lambda a, b: LONG_SEALED[a:b], len(LONG), start, end) == LONG[start:end]


def test_a_range_reads_only_the_segments_it_needs() -> None:
    reads: list[tuple[int, int]] = []

    def read(start: int, end: int) -> bytes:
        reads.append((start, end))
        return LONG_SEALED[start:end]

    at = 5 * SEGMENT + 100
    assert b"".join(sealed.open_stream(LONG_KEY, NAME, read, len(LONG), at, at + 10)) == LONG[at : at + 10]
    assert sum(end - start for start, end in reads) == HEADER + SEALED_SEGMENT
    reads.clear()
    b"".join(sealed.open_stream(LONG_KEY, NAME, read, len(LONG), 0, 10))
    assert reads == [(0, HEADER + SEALED_SEGMENT)]


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (5, 4), (0, len(LONG) + 1), (len(LONG) + 1, len(LONG) + 1)])
def test_a_range_outside_is_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError):
        unseal(LONG_KEY, LONG_SEALED, len(LONG), start, end)


def test_every_flipped_bit_is_found() -> None:
    key, plain = sealed.new_key(), os.urandom(2 * SEGMENT + 50)
    data = seal(key, plain)
    rng = random.Random(4)
    spots = [*range(HEADER), *(rng.randrange(len(data)) for _ in range(150))]
    for spot in spots:
        broken = bytearray(data)
        broken[spot] ^= 1 << rng.randrange(8)
        with pytest.raises(BrokenSeal):
            unseal(key, bytes(broken), len(plain))


def test_moved_repeated_cut_and_lengthened_segments_are_found() -> None:
    key, plain = sealed.new_key(), os.urandom(4 * SEGMENT)
    data = seal(key, plain)
    header = data[:HEADER]
    parts = [data[HEADER + i * SEALED_SEGMENT : HEADER + (i + 1) * SEALED_SEGMENT] for i in range(4)]
    for order in ([1, 0, 2, 3], [0, 0, 2, 3], [0, 2, 1, 3], [3, 1, 2, 0]):
        with pytest.raises(BrokenSeal):
            unseal(key, header + b"".join(parts[i] for i in order), len(plain))
    with pytest.raises(BrokenSeal):
        unseal(key, data[:-1], len(plain))
    with pytest.raises(BrokenSeal):
        unseal(key, header + b"".join(parts[:3]), 3 * SEGMENT)
    with pytest.raises(BrokenSeal):
        unseal(key, header, 0)
    other = seal(key, plain)
    with pytest.raises(BrokenSeal):
        unseal(key, header + other[HEADER:], len(plain))


def test_nothing_unauthenticated_is_given_out() -> None:
    broken = bytearray(LONG_SEALED)
    broken[HEADER + 17 * SEALED_SEGMENT] ^= 1
    given_out = b""
    with pytest.raises(BrokenSeal):
        for piece in sealed.open_stream(LONG_KEY, NAME, lambda a, b: bytes(broken[a:b]), len(LONG)):
            given_out += piece
    assert given_out == LONG[: sealed.BATCH]


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(BrokenSeal):
        unseal(sealed.new_key(), LONG_SEALED, len(LONG))


def test_sealing_carries_on_where_it_stopped() -> None:
    key, plain = sealed.new_key(), os.urandom(3 * SEGMENT + 9)
    first = Sealer.start(key, NAME)
    data = first.header + first.seal(0, plain[:SEGMENT], last=False)
    again = Sealer.resume(key, NAME, first.header)
    assert again.seal(0, plain[:SEGMENT], last=False) == data[HEADER:]
    data += again.seal_run(1, plain[SEGMENT : 3 * SEGMENT], last=False)
    data += again.seal(3, plain[3 * SEGMENT :], last=True)
    assert unseal(key, data, len(plain)) == plain
    with pytest.raises(BrokenSeal):
        Sealer.resume(key, NAME, first.header[:-1])
    with pytest.raises(BrokenSeal):
        Sealer.resume(key, NAME, b"XX" + first.header[2:])


def test_only_the_last_segment_may_be_short() -> None:
    sealer = Sealer.start(sealed.new_key(), NAME)
    for length in (0, 1, SEGMENT - 1, SEGMENT + 1):
        with pytest.raises(ValueError):
            sealer.seal(0, bytes(length), last=False)
    with pytest.raises(ValueError):
        sealer.seal(0, bytes(SEGMENT + 1), last=True)
    with pytest.raises(ValueError):
        sealer.seal_run(2**32 - 1, bytes(2 * SEGMENT), last=True)


def test_nothing_of_the_plaintext_shows() -> None:
    key = sealed.new_key()
    data = seal(key, b"family time on Saturday" * 9000)
    assert b"family" not in data and b"Saturday" not in data
    assert seal(key, b"same") != seal(key, b"same")


def test_wrapped_keys() -> None:
    key, by = sealed.new_key(), sealed.new_key()
    wrapped = sealed.wrap_key(key, by, b"file 1")
    assert sealed.unwrap_key(wrapped, by, b"file 1") == key
    flipped = bytes([wrapped[0] ^ 1]) + wrapped[1:]
    for what, with_key, context in (
        (wrapped, by, b"file 2"),
        (wrapped, sealed.new_key(), b"file 1"),
        (flipped, by, b"file 1"),
        (wrapped[:-1], by, b"file 1"),
        (b"", by, b"file 1"),
    ):
        with pytest.raises(BrokenSeal):
            sealed.unwrap_key(what, with_key, context)


def open_as(name: str, data: bytes) -> bytes:
    return b"".join(sealed.open_stream(LONG_KEY, name, lambda a, b: data[a:b], len(LONG)))


def test_one_object_cannot_stand_in_the_place_of_another() -> None:
    assert open_as(NAME, LONG_SEALED) == LONG
    as_before_names = b"HF1\0" + LONG_SEALED[4:]
    for name, data in (("shown/ab/two", LONG_SEALED), ("", LONG_SEALED), (NAME, as_before_names)):
        with pytest.raises(BrokenSeal):
            open_as(name, data)
        with pytest.raises(BrokenSeal):
            sealed.open_range(LONG_KEY, name, lambda a, b, data=data: data[a:b], len(LONG), 5, 9)


def test_what_was_sealed_before_names_were_still_opens() -> None:
    old = Sealer.resume(LONG_KEY, NAME, b"HF1\0" + os.urandom(HEADER - 4))
    data = old.header + old.seal_run(0, LONG, last=True)
    assert open_as(NAME, data) == LONG
    assert (
        sealed.open_range(LONG_KEY, NAME, lambda a, b: data[a:b], len(LONG), SEGMENT, SEGMENT + 9) == LONG[SEGMENT:][:9]
    )
