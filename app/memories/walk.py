"""The line of a walk: how far it is, its two ends rubbed out, and a sketch with no real coordinates in it."""

import math
from collections.abc import Sequence
from itertools import pairwise

from app.kit.language import gettext
from app.web.posted import read_json

Place = tuple[float, float, float]

EARTH_M = 6_371_008.8
METRES_IN_A_MILE = 1609.344
RUBBED_OUT_M = 100.0
SKETCH_POINTS = 40
MOST_POINTS = 20_000


def points_of(posted: str) -> list[Place]:
    """What the recorder posted, a JSON list of [seconds, latitude, longitude] (degrees, WGS 84), in order of time.

    Anything else, and any point that is no place on Earth, is left out; at most MOST_POINTS come back.
    """
    try:
        listed = read_json(posted)
    except ValueError:
        return []
    points: list[Place] = []
    for each in listed[:MOST_POINTS] if isinstance(listed, list) else []:
        if not isinstance(each, list) or len(each) != 3 or not all(type(value) in (int, float) for value in each):
            continue
        seconds, latitude, longitude = (float(value) for value in each)
        if 0 <= seconds < 86_400 and abs(latitude) <= 90 and abs(longitude) <= 180:
            points.append((seconds, latitude, longitude))
    return sorted(points)


def metres_between(one: Place, other: Place) -> float:
    """The distance along the ground in metres (haversine on the mean Earth radius)."""
    (_, a_lat, a_lon), (_, b_lat, b_lon) = one, other
    lat_1, lat_2 = math.radians(a_lat), math.radians(b_lat)
    half = math.sin((lat_2 - lat_1) / 2) ** 2
    half += math.cos(lat_1) * math.cos(lat_2) * math.sin(math.radians(b_lon - a_lon) / 2) ** 2
    return 2 * EARTH_M * math.asin(min(1.0, math.sqrt(half)))


def length_m(points: Sequence[Place]) -> float:
    """How far the whole line is, in metres."""
    return sum(metres_between(one, other) for one, other in pairwise(points))


def rubbed_out(points: Sequence[Place]) -> list[Place]:
    """The points that are more than RUBBED_OUT_M metres away from both ends: nobody can see where someone lives.

    Empty when fewer than two are left.
    """
    kept = [
        point
        for point in points
        if min(metres_between(point, points[0]), metres_between(point, points[-1])) > RUBBED_OUT_M
    ]
    return kept if len(kept) > 1 else []


def sketch(points: Sequence[Place]) -> list[list[float]]:
    """The shape as at most SKETCH_POINTS (x, y) from 0 to 1, y downwards, in true proportion and in the middle."""
    if len(points) < 2:
        return []
    chosen = points
    if len(points) > SKETCH_POINTS:
        chosen = [points[k * (len(points) - 1) // (SKETCH_POINTS - 1)] for k in range(SKETCH_POINTS)]
    narrow = math.cos(math.radians(points[0][1]))
    xs, ys = [longitude * narrow for _, _, longitude in chosen], [-latitude for _, latitude, _ in chosen]
    size = max(max(xs) - min(xs), max(ys) - min(ys)) or 1.0
    left, up = (min(xs) + max(xs) - size) / 2, (min(ys) + max(ys) - size) / 2
    return [[round((x - left) / size, 4), round((y - up) / size, 4)] for x, y in zip(xs, ys, strict=True)]


def miles_words(metres: float) -> str:
    """Miles in words ("0.7 miles"), or "" under a twentieth of one."""
    miles = metres / METRES_IN_A_MILE
    if miles < 0.05:
        return ""
    said = f"{miles:.1f}"
    return gettext("1.0 mile") if said == "1.0" else gettext("%(number)s miles", number=said)
