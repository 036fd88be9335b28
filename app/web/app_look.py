"""What the app is called on a phone, and its picture there: chosen on that phone, and nothing about what is inside.

The choice is a cookie of the device, so that it holds before anybody signs in and after they have left.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import NamedTuple

from starlette.requests import HTTPConnection
from starlette.responses import Response

from app.kit.language import N_, gettext
from app.web import pages
from app.web.cookies import LONGEST_SECONDS, own_name, set_cookie
from app.web.static import STATIC_DIR, content_hash

COOKIE = "app"

NAMES = {
    "holdfast": N_("Holdfast"),
    "notes": N_("Notes"),
    "scrapbook": N_("Scrapbook"),
    "tide": N_("Tide"),
    "pocket": N_("Pocket"),
}
ICONS = {"tin": N_("Tin"), "page": N_("Page"), "wave": N_("Wave"), "leaf": N_("Leaf"), "star": N_("Star")}

# How each picture of an icon is drawn: pixels a side, and whether its ground goes to the edge. A phone that cuts icons
# to a shape of its own ("maskable", and every iPhone) needs the whole square; all drawings stay inside the middle 80 %.
PICTURES = {
    "192.png": (192, False),
    "512.png": (512, False),
    "whole-180.png": (180, True),
    "whole-192.png": (192, True),
    "whole-512.png": (512, True),
}
_ROUND, _WHOLE = ' rx="11"', ' rx="0"'
_VIEW_BOX = 48


class Look(NamedTuple):
    """A key of NAMES and a key of ICONS."""

    name: str = "holdfast"
    icon: str = "tin"


USUAL = Look()
_look: ContextVar[Look] = ContextVar("app look", default=USUAL)


def look() -> Look:
    """What was chosen on the device whose request this is."""
    return _look.get()


@contextmanager
def looking_like(chosen: Look) -> Iterator[None]:
    """Everything inside calls the app this."""
    before = _look.set(chosen)
    try:
        yield
    finally:
        _look.reset(before)


def app_name() -> str:
    """The name of the app on this device, in the language of the moment."""
    return gettext(NAMES[look().name])


def icon_url(picture: str, icon: str = "") -> str:
    """The address of one of PICTURES, of this device's icon or of another; its hash changes when the drawing does."""
    icon = icon or look().icon
    return f"/app-icon/{icon}/{picture}?v={content_hash(f'app/{icon}.svg')}"


@lru_cache(maxsize=len(ICONS) * len(PICTURES))
def icon_png(icon: str, picture: str) -> bytes:
    """A PNG drawn from app/static/app/<icon>.svg. Raises KeyError for a name that is not in ICONS or PICTURES."""
    import pyvips  # heavy, and asked for once a phone

    if icon not in ICONS:
        raise KeyError(icon)
    side, whole = PICTURES[picture]
    drawn = (STATIC_DIR / "app" / f"{icon}.svg").read_text()
    if whole:
        drawn = drawn.replace(_ROUND, _WHOLE, 1)
    image = pyvips.Image.svgload_buffer(drawn.encode(), scale=side / _VIEW_BOX)
    png: bytes = image.pngsave_buffer(compression=9, keep="none")
    return png


def look_named(name: str) -> Look:
    """A look with this name, where only the name counts; the usual one where `name` is no key of NAMES."""
    return USUAL._replace(name=name) if name in NAMES else USUAL


def remember_look(response: Response, chosen: Look) -> None:
    """Keep the choice on the device."""
    set_cookie(response, own_name(COOKIE), f"{chosen.name}.{chosen.icon}", seconds=LONGEST_SECONDS)


def with_its_look(request: HTTPConnection) -> AbstractContextManager[None]:
    """Everything inside calls the app what it is called on the device that asks."""
    name, _, icon = request.cookies.get(own_name(COOKIE), "").partition(".")
    return looking_like(Look(name, icon) if name in NAMES and icon in ICONS else USUAL)


pages.add_global("app_look", look)
pages.add_global("app_name", app_name)
pages.add_global("app_icon", icon_url)
