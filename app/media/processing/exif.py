"""What is worth knowing from EXIF (CIPA DC-008): when a photo was taken, when it was changed, and where."""

import math
import struct
from datetime import datetime
from typing import NamedTuple

from app.media.processing.dates import read_when

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 10: 8, 13: 4}
_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_CHANGED, _ORIGINAL, _DIGITISED = 0x0132, 0x9003, 0x9004
_LATITUDE_REF, _LATITUDE, _LONGITUDE_REF, _LONGITUDE = 1, 2, 3, 4
_MOST_ENTRIES = 512


class Taken(NamedTuple):
    """`on`: the camera's clock; with a zone, where it is not that of the place. `location`: latitude, longitude in
    degrees, WGS 84. `changed_on`: when the file was last changed, which may be the same day, and may not.
    """

    on: datetime | None = None
    location: tuple[float, float] | None = None
    changed_on: datetime | None = None

    def or_else(self, other: "Taken") -> "Taken":
        """What this says, and what the other says of the rest."""
        return Taken(self.on or other.on, self.location or other.location, self.changed_on or other.changed_on)


class _Entry(NamedTuple):
    kind: int
    many: int
    raw: bytes


class _Tiff:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.order = {b"II*\0": "<", b"MM\0*": ">"}[data[:4]]

    def number(self, form: str, at: int) -> int:
        return int(struct.unpack_from(self.order + form, self.data, at)[0])

    def folder(self, at: int) -> dict[int, _Entry]:
        """The entries of one IFD; those that point outside the data are left out."""
        entries = {}
        for i in range(min(self.number("H", at), _MOST_ENTRIES)):
            place = at + 2 + i * 12
            if place + 12 > len(self.data):
                break
            tag, kind, count = self.number("H", place), self.number("H", place + 2), self.number("I", place + 4)
            length = _SIZES.get(kind, 0) * count
            start = place + 8 if length <= 4 else self.number("I", place + 8)
            if 0 < length <= 1024 and start + length <= len(self.data):
                entries[tag] = _Entry(kind, count, self.data[start : start + length])
        return entries

    def pointed(self, entries: dict[int, _Entry], tag: int) -> dict[int, _Entry]:
        entry = entries.get(tag)
        if entry is None or len(entry.raw) != 4:
            return {}
        at = int(struct.unpack(self.order + "I", entry.raw)[0])
        return self.folder(at) if at + 2 <= len(self.data) else {}

    def rationals(self, entry: _Entry) -> list[float]:
        pairs = struct.unpack(f"{self.order}{entry.many * 2}{'i' if entry.kind == 10 else 'I'}", entry.raw)
        return [float(above / below) for above, below in zip(pairs[::2], pairs[1::2], strict=True)]

    def degrees(self, gps: dict[int, _Entry], value: int, reference: int, negative: bytes) -> float | None:
        entry = gps.get(value)
        if entry is None or entry.kind not in (5, 10) or not 1 <= entry.many <= 3:
            return None
        whole = math.fsum(part / 60.0**i for i, part in enumerate(self.rationals(entry)))
        sign = gps.get(reference)
        return -whole if sign is not None and sign.raw[:1].upper() == negative else whole


def read_exif(data: bytes) -> Taken:
    """What `data` says: a TIFF structure, with or without "Exif\\0\\0" before it. Nonsense gives nothing, no error."""
    try:
        tiff = _Tiff(data.removeprefix(b"Exif\0\0"))
        root = tiff.folder(tiff.number("I", 4))
    except (KeyError, struct.error):
        return Taken()
    on, scanned = _taken_on(tiff, root)
    changed = None if scanned else _when(root.get(_CHANGED))
    return Taken(on, _location(tiff, root), changed)


def _taken_on(tiff: _Tiff, root: dict[int, _Entry]) -> tuple[datetime | None, bool]:
    """The day of the picture, and whether all that is known is the day of the scan."""
    try:
        exif = tiff.pointed(root, _EXIF_IFD)
    except struct.error:
        return None, False
    on = _when(exif.get(_ORIGINAL))
    return on, on is None and _when(exif.get(_DIGITISED)) is not None


def _when(entry: _Entry | None) -> datetime | None:
    # EXIF's own hour is that of the place, whatever zone is written behind it.
    when = read_when(entry.raw.decode("ascii", "replace").rstrip("\0")) if entry is not None else None
    return when.replace(tzinfo=None) if when else None


def _location(tiff: _Tiff, root: dict[int, _Entry]) -> tuple[float, float] | None:
    try:
        gps = tiff.pointed(root, _GPS_IFD)
        latitude = tiff.degrees(gps, _LATITUDE, _LATITUDE_REF, b"S")
        longitude = tiff.degrees(gps, _LONGITUDE, _LONGITUDE_REF, b"W")
    except (ZeroDivisionError, struct.error):
        return None
    return checked_place(latitude, longitude)


def checked_place(latitude: float | None, longitude: float | None) -> tuple[float, float] | None:
    """The pair when it is a place on Earth. 0, 0 is what cameras write before they know where they are."""
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        return None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    return latitude, longitude
