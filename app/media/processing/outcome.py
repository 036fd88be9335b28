"""What is learned from a file, and the clean copies made of it."""

from datetime import datetime
from typing import Any, Literal, NamedTuple

from app.kit.clock import HOME_ZONE

Kind = Literal["photo", "video", "audio", "document", "other"]
Reason = Literal["broken", "too_big", "too_long", "empty", "too_slow", "timeout"]

KINDS: tuple[Kind, ...] = ("photo", "video", "audio", "document", "other")
REASONS: tuple[Reason, ...] = ("broken", "too_big", "too_long", "empty", "too_slow", "timeout")
MIMES = {"avif": "image/avif", "jpg": "image/jpeg", "mp4": "video/mp4", "m4a": "audio/mp4"}
PREVIEW_MAX = 400

_STEMS = {"256", "1024", "2048", "phone", "listen", "poster", "poster-256", "strip"} | {
    f"page-{number}{size}" for number in range(1, 6) for size in ("", "-256")
}


class Unreadable(Exception):
    """The file cannot be shown. `reason` is one word; the original is untouched and can be kept and downloaded.

    Too_slow is said of a file that used up its time on the processor; timeout, when the clock ran out, may be the fault
    of a busy machine.
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


class FileKind(NamedTuple):
    """What a file is, found by decoding it: never by its name or by what its sender says."""

    kind: Kind
    mime: str


class Rendition(NamedTuple):
    """A clean copy, with no metadata: re-encoded, but for the pictures of a video that fits already.

    `width` × `height` in pixels; 0 × 0 for sound.
    """

    name: str
    mime: str
    width: int
    height: int
    data: bytes


class Outcome(NamedTuple):
    """All that processing one file gives.

    `width` × `height`: pixels as shown, turned the right way up. `duration_s`: seconds. `preview`: a WebP of at most 24
    pixels and 400 bytes. `peaks`: about 300 loudness values over time, 0–255, scaled so that the loudest is 255
    (silence stays 0). `pages`: of a PDF. `taken_on`: the clock of the place, without zone. `changed_on`: when the file
    was last changed, likewise. `location`: latitude and longitude in degrees, WGS 84: for the owner only. `cut_off`:
    the end of the file is missing, and so is a part of what is shown.
    """

    kind: Kind
    mime: str
    width: int | None
    height: int | None
    duration_s: float | None
    preview: bytes | None
    peaks: list[int] | None
    pages: int | None
    taken_on: datetime | None
    location: tuple[float, float] | None
    renditions: list[Rendition]
    changed_on: datetime | None = None
    cut_off: bool = False


def _number(value: Any, low: float, high: float) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ValueError("a number is out of range")
    return value


def _whole(value: Any, high: int) -> int | None:
    number = _number(value, 0, high)
    return None if number is None else int(number)


def _moment(text: str | None) -> datetime | None:
    """On the clock of the place: a moment that has a zone is said as it was here."""
    when = datetime.fromisoformat(text) if text else None
    return when.astimezone(HOME_ZONE).replace(tzinfo=None) if when and when.tzinfo else when


def outcome_from(facts: dict[str, Any], blobs: list[bytes]) -> Outcome:
    """An Outcome from what a caged child said. The child opened a hostile file, so its word is checked.

    Raises ValueError, KeyError, TypeError or IndexError when it says anything that could not be true.
    """
    if facts["kind"] not in KINDS or not isinstance(facts["mime"], str) or not facts["mime"].isascii():
        raise ValueError("not a kind of file")
    preview = blobs.pop(0) if facts.get("preview") else None
    if preview is not None and len(preview) > PREVIEW_MAX:
        raise ValueError("a preview is too large")
    peaks = facts.get("peaks")
    if peaks is not None and (len(peaks) > 1000 or any(_whole(peak, 255) is None for peak in peaks)):
        raise ValueError("not peaks")
    location = facts.get("location")
    if location is not None:
        latitude, longitude = _number(location[0], -90, 90), _number(location[1], -180, 180)
        if latitude is None or longitude is None:
            raise ValueError("not a place")
        location = (latitude, longitude)
    renditions = []
    for (name, width, height), data in zip(facts.get("renditions", []), blobs, strict=True):
        stem, _, ending = name.rpartition(".")
        if stem not in _STEMS:
            raise ValueError("not a rendition")
        renditions.append(
            Rendition(name, MIMES[ending], _whole(width, 100_000) or 0, _whole(height, 100_000) or 0, data)
        )
    return Outcome(
        kind=facts["kind"],
        mime=facts["mime"][:100],
        width=_whole(facts.get("width"), 10**9),
        height=_whole(facts.get("height"), 10**9),
        duration_s=_number(facts.get("duration_s"), 0, 10**9),
        preview=preview,
        peaks=peaks,
        pages=_whole(facts.get("pages"), 10**9),
        taken_on=_moment(facts.get("taken_on")),
        location=location,
        renditions=renditions,
        changed_on=_moment(facts.get("changed_on")),
        cut_off=facts.get("cut_off") is True,
    )
