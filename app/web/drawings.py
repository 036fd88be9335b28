"""Small SVG drawings made from numbers: the shape of a sound, and the line of a walk."""

from collections.abc import Sequence
from itertools import pairwise

from markupsafe import Markup, escape

Point = tuple[float, float]


def _bars(peaks: Sequence[int], count: int) -> list[float]:
    if not peaks:
        return [0.08] * count
    count = min(count, len(peaks))
    groups = [peaks[k * len(peaks) // count : (k + 1) * len(peaks) // count] for k in range(count)]
    return [max(0.08, min(1.0, max(group) / 255)) for group in groups]


def wave(peaks: Sequence[int], part: float = 1.0, height: int = 40, bars: int = 64) -> Markup:
    """An `<svg class="wave">` of loudness.

    `peaks` are 0–255, any number of them; they are grouped by their loudest into at most `bars` lines. The first
    `part` (0–1) is drawn full and the rest dim. No peaks give a flat line.
    """
    values = _bars(peaks, bars)
    step, middle = 300 / len(values), height / 2

    def lines(start: int, stop: int) -> str:
        return "".join(
            f"M{(k + 0.5) * step:.1f} {middle - values[k] * (middle - 2):.1f}V{middle + values[k] * (middle - 2):.1f}"
            for k in range(start, stop)
        )

    cut = round(len(values) * max(0.0, min(1.0, part)))
    return Markup(
        '<svg class="wave" viewBox="0 0 300 {}" preserveAspectRatio="none" aria-hidden="true">'
        '<path class="played" d="{}"/><path class="dim" d="{}"/></svg>'
    ).format(height, lines(0, cut), lines(cut, len(values)))


def _smooth(points: Sequence[Point]) -> str:
    """A curve through the points' midpoints with the points as controls, so a walk reads as drawn by hand."""
    if len(points) < 3:
        return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    start = points[0]
    path = [f"M{start[0]:.1f} {start[1]:.1f}"]
    for (x, y), (next_x, next_y) in pairwise(points[1:]):
        path.append(f"Q{x:.1f} {y:.1f} {(x + next_x) / 2:.1f} {(y + next_y) / 2:.1f}")
    end = points[-1]
    path.append(f"L{end[0]:.1f} {end[1]:.1f}")
    return "".join(path)


def route(
    points: Sequence[Point],
    part: float = 0.0,
    stops: Sequence[Point] = (),
    width: int = 320,
    height: int = 180,
    label: str | None = None,
) -> Markup:
    """An `<svg class="route">` sketch of a walk, with no map behind it.

    `points` and `stops` are (x, y) from 0 to 1, y downwards, already free of real coordinates. The first `part` (0–1)
    is drawn in brass as walked so far. `label` is what a screen reader says; without it the drawing is hidden from one.
    An empty list gives an empty drawing.
    """
    edge = 12.0

    def place(point: Point) -> Point:
        return edge + point[0] * (width - 2 * edge), edge + point[1] * (height - 2 * edge)

    placed = [place(point) for point in points]
    shapes: list[Markup] = []
    if len(placed) > 1:
        shapes.append(Markup('<path class="way-all" d="{}"/>').format(_smooth(placed)))
        walked = placed[: round((len(placed) - 1) * max(0.0, min(1.0, part))) + 1]
        if len(walked) > 1:
            shapes.append(Markup('<path class="way-walked" d="{}"/>').format(_smooth(walked)))
    dots = [place(stop) for stop in stops]
    shapes += [Markup('<circle class="way-stop" cx="{:.1f}" cy="{:.1f}" r="5"/>').format(x, y) for x, y in dots]
    if placed:
        shapes.append(Markup('<circle class="way-end" cx="{:.1f}" cy="{:.1f}" r="5"/>').format(*placed[-1]))
    heard = Markup('role="img" aria-label="{}"').format(escape(label)) if label else Markup('aria-hidden="true"')
    return Markup('<svg class="route" viewBox="0 0 {} {}" {}>{}</svg>').format(
        width, height, heard, Markup("").join(shapes)
    )
