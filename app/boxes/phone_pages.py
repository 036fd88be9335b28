"""On this phone: what the app is called there, how it gets to the home screen, and what works with no signal."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from app.boxes.forms import AppLookForm
from app.boxes.helplines import helplines
from app.kit.language import gettext
from app.people import push
from app.people.door import CurrentViewer, ViewerSession
from app.web.app_look import ICONS, NAMES, Look, look, remember_look
from app.web.errors import NotAllowed
from app.web.forms import Fields, parse
from app.web.pages import render, render_plain, see_other
from app.web.pwa import NO_SIGNAL, SLOW, shell_page

router = APIRouter()


@router.get("/me/phone")
def phone_page(request: Request, viewer: CurrentViewer, session: ViewerSession, said: str = "") -> HTMLResponse:
    """What this phone calls the app, and how to put it on the home screen."""
    return _phone(request, chosen=look(), saved=said == "saved")


@router.post("/me/phone")
def choose_look(request: Request, viewer: CurrentViewer, session: ViewerSession, fields: Fields) -> Response:
    """Remember name and picture on this phone, unless it is someone else's."""
    if request.state.sign_in.shared_device:
        raise NotAllowed(gettext("This phone isn’t yours, so we keep nothing on it."))
    form, errors = parse(AppLookForm, fields)
    if form is None:
        return _phone(request, chosen=look(), saved=False, errors=errors, status=422)
    push.now_called(session, request.state.sign_in, form.name)
    response = see_other(request, "/me/phone?said=saved")
    remember_look(response, Look(form.name, form.icon))
    return response


def _phone(
    request: Request, chosen: Look, saved: bool, errors: dict[str, str] | None = None, status: int = 200
) -> HTMLResponse:
    return render(
        request,
        "boxes/phone.html",
        status=status,
        chosen=chosen,
        saved=saved,
        errors=errors or {},
        names=NAMES,
        icons=ICONS,
    )


@router.get("/help")
@shell_page("/help")
def help_page() -> HTMLResponse:
    """Who to ring when today is hard. For everybody, also with no signal."""
    return render_plain("boxes/help.html", helplines=helplines())


@router.get(NO_SIGNAL)
@shell_page(NO_SIGNAL)
def no_signal_page() -> HTMLResponse:
    """What the phone shows in place of a page that could not come."""
    return render_plain("boxes/no_signal.html", helplines=helplines())


@router.get(SLOW)
@shell_page(SLOW)
def slow_page() -> HTMLResponse:
    """What the phone shows while a page is long in coming."""
    return render_plain("boxes/slow.html")
