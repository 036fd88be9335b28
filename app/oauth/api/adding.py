"""An app sends something: once for one Idempotency-Key, however often the request comes."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid5

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.arrivals.receive import GiftItem, receive
from app.kit.db import open_session
from app.kit.ids import new_id
from app.kit.language import gettext
from app.media.bodies import pieces
from app.media.received import Received, read_files
from app.media.upload import Upload
from app.media.uploads import drop_upload
from app.memories.kinds import KINDS
from app.memories.memory import Gift
from app.oauth.api.door import App
from app.oauth.api.shapes import MemoryIn
from app.oauth.client import OAuthClient
from app.web.errors import Refused
from app.web.posted import read_json

JSON_MOST = 256 * 1024
KEY_MOST = 255


async def read_memory(request: Request, app: App) -> tuple[MemoryIn, list[UUID]]:
    """What was sent, as JSON or as a form with files. Raises Refused: 400, 403, 413, 415, 422.

    Nothing is read for a token that may send nothing, and of a form that is refused no file stays.
    """
    app.need_to_send()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        sent = _checked(_parsed(await _body(request)))
        return sent, list(dict.fromkeys(sent.uploads))
    if kind == "multipart/form-data":
        received = await read_files(request, app.viewer, app.box_id)
        try:
            if received.problems:
                raise Refused(" ".join(received.problems))
            sent = _checked(_fields(received))
            app.need(f"add:{sent.kind}")
        except Refused:
            await run_in_threadpool(drop, app, received.uploads)
            raise
        return sent, received.uploads
    raise Refused("Send application/json or multipart/form-data.", 415)


def drop(app: App, uploads: Sequence[UUID]) -> None:
    """Let go of what came with a form that was refused."""
    with open_session(app.viewer.claims()) as session:
        found = session.exec(select(Upload).where(col(Upload.id).in_(uploads)).with_for_update()).all()
        for upload in found:
            if upload.state != "claimed":
                drop_upload(session, upload)


def add(session: Session, app: App, sent: MemoryIn, uploads: Sequence[UUID], key: str | None) -> tuple[Gift, bool]:
    """Put it into the tray: the gift, and whether it was there already. Raises Refused."""
    app.need(f"add:{sent.kind}")
    kind = KINDS[sent.kind]
    if not kind.least <= len(uploads) <= kind.most:
        raise Refused(f"A {sent.kind} comes with {kind.least} to {kind.most} files.")
    found = {each.id: each for each in session.exec(select(Upload).where(col(Upload.id).in_(uploads)))}
    content = _content(sent, [found[each] for each in uploads if each in found])
    gift_id = _gift_id(app, key)
    there = session.get(Gift, gift_id)
    if there is None:
        client = session.get_one(OAuthClient, app.grant.client_id)
        details = {"given_by": client.publisher} if sent.kind == "certificate" else {}
        try:
            with session.begin_nested():
                return _receive(session, app, sent, uploads, gift_id, content, details), False
        except IntegrityError:  # the other of two was quicker
            session.expire_all()
            there = session.get_one(Gift, gift_id)
    if there.content_print != content:
        raise Refused("This Idempotency-Key was used for something else.")
    for upload in found.values():
        if upload.state != "claimed":
            drop_upload(session, upload)
    return there, True


def _receive(
    session: Session,
    app: App,
    sent: MemoryIn,
    uploads: Sequence[UUID],
    gift_id: UUID,
    content: str,
    details: dict[str, Any],
) -> Gift:
    item = GiftItem(
        sent.kind,
        title=sent.title,
        words=sent.words,
        happened=sent.day.isoformat() if sent.day else "",
        details=details,
        uploads=uploads,
    )
    return receive(
        session,
        box_id=app.box_id,
        connection_id=app.grant.connection_id,
        added_by=None,
        grant_id=app.grant_id,
        way="app",
        title=sent.title or gettext(KINDS[sent.kind].word),
        words=sent.words,
        items=[item],
        gift_id=gift_id,
        content_print=content,
    )


def _gift_id(app: App, key: str | None) -> UUID:
    if key is None:
        return new_id()
    if not key or len(key) > KEY_MOST:
        raise Refused(f"An Idempotency-Key has 1 to {KEY_MOST} letters.", 400)
    return uuid5(app.grant_id, key)


def _content(sent: MemoryIn, uploads: Sequence[Upload]) -> str:
    said = sent.model_dump(mode="json", exclude={"uploads"})
    files = [f"{each.name}\n{each.sha256 or each.id.hex}" for each in uploads]
    return hashlib.sha256(json.dumps([said, files], sort_keys=True).encode()).hexdigest()


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for piece in pieces(request):
        body += piece
        if len(body) > JSON_MOST:
            raise Refused("That is more JSON than a memory needs. Send files as uploads.", 413)
    return bytes(body)


def _parsed(body: bytes) -> Any:
    try:
        return read_json(body)
    except ValueError:
        raise Refused("That is no JSON.", 400) from None


def _fields(received: Received) -> dict[str, Any]:
    return {name: received.fields[name] for name in ("kind", "title", "words", "day") if received.fields.get(name)}


def _checked(said: Any) -> MemoryIn:
    try:
        return MemoryIn.model_validate(said)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)
        where = sorted({".".join(str(part) for part in each["loc"][:1]) or "the body" for each in wrong})
        raise Refused(f"Something doesn’t fit in: {', '.join(where)}.") from None
