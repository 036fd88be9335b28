"""My words: the young person's own, wherever the house would say its."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from app.boxes.loading import RunBox, base_path
from app.boxes.our_words import our_words, read_own_words, shown_own_words
from app.people.door import CurrentViewer
from app.web.forms import Fields
from app.web.pages import render, see_other

router = APIRouter()


@router.get("/me/words")
@router.get("/boxes/{box_id}/me/words")
def words_page(request: Request, box: RunBox) -> HTMLResponse:
    """Our words, each with a place for one's own."""
    values = shown_own_words(box.own_words)
    return render(request, "boxes/my_words.html", ours=our_words(), values=values, errors={}, own_words={})


@router.post("/me/words")
@router.post("/boxes/{box_id}/me/words")
def save_words(request: Request, box: RunBox, viewer: CurrentViewer, fields: Fields) -> Response:
    """Say them from now on, on the pages of this box."""
    own, errors = read_own_words(fields)
    if errors:
        ours = our_words()
        return render(request, "boxes/my_words.html", status=422, ours=ours, values=fields, errors=errors, own_words={})
    box.own_words = own
    return see_other(request, f"{base_path(box, viewer)}/me")
