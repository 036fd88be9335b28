"""What a page needs of a file: addresses and sizes of its clean copies, without another query."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.media.media_file import MediaFile
from app.web.pages import FileUrl, add_global

COVER_PEAKS = 48
STRIP = "strip.jpg"
MOMENTS = 6
_FORMATS = {"image/avif": "avif", "image/jpeg": "jpeg"}


@dataclass(frozen=True, slots=True)
class Picture:
    """What the macro `picture` of shared/macros.html shows. `width` × `height` in pixels: those of the largest copy.

    `sources` maps "avif" and "jpeg" to (address, width) pairs, smallest first; it is empty while the file is not ready,
    and for kinds that have no picture. `preview_uri` is a data URI of a few pixels, or None.
    """

    width: int
    height: int
    preview_uri: str | None = None
    sources: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    alt: str = ""

    def __bool__(self) -> bool:
        return bool(self.sources)


@dataclass(frozen=True, slots=True)
class Playable:
    """A clean copy for `<video>` or `<audio>`. `duration` in seconds; `width` × `height` in pixels, 0 × 0 for sound."""

    url: str
    mime: str
    duration: float | None
    width: int
    height: int


def cover_of(media_file: MediaFile) -> dict[str, Any]:
    """What goes into `memory.cover`, so that a card is drawn from the memory's row alone (plain JSON).

    id, kind, state, problem, width, height, preview, duration (seconds), peaks (at most 48, 0–255), pages,
    renditions [{name, mime, width, height}].
    """
    return {
        "id": str(media_file.id),
        "kind": media_file.kind,
        "state": media_file.state,
        "problem": media_file.problem,
        "width": media_file.width,
        "height": media_file.height,
        "preview": media_file.preview,
        "duration": media_file.duration,
        "peaks": fewer(media_file.peaks or [], COVER_PEAKS),
        "pages": media_file.pages,
        "renditions": [
            {name: rendition[name] for name in ("name", "mime", "width", "height")}
            for rendition in media_file.renditions
        ],
    }


def picture_of(media: MediaFile | Mapping[str, Any] | None, alt: str = "") -> Picture:
    """The picture of a photo, a video (its poster) or a document (page 1). `media` is a file or a memory's cover.

    Of a cover, only what cards show: the largest copy is for who opens the memory.
    """
    cover = _as_cover(media)
    renditions = [each for each in cover["renditions"] if not _is_later_page(each["name"]) and each["name"] != STRIP]
    if not isinstance(media, MediaFile):
        renditions = [each for each in renditions if is_on_cards(each["name"])]
    return _picture(cover, renditions, alt)


def is_on_cards(name: str) -> bool:
    """Whether a copy of this name is one that cards of the timeline show."""
    stem = name.partition(".")[0]
    return stem in ("1024", "256", "poster", "poster-256", "strip") or _page(name) == 1


def pages_of(media: MediaFile | Mapping[str, Any] | None, alt: str = "") -> list[Picture]:
    """The pages of a document that can be shown, in order; only the first has the tiny preview under it."""
    cover = _as_cover(media)
    numbers = sorted({_page(each["name"]) for each in cover["renditions"]} - {0})
    return [
        _picture(
            cover if number == 1 else {**cover, "preview": ""},
            [each for each in cover["renditions"] if _page(each["name"]) == number],
            f"{alt}, page {number}" if alt and len(numbers) > 1 else alt,
        )
        for number in numbers
    ]


def playable_of(media: MediaFile | Mapping[str, Any] | None) -> Playable | None:
    """The copy of a video or a sound that plays on every phone; None while there is none."""
    cover = _as_cover(media)
    for each in cover["renditions"]:
        if each["mime"].startswith(("video/", "audio/")):
            return Playable(_url(cover, each), each["mime"], cover["duration"], each["width"], each["height"])
    return None


def strip_of(media: MediaFile | Mapping[str, Any] | None) -> str:
    """The address of a video's six moments, side by side in one picture; "" where there is none."""
    cover = _as_cover(media)
    return next((_url(cover, each) for each in cover["renditions"] if each["name"] == STRIP), "")


def moments_of(seconds: float) -> list[float]:
    """When each of a strip's moments is, in seconds, of a film that lasts so long."""
    return [round((number + 0.5) * seconds / MOMENTS, 1) for number in range(MOMENTS)]


add_global("moments_of", moments_of)


def fewer(peaks: Sequence[int], most: int) -> list[int]:
    """At most `most` values, each the loudest of its stretch."""
    count = min(most, len(peaks))
    return [max(peaks[k * len(peaks) // count : (k + 1) * len(peaks) // count]) for k in range(count)]


def original_url(media_file_id: UUID | str) -> str:
    """Where the file can be saved as it came; it answers to the owner (and a keeper while kept together) alone."""
    return FileUrl(f"/media/{media_file_id}/original")


def _as_cover(media: MediaFile | Mapping[str, Any] | None) -> Mapping[str, Any]:
    if media is None:
        return {"id": "", "renditions": [], "width": None, "height": None, "preview": "", "duration": None}
    return cover_of(media) if isinstance(media, MediaFile) else media


def _picture(cover: Mapping[str, Any], renditions: list[Mapping[str, Any]], alt: str) -> Picture:
    by_width: dict[str, dict[int, Mapping[str, Any]]] = {}
    for each in renditions:
        if each["mime"] in _FORMATS:
            by_width.setdefault(_FORMATS[each["mime"]], {})[each["width"]] = each
    sources = {
        name: [(_url(cover, each), width) for width, each in sorted(found.items())] for name, found in by_width.items()
    }
    largest = max((each for found in by_width.values() for each in found.values()), key=_width, default=None)
    return Picture(
        width=largest["width"] if largest else cover["width"] or 4,
        height=largest["height"] if largest else cover["height"] or 3,
        preview_uri=cover["preview"] or None,
        sources=sources,
        alt=alt,
    )


def _url(cover: Mapping[str, Any], rendition: Mapping[str, Any]) -> str:
    return FileUrl(f"/media/{cover['id']}/{rendition['name']}")


def _width(rendition: Mapping[str, Any]) -> int:
    return int(rendition["width"])


def _page(name: str) -> int:
    """1 for "page-1.avif" and "page-1-256.jpg"; 0 for what is no page."""
    if not name.startswith("page-"):
        return 0
    return int(name.partition(".")[0].split("-")[1])


def _is_later_page(name: str) -> bool:
    return _page(name) > 1
