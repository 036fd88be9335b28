"""Names of files: anything a stranger's computer may call one, made safe to keep, show and send back."""

import re
import unicodedata
from collections.abc import Sequence
from pathlib import PurePath
from urllib.parse import quote

LONGEST = 150
_SORTS = {
    "image": (".jpg", ".jpeg", ".png", ".heic", ".heif", ".webp", ".avif", ".gif", ".tif", ".tiff", ".bmp"),
    "video": (
        ".mov", ".mp4", ".m4v", ".avi", ".mkv", ".webm", ".3gp", ".mts", ".m2ts", ".m2t", ".mpg", ".mpeg", ".vob",
        ".dv", ".wmv", ".flv",
    ),
    "audio": (
        ".m4a", ".mp3", ".wav", ".ogg", ".opus", ".aac", ".flac", ".amr", ".caf", ".aif", ".aiff", ".w64", ".au",
        ".ac3", ".wma", ".mp2",
    ),
}  # fmt: skip
_STILLS = {".heic", ".heif", ".jpg", ".jpeg"}
_MOVING = {".mov", ".mp4"}
_MIME = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}")


def clean_name(name: str) -> str:
    """The last part of a file's name, at most 150 long, never empty, without control or direction characters."""
    last = re.split(r"[/\\]", name)[-1]
    shown = "".join(" " if character.isspace() else character for character in last)
    kept = "".join(character for character in shown if unicodedata.category(character)[0] != "C").strip(" .")
    if len(kept) > LONGEST:
        stem, dot, ending = kept.rpartition(".")
        kept = f"{stem[: LONGEST - len(ending) - 1]}.{ending}" if dot and len(ending) < 12 else kept[:LONGEST]
    return kept or "file"


def clean_mime(mime: str) -> str:
    """A media type without parameters, or application/octet-stream for what is none."""
    bare = mime.partition(";")[0].strip().lower()
    return bare if _MIME.fullmatch(bare) else "application/octet-stream"


def sort_of(name: str) -> str:
    """The first half of a media type for what a file is called: "image", "video", "audio", or "" for anything else."""
    ending = PurePath(name).suffix.lower()
    return next((sort for sort, endings in _SORTS.items() if ending in endings), "")


def save_as(name: str) -> str:
    """A `Content-Disposition` that saves under this name (RFC 6266, with the RFC 8187 form for what is not ASCII)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r'["\\%;]', "_", plain).strip() or "file"
    exact = f"; filename*=UTF-8''{quote(name, safe='')}" if plain != name else ""
    return f'attachment; filename="{plain}"{exact}'


def moving_halves(names: Sequence[str]) -> set[int]:
    """Which of these files are the short film that a phone keeps beside a photo of one name (IMG_1.HEIC, IMG_1.MOV).

    Places in `names`. The two are one photo, and belong into one memory.
    """
    parts = [(PurePath(name).stem.casefold(), PurePath(name).suffix.lower()) for name in names]
    stills = [stem for stem, ending in parts if ending in _STILLS]
    return {
        place
        for place, (stem, ending) in enumerate(parts)
        if ending in _MOVING and stem and stills.count(stem) == 1 and parts.count((stem, ending)) == 1
    }
