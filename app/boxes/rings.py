"""How near people are: three rings on one page, and the same as a list."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.boxes.connection import RINGS, Connection
from app.kit.language import gettext

# The drawn places (p1…p10 in the stylesheet) of each ring, from the inside out.
PLACES = {1: (1, 2, 3), 2: (4, 5, 6), 3: (7, 8, 9, 10)}


@dataclass(frozen=True, slots=True)
class Rings:
    """`placed` is (place, connection) where a ring has room; `left_over` counts the others, who are in the list."""

    placed: list[tuple[int, Connection]]
    left_over: int
    nearness: list[tuple[str, list[Connection]]]
    blocked: list[Connection]


def on_rings(connections: Sequence[Connection]) -> Rings:
    """People on their rings, in the order given. Blocked ones are on none; someone out of touch or ended stays."""
    shown = [connection for connection in connections if connection.state != "blocked"]
    by_ring = {ring: [c for c in shown if c.ring == ring] for ring in PLACES}
    placed = [pair for ring, places in PLACES.items() for pair in zip(places, by_ring[ring], strict=False)]
    return Rings(
        placed=placed,
        left_over=len(shown) - len(placed),
        nearness=[(gettext(name), by_ring[ring]) for ring, name in enumerate(RINGS, 1) if by_ring[ring]],
        blocked=[connection for connection in connections if connection.state == "blocked"],
    )
