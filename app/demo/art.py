"""Pictures for the demo box: our own flat drawings, printed as if somebody had taken a photo.

Each scene is an SVG 1.1 file in `scenes/` whose `<title>` is its plain-English description; each face is a 48 x 48
SVG in `faces/` coloured through four CSS-like variables. Nothing here uses a font, so a bare machine draws the same.
"""

import random
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pyvips

HERE = Path(__file__).parent
QUALITY = 88
GRAIN = 2.2
TILE = 512


class Look(NamedTuple):
    """How one of the demo cast looks: a face from `FACES`, then skin, hair, top and background as `#rrggbb`."""

    face: str
    skin: str
    hair: str
    top: str
    ground: str


class Box(NamedTuple):
    """A part of a scene in SVG units; as text, what `viewBox` wants."""

    left: float
    top: float
    width: float
    height: float

    def __str__(self) -> str:
        return " ".join(f"{side:.3f}" for side in self)


CAST: dict[str, Look] = {
    "kai": Look("top", "#9b6a48", "#231c1a", "#d4543c", "#f2d9a8"),
    "joe": Look("beard", "#f0c49c", "#bf6431", "#2f7484", "#d5e3dc"),
    "sam": Look("bob", "#dcab7d", "#26232a", "#e0a33a", "#dcd6e6"),
    "nan": Look("curl", "#8a5a3c", "#c9c5c0", "#7a4f86", "#efd9cf"),
    "mum": Look("long", "#8f5f40", "#2a1d1a", "#4c7657", "#ead9bd"),
    "dee": Look("afro", "#7c4e34", "#241a19", "#e3b23c", "#cfe0e2"),
    "theo": Look("short", "#a87450", "#2a201d", "#3f6fa3", "#e2e6cf"),
    "patel": Look("bun", "#b98257", "#1f1b20", "#8a3552", "#dfe3ea"),
    "okafor": Look("specs", "#6b452f", "#171414", "#4a5563", "#dcd9cc"),
    "amina": Look("scarf", "#c08a62", "#5b4a86", "#5b4a86", "#e6dfef"),
    "priya": Look("long", "#a9744c", "#2a1f1d", "#547a63", "#f0ddcb"),
    "ash": Look("curl", "#e3b48c", "#8a5a32", "#4f97a6", "#f4e3c4"),
    "riley": Look("bob", "#f0c9a6", "#7a3f2a", "#547a63", "#dfe7e2"),
    "morgan": Look("specs", "#d9a67c", "#55463c", "#27496d", "#e6e2d6"),
    "avery": Look("short", "#e8bd94", "#6d5a44", "#7a4f86", "#e2ded2"),
    "casey": Look("long", "#cf9a72", "#3a2a22", "#4a5563", "#d8e0e4"),
}


def _read(folder: str) -> dict[str, str]:
    return {file.stem: file.read_text(encoding="utf-8") for file in sorted((HERE / folder).glob("*.svg"))}


SCENES: dict[str, str] = _read("scenes")
"""Every scene by name: a whole SVG document, `viewBox="0 0 400 300"`, opaque to the edges, with a `<title>`."""

FACES: dict[str, str] = _read("faces")
"""Every face by name: a whole SVG document, `viewBox="0 0 48 48"`, with `var(--sk|--hr|--ft|--fb)` for its colours."""

WIDE, HIGH = 400.0, 300.0
_TITLE = re.compile(r"<title>(.+?)</title>", re.DOTALL)
_FOCUS = re.compile(r'data-focus="(\d+) (\d+)"')
_ROOT = re.compile(r"<svg [^>]*>")


def alt(name: str) -> str:
    """Return one plain sentence or two that say what the scene shows. Raises `KeyError` for an unknown name."""
    found = _TITLE.search(SCENES[name])
    assert found, name
    return found[1]


def draw(name: str, width: int, height: int, seed: int = 0) -> bytes:
    """Return the scene as a JPEG (quality 88, sRGB, no metadata), `width` x `height` pixels.

    The drawing fills the frame (as SVG `slice` does); what does not fit is cut off around the scene's `data-focus`
    point, which is its middle when it names none. `seed` changes the crop, the warmth, the light and the grain a
    little, so one scene used twice is not one picture twice; the same arguments give the same pixels.
    Raises `KeyError` for an unknown name, `ValueError` for an empty size.
    """
    if width < 1 or height < 1:
        raise ValueError("a picture needs at least one pixel each way")
    dice = random.Random(f"{name}-{seed}")
    box = view(name, width, height, dice.uniform(1.0, 1.05), dice.uniform(-4, 4))
    root = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="{box}">'
    light = _light(box, dice)
    svg = _ROOT.sub(root, SCENES[name], count=1).replace("</svg>", light + "</svg>")
    return _print(_raster(svg), dice)


