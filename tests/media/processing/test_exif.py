"""EXIF from strangers: never an error, never nonsense."""

import struct

from hypothesis import given, settings
from hypothesis import strategies as st

from app.media.processing.exif import read_exif
from app.media.processing.look import HEAD, guess


def rationals(order: str, *values: tuple[int, int]) -> bytes:
    return b"".join(struct.pack(f"{order}II", *value) for value in values)


def exif(order: str, latitude: bytes, north: bytes, longitude: bytes, east: bytes, when: bytes) -> bytes:
    """A small TIFF structure: one pointer to an Exif IFD with a date, one to a GPS IFD."""
    head = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(f"{order}I", 8)
    root = struct.pack(f"{order}H HHII HHII I", 2, 0x8769, 4, 1, 38, 0x8825, 4, 1, 56, 0)
    places = struct.pack(f"{order}H HHII I", 1, 0x9003, 2, 20, 110, 0)
    gps = struct.pack(
        f"{order}H HHI4s HHII HHI4s HHII I", 4, 1, 2, 2, north, 2, 5, 3, 130, 3, 2, 2, east, 4, 5, 3, 154, 0
    )
    body = head + root + places + gps
    assert len(body) == 110
    return body + when.ljust(20, b"\0") + latitude + longitude


def test_both_byte_orders_and_all_four_corners() -> None:
    for order in "<>":
        for north, east, wanted in (
            (b"N\0", b"E\0", (51.5, 0.25)),
            (b"S\0", b"E\0", (-51.5, 0.25)),
            (b"N\0", b"W\0", (51.5, -0.25)),
            (b"s\0", b"w\0", (-51.5, -0.25)),
        ):
            data = exif(
                order, rationals(order, (51, 1), (30, 1), (0, 1)), north, rationals(order, (0, 1), (1500, 100), (0, 1)),
                east, b"2016:02:29 13:14:15",
            )  # fmt: skip
            for whole in (data, b"Exif\0\0" + data):
                taken = read_exif(whole)
                assert taken.location == wanted
                assert taken.on is not None and taken.on.isoformat() == "2016-02-29T13:14:15"


def test_what_cannot_be_is_left_out() -> None:
    fine = rationals("<", (10, 1), (0, 1), (0, 1))
    for latitude, longitude in (
        (rationals("<", (91, 1), (0, 1), (0, 1)), fine),
        (fine, rationals("<", (181, 1), (0, 1), (0, 1))),
        (rationals("<", (1, 0), (0, 1), (0, 1)), fine),
        (rationals("<", (0, 1), (0, 1), (0, 1)), rationals("<", (0, 1), (0, 1), (0, 1))),
    ):
        assert read_exif(exif("<", latitude, b"N\0", longitude, b"E\0", b"")).location is None
    for when in (b"0000:00:00 00:00:00", b"2016:02:30 13:14:15", b"    :  :     :  :  ", b"\xff" * 20):
        assert read_exif(exif("<", fine, b"N\0", fine, b"E\0", when)).on is None


WHOLE = exif(
    "<", rationals("<", (51, 1), (30, 1), (0, 1)), b"N\0", rationals("<", (1, 1), (0, 1), (0, 1)), b"E\0",
    b"2016:02:29 13:14:15",
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=12), st.integers(0, len(WHOLE))
)
def test_damage_is_never_an_error(changes: list[tuple[int, int]], keep: int) -> None:
    data = bytearray(WHOLE)
    for at, value in changes:
        data[at] = value
    taken = read_exif(bytes(data[:keep]))
    if taken.location is not None:
        assert -90 <= taken.location[0] <= 90 and -180 <= taken.location[1] <= 180


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=HEAD))
def test_any_bytes_get_a_guess(data: bytes) -> None:
    assert guess(data).decoder in ("photo", "sound_or_video", "document", "office", "none")
    read_exif(b"II*\0" + data)
    read_exif(b"MM\0*" + data)
