"""A host of its own for files, to which no cookie ever goes: what a file does there, it does to nobody's sign-in.

Pages carry addresses on that host, each with a pass for one file, made for the sign-in that asked for the page. It
says only who asks: the sign-in is looked up and the wall is asked on each request, as with a cookie.
"""

import re
from urllib.parse import parse_qs
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.kit import base64url
from app.kit.clock import now
from app.kit.config import settings
from app.kit.master import derived_key
from app.people.door import cookie_name
from app.web import errors
from app.web.pages import MARK, add_finish

# A pass lasts longer than the longest recording, and is the same for an hour, so that a browser can keep a picture.
STEP_S = 3600
STEPS = 5
_BYTES = re.compile(r"/media/([0-9a-f-]{36})/([\w.-]+)")
_OURS = re.compile(MARK + _BYTES.pattern)
_EXPIRY = 4
# What the host may answer as it is; any other answer is a bare 404, or a bare 5xx.
_OPEN = frozenset({200, 206, 304, 416})


def make_pass(secret: str, file_id: UUID, name: str) -> str:
    """A pass for one copy of a file and the sign-in whose cookie is `secret`: URL-safe base64 of AES-SIV (RFC 5297)."""
    expiry = (int(now().timestamp()) // STEP_S + STEPS) * STEP_S
    sealed = _cipher().encrypt(expiry.to_bytes(_EXPIRY, "big") + secret.encode(), [file_id.bytes, name.encode()])
    return base64url.encode(sealed)


def open_pass(made: str, file_id: UUID, name: str) -> str | None:
    """The cookie of the sign-in it was made for; None when it is for another copy, too old, or not one of ours."""
    try:
        plain = _cipher().decrypt(base64url.decode(made), [file_id.bytes, name.encode()])
    except (InvalidTag, ValueError):
        return None
    expiry = int.from_bytes(plain[:_EXPIRY], "big")
    return plain[_EXPIRY:].decode() if now().timestamp() < expiry else None


def _cipher() -> AESSIV:
    return AESSIV(derived_key("media host"))


@add_finish
def point_to_it(request: Request, html: str) -> str:
    """The same page with each address of a file that a template wrote on the media host, if there is one and someone is
    signed in. What people wrote stays as it is."""
    origin = settings().media_origin
    secret = request.cookies.get(cookie_name())
    if not origin or not secret:
        return html

    def address(match: re.Match[str]) -> str:
        file_id, name = match[1], match[2]
        return f"{origin}/media/{file_id}/{name}?pass={make_pass(secret, UUID(file_id), name)}"

    return _OURS.sub(address, html)


class MediaHost:
    """Pure-ASGI middleware. On the media host: files alone, by their pass, and no cookie. Elsewhere: no files."""

    def __init__(self, app: ASGIApp, host: str) -> None:
        self.app = app
        self.host = host.lower()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, as the sign-in's that its pass was made for, or answer 404."""
        if scope["type"] != "http" or not self.host:
            await self.app(scope, receive, send)
            return
        file = _BYTES.fullmatch(scope["path"])
        if Request(scope).headers.get("host", "").lower() != self.host:
            if file:
                await errors.answer(Request(scope), 404)(scope, receive, send)
            else:
                await self.app(scope, receive, send)
            return
        secret = _presented(scope, file[1], file[2]) if file and scope["method"] in ("GET", "HEAD") else None
        if secret is None:
            await Response(status_code=404)(scope, receive, send)
            return
        await self.app(_with_cookie(scope, secret), receive, _Bare(scope, receive, send))


def _presented(scope: Scope, file_id: str, name: str) -> str | None:
    given = parse_qs(scope["query_string"].decode("latin-1")).get("pass", [""])
    try:
        return open_pass(given[0], UUID(file_id), name)
    except ValueError:
        return None


def _with_cookie(scope: Scope, secret: str) -> Scope:
    kept = [(name, value) for name, value in scope["headers"] if name not in (b"cookie", b"authorization")]
    return {**scope, "query_string": b"", "headers": [*kept, (b"cookie", f"{cookie_name()}={secret}".encode())]}


class _Bare:
    """`send`, without cookies, and without pages: what is no file is an empty answer."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope, self.receive, self.send = scope, receive, send
        self.refused = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            status = message["status"]
            self.refused = status not in _OPEN
            if self.refused:
                await Response(status_code=status if status >= 500 else 404)(self.scope, self.receive, self.send)
                return
            headers = MutableHeaders(scope=message)
            del headers["set-cookie"]
            # Pages of another origin show it: ours.
            headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        if not self.refused:
            await self.send(message)
