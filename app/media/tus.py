"""The tus 1.0.0 server (tus.io/protocols/resumable-upload), with creation, checksum, expiration and termination.

Bodies are streamed, so these handlers are `async`; what touches disk or database runs in the thread pool. Each opens
its own short transactions: an upload over a slow phone must not hold one for minutes. Answers are one plain sentence,
for js/lib/tus-file.js.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import contextmanager
from datetime import UTC
from email.utils import format_datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from sqlmodel import Session
from starlette.requests import ClientDisconnect

from app.boxes.box import Box
from app.boxes.loading import box_of
from app.kit.config import settings
from app.kit.db import open_session
from app.kit.language import gettext
from app.kit.store import StoreError
from app.media.bodies import pieces, pieces_and_pauses
from app.media.upload import Upload
from app.media.uploads import Appender, WrongPlace, catch_up, drop_upload, find_upload, finish_upload, start_upload
from app.people.door import get_session
from app.people.viewer import Viewer
from app.web.errors import NotAllowed, NotHere, Refused

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,checksum,expiration,termination"
CHECKSUMS: dict[str, Callable[[bytes], Any]] = {"sha1": hashlib.sha1, "sha256": hashlib.sha256}
# A piece with a checksum is held in memory until it is known to be whole.
CHECKSUM_MOST = 16 * 1024 * 1024
METADATA_MOST = 4096
_OCTETS = "application/offset+octet-stream"


class TusRoute(APIRoute):
    """Every answer speaks tus; every refusal is plain text."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with our errors turned into answers."""
        handler = super().get_route_handler()

        async def speak(request: Request) -> Response:
            try:
                response = await handler(request)
            except NotHere:
                response = _say(404, gettext("We can’t find that."))
            except NotAllowed as error:
                response = _say(403, error.sentence)
            except Refused as error:
                response = _say(error.status, error.sentence)
                response.headers.update(error.headers)
            except WrongPlace as error:
                response = _say(409, gettext("That part doesn’t follow on from what we have."))
                response.headers["Upload-Offset"] = str(error.received)
            except StoreError:
                response = _say(
                    503, gettext("We can’t keep it just now. What you sent is safe. Try again in a minute.")
                )
            response.headers["Tus-Resumable"] = VERSION
            response.headers["Cache-Control"] = "no-store"
            return response

        return speak


router = APIRouter(route_class=TusRoute)


def _say(status: int, sentence: str) -> Response:
    return Response(sentence, status, media_type="text/plain; charset=utf-8")


def get_sender(request: Request) -> Viewer:
    """Who is sending, asked in a transaction of its own, over when the body begins. Raises Refused (401, 412).

    Where these routes stand for others than people with a cookie, a dependency has put `sender` and `sender_box` into
    the request's state.
    """
    if request.headers.get("tus-resumable") != VERSION:
        raise Refused(gettext("This speaks tus %(version)s.", version=VERSION), 412)
    sender: Viewer | None = getattr(request.state, "sender", None)
    if sender is not None:
        return sender
    with contextmanager(get_session)(request):
        viewer: Viewer = request.state.viewer
    if viewer.person_id is None:
        raise Refused(gettext("You need to open your box again first."), 401)
    return viewer


Sender = Annotated[Viewer, Depends(get_sender)]


@router.options("")
def options() -> Response:
    """What this server can do."""
    return Response(
        status_code=204,
        headers={
            "Tus-Version": VERSION,
            "Tus-Extension": EXTENSIONS,
            "Tus-Max-Size": str(settings().upload_max_bytes),
            "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
        },
    )


@router.post("")
async def create(request: Request, viewer: Sender) -> Response:
    """Make an upload, and take its first bytes when they come along."""
    length = _number(request, "upload-length")
    metadata = _metadata(request.headers.get("upload-metadata", ""))
    box_id: UUID | None = getattr(request.state, "sender_box", None)
    upload = await run_in_threadpool(_create, viewer, box_id, metadata, length)
    if request.headers.get("content-type") == _OCTETS:
        upload = await _append(request, viewer, str(upload.id), 0)
    return Response(status_code=201, headers={"Location": f"{request.url.path}/{upload.id}", **_progress(upload)})


@router.head("/{upload_id}")
def status(upload_id: str, viewer: Sender) -> Response:
    """How much of it is safe."""
    with open_session(viewer.claims()) as session:
        upload = find_upload(session, upload_id, lock=True)
        catch_up(session, upload)
    if upload.received == upload.length:
        finish_upload(viewer, upload.id)
    described = {"filename": upload.name, "filetype": upload.mime}
    return Response(
        status_code=200,
        headers={
            "Upload-Length": str(upload.length),
            "Upload-Metadata": ",".join(
                f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in described.items()
            ),
            **_progress(upload),
        },
    )


