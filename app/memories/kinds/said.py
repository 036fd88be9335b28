"""What is said in a recording or a film, as somebody typed it, and the same as captions."""

import re
from html import escape

from pydantic import Field

from app.memories.kinds.kind import Details, KindForm

MOST_LETTERS = 50_000
# How long the last of the timed words stay, and words without a time, where nobody knows how long it lasts (seconds).
LAST = 8.0
WHOLE = 6 * 3600.0
_TIMED = re.compile(r"\[?(?:(\d{1,2}):)?(\d{1,3}):([0-5]\d)\]?[\s:–-]*(.*)")


class Spoken(Details):
    """Details of something that is heard: `said` is its words, a line each, which may begin with a time ("0:12 …")."""

    said: str = ""


class SpokenForm(KindForm):
    said: str = Field("", max_length=MOST_LETTERS)


def captions(said: str, seconds: float | None) -> str:
    """The words as WebVTT (W3C). `seconds` is how long it all lasts, None where that is not known.

    A line that begins with a time is a cue from then until the next, and lines without one go on with it. Words with
    no time at all are one cue from beginning to end.
    """
    cues: list[tuple[float, list[str]]] = []
    for line in filter(None, map(str.strip, said.splitlines())):
        timed = _TIMED.fullmatch(line)
        if timed:
            at = int(timed[1] or 0) * 3600 + int(timed[2]) * 60 + int(timed[3])
            cues.append((float(at), [timed[4]] if timed[4] else []))
        elif cues:
            cues[-1][1].append(line)
        else:
            cues.append((0.0, [line]))
    cues = sorted((cue for cue in cues if cue[1]), key=lambda cue: cue[0])
    ends = [start for start, _ in cues[1:]]
    last = cues[-1][0] + LAST if len(cues) > 1 else WHOLE
    ends.append(max(seconds, cues[-1][0] + 1) if seconds and cues else last if cues else 0.0)
    parts = [
        f"{_stamp(start)} --> {_stamp(max(end, start + 0.5))}\n"
        + "\n".join(escape(line, quote=False) for line in lines)
        for (start, lines), end in zip(cues, ends, strict=False)
    ]
    return "\n\n".join(["WEBVTT", *parts]) + "\n"


def has_times(said: str) -> bool:
    """Whether any line begins with a time."""
    return any(_TIMED.fullmatch(line.strip()) for line in said.splitlines())


def _stamp(seconds: float) -> str:
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}.{thousandths:03}"
