"""Files that say where they were made, with what and whose they are, in every place a format has for it."""

from pathlib import Path

from tests.media.planted.films import films
from tests.media.planted.pictures import jpegs, other_pictures, papers
from tests.media.planted.sounds import sounds


def planted(ffmpeg: str, folder: Path) -> dict[str, bytes]:
    """Name to bytes; each holds at least one of TRACES, some of them compressed."""
    made: dict[str, bytes] = {}
    for make in (jpegs, other_pictures, papers):
        made |= dict(make())
    for maker in (films, sounds):
        made |= dict(maker(ffmpeg, folder))
    return made
