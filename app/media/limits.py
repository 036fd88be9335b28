"""How large a file may be, and how much a box may hold; each in words that are said before anything is sent."""

import json
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from app.boxes.words import names
from app.kit.config import settings
from app.kit.language import N_, gettext
from app.media.names import sort_of
from app.web.errors import Refused
from app.web.words import size_words

_AT_MOST = {
    "image": N_("Photos can be up to %(size)s."),
    "video": N_("Videos can be up to %(size)s."),
    "audio": N_("Recordings can be up to %(size)s."),
    "": N_("Other files can be up to %(size)s."),
}
_UP_TO = {
    "image": N_("photos up to %(size)s"),
    "video": N_("videos up to %(size)s"),
    "audio": N_("recordings up to %(size)s"),
    "": N_("other files up to %(size)s"),
}


class Limit(NamedTuple):
    """`sort` is the first half of a media type, "" for every other."""

    sort: str
    most: int


def limits() -> tuple[Limit, ...]:
    """The largest file of each sort, in bytes."""
    chosen = settings()
    return (
        Limit("image", min(chosen.photo_max_bytes, chosen.upload_max_bytes)),
        Limit("video", chosen.upload_max_bytes),
        Limit("audio", min(chosen.audio_max_bytes, chosen.upload_max_bytes)),
        Limit("", min(chosen.document_max_bytes, chosen.upload_max_bytes)),
    )


def limit_of(mime: str, name: str) -> Limit:
    """The limit for what its sender calls it. What it really is, is found by opening it, in a cage of a fixed size."""
    sort = mime.partition("/")[0].lower()
    sort = sort if sort in ("image", "video", "audio") else sort_of(name)
    return next(limit for limit in limits() if limit.sort == sort)


def too_big(limit: Limit, name: str = "") -> str:
    """The sentences for a file over its limit, called by its name where one is given."""
    what = gettext("“%(name)s” is too big.", name=name) if name else gettext("That file is too big.")
    return f"{what} {_at_most(limit)} {gettext('Your own copy is safe.')}"


def no_room(name: str = "") -> str:
    """The sentence for a file that the box cannot hold as well. It says no number: a giver may be reading."""
    if name:
        return gettext("There isn’t enough room in this box for “%(name)s” just now. Your own copy is safe.", name=name)
    return gettext("There isn’t enough room in this box for that file just now. Your own copy is safe.")


def _at_most(limit: Limit) -> str:
    return gettext(_AT_MOST[limit.sort], size=size_words(limit.most))


def check_size(mime: str, name: str, length: int) -> None:
    """Raises Refused (413, 422) for a file that is too big, or empty."""
    limit = limit_of(mime, name)
    if length > limit.most:
        raise Refused(too_big(limit), 413)
    if length < 1:
        raise Refused(gettext("That file is empty. There’s nothing in it to keep."))


def room_in(session: Session, box_id: UUID) -> int:
    """How many bytes a box can still take: originals, clean copies and what is on its way count. 0 when it is full, and
    for a box that this viewer may not add to."""
    held = session.connection().execute(text("select wall.bytes_in(:box)").bindparams(box=box_id)).scalar()
    return 0 if held is None else max(0, settings().box_max_bytes - int(held))


def is_tight(room: int) -> bool:
    """Whether a box with so many bytes left is nearly full: less than a twentieth, or less than one large file."""
    most = settings().box_max_bytes
    return room < max(most // 20, min(most // 2, settings().upload_max_bytes))


def take_room(session: Session, box_id: UUID, length: int) -> None:
    """Raises Refused (413) when a file of `length` bytes does not fit. Files that come at once are counted in turn."""
    lock = text("select pg_advisory_xact_lock(hashtextextended('room ' || cast(:box as text), 0))")
    session.connection().execute(lock.bindparams(box=str(box_id)))
    if length > room_in(session, box_id):
        raise Refused(no_room(), 413)


def limit_words(accept: str) -> str:
    """`{{ accept | limit_words }}`: "Photos up to 100 MB.", for an `accept` attribute; all sorts when it is empty."""
    told = [each for each in limits() if not accept or (each.sort and f"{each.sort}/" in accept)]
    whole = names(gettext(_UP_TO[each.sort], size=size_words(each.most)) for each in told)
    return f"{whole[:1].upper()}{whole[1:]}." if whole else ""


def limit_data() -> str:
    """The same for a script, as JSON: {"image": [100000000, "This one is too big…"], …}, what has no sort under "*"."""
    sent = gettext("This one is too big, so it wasn’t sent.")
    safe = gettext("Your own copy is safe.")
    return json.dumps(
        {each.sort or "*": [each.most, f"{sent} {_at_most(each)} {safe}"] for each in limits()}, ensure_ascii=False
    )


def upload_words() -> str:
    """What js/lib/sending.js says of files on their way, as JSON; the script fills in `%(name)s` and the like."""
    return json.dumps(
        {
            "queued": gettext("Waiting its turn."),
            "sending": gettext("%(done)s sent."),
            "waiting": gettext("%(done)s sent. Signal dropped, so it’s waiting. It carries on by itself."),
            "done": gettext("Sent. It’s safe with us."),
            "shut": gettext("You need to open your box again first. Then try this file again."),
            "refused": gettext("We couldn’t take that file. It wasn’t sent."),
            "busy": gettext("Sending…"),
            "sends": gettext("Sending %(name)s"),
            "out": gettext("Take %(name)s out"),
            "again": gettext("Try again"),
            "file": gettext("%(name)s, %(size)s"),
            "news": gettext("%(name)s. %(news)s"),
            "bytes": gettext("%(number)s bytes"),
            "kb": gettext("%(number)s KB"),
            "mb": gettext("%(number)s MB"),
            "gb": gettext("%(number)s GB"),
        },
        ensure_ascii=False,
    )
