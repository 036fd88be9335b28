"""HTML pages: one Jinja environment over app/templates, and the two ways to answer a person."""

import re
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from jinja2.ext import Extension

from app.kit.language import direction, form_for, gettext, own_words, speaking
from app.web import drawings, typeface, voice, words
from app.web.static import static_url

TEMPLATES_DIR = Path(__file__).resolve().parent.parent / "templates"

PRIVATE = {"Vary": "HX-Request", "Cache-Control": "no-store"}

# Stands before each address of a file that a template writes, until the page is finished. Nobody is ever sent it, so
# what people type cannot hold it.
MARK = secrets.token_hex(16)


class FileUrl(str):
    """An address of one of our files, as only we write it."""


def _marked(value: Any) -> Any:
    return MARK + value if isinstance(value, FileUrl) else value


ContextHook = Callable[[Request], dict[str, Any]]
FinishHook = Callable[[Request, str], str]


class FormsForget(Extension):
    """Every form of a template says autocomplete="off" (HTML, 4.10.18.7), from when the template is read.

    A browser writes what was typed into a form to its disk, to offer it again, and keeps it when everything else of
    ours is cleared. Only a field that says what it is for itself (an e-mail address to come in with) is remembered.
    """

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """The template with its forms so marked."""
        return re.sub(r"<form\b", '<form autocomplete="off"', source)


environment = Environment(
    loader=FileSystemLoader(TEMPLATES_DIR),
    autoescape=select_autoescape(enabled_extensions=("html", "xml", "svg"), default=True, disabled_extensions=("txt",)),
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
    finalize=_marked,
    auto_reload=sys.flags.dev_mode,  # `python -X dev` sees a changed template at once
    extensions=["jinja2.ext.i18n", FormsForget],
)
environment.policies["ext.i18n.trimmed"] = True
environment.install_gettext_callables(gettext, form_for, newstyle=True)  # type: ignore[attr-defined]
environment.globals.update(language=speaking, direction=direction)
environment.globals.update(static_url=static_url, wave=drawings.wave, route=drawings.route)
environment.filters.update(
    day=words.day,
    number=words.number_words,
    clock=words.clock_words,
    ago_words=words.ago_words,
    size_words=words.size_words,
    srcset=lambda copies: ", ".join([f"{_marked(url)} {width}w" for url, width in copies]),
)

_hooks: list[ContextHook] = []
_finishers: list[FinishHook] = []


def add_context(hook: ContextHook) -> ContextHook:
    """Register a function whose dict every page gets; registering it again changes nothing. Usable as a decorator.

    Hooks run for `render` only, in the order registered; an argument given to `render` wins over a hook's.
    """
    if hook not in _hooks:
        _hooks.append(hook)
    return hook


def add_finish(hook: FinishHook) -> FinishHook:
    """Register a function that every page's HTML goes through last, of `render` only. Usable as a decorator."""
    if hook not in _finishers:
        _finishers.append(hook)
    return hook


def add_filter(name: str, filter_: Callable[..., Any]) -> None:
    """Make `{{ value | name }}` available to every template."""
    environment.filters[name] = filter_


def add_global(name: str, value: Any) -> None:
    """Make `name` available to every template, macros included."""
    environment.globals[name] = value


def is_fragment(request: Request) -> bool:
    """Whether htmx asked, and so wants a part of a page."""
    return request.headers.get("HX-Request") == "true"


def render(
    request: Request, page: str, *, fragment: str | None = None, status: int = 200, **context: Any
) -> HTMLResponse:
    """Answer with the template `page`, or with only the template `fragment` when htmx asked and one is named.

    Both are paths under app/templates; the page includes the same fragment, so the two cannot differ. With `own_words`
    (our word -> theirs) in the context, the page says those. Answers carry
    `Vary: HX-Request` and `Cache-Control: no-store`, and the first page on a phone the cookie of app/web/typeface.py.
    Raises jinja2 errors for a missing template or name.
    """
    template = fragment if fragment and is_fragment(request) else page
    everything: dict[str, Any] = {
        "request": request,
        "typeface": typeface.is_here(request),
        "voice": voice.is_here(request),
    }
    for hook in _hooks:
        everything.update(hook(request))
    everything.update(context)
    with own_words(everything.get("own_words") or {}):
        body = environment.get_template(template).render(everything)
    for finish in _finishers:
        body = finish(request, body)
    body = body.replace(MARK, "")
    response = HTMLResponse(body, status, headers=PRIVATE)
    if status == 200 and template == page and not everything["typeface"]:
        typeface.expect(response)
    return response


def render_text(template: str, **context: Any) -> str:
    """A template as a string, without request or hooks: mail bodies (`.txt` is not escaped), files to print."""
    return environment.get_template(template).render(context)


def render_plain(template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """Answer with a page that is the same for everybody: no request, no hooks, nothing of whoever asks."""
    return HTMLResponse(
        environment.get_template(template).render(context), status, headers={"Cache-Control": "no-store"}
    )


def see_other(request: Request, url: str) -> Response:
    """Send the person on after a form was accepted: 303 (RFC 9110 §15.4.4), or `HX-Redirect` when htmx asked."""
    if is_fragment(request):
        return Response(status_code=204, headers={"HX-Redirect": url, **PRIVATE})
    return RedirectResponse(url, status_code=303, headers=PRIVATE)