@router.patch("/{upload_id}")
async def append(upload_id: str, request: Request, viewer: Sender) -> Response:
    """Take the next bytes. What was safe stays safe when the connection breaks."""
    if request.headers.get("content-type") != _OCTETS:
        raise Refused(gettext("That isn’t a part of a file."), 415)
    offset = _number(request, "upload-offset")
    upload = await _append(request, viewer, upload_id, offset)
    if upload.received == offset and offset < upload.length and request.headers.get("content-length") != "0":
        raise Refused(gettext("That part is too small. Send 65,536 bytes or more at once."), 400)
    return Response(status_code=204, headers=_progress(upload))


@router.delete("/{upload_id}")
def remove(upload_id: str, viewer: Sender) -> Response:
    """Forget it."""
    with open_session(viewer.claims()) as session:
        drop_upload(session, find_upload(session, upload_id, lock=True))
    return Response(status_code=204)


@router.post("/{upload_id}")
async def overridden(upload_id: str, request: Request, viewer: Sender) -> Response:
    """For clients that cannot send PATCH or DELETE: tus has `X-HTTP-Method-Override`."""
    match request.headers.get("x-http-method-override", "").upper():
        case "PATCH":
            return await append(upload_id, request, viewer)
        case "DELETE":
            return await run_in_threadpool(remove, upload_id, viewer)
    raise Refused(gettext("That can’t be done here."), 405)


def _create(viewer: Viewer, box_id: UUID | None, metadata: dict[str, str], length: int) -> Upload:
    with open_session(viewer.claims()) as session:
        name, mime = metadata.get("filename", ""), metadata.get("filetype", "")
        return start_upload(session, viewer, box_id or _box(session, viewer, metadata), name, mime, length)


def _box(session: Session, viewer: Viewer, metadata: dict[str, str]) -> UUID:
    """The box that was named, or the viewer's own. Raises NotHere."""
    try:
        box = session.get(Box, UUID(metadata["box"])) if metadata.get("box") else box_of(session, viewer)
    except ValueError:
        box = None
    if box is None:
        raise NotHere
    return box.id


async def _append(request: Request, viewer: Viewer, upload_id: str, offset: int) -> Upload:
    """Take a body into an upload. While one batch is sealed and written, the next one comes in."""
    appender = await run_in_threadpool(Appender, viewer, upload_id, offset)
    checksum = request.headers.get("upload-checksum")
    writing: asyncio.Task[None] | None = None
    try:
        async for piece in pieces_and_pauses(request) if checksum is None else _checked(request, checksum):
            take = appender.take(piece)
            if writing is not None and (take or writing.done()):
                await writing
                writing = None
            if take:
                writing = asyncio.create_task(run_in_threadpool(appender.write, appender.batch()))
        await _close(appender, writing)
    except ClientDisconnect:
        await _close(appender, writing)
        raise Refused(gettext("The signal dropped. What came through is safe."), 408) from None
    except BaseException:
        if writing is not None:
            await asyncio.gather(writing, return_exceptions=True)
        raise
    return appender.upload


async def _close(appender: Appender, writing: asyncio.Task[None] | None) -> None:
    if writing is not None:
        await writing
    await run_in_threadpool(appender.close)


async def _checked(request: Request, checksum: str) -> AsyncIterator[bytes]:
    """The whole body, once its checksum is known to be right. Raises Refused: 400, 413, or tus's own 460."""
    name, _, encoded = checksum.partition(" ")
    if name not in CHECKSUMS:
        raise Refused(gettext("We don’t know that checksum."), 400)
    body = bytearray()
    async for piece in pieces(request):
        body += piece
        if len(body) > CHECKSUM_MOST:
            raise Refused(gettext("That part is too big to check at once."), 413)
    whole = bytes(body)
    digest = await run_in_threadpool(lambda: CHECKSUMS[name](whole).digest())
    if not hmac.compare_digest(base64.b64encode(digest).decode(), encoded):
        raise Refused(gettext("That part was damaged on the way. Please send it again."), 460)
    yield whole


def _progress(upload: Upload) -> dict[str, str]:
    expires = (
        {"Upload-Expires": format_datetime(upload.expires_at.astimezone(UTC), usegmt=True)}
        if upload.state == "open"
        else {}
    )
    return {"Upload-Offset": str(upload.received), **expires}


def _number(request: Request, header: str) -> int:
    value = request.headers.get(header, "")
    if not (value.isascii() and value.isdigit() and len(value) < 19):
        raise Refused(gettext("The header %(name)s should be a number.", name=header), 400)
    return int(value)


def _metadata(header: str) -> dict[str, str]:
    """`Upload-Metadata`: "name base64, name base64"."""
    if len(header) > METADATA_MOST:
        raise Refused(gettext("The file’s name is too long."), 400)
    found = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        name, _, encoded = pair.partition(" ")
        try:
            found[name] = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise Refused(gettext("The file’s name doesn’t make sense."), 400) from None
    return found
