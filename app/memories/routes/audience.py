"""Choosing who can see a memory."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.boxes.circles import circles_for_choosing
from app.kit.language import gettext
from app.memories import deciding
from app.memories.audience import who_sees
from app.memories.forms import AudienceForm, Shown
from app.memories.loading import EditableMemory
from app.memories.memory import Memory
from app.memories.routes.memory import box_of, note_look
from app.memories.showing import show
from app.people.door import CurrentViewer, ViewerSession
from app.people.viewer import Viewer
from app.web.errors import Refused
from app.web.forms import Fields, Typed, parse
from app.web.pages import is_fragment, render, see_other

router = APIRouter(prefix="/memories/{memory_id}/audience")


@router.get("")
def ask(request: Request, memory: EditableMemory, viewer: CurrentViewer, session: ViewerSession) -> Response:
    """The sheet, filled in as it is today."""
    if memory.state != "kept":
        raise Refused(gettext("Keep it first. Then you can choose who sees it."))
    values: Typed = {
        "start": "people" if memory.shared_now else "me",
        "circle": [str(circle_id) for circle_id in memory.audience] if memory.shared_now else [],
        "until": "date" if memory.shared_now and memory.audience_until else "change",
        "until_day": str(memory.audience_until or "") if memory.shared_now else "",
    }
    return _sheet(request, session, viewer, memory, values, {})


@router.post("/sentence")
def say(
    request: Request, memory: EditableMemory, viewer: CurrentViewer, session: ViewerSession, fields: Fields
) -> Response:
    """What would happen if this were saved: the sentence alone. Changes nothing."""
    return _sheet(request, session, viewer, memory, fields, _check(fields)[1])


@router.post("")
def save(
    request: Request, memory: EditableMemory, viewer: CurrentViewer, session: ViewerSession, fields: Fields
) -> Response:
    """Let those who were picked see it, from now on and up to the day that was picked; or nobody else."""
    form, errors = _check(fields)
    if form is None or errors:
        return _sheet(request, session, viewer, memory, fields, errors)
    try:
        deciding.share(session, viewer, memory, form.circles(), form.last_day()[0])
    except Refused as refused:
        return _sheet(request, session, viewer, memory, fields, {"form": refused.sentence})
    return see_other(request, f"/memories/{memory.id}?said=audience")


def _check(fields: Typed) -> tuple[AudienceForm | None, dict[str, str]]:
    used: dict[str, Any] = dict(fields)
    if fields.get("until") != "date":
        used.pop("until_day", None)
    form, errors = parse(AudienceForm, used)
    if form is None:
        return None, errors
    return form, form.last_day()[1]


def _sheet(
    request: Request, session: Session, viewer: Viewer, memory: Memory, values: Typed, errors: dict[str, str]
) -> Response:
    box = box_of(session, memory)
    form, _ = _check(values)
    picked = values.get("circle", [])
    until = form.last_day()[0] if form else None
    sees = who_sees(session, viewer, box, memory, form.circles() if form else [], until)
    choosing = None if is_fragment(request) else circles_for_choosing(session, box)
    if choosing is not None:
        note_look(session, viewer, memory)
    return render(
        request,
        "memories/audience.html",
        fragment="memories/_sentence.html",
        status=422 if errors and not is_fragment(request) else 200,
        memory=memory,
        showing=None if is_fragment(request) else show(session, viewer, box, memory),
        choosing=choosing,
        sees=sees,
        only=who_sees(session, viewer, box, memory, [], None),
        values=Shown(values),
        picked=[picked] if isinstance(picked, str) else picked,
        errors=errors,
    )
