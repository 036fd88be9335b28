"""What was made with no signal: the page it is made on, and opening it again once there is some."""

from typing import Annotated, Any, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse

from app.boxes.loading import mine
from app.kit.language import gettext, ngettext
from app.memories.making import id_of
from app.memories.memory import Memory
from app.people.door import CurrentViewer, OpenSignIn, ViewerSession
from app.people.kept_key import NotAHalf, key_of, lock_of
from app.web import pwa
from app.web.errors import NotHere
from app.web.forms import Fields
from app.web.headers import allow_recording
from app.web.pages import add_context, render_plain

router = APIRouter()

pwa.SHELL += [
    "js/capture.js",
    "js/record-audio.js",
    "js/while-typing.js",
    "js/lost-signal.js",
    *(f"js/lib/{name}.js" for name in ("here", "keeping", "kept", "kept-lock", "kept-send")),
    *(f"js/lib/{name}.js" for name in ("loudness", "place", "recorder", "sending", "tus-file")),
]
pwa.WORKER_PARTS.append("js/kept-worker.js")


class KeptFor(NamedTuple):
    """Whose captures a phone may keep: their lock, and the box that they go to."""

    lock: str
    box_id: UUID


@add_context
def kept_context(request: Request) -> dict[str, Any]:
    """`kept_for` for every template: None for nobody, without a box of one's own, and on a phone that is not theirs."""
    sign_in: OpenSignIn | None = getattr(request.state, "sign_in", None)
    if sign_in is None or sign_in.shared_device:
        return {"kept_for": None}
    box = mine(request).box
    return {"kept_for": KeptFor(lock_of(sign_in.person_id), box.id) if box is not None else None}


@router.get("/capture")
@pwa.shell_page("/capture")
def capture_page() -> HTMLResponse:
    """Where something is made with no signal: the same for everybody, so that a phone may have it at hand."""
    page = render_plain("memories/capture.html")
    allow_recording(page)
    return page


@router.get("/kept/words")
def words(count: Annotated[int, Query(ge=0, le=10_000)] = 1) -> JSONResponse:
    """What js/kept.js says about `count` things that wait on this phone."""
    return JSONResponse(
        {
            "saved": ngettext(
                "%(num)s thing is saved on this phone.", "%(num)s things are saved on this phone.", count
            ),
            "soon": ngettext(
                "It goes in your box when there’s signal.", "They go in your box when there’s signal.", count
            ),
            "asks": gettext("Put it in your box or let it go. It waits here until you choose."),
            "going": gettext("Going in your box now."),
            "arrived": gettext("What you saved on this phone is in your box now."),
            "refused": gettext("We couldn’t put it in your box. It’s safe on this phone."),
            "now": gettext("Put in my box now"),
            "made": gettext("Made on %(day)s"),
            "hear": gettext("Have a look"),
            "let_go": gettext("Let it go"),
            "really": gettext("Yes, let it go for good"),
            "unopened": gettext("We can’t open it just now. It’s safe on this phone."),
            "leaving": ngettext(
                "%(num)s thing isn’t in your box yet.", "%(num)s things aren’t in your box yet.", count
            ),
            "closed": ngettext(
                "Keep it on this phone? Only you can open it, the next time you come in.",
                "Keep them on this phone? Only you can open them, the next time you come in.",
                count,
            ),
            "send_first": ngettext("Send it now", "Send them now", count),
            "keep": gettext("Keep on this phone"),
            "let_all_go": ngettext("Let it go", "Let them go", count),
            "stay": gettext("Go back"),
            "unsent": gettext("We couldn’t send everything. What’s left is safe on this phone."),
        },
        headers={"Cache-Control": "no-store"},
    )


@router.post("/kept/opening")
def opening(viewer: CurrentViewer, session: ViewerSession, fields: Fields) -> JSONResponse:
    """The key of one capture of the viewer's: `{"key": …}`, or `{"there": <path>}` where its memory is made already.

    `id` is the capture's, of which the memory's is made; `half` is the public half of its key pair. Whoever else asks
    gets a key that opens nothing. Raises NotHere for what is neither.
    """
    assert viewer.person_id is not None
    try:
        capture_id = UUID(str(fields.get("id")))
        key = key_of(viewer.person_id, capture_id, str(fields.get("half")))
    except (ValueError, NotAHalf):
        raise NotHere from None
    made = session.get(Memory, id_of(viewer, capture_id))
    if made is not None:
        return JSONResponse({"there": f"/memories/{made.id}"}, headers={"Cache-Control": "no-store"})
    return JSONResponse({"key": key}, headers={"Cache-Control": "no-store"})
