"""Forms that carry files: what is typed goes to a dict, each file into a sealed upload, no plaintext to a disk."""

from dataclasses import dataclass, field
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from sqlmodel import Session
from starlette.requests import ClientDisconnect

from app.boxes.box import Box
from app.boxes.loading import get_visible_box
from app.kit.db import open_session
from app.kit.ids import new_id
from app.kit.language import gettext
from app.kit.store import StoreError
from app.media.bodies import pieces
from app.media.file_keys import original_store_key
from app.media.limits import limit_of, no_room, room_in, too_big
from app.media.names import clean_name
from app.media.sealing import Sealing
from app.media.uploads import check_may_add, drop_upload, find_upload, record_sealed
from app.people.door import CurrentViewer, ViewerSession
from app.people.viewer import Viewer
from app.web.errors import NotHere, Refused
from app.web.forms import TOO_MANY_THINGS, UNREADABLE
from app.web.posted import PAIRS_MOST, TooMuch, urlencoded_pairs

FIELDS_MOST = 1_000_000
ESCAPED = 3  # bytes that an urlencoded form may need for one
FILES_MOST = 100
UPLOAD_FIELD = "upload"


@dataclass(slots=True)
class Received:
    """A posted form.

    `fields`: what was typed, one text or a list when a name came again. `uploads`: ids of Upload rows, files of this
    very post and those named by hidden `upload` fields, in the order they came; hand them to `intake.claim_uploads`.
    `upload_ids_by_field`: the same by the name of the field. `problems`: one sentence for each file that could not be
    taken.
    """

    fields: dict[str, str | list[str]] = field(default_factory=dict)
    uploads: list[UUID] = field(default_factory=list)
    upload_ids_by_field: dict[str, list[UUID]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    _known: set[UUID] = field(default_factory=set)

    def add_text(self, name: str, value: str) -> None:
        """One field, as it was typed."""
        before = self.fields.get(name)
        if before is None:
            self.fields[name] = value
        elif isinstance(before, list):
            before.append(value)
        else:
            self.fields[name] = [before, value]
        if name == UPLOAD_FIELD:
            try:
                self.add_upload(name, UUID(value))
            except ValueError:
                return

    def add_upload(self, name: str, upload_id: UUID) -> None:
        """One file that is safe; the same one twice counts once."""
        if upload_id not in self._known:
            self._known.add(upload_id)
            self.uploads.append(upload_id)
            self.upload_ids_by_field.setdefault(name, []).append(upload_id)


async def read_files(request: Request, viewer: Viewer, box_id: UUID) -> Received:
    """A multipart form whose files go to this box, for a sender that is not in the request's cookie. Raises Refused."""
    kind, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise Refused(gettext(UNREADABLE), 400)
    return await _Multipart(request, viewer, box_id, boundary).read()


async def get_received(request: Request, viewer: CurrentViewer, session: ViewerSession) -> Received:
    """A multipart or urlencoded post.

    Files go to the box of `request.state.box` (set by a box or memory parameter that stands before this one in the
    handler's signature), else to the one in the path, else to the viewer's own. The request's transaction is ended
    before the body is read, since a phone may take minutes over it; the handler's first query begins the next. Raises
    NotHere and NotAllowed when files come for a box this viewer may not add to, and Refused for what is no form at all.
    """
    kind, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary")
    if kind == b"multipart/form-data" and boundary:
        box_id = await run_in_threadpool(_box_for_files, request, viewer, session)
        await run_in_threadpool(session.commit)
        return await _Multipart(request, viewer, box_id, boundary).read()
    if kind == b"application/x-www-form-urlencoded":
        await run_in_threadpool(session.commit)
        return await _read_urlencoded(request)
    raise Refused(gettext(UNREADABLE), 400)


ReceivedForm = Annotated[Received, Depends(get_received)]


def _box_for_files(request: Request, viewer: Viewer, session: Session) -> UUID | None:
    """The id of the box that files would go to; None where there is no such box, which matters only if a file comes."""
    box: Box | None = getattr(request.state, "box", None)
    try:
        return (box or get_visible_box(request, viewer, session)).id
    except NotHere:
        return None


class _Fields:
    """Texts that came so far, and how much they weigh."""

    def __init__(self) -> None:
        self.received = Received()
        self._weight = 0

    def weigh(self, count: int) -> None:
        self._weight += count
        self.weigh_all(self._weight)

    def weigh_all(self, count: int) -> None:
        if count > FIELDS_MOST:
            raise Refused(gettext("That’s more words than we can take at once. Please make it shorter."), 413)

    def take(self, urlencoded: bytes) -> None:
        """A whole urlencoded body."""
        for name, value in urlencoded_pairs(urlencoded):
            self.weigh(len(name) + len(value) + len("&="))
            self.received.add_text(name, value)


async def _read_urlencoded(request: Request) -> Received:
    """Refused as soon as it is too much: what was read so far is counted, and nothing of it is taken apart."""
    fields, body, pairs = _Fields(), bytearray(), 0
    try:
        async for piece in pieces(request):
            pairs += piece.count(b"&")
            body += piece
            if pairs > PAIRS_MOST:
                raise TooMuch
            fields.weigh_all(len(body) // ESCAPED)
        await run_in_threadpool(fields.take, bytes(body))
    except TooMuch:
        raise Refused(gettext(TOO_MANY_THINGS), 413) from None
    except ClientDisconnect:
        raise Refused(gettext(UNREADABLE), 400) from None
    return fields.received


@dataclass(slots=True)
class _File:
    """A file part. `sealing` begins with its first byte: an input left empty makes nothing."""

    form_field: str
    name: str
    mime: str
    id: UUID = field(default_factory=new_id)
    sealing: Sealing | None = None
    refusal: str = ""


class _Multipart(_Fields):
    """One multipart/form-data body (RFC 7578), parsed and sealed as it comes.

    The parser's callbacks only note what happened; `_settle` then does it, in order, with the disk in the thread pool.
    """

    def __init__(self, request: Request, viewer: Viewer, box_id: UUID | None, boundary: bytes) -> None:
        super().__init__()
        self._request = request
        self._viewer = viewer
        self._box_id = box_id
        self._header = (bytearray(), bytearray())
        self._disposition = b""
        self._mime = b""
        self._parts = 0
        self._part: _File | tuple[str, bytearray] = ("", bytearray())
        self._events: list[tuple[_File | tuple[str, bytearray], bytes | None]] = []
        self._begun: list[_File] = []
        self._whole = False
        self._room = 0
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._on_part_begin,
                "on_header_field": partial(self._on_header, 0),
                "on_header_value": partial(self._on_header, 1),
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._on_headers_finished,
                "on_part_data": self._on_part_data,
                "on_part_end": self._on_part_end,
                "on_end": self._on_end,
            },
        )

    async def read(self) -> Received:
        """The whole form. When it breaks off, or is no form, nothing of it stays behind."""
        try:
            async for chunk in pieces(self._request):
                self._parser.write(chunk)
                await self._settle()
            if not self._whole:
                raise Refused(gettext(UNREADABLE), 400)
        except BaseException as error:
            await run_in_threadpool(self._discard_everything)
            if isinstance(error, FormParserError | ClientDisconnect):
                raise Refused(gettext(UNREADABLE), 400) from None
            if isinstance(error, StoreError):
                raise Refused(gettext("We can’t keep files just now. Please try again in a minute."), 503) from None
            raise
        return self.received

    def _on_part_begin(self) -> None:
        self._disposition = self._mime = b""
        self._parts += 1
        if self._parts > PAIRS_MOST:
            raise Refused(gettext(TOO_MANY_THINGS), 413)

    def _on_header(self, which: int, data: bytes, start: int, end: int) -> None:
        self._header[which].extend(data[start:end])

    def _on_header_end(self) -> None:
        name, value = (bytes(part) for part in self._header)
        if name.lower() == b"content-disposition":
            self._disposition = value
        elif name.lower() == b"content-type":
            self._mime = value
        for part in self._header:
            part.clear()

    def _on_headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        name = options.get(b"name", b"").decode(errors="replace")
        self.weigh(len(name))
        if b"filename" in options:
            # Browsers write a quotation mark in a name as %22 (HTML, multipart/form-data encoding algorithm).
            called = options[b"filename"].decode(errors="replace").replace("%22", '"')
            self._part = _File(name, called, self._mime.decode("latin-1"))
        else:
            self._part = (name, bytearray())

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if isinstance(self._part, tuple):
            self.weigh(end - start)
            self._part[1].extend(data[start:end])
        else:
            self._events.append((self._part, data[start:end]))

    def _on_part_end(self) -> None:
        self._events.append((self._part, None))

    def _on_end(self) -> None:
        self._whole = True

    async def _settle(self) -> None:
        """Do what the parser noted: `None` ends a part."""
        for part, data in self._events:
            if isinstance(part, tuple):
                self.received.add_text(part[0], part[1].decode(errors="replace"))
            elif data is None:
                await self._end(part)
            elif not part.refusal:
                await self._add(part, data)
        self._events.clear()

    async def _add(self, part: _File, data: bytes) -> None:
        if part.sealing is None:
            if not self._begun:
                await run_in_threadpool(self._check_may_add)
            part.sealing = Sealing(original_store_key(part.id))
            self._begun.append(part)
        full = part.sealing.take(data)
        self._room -= len(data)
        part.refusal = self._refusal(part, part.sealing.length)
        if part.refusal:
            self._room += part.sealing.length
            await run_in_threadpool(part.sealing.discard)
        elif full:
            await run_in_threadpool(part.sealing.flush)

    def _refusal(self, part: _File, length: int) -> str:
        """Why a file of which so much has come is not taken, in words; "" while all is well."""
        called = clean_name(part.name)
        limit = limit_of(part.mime, part.name)
        if len(self._begun) > FILES_MOST:
            return gettext("That’s too many files at once. “%(name)s” wasn’t sent.", name=called)
        if length > limit.most:
            return too_big(limit, called)
        return no_room(called) if self._room < 0 else ""

    async def _end(self, part: _File) -> None:
        if part.refusal:
            self.received.problems.append(part.refusal)
        elif part.sealing is not None:
            await run_in_threadpool(self._keep, part, part.sealing)
            self.received.add_upload(part.form_field, part.id)
        elif part.name:
            self.received.problems.append(
                gettext("“%(name)s” is empty. There’s nothing in it to keep.", name=clean_name(part.name))
            )

    def _check_may_add(self) -> None:
        if self._box_id is None:
            raise NotHere
        with open_session(self._viewer.claims()) as session:
            check_may_add(session, self._box_id)
            self._room = room_in(session, self._box_id)

    def _keep(self, part: _File, sealing: Sealing) -> None:
        assert self._box_id is not None
        sealing.close()
        with open_session(self._viewer.claims()) as session:
            record_sealed(session, self._viewer, part.id, self._box_id, part.name, part.mime, sealing)

    def _discard_everything(self) -> None:
        kept = {upload_id for ids in self.received.upload_ids_by_field.values() for upload_id in ids}
        with open_session(self._viewer.claims()) as session:
            for part in self._begun:
                if part.id in kept:
                    drop_upload(session, find_upload(session, part.id, lock=True))
        for part in self._begun:
            if part.sealing is not None and part.id not in kept:
                part.sealing.discard()
