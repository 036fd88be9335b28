"""What someone who is let into a box can do there, and the way out."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import text

from app.boxes.context import keepers_now
from app.boxes.loading import VisibleBox, my_connection
from app.kit.language import gettext
from app.people.door import CurrentViewer, ViewerSession
from app.web.errors import NotHere, Refused
from app.web.pages import render, see_other

router = APIRouter()


@router.get("/boxes/{box_id}/about")
def about_page(request: Request, box: VisibleBox, viewer: CurrentViewer, session: ViewerSession) -> Response:
    """What I can do in this box."""
    if box.owner_id == viewer.person_id:
        return see_other(request, "/me")
    connection = my_connection(session, viewer, box.id)
    if connection is None:
        raise NotHere
    return render(request, "boxes/about.html", connection=connection)


@router.post("/boxes/{box_id}/leaving")
def leave(request: Request, box: VisibleBox, viewer: CurrentViewer, session: ViewerSession) -> Response:
    """Leave a box: from the next request on it is not there any more. What one gave stays.

    Raises Refused for its owner, and for the last one who looks after it with a child.
    """
    if box.owner_id == viewer.person_id:
        raise Refused(gettext("This is your own box. You can’t leave it, and nobody can take it from you."))
    keepers = keepers_now(session, box)
    if [keeper.person_id for keeper in keepers] == [viewer.person_id]:
        raise Refused(
            gettext(
                "You are the only one who looks after this box with %(name)s. Hand it over first, on the Me page.",
                name=box.name,
            )
        )
    session.connection().execute(text("select wall.leave(:box)"), {"box": box.id})
    return see_other(request, "/")
