"""The pages of this slice: my journey, and its chapters."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from app.boxes.loading import RunBox, base_path, seen
from app.boxes.once import added, made_id
from app.kit.ids import new_id
from app.memories.chapter import Chapter
from app.memories.forms import Shown
from app.people.door import CurrentViewer, ViewerSession
from app.story import ask_pages
from app.story.forms import ChapterForm, shown_chapter
from app.story.journey import journey
from app.web.errors import NotHere
from app.web.forms import Fields, parse
from app.web.pages import render, see_other

router = APIRouter()
router.include_router(ask_pages.router)


def get_chapter(chapter_id: str, box: RunBox, session: ViewerSession) -> Chapter:
    """A chapter of a box in which the viewer decides. Raises NotHere."""
    chapter = seen(session, Chapter, chapter_id)
    if chapter.box_id != box.id:
        raise NotHere
    return chapter


EditableChapter = Annotated[Chapter, Depends(get_chapter)]


@router.get("/journey")
@router.get("/boxes/{box_id}/journey")
def show_journey(request: Request, box: RunBox, session: ViewerSession) -> Response:
    """The chapters along the way."""
    return render(request, "story/journey.html", nodes=journey(session, box))


@router.get("/journey/new")
@router.get("/boxes/{box_id}/journey/new")
def ask_for_chapter(request: Request, box: RunBox) -> Response:
    """The page that makes a chapter."""
    asked = {name: request.query_params[name] for name in ("from_year", "to_year") if name in request.query_params}
    return _page(request, None, {"once": str(new_id()), **asked})


@router.post("/journey/new")
@router.post("/boxes/{box_id}/journey/new")
def make_chapter(
    request: Request, box: RunBox, viewer: CurrentViewer, session: ViewerSession, fields: Fields
) -> Response:
    """Make a chapter; sending the same page twice makes one."""
    form, errors = parse(ChapterForm, fields)
    chapter = Chapter(box_id=box.id, name="")
    if form is not None:
        errors = form.fill(chapter)
    if errors:
        return _page(request, None, fields, errors)
    said = chapter.model_dump(exclude={"id", "created_at"})
    chapter.id = made_id(viewer.person_id, "chapter", _once(fields), *said.values())
    added(session, chapter)
    return see_other(request, f"{base_path(box, viewer)}/journey")


@router.get("/journey/chapters/{chapter_id}")
@router.get("/boxes/{box_id}/journey/chapters/{chapter_id}")
def ask_for_changes(request: Request, chapter: EditableChapter) -> Response:
    """The page that changes a chapter."""
    return _page(request, chapter, shown_chapter(chapter))


@router.post("/journey/chapters/{chapter_id}")
@router.post("/boxes/{box_id}/journey/chapters/{chapter_id}")
def change_chapter(
    request: Request, chapter: EditableChapter, box: RunBox, viewer: CurrentViewer, fields: Fields
) -> Response:
    """Change a chapter."""
    form, errors = parse(ChapterForm, fields)
    if form is not None:
        errors = form.fill(chapter)
    if errors:
        return _page(request, chapter, fields, errors)
    return see_other(request, f"{base_path(box, viewer)}/journey")


@router.post("/journey/chapters/{chapter_id}/removal")
@router.post("/boxes/{box_id}/journey/chapters/{chapter_id}/removal")
def remove_chapter(
    request: Request, chapter: EditableChapter, box: RunBox, viewer: CurrentViewer, session: ViewerSession
) -> Response:
    """Take a chapter away. What was in it stays in the box."""
    session.delete(chapter)
    return see_other(request, f"{base_path(box, viewer)}/journey")


def _once(fields: dict[str, Any]) -> UUID:
    try:
        return UUID(str(fields.get("once")))
    except ValueError:
        return new_id()


def _page(
    request: Request, chapter: Chapter | None, values: dict[str, Any], errors: dict[str, str] | None = None
) -> Response:
    return render(
        request,
        "story/chapter.html",
        status=422 if errors else 200,
        chapter=chapter,
        values=Shown(values),
        errors=errors or {},
    )
