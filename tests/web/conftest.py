"""A small application inside the middlewares that look at what comes in and goes out, in the order main.py has them."""

import uuid
from collections.abc import Iterator

import pytest
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.testclient import TestClient
from starlette.middleware.gzip import GZipMiddleware

import app.main  # noqa: F401  # what every template may call is registered by the slices
from app.web import errors, headers, pages
from app.web.csrf import CrossSiteGuard
from app.web.forms import Fields
from app.web.headers import SecurityHeaders
from app.web.limits import BodyLimit
from app.web.static import mount_static

OURS = {"Sec-Fetch-Site": "same-origin"}
SECRET = "the words Kai wrote"
router = APIRouter()


@router.get("/things/{thing_id}")
def thing(thing_id: uuid.UUID) -> Response:
    raise errors.NotHere


@router.post("/things")
def make(request: Request) -> Response:
    return pages.see_other(request, "/things/1")


@router.post("/oauth/token")
def token() -> dict[str, str]:
    return {"token": "yes"}


@router.get("/recorder")
def recorder() -> Response:
    return headers.allow_recording(Response("ready"))


@router.get("/forbidden")
def forbidden() -> Response:
    raise errors.NotAllowed("Only Kai can change this.")


@router.post("/refused")
def refused() -> Response:
    raise errors.Refused("That file is empty, so there is nothing to keep.")


@router.get("/tired")
def tired() -> Response:
    raise errors.TooMany(90)


@router.get("/broken")
@router.get("/api/broken")
def broken() -> Response:
    raise ValueError(SECRET)


@router.post("/echo")
def echo(fields: Fields) -> dict[str, object]:
    return {"fields": fields}


@router.post("/big/echo")
async def big(request: Request) -> dict[str, int]:
    return {"bytes": len(await request.body())}


@pytest.fixture
def client() -> Iterator[TestClient]:
    app = FastAPI()
    app.add_middleware(BodyLimit, max_bytes=2000, larger={"/big": 10_000})
    app.add_middleware(CrossSiteGuard, exempt=("/oauth/token",))
    app.add_middleware(errors.BrokenPages)
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    app.add_middleware(SecurityHeaders)
    errors.install(app)
    mount_static(app)
    app.include_router(router)
    with TestClient(app, follow_redirects=False) as client:
        yield client
