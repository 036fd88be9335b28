"""Pictures whose end is missing: what there is of them is shown, and what is not there is one plain colour."""

import re
import struct

import pyvips

from app.media.processing import png

_PLAIN = 128
# Markers that stand in a picture's coded data and do not end it: stuffed bytes and restarts (ITU-T T.81, B.1.1).
_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])", re.DOTALL)
_SCAN, _END = 0xDA, 0xD9


def jpeg_is_cut_off(data: bytes) -> bool:
    """Whether the end of its picture is missing; what stands behind the end does not count."""
    at, in_scan = 2, False
    while at + 4 <= len(data):
        found = _MARKER.search(data, at) if in_scan else _MARKER.match(data, at)
        if found is None:
            return True
        marker, at = found[1][0], found.end()
        if marker == _END:
            return False
        at += int.from_bytes(data[at : at + 2], "big")
        in_scan = in_scan or marker == _SCAN
    return data[-2:] != b"\xff\xd9"


def filled_up(image: pyvips.Image, cut: png.Cut) -> pyvips.Image:
    """The picture in `cut`, opened, at its full size: plain where nothing is, or coarse where only some passes are."""
    if cut.passes is None:
        most = 65535 if image.format == "ushort" else 255
        background = [round(_PLAIN * most / 255)] * image.bands
        if image.hasalpha():
            background[-1] = most
        return image.gravity("north", image.width, cut.height, extend="background", background=background)
    across, down = png.GRIDS[cut.passes - 1]
    coarse = image.copy_memory().subsample(across, down)
    return coarse.resize(image.width / coarse.width, vscale=image.height / coarse.height, kernel="linear")


def padded_bmp(data: bytes) -> tuple[bytes, bool]:
    """A bitmap with plain colour for the rows that are missing, and whether any are; of 24 bits and more alone."""
    if len(data) < 54:
        return data, False
    start = int.from_bytes(data[10:14], "little")
    width, height, _, bits, packing = struct.unpack_from("<iiHHI", data, 18)
    needed = start + (width * bits + 31) // 32 * 4 * abs(height)
    missing = needed - len(data)
    if packing or bits < 24 or not 0 < missing < needed - start:
        return data, False
    return data + bytes([_PLAIN]) * missing, True
