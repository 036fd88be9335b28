"""The API: what an app may read and send, as the grant that its token belongs to. The wall says what there is."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from sqlmodel import Session, col, select

from app.boxes.box import Box
from app.boxes.loading import seen
from app.boxes.looks import app_looked, opened
from app.kit.db import open_session
from app.media import tus
from app.media.file_keys import open_key
from app.media.media_file import MediaFile
from app.media.serving import Sealed, carries, etag, look_of, send
from app.memories.memory import Memory
from app.oauth.api.adding import add, drop, read_memory
from app.oauth.api.document import PROBLEMS, READS, SENDS, describe, problems
from app.oauth.api.door import ApiRoute, ApiSession, AskingApp, get_sender
from app.oauth.api.shapes import About, Copy, File, MemoryList, MemoryOut, Sent
from app.oauth.asking import resource
from app.oauth.client import OAuthClient
from app.oauth.scopes import READ_CIRCLE, READ_PROFILE, in_order
from app.web.errors import NotHere, Refused

api = APIRouter(prefix="/api/v1", route_class=ApiRoute)
router = APIRouter()
PAGE = 50


@api.get("/openapi.json", include_in_schema=False)
def openapi() -> JSONResponse:
    """This API, described (OpenAPI 3.1)."""
    return JSONResponse(describe(api))


@api.get("/me", responses=problems(401, 429))
def about(app: AskingApp, session: ApiSession) -> About:
    """What this app was let do, and what the young person is called where it may know."""
    box = session.get(Box, app.box_id) if READ_PROFILE in app.scopes else None
    return About(
        app=session.get_one(OAuthClient, app.grant.client_id).name,
        name=box.name if box else None,
        scopes=in_order(set(app.scopes)),
        until=app.grant.ends_at,
    )


@api.get("/memories", responses=problems(401, 403, 422, 429), openapi_extra=READS)
def memories(
    app: AskingApp,
    session: ApiSession,
    before: Annotated[UUID | None, Query(description="From the last page: older than this.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = PAGE,
) -> MemoryList:
    """What the circle of this app may see today, newest first."""
    app.need(READ_CIRCLE)
    query = select(Memory).where(Memory.box_id == app.box_id, Memory.state == "kept")
    if before is not None:
        query = query.where(col(Memory.id) < before)
    found = session.exec(query.order_by(col(Memory.id).desc()).limit(limit + 1)).all()
    shown = found[:limit]
    app_looked(session, box_id=app.box_id, connection_id=app.grant.connection_id, what="timeline")
    return MemoryList(memories=_out(session, shown), before=shown[-1].id if len(found) > limit else None)


@api.get("/memories/{memory_id}", responses=problems(401, 403, 404, 429), openapi_extra=READS)
def memory(memory_id: UUID, app: AskingApp, session: ApiSession) -> MemoryOut:
    """One of them."""
    app.need(READ_CIRCLE)
    found = session.get(Memory, memory_id)
    if found is None or found.state != "kept":
        raise NotHere
    app_looked(session, box_id=app.box_id, connection_id=app.grant.connection_id, what="memory", memory_id=found.id)
    return _out(session, [found])[0]


@api.post("/memories", status_code=201, responses=PROBLEMS, openapi_extra=SENDS)
async def send_memory(
    request: Request,
    app: AskingApp,
    idempotency_key: Annotated[
        str | None,
        Header(max_length=255, description="The same key again is the same memory again, not another one."),
    ] = None,
) -> Sent:
    """Send a memory with its files: as a form, or as JSON that names uploads made at /uploads (tus 1.0).

    It arrives in the tray. Nothing tells you what becomes of it.
    """
    sent, uploads = await read_memory(request, app)

    def in_one_transaction() -> Sent:
        try:
            with open_session(app.viewer.claims()) as session:
                gift, _ = add(session, app, sent, uploads, idempotency_key)
                return Sent(id=gift.id, kind=sent.kind, title=gift.title, files=len(uploads))
        except Refused:
            if not sent.uploads:  # they came with this very form
                drop(app, uploads)
            raise

    return await run_in_threadpool(in_one_transaction)


@api.head("/files/{file_id}/{name}", include_in_schema=False)
@api.get(
    "/files/{file_id}/{name}",
    response_class=Response,
    responses={
        200: {"description": "The file", "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}},
        206: {"description": "The part of it that was asked for"},
        304: {"description": "As it was"},
        416: {"description": "There is no such part"},
        **problems(401, 403, 404, 429),
    },
    openapi_extra=READS,
)
def file(file_id: UUID, name: str, request: Request, app: AskingApp, session: ApiSession) -> Response:
    """One clean copy, as `copies` names it. `Range` and `If-None-Match` work."""
    app.need(READ_CIRCLE)
    media_file = seen(session, MediaFile, str(file_id))
    rendition = next((each for each in media_file.renditions if each["name"] == name), None)
    if rendition is None:
        raise NotHere
    key = open_key(session, media_file.box_id, media_file.id, media_file.sealed_key)
    sealed = Sealed(rendition["key"], key, rendition["bytes"], rendition["mime"])
    answer = send(request, sealed, etag(media_file.id, name), "inline")
    if carries(request, answer):
        what = look_of(name, sealed.mime)
        opened(
            session,
            box_id=app.box_id,
            by=app.grant.connection_id,
            memory_id=media_file.memory_id,
            of=media_file.id if what != "memory" else None,
            what=what,
            app=True,
        )
    return answer


def _out(session: Session, found: Any) -> list[MemoryOut]:
    """Memories as they are shown: never a place, a person, or who gave it."""
    query = (
        select(MediaFile)
        .where(col(MediaFile.memory_id).in_([each.id for each in found]))
        .order_by(col(MediaFile.position), col(MediaFile.id))
    )
    files: dict[UUID, list[File]] = {}
    for each in session.exec(query):
        files.setdefault(each.memory_id, []).append(_file(each))
    return [
        MemoryOut(
            id=each.id,
            kind=each.kind,
            title=each.title,
            words=each.words,
            happened=each.happened,
            files=files.get(each.id, []),
        )
        for each in found
    ]


def _file(media_file: MediaFile) -> File:
    copies = [
        Copy(
            url=f"{resource()}/files/{media_file.id}/{each['name']}",
            mime=each["mime"],
            width=each["width"],
            height=each["height"],
            bytes=each["bytes"],
        )
        for each in media_file.renditions
    ]
    return File(
        id=media_file.id,
        kind=media_file.kind,
        state=media_file.state,
        duration=media_file.duration,
        copies=copies,
    )


router.include_router(api)
router.include_router(tus.router, prefix="/api/v1/uploads", dependencies=[Depends(get_sender)], include_in_schema=False)
