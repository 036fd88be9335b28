"""The app on a phone: its manifest (W3C Web Application Manifest), its icons, and its service worker.

What the worker keeps on a phone is the shell: files that everybody gets alike, and pages that say nothing of anybody.
No page of a box is ever kept by it.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any, TypeVar

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from app.kit.language import direction, gettext, speaking
from app.web.app_look import ICONS, PICTURES, app_name, icon_png, icon_url
from app.web.errors import NotHere
from app.web.static import YEAR, content_hash, static_url

router = APIRouter()

# Files under app/static that are kept on the phone. Scripts import each other by plain names: list those too.
SHELL = [
    "css/holdfast.css",
    "icons.svg",
    "vendor/fonts/atkinson-hyperlegible-next-latin-wght-normal.woff2",
    "vendor/fonts/atkinson-hyperlegible-next-latin-ext-wght-normal.woff2",
    "js/once.js",
    "js/this-phone.js",
    "js/lib/leave.js",
    "js/lib/database.js",
    *(f"app/{icon}.svg" for icon in ICONS),
]
# More scripts of the worker, each an ES module that adds listeners of its own. They are heard before the worker's own:
# one that answers a fetch calls stopImmediatePropagation, too.
WORKER_PARTS: list[str] = []

# File Handling API: exact sorts, each with the endings of its files.
_OPENS = {
    "image/jpeg": [".jpg", ".jpeg"],
    "image/png": [".png"],
    "image/webp": [".webp"],
    "image/heic": [".heic"],
    "video/mp4": [".mp4", ".m4v"],
    "video/quicktime": [".mov"],
    "audio/mpeg": [".mp3"],
    "audio/mp4": [".m4a"],
}

NO_SIGNAL = "/no-signal"
SLOW = "/slow"
SLOW_MS = 8000

ShellHandler = TypeVar("ShellHandler", bound=Callable[[], Response])
_shell_pages: dict[str, Callable[[], Response]] = {}


def shell_page(path: str) -> Callable[[ShellHandler], ShellHandler]:
    """Mark the handler of `path` as a page that is kept on the phone, the same for everybody: it takes no arguments."""

    def mark(handler: ShellHandler) -> ShellHandler:
        _shell_pages[path] = handler
        return handler

    return mark


@router.get("/app.webmanifest")
def manifest() -> JSONResponse:
    """What a phone asks before it puts the app on the home screen, under the name and with the picture chosen there."""
    sides = {picture: f"{side}x{side}" for picture, (side, _) in PICTURES.items()}
    icons = [
        {
            "src": icon_url(picture),
            "sizes": sides[picture],
            "type": "image/png",
            "purpose": "maskable" if whole else "any",
        }
        for picture, (_, whole) in PICTURES.items()
    ]
    return _for_this_device(
        {
            "id": "/",
            "name": app_name(),
            "short_name": app_name(),
            "description": gettext("Photos, sounds and words, kept safe."),
            "lang": speaking(),
            "dir": direction(),
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "background_color": "#f2f0ec",
            "theme_color": "#f2f0ec",
            "categories": ["lifestyle", "photo"],
            "icons": icons,
            "shortcuts": [
                {"name": gettext("Add"), "url": "/add", "icons": [icons[0]]},
                {"name": gettext("Record"), "url": "/add/voice", "icons": [icons[0]]},
            ],
            "share_target": {
                "action": "/share",
                "method": "POST",
                "enctype": "multipart/form-data",
                "params": {"files": [{"name": "files", "accept": ["image/*", "video/*", "audio/*"]}]},
            },
            "file_handlers": [{"action": "/share?opened=yes", "accept": _OPENS}],
        }
    )


def _for_this_device(content: dict[str, Any]) -> JSONResponse:
    headers = {"Cache-Control": "no-cache", "Vary": "Cookie, Accept-Language"}
    return JSONResponse(content, media_type="application/manifest+json", headers=headers)


@router.get("/app-icon/{icon}/{picture}")
def icon_picture(icon: str, picture: str) -> Response:
    """One picture of one icon, a PNG. Raises NotHere."""
    try:
        png = icon_png(icon, picture)
    except KeyError:
        raise NotHere from None
    return Response(png, media_type="image/png", headers={"Cache-Control": f"public, max-age={YEAR}, immutable"})


@router.get("/worker.js")
def worker() -> Response:
    """The service worker, with what it keeps written into it: it is another one as soon as any of that changes.

    A browser asks for a worker that is a module without cookies, so that this tells nothing of name and language chosen
    on the phone; the worker itself fetches its pages with them.
    """
    files = {path: content_hash(path) for path in ["js/worker.js", *WORKER_PARTS, *SHELL]}
    words = {path: hashlib.sha256(handler().body).hexdigest() for path, handler in _shell_pages.items()}
    version = hashlib.sha256(json.dumps([files, words]).encode()).hexdigest()[:16]
    told = {
        "version": version,
        "files": [static_url(path) for path in SHELL],
        "pages": list(_shell_pages),
        "noSignal": NO_SIGNAL,
        "slow": SLOW,
        "slowMs": SLOW_MS,
    }
    lines = [f'import "{static_url(path)}";' for path in WORKER_PARTS]
    lines += [f'import {{ serve }} from "{static_url("js/worker.js")}";', f"serve({json.dumps(told)});", ""]
    return Response(
        "\n".join(lines),
        media_type="text/javascript",
        headers={
            "Cache-Control": "no-cache",
            "Service-Worker-Allowed": "/",
            "Vary": "Accept-Language",
        },
    )
