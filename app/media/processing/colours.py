"""What the numbers of a picture mean (ITU-T H.273, as PNG's cICP and HEIF's nclx use it), and what they are in sRGB."""

from array import array
from functools import lru_cache
from typing import NamedTuple

import pyvips

_SAME, _WIDE, _CINEMA = 1, 9, 12
_LINEAR, _PERCEPTUAL, _HYBRID = 8, 16, 18
_GAMMAS = {4: 2.2, 5: 2.8}
# From linear light in BT.2020 and Display P3 to linear light in BT.709, whose primaries are those of sRGB.
_TO_BT709 = {
    _WIDE: [[1.660491, -0.587641, -0.072850], [-0.124550, 1.132900, -0.008349], [-0.018151, -0.100579, 1.118730]],
    _CINEMA: [[1.224940, -0.224940, 0.0], [-0.042057, 1.042057, 0.0], [-0.019638, -0.078636, 1.098274]],
}
# Paper white of what is brighter than paper (ITU-R BT.2408), in nits.
_WHITE = 203.0
_KNEE = 0.8


class Colour(NamedTuple):
    """`primaries` and `transfer`, by their numbers in H.273."""

    primaries: int
    transfer: int

    @property
    def is_srgb(self) -> bool:
        """Whether there is nothing to change."""
        return self.primaries not in _TO_BT709 and self.transfer not in (_LINEAR, _PERCEPTUAL, _HYBRID, *_GAMMAS)


def to_srgb(image: pyvips.Image, colour: Colour) -> pyvips.Image:
    """An RGB picture of 8 or 16 bits, with or without alpha, as sRGB of 8 bits. Light beyond white is drawn in."""
    if colour.is_srgb:
        return image
    alpha = image.extract_band(3) if image.bands > 3 else None
    most = 65535 if image.format == "ushort" else 255
    light = image.extract_band(0, n=3).cast("ushort" if most > 255 else "uchar").maplut(_table(colour.transfer, most))
    if colour.primaries in _TO_BT709:
        light = light.recomb(_TO_BT709[colour.primaries])
    if colour.transfer in (_PERCEPTUAL, _HYBRID):
        beyond = 1.0 - ((_KNEE - light) / (1.0 - _KNEE)).exp() * (1.0 - _KNEE)
        light = (light < _KNEE).ifthenelse(light, beyond)
    seen = light.copy(interpretation="scrgb").colourspace("srgb")
    return seen if alpha is None else seen.bandjoin((alpha * (255.0 / most)).cast("uchar"))


@lru_cache
def _table(transfer: int, most: int) -> pyvips.Image:
    values = array("f", (_light(transfer, step / most) for step in range(most + 1)))
    return pyvips.Image.new_from_memory(values.tobytes(), most + 1, 1, 1, "float")


def _light(transfer: int, value: float) -> float:
    """Linear light, 1.0 at white, for a signal from 0 to 1."""
    if transfer == _LINEAR:
        return value
    if transfer in _GAMMAS:
        return float(value ** _GAMMAS[transfer])
    if transfer == _PERCEPTUAL:  # ITU-R BT.2100, table 4
        root = value ** (1 / 78.84375)
        return float(
            10000 / _WHITE * (max(root - 0.8359375, 0.0) / (18.8515625 - 18.6875 * root)) ** (1 / 0.1593017578125)
        )
    if transfer == _HYBRID:  # ITU-R BT.2100, table 5, seen on a screen of 1,000 nits
        scene = (
            value * value / 3
            if value <= 0.5
            else (2.718281828 ** ((value - 0.55991073) / 0.17883277) + 0.28466892) / 12
        )
        return float(1000 / _WHITE * scene**1.2)
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)
