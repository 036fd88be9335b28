"""Cross-site request forgery: unsafe requests must come from our own pages, told by the browser itself."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.kit import noticed
from app.kit.language import gettext
from app.web import errors

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_PORTS = {"http": 80, "https": 443}


def _same_host(origin: str, host: str) -> bool:
    try:
        sent, ours = urlsplit(origin), urlsplit(f"{urlsplit(origin).scheme}://{host}")
        return (
            sent.scheme in _PORTS
            and bool(sent.hostname)
            and sent.hostname == ours.hostname
            and (sent.port or _PORTS[sent.scheme]) == (ours.port or _PORTS[sent.scheme])
        )
    except ValueError:
        return False


def from_our_pages(headers: Headers) -> bool:
    """Whether `Sec-Fetch-Site` (Fetch Metadata) is same-origin or none, or, where it is missing, `Origin` is our host.

    The scheme of `Origin` is not compared, since TLS may end in front of us.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    return _same_host(headers.get("origin", ""), headers.get("host", ""))


class CrossSiteGuard:
    """Pure-ASGI middleware: an unsafe method from anywhere but our own pages is a 403 page, and no handler runs.

    `exempt` are path prefixes, on whole segments ("/oauth/token"), that carry their own proof instead of a cookie.
    """

    def __init__(self, app: ASGIApp, exempt: tuple[str, ...] = ()) -> None:
        self.app = app
        self.exempt = tuple(prefix.rstrip("/") for prefix in exempt)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403."""
        if scope["type"] == "http" and not self._may_pass(scope):
            noticed.note("forged", "another site")
            await errors.answer(Request(scope), 403, gettext(errors.CROSS_SITE))(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _may_pass(self, scope: Scope) -> bool:
        return scope["method"] in SAFE or self._is_exempt(scope["path"]) or from_our_pages(Headers(scope=scope))

    def _is_exempt(self, path: str) -> bool:
        return any(path == prefix or path.startswith(prefix + "/") for prefix in self.exempt)
