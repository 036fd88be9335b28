"""The box opened: the lid, what is new, the timeline."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.boxes import looks
from app.boxes.context import keepers_here
from app.boxes.home import boxes_i_am_in
from app.boxes.loading import VisibleBox, base_path, mine, runs
from app.memories import timeline
from app.memories.asides import beside_box
from app.memories.news import tray_rows
from app.people.door import CurrentViewer, ViewerSession, acting
from app.web.pages import is_fragment, render

router = APIRouter()


@router.get("/")
def home(request: Request, year: str = "", chapter: str = "", unsorted: str = "", before: str = "") -> Response:
    """One's own box; for someone without one, the boxes they are let into."""
    with acting(request) as (viewer, session):
        box = mine(request).box
        if box is None:
            return render(request, "memories/boxes.html", boxes=boxes_i_am_in(session, viewer))
        request.state.box = box
        return open_box(request, box, viewer, session, year, chapter, unsorted, before)


@router.get("/boxes/{box_id}")
def open_box(
    request: Request,
    box: VisibleBox,
    viewer: CurrentViewer,
    session: ViewerSession,
    year: str = "",
    chapter: str = "",
    unsorted: str = "",
    before: str = "",
) -> Response:
    """The timeline of a box, with what is new for those who run it. A look by anyone but the owner is written down."""
    decides = box.owner_id == viewer.person_id or runs(session, box.id)
    part = timeline.part_of(year, chapter if decides else None, unsorted)
    page = timeline.page(session, viewer, box, part, before, keepers_here(request, box) if decides else None)
    if box.owner_id != viewer.person_id and viewer.person_id is not None:
        note = looks.opened if before else looks.looked
        note(session, box_id=box.id, by=viewer.person_id, what="timeline")
    first_page = not before and part.query == ""
    base = base_path(box, viewer)
    tray, waiting = tray_rows(session, box, base) if page.new and not is_fragment(request) else ([], 0)
    return render(
        request,
        "memories/timeline.html",
        fragment="memories/_months.html",
        timeline=page,
        tray=tray,
        tray_count=waiting,
        first_page=first_page,
        asides=beside_box(session, box) if first_page and not decides else [],
        boxes=boxes_i_am_in(session, viewer) if base == "" and first_page and mine(request).let_in else [],
    )
