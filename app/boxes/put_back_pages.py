"""Putting back what stopping or blocking someone has just ended."""

from fastapi import APIRouter
from fastapi.requests import Request
from fastapi.responses import Response

from app.boxes import ledger
from app.boxes.loading import RunBox, RunConnection, base_path
from app.boxes.putting_back import put_back
from app.kit.language import gettext
from app.people.door import CurrentViewer, ViewerSession
from app.web.errors import Refused
from app.web.pages import see_other

router = APIRouter()


@router.post("/people/{connection_id}/ending/undo")
@router.post("/boxes/{box_id}/people/{connection_id}/ending/undo")
def undo(
    request: Request, box: RunBox, viewer: CurrentViewer, connection: RunConnection, session: ViewerSession
) -> Response:
    """Put someone back where they were before they were stopped or blocked, within a minute."""
    out = connection.state in ("ended", "blocked")
    sentence = put_back(session, connection)
    if out and not sentence:
        raise Refused(
            gettext("That was more than a minute ago. You can still let %(name)s in again.", name=connection.called)
        )
    ledger.decided(session, viewer, box, action="connection.put_back", subject_id=connection.id, sentence=sentence)
    return see_other(request, f"{base_path(box, viewer)}/people/{connection.id}")
