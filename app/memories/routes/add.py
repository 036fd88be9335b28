"""Adding something of one's own."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from sqlmodel import Session, col, select

from app.boxes.box import Box
from app.boxes.loading import VisibleBox, base_path
from app.kit.clock import today
from app.kit.ids import new_id
from app.kit.language import gettext
from app.media.intake import kept_uploads
from app.media.limits import room_in
from app.media.received import Received, ReceivedForm
from app.memories.chapter import Chapter
from app.memories.forms import Shown
from app.memories.kinds import KINDS
from app.memories.kinds.kind import Kind
from app.memories.letter import ages_to_come
from app.memories.making import fill, make
from app.people.door import CurrentViewer, ViewerSession
from app.web.errors import NotHere, Refused
from app.web.headers import allow_recording
from app.web.pages import render, see_other

router = APIRouter()


def get_kind(kind: str) -> Kind:
    """The kind named in the path. Raises NotHere."""
    if kind not in KINDS:
        raise NotHere
    return KINDS[kind]


NamedKind = Annotated[Kind, Depends(get_kind)]


@router.get("/add")
@router.get("/boxes/{box_id}/add")
def choose(request: Request, box: VisibleBox, viewer: CurrentViewer) -> Response:
    """What kind of thing to add. In another's box one gives instead."""
    if box.owner_id != viewer.person_id:
        return see_other(request, f"/boxes/{box.id}/give")
    return render(request, "memories/add.html", kinds=KINDS.values())


@router.get("/add/{kind}")
@router.get("/boxes/{box_id}/add/{kind}")
def ask(
    request: Request,
    box: VisibleBox,
    kind: NamedKind,
    viewer: CurrentViewer,
    session: ViewerSession,
    upload: Annotated[list[UUID], Query()] = [],  # noqa: B006  # FastAPI copies it
) -> Response:
    """The page of one kind, with files that are sent already among what will be kept."""
    if box.owner_id != viewer.person_id:
        return see_other(request, f"/boxes/{box.id}/give")
    values: dict[str, Any] = {"once": str(new_id()), **_usual_when(kind)}
    values |= {name: request.query_params[name] for name in ("chapter", "title") if name in request.query_params}
    return _page(request, session, box, kind, values, uploads=upload)


@router.post("/add/{kind}")
@router.post("/boxes/{box_id}/add/{kind}")
def add(
    request: Request,
    box: VisibleBox,
    kind: NamedKind,
    viewer: CurrentViewer,
    session: ViewerSession,
    form: ReceivedForm,
) -> Response:
    """Keep it: at once, and seen by nobody else. Sending the same page twice makes one."""
    if box.owner_id != viewer.person_id:
        return see_other(request, f"{base_path(box, viewer)}/give")
    fields, uploads = files_of(kind, form)
    filled, errors = fill(kind, fields)
    if len(uploads) < kind.least and not form.problems:
        errors["files"] = gettext(kind.none_chosen)
    if len(uploads) > kind.most:
        errors["files"] = (
            gettext("That’s more than fits here. %(number)s is the most.", number=kind.most)
            if kind.most > 1
            else gettext("Just one, please.")
        )
    if form.problems:
        errors["files"] = " ".join(form.problems)
    if filled is None or errors:
        return _page(request, session, box, kind, fields, errors, uploads)
    try:
        with session.begin_nested():
            memory = make(session, viewer, box, kind, filled, uploads, once=_once(fields))
    except Refused as refused:
        where = "files" if kind.most else "form"
        return _page(request, session, box, kind, fields, {where: refused.sentence}, uploads)
    return see_other(request, f"/memories/{memory.id}?said=kept")


def files_of(kind: Kind, form: Received) -> tuple[dict[str, str | list[str]], list[UUID]]:
    """The fields of a kind's page, and the uploads that are the memory's own files.

    A file field named `<part>_file` belongs to a part of the details: it becomes the field `<part>_upload`.
    """
    fields = dict(form.fields)
    parts: set[UUID] = set()
    for name, ids in form.upload_ids_by_field.items():
        if name.endswith("_file"):
            fields[f"{name.removesuffix('_file')}_upload"] = str(ids[0])
            parts.update(ids)
    return fields, [upload for upload in form.uploads if upload not in parts] if kind.most else []


def chapters_of(session: Session, box: Box) -> list[Chapter]:
    """The box's chapters, newest first."""
    query = select(Chapter).where(Chapter.box_id == box.id)
    return list(session.exec(query.order_by(col(Chapter.starts_on).desc().nulls_last(), col(Chapter.name))))


def _usual_when(kind: Kind) -> dict[str, str]:
    """What "When was it?" says at first."""
    if kind.when == "today":
        return {"when": "day", "when_day": today().isoformat()}
    if kind.when == "this_year":
        return {"when": "year", "when_year": str(today().year)}
    return {"when": kind.when}


def _once(fields: dict[str, Any]) -> UUID | None:
    try:
        return UUID(str(fields.get("once")))
    except ValueError:
        return None


def _page(
    request: Request,
    session: Session,
    box: Box,
    kind: Kind,
    values: dict[str, Any],
    errors: dict[str, str] | None = None,
    uploads: Sequence[UUID] = (),
) -> Response:
    response = render(
        request,
        "memories/add_kind.html",
        status=422 if errors else 200,
        kind=kind,
        values=Shown(values),
        today=today(),
        errors=errors or {},
        chapters=chapters_of(session, box),
        kept=kept_uploads(session, uploads),
        room=room_in(session, box.id),
        ages=ages_to_come(session, box) if kind.seals else (),
        box=box,
    )
    return allow_recording(response) if kind.records else response
