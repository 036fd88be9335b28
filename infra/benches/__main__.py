"""`infra/bench wall|timeline|media|door|light [--small]`."""

import argparse
import hashlib
import os
import signal
import tempfile
from pathlib import Path

PARTS = ("photos", "large", "shown")


def main() -> None:
    parser = argparse.ArgumentParser("infra/bench", description="How fast it is, on a large made-up world.")
    parser.add_argument("what", choices=("wall", "timeline", "media", "door", "light"))
    parser.add_argument(
        "--small", action="store_true", help="a world of 20,000 memories instead of 1,000,000; fewer photos"
    )
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], help="timeline: web processes to try")
    parser.add_argument("--seconds", type=float, default=10.0, help="timeline: length of each of the interleaved runs")
    parser.add_argument("--rounds", type=int, default=3, help="timeline: how often each run is repeated")
    parser.add_argument("--parts", nargs="+", default=list(PARTS), choices=PARTS, help="media: what to measure")
    chosen = parser.parse_args()

    # Before anything of the application is imported: its settings are read once.
    size = str(os.getpid()) if chosen.what in ("media", "door", "light") else "small" if chosen.small else "whole"
    place = hashlib.sha256(str(Path(__file__).resolve()).encode()).hexdigest()[:8]
    os.environ.setdefault("HOLDFAST_DATA", str(Path(tempfile.gettempdir()) / f"holdfast-bench-{place}-{size}"))
    os.environ.update(HOLDFAST_DEMO="0", BASE_URL="http://localhost")

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if chosen.what == "door":
        from benches import door

        door.measure(chosen.small)
        return
    if chosen.what == "light":
        from benches import light

        light.measure(chosen.small)
        return
    if chosen.what == "media":
        from benches import media

        media.measure(media.SMALL if chosen.small else media.WHOLE, chosen.parts)
        return
    from benches import timeline, wall
    from benches.world import LARGE, SMALL, standing

    with standing(SMALL if chosen.small else LARGE) as world:
        if chosen.what == "wall":
            wall.measure(world)
        else:
            timeline.measure(world, chosen.workers, chosen.seconds, chosen.rounds)


main()