def portrait(face: str, skin: str, hair: str, top: str, ground: str, size: int = 512) -> bytes:
    """Return a face as a square JPEG of `size` pixels, coloured with four `#rrggbb` values.

    Pass one of the cast with `portrait(*CAST["kai"])`. Raises `KeyError` for an unknown face.
    """
    svg = FACES[face]
    for variable, colour in (("--sk", skin), ("--hr", hair), ("--ft", top), ("--fb", ground)):
        svg = svg.replace(f"var({variable})", colour)
    root = f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 48 48">'
    return _print(_raster(_ROOT.sub(root, svg, count=1)), random.Random(face + skin + hair))


def view(name: str, width: int, height: int, zoom: float = 1.0, nudge: float = 0.0) -> Box:
    """Return the part of a scene, in SVG units, that fills a frame of `width` x `height` pixels.

    `zoom` (1 or more) looks closer, `nudge` (SVG units) looks a little to the side. Raises `KeyError`.
    """
    focus = _FOCUS.search(SCENES[name])
    x, y = (float(focus[1]), float(focus[2])) if focus else (WIDE / 2, HIGH / 2)
    scale = max(width / WIDE, height / HIGH) * zoom
    seen_w, seen_h = width / scale, height / scale
    left = _within(x + nudge - seen_w / 2, WIDE - seen_w)
    top = _within(y + nudge / 2 - seen_h / 2, HIGH - seen_h)
    return Box(left, top, seen_w, seen_h)


def _within(value: float, most: float) -> float:
    return min(max(value, 0.0), most)


def _light(box: Box, dice: random.Random) -> str:
    """Return SVG that lays soft light from one upper corner and darker edges over the part of the scene in view."""
    frame = f'x="{box.left - 1:.2f}" y="{box.top - 1:.2f}" width="{box.width + 2:.2f}" height="{box.height + 2:.2f}"'
    corner = dice.choice((0.12, 0.5, 0.88))
    shine, edge = dice.uniform(0.05, 0.13), dice.uniform(0.1, 0.2)
    return (
        f'<radialGradient id="print-light" cx="{corner}" cy="0" r="1"><stop stop-color="#fff4d8" '
        f'stop-opacity="{shine:.3f}"/><stop offset="1" stop-color="#fff4d8" stop-opacity="0"/></radialGradient>'
        f'<radialGradient id="print-edge" r=".74"><stop offset=".62" stop-color="#2a1c12" stop-opacity="0"/>'
        f'<stop offset="1" stop-color="#2a1c12" stop-opacity="{edge:.3f}"/></radialGradient>'
        f'<rect {frame} fill="url(#print-light)"/><rect {frame} fill="url(#print-edge)"/>'
    )


def _raster(svg: str) -> pyvips.Image:
    image: pyvips.Image = pyvips.Image.svgload_buffer(svg.encode())
    return image.flatten(background=[255, 255, 255])


def _print(image: pyvips.Image, dice: random.Random) -> bytes:
    """Give the drawing a photo's warmth and grain and return it as a JPEG."""
    warmth = dice.uniform(-0.012, 0.022)
    grain = _grain().wrap(x=dice.randrange(TILE), y=dice.randrange(TILE))
    grain = grain.replicate(-(-image.width // TILE), -(-image.height // TILE)).crop(0, 0, image.width, image.height)
    toned = image.linear([1 + warmth, 1.0, 1 - warmth * 1.4], [0, 0, 0]) + grain
    data: bytes = toned.cast("uchar").jpegsave_buffer(Q=QUALITY, keep="none", optimize_coding=True)
    return data


@cache
def _grain() -> pyvips.Image:
    """Return one tile of even paper grain, wrapped round so that copies of it meet without a seam."""
    return pyvips.Image.gaussnoise(TILE, TILE, mean=0, sigma=GRAIN, seed=7).copy_memory()
