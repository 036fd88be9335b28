"""How large a file may be, and how much a box may hold; each in words that are said before anything is sent."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from app.kit.config import settings
from app.web.errors import Refused
from app.web.words import size_words

_PHOTO_ENDINGS = (".jpg", ".jpeg", ".png", ".heic", ".heif", ".webp", ".avif", ".gif", ".tif", ".tiff")
_VIDEO_ENDINGS = (".mov", ".mp4", ".m4v", ".avi", ".mkv", ".webm", ".3gp", ".mts", ".mpg", ".mpeg")
_AUDIO_ENDINGS = (".m4a", ".mp3", ".wav", ".ogg", ".opus", ".aac", ".flac")


class Limit(NamedTuple):
    """`sort` is the first half of a media type, "" for every other; `many` is what people call such files."""

    sort: str
    many: str
    most: int


def limits() -> tuple[Limit, ...]:
    """The largest file of each sort, in bytes."""
    chosen = settings()
    return (
        Limit("image", "Photos", min(chosen.photo_max_bytes, chosen.upload_max_bytes)),
        Limit("video", "Videos", chosen.upload_max_bytes),
        Limit("audio", "Recordings", min(chosen.audio_max_bytes, chosen.upload_max_bytes)),
        Limit("", "Other files", min(chosen.document_max_bytes, chosen.upload_max_bytes)),
    )


def limit_of(mime: str, name: str) -> Limit:
    """The limit for what its sender calls it. What it really is, is found by opening it, in a cage of a fixed size."""
    sort, ending = mime.partition("/")[0].lower(), name.lower()
    for known, endings in (("image", _PHOTO_ENDINGS), ("video", _VIDEO_ENDINGS), ("audio", _AUDIO_ENDINGS)):
        if sort == known or (sort not in ("image", "video", "audio") and ending.endswith(endings)):
            return next(limit for limit in limits() if limit.sort == known)
    return limits()[-1]


def too_big(limit: Limit, name: str = "That file") -> str:
    """The sentence for a file over its limit."""
    return f"{name} is too big. {limit.many} can be up to {size_words(limit.most)}. Your own copy is safe."


def no_room(name: str = "that file") -> str:
    """The sentence for a file that the box cannot hold as well. It says no number: a giver may be reading."""
    return f"There isn’t enough room in this box for {name} just now. Your own copy is safe."


def check_size(mime: str, name: str, length: int) -> None:
    """Raises Refused (413, 422) for a file that is too big, or empty."""
    limit = limit_of(mime, name)
    if length > limit.most:
        raise Refused(too_big(limit), 413)
    if length < 1:
        raise Refused("That file is empty. There’s nothing in it to keep.")


def room_in(session: Session, box_id: UUID) -> int:
    """How many bytes a box can still take: originals, clean copies and what is on its way count. 0 when it is full, and
    for a box that this viewer may not add to."""
    held = session.connection().execute(text("select wall.bytes_in(:box)").bindparams(box=box_id)).scalar()
    return 0 if held is None else max(0, settings().box_max_bytes - int(held))


def take_room(session: Session, box_id: UUID, length: int) -> None:
    """Raises Refused (413) when a file of `length` bytes does not fit. Files that come at once are counted in turn."""
    lock = text("select pg_advisory_xact_lock(hashtextextended('room ' || cast(:box as text), 0))")
    session.connection().execute(lock.bindparams(box=str(box_id)))
    if length > room_in(session, box_id):
        raise Refused(no_room(), 413)


def limit_words(accept: str) -> str:
    """`{{ accept | limit_words }}`: "Photos up to 100 MB.", for an `accept` attribute; all sorts when it is empty."""
    told = [each for each in limits() if not accept or (each.sort and f"{each.sort}/" in accept)]
    listed = [f"{each.many.lower()} up to {size_words(each.most)}" for each in told]
    whole = ", ".join(listed[:-1]) + " and " + listed[-1] if len(listed) > 1 else "".join(listed)
    return f"{whole[:1].upper()}{whole[1:]}." if whole else ""


def limit_data() -> str:
    """The same for a script: "image 100000000 Photos, video …", what has no sort last."""
    return ", ".join(f"{each.sort or '*'} {each.most} {each.many}" for each in limits())
