"""Films for the demo box: a drawn scene, something in it moving, a hand that is not quite still, and its sound.

A scene's SVG says what moves: a top-level group with `data-motion` is `pass x y x y` (goes from one offset to another),
`bob x y seconds` (to and fro) or `fall speed` (down for ever, as snow), in SVG units and seconds.
"""

import math
import random
import tempfile
from copy import deepcopy
from pathlib import Path
from typing import Literal, NamedTuple
from xml.etree import ElementTree

import pyvips

from app.demo import art, sounds

FPS = 25
LONG, SHORT = 1280, 720
MARGIN = 1.1
SVG = "{http://www.w3.org/2000/svg}"
SHARED = {f"{SVG}{tag}" for tag in ("title", "defs", "linearGradient", "radialGradient", "pattern", "clipPath")}
VIDEO: dict[str, list[str]] = {
    "h264": ["-c:v", "libx264", "-preset", "superfast", "-crf", "25", "-profile:v", "high"],
    "hevc": ["-c:v", "libx265", "-preset", "ultrafast", "-crf", "27", "-tag:v", "hvc1", "-x265-params",
             "log-level=error:pools=2"],
}  # fmt: skip
BT709 = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
HEARD: dict[str, str] = {
    "beach": "sea", "dog": "sea", "shell": "sea", "rock-pool": "sea", "ferris-wheel": "crowd", "goal": "crowd",
    "fireworks": "crowd", "school-play": "crowd", "pool": "crowd", "volcano": "crowd", "drums": "beat",
    "campfire": "fire", "bus-window": "rain", "paper-boat": "rain", "train": "walk", "rail": "walk",
}  # fmt: skip
"""The background sound of a scene; `park` where it is not named."""


class _Layer(NamedTuple):
    svg: str
    motion: list[str]


def film(
    scene: str,
    seconds: float,
    seed: int = 0,
    *,
    portrait: bool = False,
    codec: Literal["h264", "hevc"] = "h264",
    container: Literal["mp4", "mov"] = "mp4",
) -> bytes:
    """Return a phone-like film of a drawn scene: 1280 x 720 (720 x 1280 when `portrait`), 25 pictures a second, AAC.

    `seconds` is 2 to 600. `seed` changes the framing, the hand and the sound.
    Raises `KeyError` for an unknown scene, `ValueError` for a length out of range, `sounds.NoSound` when ffmpeg fails.
    """
    if not 2 <= seconds <= 600:
        raise ValueError("a film is between 2 seconds and 10 minutes long")
    dice = random.Random(f"{scene}-{seed}")
    frame = (SHORT, LONG) if portrait else (LONG, SHORT)
    width, height = (round(side * MARGIN / 2) * 2 for side in frame)
    box = art.view(scene, width, height, dice.uniform(1.0, 1.04))
    layers = _layers(art.SCENES[scene], box, width, height)
    with tempfile.TemporaryDirectory(prefix="holdfast-demo-") as folder:
        words: list[str] = []
        for number, layer in enumerate(layers):
            picture = Path(folder, f"{number}.png")
            pyvips.Image.svgload_buffer(layer.svg.encode()).pngsave(str(picture), compression=1)
            words += ["-framerate", str(FPS), "-i", str(picture)]
        moving = _moving(layers, seconds, width / box.width, height)
        hand = _hand(frame, (width, height), seconds, dice)
        heard = sounds.graph(HEARD.get(scene, "park"), seconds, seed)
        words += ["-filter_complex", f"{moving}{hand}[seen];{heard}", "-map", "[seen]", "-map", "[sound]"]
        words += [*VIDEO[codec], "-threads", "2", "-r", str(FPS), *sounds.AAC]
        return sounds.encode(words, f".{container}", seconds)


