"""The line of a walk gives nobody's home away."""

import json
from itertools import pairwise

import pytest

from app.memories import walk

METRE_NORTH = 1 / 111_195


def north(metres: float, step: float = 10) -> list[walk.Place]:
    """A straight walk to the north from a made-up front door."""
    return [(k * 8.0, 52.63 + k * step * METRE_NORTH, 1.3) for k in range(int(metres / step) + 1)]


def test_how_far() -> None:
    assert walk.length_m(north(1000)) == pytest.approx(1000, rel=0.001)
    assert walk.miles_words(1000) == "0.6 miles"
    assert walk.miles_words(1609.344) == "1.0 mile"
    assert walk.miles_words(20) == ""


def test_both_ends_are_rubbed_out() -> None:
    points = north(1000)
    kept = walk.rubbed_out(points)
    assert kept
    assert min(walk.metres_between(point, points[0]) for point in kept) > 100
    assert min(walk.metres_between(point, points[-1]) for point in kept) > 100


def test_a_round_walk_hides_the_door_it_starts_and_ends_at() -> None:
    there = north(500)
    kept = walk.rubbed_out(there + there[::-1])
    assert kept
    assert all(walk.metres_between(point, there[0]) > 100 for point in kept)


def test_a_short_walk_keeps_no_line() -> None:
    assert walk.rubbed_out(north(150)) == []


def test_a_sketch_has_no_real_places_in_it() -> None:
    points = [(float(k), 52.6 + k * 0.001, 1.3 + (k % 7) * 0.001) for k in range(300)]
    sketch = walk.sketch(points)
    assert len(sketch) <= walk.SKETCH_POINTS
    assert all(0 <= x <= 1 and 0 <= y <= 1 for x, y in sketch)
    assert sketch[0][1] > sketch[-1][1], "north is up"


@pytest.mark.parametrize(
    "posted",
    [
        "",
        "nonsense",
        "{}",
        "[1, 2]",
        json.dumps([[0, 91, 0], [1, 0, 181], [-1, 0, 0], ["0", 1, 2], [True, 1, 2], [None] * 3]),
    ],
)
def test_what_is_no_place_is_left_out(posted: str) -> None:
    assert walk.points_of(posted) == []


def test_points_come_in_order_of_time() -> None:
    points = walk.points_of(json.dumps([[2, 52.1, 1.1], [1, 52.0, 1.0]]))
    assert all(one < other for one, other in pairwise(points))
