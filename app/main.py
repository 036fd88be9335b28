"""The web application: middleware, routers, error handlers."""

from fastapi import APIRouter, FastAPI, Request
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response

import app.models  # every table
import app.tasks  # noqa: F401  # every job
from app.arrivals import routes as arrivals
from app.arrivals.mail import http_door
from app.boxes import routes as boxes
from app.boxes.loading import OneMoreWay
from app.health import router as health
from app.kit.config import settings
from app.kit.near import networks
from app.media import routes as media
from app.media.media_host import MediaHost
from app.memories import routes as memories
from app.oauth import routes as oauth
from app.people import provider_pages
from app.people import routes as people
from app.people.away import Cover
from app.people.devices import clear_this_browser
from app.people.door import SignInFirst
from app.people.proof import ProveFirst
from app.people.providers import providers
from app.story import routes as story
from app.web import errors, pwa
from app.web.app_look import with_its_look
from app.web.beat import OnTheBeat
from app.web.csrf import CrossSiteGuard
from app.web.headers import SecurityHeaders
from app.web.language import in_its_language
from app.web.limits import BodyLimit
from app.web.noticing import Noticed
from app.web.pages import see_other
from app.web.proxies import RealClient
from app.web.static import mount_static
from app.web.within import Within

# A request is held against one route after the other: what is asked for most stands first.
ROUTERS: list[APIRouter] = [
    memories.router,
    media.router,
    boxes.router,
    people.router,
    health,
    story.router,
    arrivals.router,
    pwa.router,
    oauth.router,
]


def _sign_in_first(request: Request, error: Exception) -> Response:
    """To the front door; the whole page where htmx asked for a part, so that nothing of a box stays round it."""
    assert isinstance(error, SignInFirst)
    return clear_this_browser(request, see_other(request, f"/sign-in?next={error.next_url}"))


def _prove_first(request: Request, error: Exception) -> Response:
    """To where somebody shows that it is them, and then back to what they were about to do."""
    assert isinstance(error, ProveFirst)
    return see_other(request, f"/prove?next={error.next_url}")


def _one_more_way(request: Request, error: Exception) -> Response:
    """To where a keeper adds another way to come in, and reads why."""
    return see_other(request, "/me/devices?said=keep")


def create_app() -> FastAPI:
    """The whole application, ready for an ASGI server."""
    providers()  # a settings file that cannot be read is told now, not to somebody who wants to come in
    app = FastAPI(title="Holdfast", docs_url=None, redoc_url=None, openapi_url=None)
    larger = {**media.LARGER_BODIES, **http_door.larger_bodies(), **oauth.LARGER_BODIES}
    app.add_middleware(BodyLimit, max_bytes=1024**2, larger=larger)
    app.add_middleware(CrossSiteGuard, exempt=(*http_door.SIGNED, *oauth.EXEMPT, provider_pages.BACK))
    app.add_middleware(errors.BrokenPages)
    app.add_middleware(Noticed, quiet=("/here",))
    app.add_middleware(Within, made=in_its_language)
    app.add_middleware(Cover)
    app.add_middleware(Within, made=with_its_look)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=4)
    app.add_middleware(MediaHost, host=settings().media_host)
    app.add_middleware(OnTheBeat)
    app.add_middleware(SecurityHeaders, hsts=settings().hsts, media_origin=settings().media_origin)
    app.add_middleware(RealClient, proxies=networks(settings().trusted_proxies))
    errors.install(app)
    app.add_exception_handler(SignInFirst, _sign_in_first)
    app.add_exception_handler(ProveFirst, _prove_first)
    app.add_exception_handler(OneMoreWay, _one_more_way)
    mount_static(app)
    for router in ROUTERS:
        app.include_router(router)
    return app
