"""Files: in through tus, out through the wall."""

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from app.boxes.box import Box
from app.boxes.loading import seen
from app.boxes.looks import opened
from app.kit.db import open_session
from app.kit.language import gettext
from app.media import clean_copy, tus
from app.media.file_keys import open_key
from app.media.limits import is_tight, limit_data, limit_words, upload_words
from app.media.media_file import MediaFile, MediaOriginal
from app.media.names import save_as
from app.media.pictures import is_on_cards
from app.media.scanning import scanner
from app.media.serving import Sealed, carries, etag, look_of, send
from app.people.door import CurrentViewer, ViewerSession
from app.people.viewer import Viewer
from app.web.errors import NotHere, Refused
from app.web.limits import MEGABYTE
from app.web.pages import add_filter, add_global

# The outermost bound of a body, in bytes, where files are sent; each file's own limit is UPLOAD_MAX_BYTES.
FORM_WITH_FILES = 8 * 1024**3
LARGER_BODIES = {
    **dict.fromkeys(
        ("/uploads", "/add", "/share", "/boxes/*/add", "/boxes/*/give", "/memories/*/edit"), FORM_WITH_FILES
    ),
    "/boxes/*/give/hint": MEGABYTE,
}

add_filter("limit_words", limit_words)
add_global("upload_limits", limit_data)
add_global("is_tight", is_tight)
add_global("upload_words", upload_words)
router = APIRouter()
router.include_router(tus.router, prefix="/uploads")
_GET = ["GET", "HEAD"]


@router.api_route("/media/{file_id}/original", methods=_GET)
def original(file_id: str, request: Request, viewer: CurrentViewer, session: ViewerSession) -> Response:
    """The file as it came, to save: for the owner (and a keeper while kept together)."""
    media_file = seen(session, MediaFile, file_id)
    row = session.get(MediaOriginal, media_file.id)
    if row is None:
        raise NotHere
    if media_file.state == "waiting" and scanner() is not None:
        raise Refused(
            gettext("We’re still checking this file for viruses. It’s safe. Try again in a few minutes."), 409
        )
    known = media_file.kind not in ("other", "unknown")
    sealed = Sealed(
        row.store_key, _key(session, media_file), row.bytes, row.mime if known else "application/octet-stream"
    )
    theirs = not request.state.sign_in.shared_device
    answer = send(request, sealed, etag(media_file.id, "original"), save_as(row.name), keep=theirs)
    box = session.get(Box, media_file.box_id)
    if (
        viewer.person_id is not None
        and box is not None
        and box.owner_id != viewer.person_id
        and carries(request, answer)
    ):
        opened(
            session,
            box_id=box.id,
            by=viewer.person_id,
            memory_id=media_file.memory_id,
            of=media_file.id,
            what="original",
        )
    return answer


@router.api_route("/media/{file_id}/{name}", methods=_GET)
def shown(file_id: str, name: str, request: Request) -> Response:
    """One clean copy, to whoever can see its memory now."""
    copy = clean_copy.find(request, file_id, name)
    answer = send(request, copy.sealed, etag(copy.file_id, name), "inline", keep=not copy.shared)
    what = look_of(name, copy.sealed.mime)
    there = what == "memory" and (copy.looked == "memory" or (copy.looked == "box" and is_on_cards(name)))
    if copy.owner_id not in (None, copy.person_id) and carries(request, answer) and not there:
        with open_session(Viewer(copy.person_id).claims()) as session:
            opened(
                session,
                box_id=copy.box_id,
                by=copy.person_id,
                memory_id=copy.memory_id,
                of=copy.file_id if what != "memory" else None,
                what=what,
            )
    return answer


def _key(session: Session, media_file: MediaFile) -> bytes:
    return open_key(session, media_file.box_id, media_file.id, media_file.sealed_key)
