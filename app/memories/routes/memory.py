"""One memory: its page, and what can be done with it."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import text
from sqlmodel import Session

from app.boxes import looks
from app.boxes.box import Box
from app.boxes.loading import base_path, my_connection, runs
from app.boxes.once import added, made_id
from app.kit.clock import today
from app.kit.config import settings
from app.kit.ids import new_id
from app.kit.language import gettext
from app.media.intake import kept_uploads
from app.media.limits import room_in
from app.media.received import ReceivedForm
from app.memories import deciding, edtf
from app.memories.asides import beside_memory
from app.memories.audience import who_sees
from app.memories.chapter import Chapter
from app.memories.forms import ChapterForm, PerspectiveForm, Shown, shown_memory, shown_when
from app.memories.kinds import KINDS
from app.memories.kinds.said import Spoken, captions
from app.memories.loading import EditableMemory, VisibleMemory
from app.memories.making import change, fill
from app.memories.memory import Memory, Perspective
from app.memories.routes.add import chapters_of, files_of
from app.memories.showing import show
from app.people.door import CurrentViewer, Me, ViewerSession
from app.people.person import Person
from app.people.viewer import Viewer
from app.web.errors import NotAllowed, NotHere, Refused
from app.web.forms import Fields, parse
from app.web.pages import render, see_other

router = APIRouter(prefix="/memories/{memory_id}")


@router.get("")
def look(
    request: Request, memory: VisibleMemory, viewer: CurrentViewer, session: ViewerSession, said: str = ""
) -> Response:
    """The page of one memory. A look by anyone but the owner is written down."""
    box = box_of(session, memory)
    if box.owner_id != viewer.person_id and viewer.person_id is not None:
        looks.looked(session, box_id=box.id, by=viewer.person_id, what="memory", memory_id=memory.id)
    return _page(request, session, viewer, box, memory, said=bool(said))


@router.get("/body")
def look_again(request: Request, memory: VisibleMemory, viewer: CurrentViewer, session: ViewerSession) -> Response:
    """The part of the page that shows the files, for one whose files are being made ready."""
    note_look(session, viewer, memory)
    showing = show(session, viewer, box_of(session, memory), memory)
    return render(request, "memories/_body.html", memory=memory, showing=showing)


@router.get("/words.vtt")
def captions_of(memory: VisibleMemory, session: ViewerSession, viewer: CurrentViewer) -> Response:
    """What is said in it, as captions for its film; none where nobody typed any."""
    note_look(session, viewer, memory)
    showing = show(session, viewer, box_of(session, memory), memory)
    seconds = next((file.playable.duration for file in showing.files if file.playable), None)
    said = memory.typed.said if isinstance(memory.typed, Spoken) else ""
    return Response(captions(said, seconds), media_type="text/vtt")


@router.get("/edit")
def ask_for_changes(
    request: Request, memory: EditableMemory, viewer: CurrentViewer, session: ViewerSession, day: str = ""
) -> Response:
    """The page on which a memory is changed. `day` is one that was offered and waits for a yes."""
    kind = KINDS[memory.kind]
    form = kind.change_form or kind.form
    values: dict[str, Any] = {**form.shown(memory.typed), **shown_memory(memory)}
    if edtf.is_day(day):
        values |= shown_when(day)
    return _edit_page(request, session, viewer, memory, values, {}, [])


@router.post("/edit")
def save_changes(
    request: Request, memory: EditableMemory, viewer: CurrentViewer, session: ViewerSession, form: ReceivedForm
) -> Response:
    """Change what is typed, and add files. What someone else wrote stays as they wrote it."""
    kind = KINDS[memory.kind]
    fields, uploads = files_of(kind, form)
    if memory.connection_id is not None:
        fields["words"] = memory.words
    filled, errors = fill(kind, fields, changing=True)
    if form.problems:
        errors["files"] = " ".join(form.problems)
    if filled is None or errors:
        return _edit_page(request, session, viewer, memory, fields, errors, uploads)
    try:
        with session.begin_nested():
            change(session, viewer, box_of(session, memory), memory, filled, uploads)
    except Refused as refused:
        return _edit_page(request, session, viewer, memory, fields, {"files": refused.sentence}, uploads)
    return see_other(request, f"/memories/{memory.id}")


@router.post("/keeping")
def keep(request: Request, memory: EditableMemory, viewer: CurrentViewer, session: ViewerSession) -> Response:
    """Keep it: from the tray, or back from the drawer."""
    deciding.keep(session, viewer, memory)
    return see_other(request, f"/memories/{memory.id}?said=kept")


@router.post("/putting-away")
def put_away(request: Request, memory: EditableMemory, viewer: CurrentViewer, session: ViewerSession) -> Response:
    """Put it away for now."""
    box = box_of(session, memory)
    deciding.put_away(session, viewer, memory)
    return see_other(request, f"{base_path(box, viewer)}/put-away")


@router.post("/return")
def give_back(request: Request, memory: EditableMemory, viewer: CurrentViewer, session: ViewerSession) -> Response:
    """Not for my box. Whoever sent it sees nothing of this."""
    box = box_of(session, memory)
    deciding.give_back(session, viewer, memory)
    return see_other(request, f"{base_path(box, viewer)}/tray")


@router.post("/trash")
def trash(request: Request, memory: EditableMemory, viewer: CurrentViewer, session: ViewerSession) -> Response:
    """Let it go."""
    box = box_of(session, memory)
    deciding.trash(session, viewer, memory)
    return see_other(request, f"{base_path(box, viewer)}/trash")


@router.post("/restoration")
def restore(request: Request, memory: EditableMemory, viewer: CurrentViewer, session: ViewerSession) -> Response:
    """Bring it back."""
    deciding.restore(session, viewer, memory)
    return see_other(request, f"/memories/{memory.id}?said=kept")


@router.post("/only-me")
def only_me(
    request: Request, memory: EditableMemory, viewer: CurrentViewer, session: ViewerSession, fields: Fields
) -> Response:
    """Hide it from those who look after the box too; with `off`, show it to them again."""
    if fields.get("off"):
        deciding.show_keepers(session, viewer, memory)
    else:
        deciding.hide_from_keepers(session, viewer, memory)
    return see_other(request, f"/memories/{memory.id}?said=kept")


@router.post("/chapter")
def put_in_chapter(request: Request, memory: EditableMemory, session: ViewerSession, fields: Fields) -> Response:
    """Put it in a chapter, or in none. Raises NotHere for a chapter of no such box."""
    form, _ = parse(ChapterForm, fields)
    if form is None:
        raise NotHere
    if form.chapter is not None:
        chapter = session.get(Chapter, form.chapter)
        if chapter is None or chapter.box_id != memory.box_id:
            raise NotHere
    memory.chapter_id = form.chapter
    return see_other(request, f"/memories/{memory.id}")


@router.post("/perspectives")
def remember(
    request: Request, memory: VisibleMemory, viewer: CurrentViewer, me: Me, session: ViewerSession, fields: Fields
) -> Response:
    """Add how one remembers it oneself: for those who run the box, and those who may add to it (C3)."""
    box = box_of(session, memory)
    if not _may_remember(session, viewer, box):
        raise NotAllowed(gettext("You can see this, but you can’t add to it."))
    form, errors = parse(PerspectiveForm, fields)
    if form is None:
        note_look(session, viewer, memory)
        return _page(request, session, viewer, box, memory, values=fields, errors=errors)
    added(session, _perspective(session, viewer, box, memory, me, form))
    return see_other(request, f"/memories/{memory.id}#sides")


@router.post("/perspectives/{perspective_id}")
def change_perspective(
    request: Request,
    perspective_id: str,
    memory: VisibleMemory,
    viewer: CurrentViewer,
    session: ViewerSession,
    fields: Fields,
) -> Response:
    """Change one's own words. Raises NotHere for anyone else's."""
    try:
        perspective = session.get(Perspective, UUID(perspective_id))
    except ValueError:
        raise NotHere from None
    if perspective is None or perspective.memory_id != memory.id:
        raise NotHere
    if perspective.person_id != viewer.person_id:
        raise NotAllowed(gettext("Only the one who wrote this can change it."))
    form, errors = parse(PerspectiveForm, fields)
    if form is None:
        note_look(session, viewer, memory)
        return _page(request, session, viewer, box_of(session, memory), memory, values=fields, errors=errors)
    perspective.words = form.remembered
    return see_other(request, f"/memories/{memory.id}#sides")


def note_look(session: Session, viewer: Viewer, memory: Memory) -> None:
    """Write down that somebody else is shown what is in it, unless they looked at it within half an hour."""
    box = box_of(session, memory)
    if viewer.person_id is not None and box.owner_id != viewer.person_id:
        looks.opened(session, box_id=box.id, by=viewer.person_id, what="memory", memory_id=memory.id)


def box_of(session: Session, memory: Memory) -> Box:
    """The memory's box; it is already loaded."""
    return session.get_one(Box, memory.box_id)