def _layers(svg: str, box: art.Box, width: int, height: int) -> list[_Layer]:
    """Cut a scene into see-through layers, back to front: still ones, and one for each thing that moves."""
    ElementTree.register_namespace("", SVG[1:-1])
    scene = ElementTree.fromstring(svg)  # noqa: S314 our own file
    scene.attrib |= {"width": str(width), "height": str(height), "viewBox": str(box)}
    shared = [part for part in scene if part.tag in SHARED]
    stack: list[tuple[list[str], list[ElementTree.Element]]] = [([], [])]
    for part in scene:
        motion = part.get("data-motion", "").split()
        if motion:
            stack += [(motion, [part]), ([], [])]
        elif part.tag not in SHARED:
            stack[-1][1].append(part)
    layers = []
    for motion, parts in stack:
        if parts:
            sheet = ElementTree.Element(scene.tag, scene.attrib)
            sheet.extend(deepcopy([*shared, *parts]))
            layers.append(_Layer(ElementTree.tostring(sheet, encoding="unicode"), motion))
    return layers


def _moving(layers: list[_Layer], seconds: float, scale: float, height: int) -> str:
    """Return the filter graph that lays the layers over each other; `scale` is pixels in one SVG unit."""
    still = "loop=loop=-1:size=1"
    matrix = "scale=out_color_matrix=bt709:out_range=tv"
    lines = [f"[0]{matrix},format=yuv444p,{still}[on0]"]
    count = 0
    for number, layer in enumerate(layers[1:], start=1):
        spots = _spots(layer.motion, seconds, scale, height)
        copies = "".join(f"[l{number}c{copy}]" for copy in range(len(spots)))
        lines.append(f"[{number}]{matrix},format=yuva444p,{still},split={len(spots)}{copies}")
        for copy, (x, y) in enumerate(spots):
            lines.append(f"[on{count}][l{number}c{copy}]overlay=x='{x}':y='{y}':format=yuv444[on{count + 1}]")
            count += 1
    return ";".join(lines) + f";[on{count}]"


def _spots(motion: list[str], seconds: float, scale: float, height: int) -> list[tuple[str, str]]:
    """Return where a layer is laid at time `t`, in pixels: one place, or two that follow each other down."""
    if not motion:
        return [("0", "0")]
    numbers = [float(word) * scale for word in motion[1:]]
    if motion[0] == "pass":
        from_x, from_y, to_x, to_y = numbers
        done = f"(t/{seconds:.3f})"
        return [(f"{from_x:.1f}+{to_x - from_x:.1f}*{done}", f"{from_y:.1f}+{to_y - from_y:.1f}*{done}")]
    if motion[0] == "bob":
        turn = 2 * math.pi / float(motion[3])
        return [(f"{numbers[0]:.1f}*sin({turn * 0.5:.4f}*t)", f"{numbers[1]:.1f}*sin({turn:.4f}*t)")]
    if motion[0] == "fall":
        drop = f"mod({numbers[0]:.1f}*t,{height})"
        return [("0", drop), ("0", f"{drop}-{height}")]
    raise ValueError(f"nothing moves like {motion[0]!r}")


def _hand(frame: tuple[int, int], drawn: tuple[int, int], seconds: float, dice: random.Random) -> str:
    """Return the crop that follows the scene as somebody's hand would: a slow turn and a small shake."""
    spare_x, spare_y = drawn[0] - frame[0], drawn[1] - frame[1]
    turn = dice.choice((-1, 1)) * 0.3 * spare_x
    a, b = dice.uniform(0, 6), dice.uniform(0, 6)
    x = f"{spare_x / 2:.0f}+{turn:.1f}*(2*t/{seconds:.3f}-1)+3*sin(1.7*t+{a:.2f})+1.5*sin(4.1*t+{b:.2f})"
    y = f"{spare_y / 2:.0f}+4*sin(1.1*t+{b:.2f})+1.5*sin(3.7*t+{a:.2f})"
    return f"crop={frame[0]}:{frame[1]}:x='{x}':y='{y}',format=yuv420p,{BT709}"
