"""Reading with no signal: what the owner's own phone asks for, and the page that is kept on it."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from sqlmodel import Session

from app.boxes.box import Box
from app.boxes.loading import box_of
from app.kit.language import gettext, own_words
from app.media import clean_copy
from app.media.serving import etag, send
from app.memories.forms import StillForm
from app.memories.loading import VisibleMemory
from app.memories.reading import may_still_hold, reading_copy, reading_key, reading_name
from app.memories.showing import show
from app.people.door import CurrentViewer, OpenSignIn, ViewerSession, lasts_until
from app.people.viewer import Viewer
from app.web.errors import NotAllowed, NotHere
from app.web.forms import Fields, parse
from app.web.pages import render_plain
from app.web.pwa import SHELL, shell_page

SHELL.extend(["js/offline-shelf.js", *(f"js/lib/{name}.js" for name in ("reading", "seal", "base64url", "parts"))])
router = APIRouter(prefix="/offline")
_PRIVATE = {"Cache-Control": "no-store"}


@router.get("")
@shell_page("/offline")
def show_shelf() -> HTMLResponse:
    """What is on this phone. The page is empty and the same for everybody: the phone puts in what it keeps."""
    return render_plain("memories/offline.html")


@router.get("/key")
def give_key(request: Request, session: ViewerSession, viewer: CurrentViewer) -> Response:
    """What this phone seals with: `key` (base64), `of` (a name for the sign-in), `until` (milliseconds since 1970).

    Raises NotAllowed on a device that is not theirs, NotHere for somebody without a box.
    """
    sign_in, _ = _own(request, session, viewer)
    given = {"key": reading_key(sign_in.id), "of": reading_name(sign_in.id), "until": _until(sign_in)}
    return JSONResponse(given, headers=_PRIVATE)


@router.post("/still")
def still(request: Request, session: ViewerSession, viewer: CurrentViewer, fields: Fields) -> Response:
    """At every contact: the phone says whose sign-in it seals for and what it holds.

    It is told what it may go on holding (`still`), and `until` when. 409 when it holds what was another sign-in's, or
    asks what nothing can be said about: that is to go.
    """
    sign_in, _ = _own(request, session, viewer)
    form, _ = parse(StillForm, fields)
    if form is None or form.of != reading_name(sign_in.id):
        return JSONResponse({}, 409, headers=_PRIVATE)
    return JSONResponse({"still": may_still_hold(session, viewer, form.id), "until": _until(sign_in)}, headers=_PRIVATE)


@router.get("/memories/{memory_id}")
def give_memory(request: Request, memory: VisibleMemory, viewer: CurrentViewer, session: ViewerSession) -> Response:
    """One memory to keep on this phone: kept, and in the viewer's own box. Raises NotHere, NotAllowed."""
    _, box = _own(request, session, viewer)
    if memory.box_id != box.id or memory.state != "kept":
        raise NotHere
    with own_words(box.own_words):
        copy = reading_copy(memory, show(session, viewer, box, memory))
    return JSONResponse(copy, headers=_PRIVATE)


@router.get("/files/{file_id}/{name}")
def give_file(file_id: str, name: str, request: Request) -> Response:
    """A clean copy to keep on this phone, to the owner alone. From here, so that a page can fetch it itself.

    Files on a host of their own (MEDIA_HOST) can be shown by a page but not read by it.
    """
    copy = clean_copy.find(request, file_id, name)
    if copy.owner_id != copy.person_id:
        raise NotHere
    response = send(request, copy.sealed, etag(copy.file_id, name), "attachment")
    response.headers["Cache-Control"] = "no-store"
    return response


def _own(request: Request, session: Session, viewer: Viewer) -> tuple[OpenSignIn, Box]:
    sign_in: OpenSignIn = request.state.sign_in
    box = box_of(session, viewer)
    if box is None:
        raise NotHere
    if sign_in.shared_device:
        raise NotAllowed(gettext("This phone isn’t yours, so nothing can be kept on it."))
    return sign_in, box


def _until(sign_in: OpenSignIn) -> int:
    return round(lasts_until(sign_in.shared_device).timestamp() * 1000)