def _may_remember(session: Session, viewer: Viewer, box: Box) -> bool:
    query = text("select :box in (select wall.my_run_boxes()) or :box in (select wall.my_addable_boxes())")
    return bool(session.connection().execute(query, {"box": box.id}).scalar())


def _perspective(
    session: Session, viewer: Viewer, box: Box, memory: Memory, me: Person, form: PerspectiveForm
) -> Perspective:
    mine = box.owner_id == viewer.person_id
    connection = None if mine else my_connection(session, viewer, box.id)
    return Perspective(
        id=made_id(me.id, "perspective", form.once or new_id(), memory.id, form.remembered),
        box_id=box.id,
        memory_id=memory.id,
        person_id=me.id,
        connection_id=connection.id if connection else None,
        author=connection.called if connection else me.name,
        words=form.remembered,
    )


def _page(
    request: Request,
    session: Session,
    viewer: Viewer,
    box: Box,
    memory: Memory,
    *,
    said: bool = False,
    values: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    decides = runs(session, box.id)
    return render(
        request,
        "memories/memory.html",
        status=422 if errors else 200,
        memory=memory,
        showing=show(session, viewer, box, memory),
        sees=who_sees(session, viewer, box, memory) if decides else None,
        asides=beside_memory(session, memory) if decides else [],
        may_remember=_may_remember(session, viewer, box),
        chapters=chapters_of(session, box) if decides else [],
        said=said,
        values=Shown(values or {"once": str(new_id())}),
        trash_days=settings().trash_days,
        errors=errors or {},
        back=base_path(box, viewer) or "/",
    )


def _edit_page(
    request: Request,
    session: Session,
    viewer: Viewer,
    memory: Memory,
    values: dict[str, Any],
    errors: dict[str, str],
    uploads: list[UUID],
) -> Response:
    box = box_of(session, memory)
    note_look(session, viewer, memory)
    return render(
        request,
        "memories/edit.html",
        status=422 if errors else 200,
        memory=memory,
        kind=KINDS[memory.kind],
        showing=show(session, viewer, box, memory),
        values=Shown(values),
        today=today(),
        errors=errors,
        chapters=chapters_of(session, box),
        kept=kept_uploads(session, uploads),
        room=room_in(session, box.id),
        box=box,
    )
