"""Choosing the language: of this device, and of the person when someone is signed in."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlmodel import select

from app.kit.language import LANGUAGES
from app.people import push
from app.people.door import ViewerSession
from app.people.forms import LanguageForm
from app.people.next_page import own_path
from app.people.person import Person
from app.web.errors import Refused
from app.web.forms import Fields, parse
from app.web.language import choose_here
from app.web.pages import add_global, render, see_other

add_global("languages", LANGUAGES)
router = APIRouter()


@router.get("/language")
def show_languages(
    request: Request, session: ViewerSession, next_url: Annotated[str, Query(alias="next")] = ""
) -> Response:
    inside = request.state.viewer.person_id is not None
    return render(request, "people/language.html", inside=inside, next_url=own_path(next_url))


@router.post("/language")
def choose_language(request: Request, session: ViewerSession, typed: Fields) -> Response:
    form, errors = parse(LanguageForm, typed)
    if form is None:
        raise Refused(next(iter(errors.values())))
    person_id, sign_in = request.state.viewer.person_id, getattr(request.state, "sign_in", None)
    if person_id is not None:
        session.exec(select(Person).where(Person.id == person_id)).one().language = form.language
        push.now_spoken(session, person_id, form.language)
    response = see_other(request, form.next)
    choose_here(response, form.language, lasting=sign_in is None or not sign_in.shared_device)
    return response
