"""Sealed bytes out, to one viewer at a time: ranges, validators, headers that let a file do nothing but be shown."""

import hashlib
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain
from uuid import UUID

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from app.kit.language import gettext
from app.kit.sealed import BATCH, BrokenSeal, open_range, open_stream
from app.kit.store import StoreError
from app.media.store import media_store
from app.web.errors import Refused

log = logging.getLogger("holdfast.media")
_LOOKS = {"video": "watched", "audio": "listened"}
_ALWAYS = {
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# On a phone that is not theirs (RFC 9111, 5.2.2.5).
NOT_KEPT = {"Cache-Control": "no-store"}
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@dataclass(frozen=True, slots=True)
class Sealed:
    """One sealed object: where it is, what opens it, its plaintext length in bytes and media type."""

    store_key: str
    key: bytes
    length: int
    mime: str


class Unsatisfiable(Exception):
    """The range lies outside the file."""


def etag(file_id: UUID, name: str) -> str:
    """A strong validator: a copy never changes once it is shown."""
    return f'"{hashlib.sha256(f"{file_id}/{name}".encode()).hexdigest()[:32]}"'


def wanted_range(headers: Mapping[str, str], length: int, tag: str) -> tuple[int, int] | None:
    """The part of a file of `length` bytes that a GET asks for, end exclusive; None for all of it (RFC 9110 §14).

    Several ranges, other units and nonsense get the whole file, as does an `If-Range` that is not this version. Raises
    Unsatisfiable.
    """
    match = _RANGE.fullmatch(headers.get("range", "").strip())
    if match is None or match.group(1) == match.group(2) == "" or headers.get("if-range", tag) != tag:
        return None
    first, last = match.groups()
    if not first:
        if not int(last) or not length:
            raise Unsatisfiable
        return max(0, length - int(last)), length
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= length:
        raise Unsatisfiable
    return start, min(int(last) + 1, length) if last else length


def send(request: Request, sealed: Sealed, tag: str, disposition: str, *, keep: bool = True) -> Response:
    """The answer to a GET or HEAD of a file: 200, 206, 304 or 416. Only the segments that are asked for are opened.

    `keep`: whether the browser may have a copy on its disk; it asks us again before it shows it.
    """
    headers = {
        **_ALWAYS,
        **({} if keep else NOT_KEPT),
        "ETag": tag,
        "Accept-Ranges": "bytes",
        "Content-Disposition": disposition,
    }
    if tag in [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    # Never compressed on the way: ranges and lengths are those of the file itself.
    headers |= {"Content-Type": sealed.mime, "Content-Encoding": "identity"}
    if request.method == "HEAD":
        return Response(status_code=200, headers={**headers, "Content-Length": str(sealed.length)})
    try:
        part = wanted_range(request.headers, sealed.length, tag)
    except Unsatisfiable:
        return Response(status_code=416, headers={**_ALWAYS, "Content-Range": f"bytes */{sealed.length}"})
    start, end = part or (0, sealed.length)
    if part is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{sealed.length}"
    headers["Content-Length"] = str(end - start)
    status = 200 if part is None else 206
    read = partial(media_store().read, sealed.store_key)
    try:
        if end - start <= BATCH:
            return Response(
                open_range(sealed.key, sealed.store_key, read, sealed.length, start, end), status, headers=headers
            )
        pieces = open_stream(sealed.key, sealed.store_key, read, sealed.length, start, end)
        first = next(pieces)  # before the answer begins: what is not there, or does not open, can still be said
    except (StoreError, BrokenSeal) as trouble:
        log.warning("a stored file cannot be read: %s", type(trouble).__name__)
        raise Refused(gettext("We can’t reach that file just now. It’s safe. Try again in a minute."), 503) from None
    return StreamingResponse(chain([first], pieces), status, headers=headers)


def carries(request: Request, answer: Response) -> bool:
    """Whether any byte of a file leaves with this answer: whoever is sent one has looked."""
    return request.method == "GET" and answer.status_code in (200, 206)


def look_of(name: str, mime: str) -> str:
    """What somebody does who is sent a copy of this name and media type: one of a look's `what`."""
    return _LOOKS.get(mime.partition("/")[0], "memory") if name != "original" else name
