"""Our own static files: a content hash in the address, years of caching when it is there, and packed once."""

import gzip
import hashlib
import mimetypes
import os
import re
from functools import lru_cache
from pathlib import Path
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC_DIR = Path(__file__).resolve().parent.parent / "static"
YEAR = 31_536_000
WEEK = 604_800
PACKED = (".css", ".js", ".svg", ".webmanifest")
_MOST_UNPACKED = 256
_CSS = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|/\*.*?\*/|(?<=[{};,])\s*\n\s*|(\s*\n\s*)""", re.DOTALL)
_WHOLE_LINE = re.compile(r"^[ \t]*(?://.*|/\*\*.*\*/[ \t]*)$", re.MULTILINE)

mimetypes.add_type("application/manifest+json", ".webmanifest")
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("font/woff2", ".woff2")


@lru_cache(maxsize=512)
def _digest(path: str, mtime_ns: int, size: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


@lru_cache(maxsize=512)
def _full(path: str) -> Path:
    return STATIC_DIR / path


def content_hash(path: str) -> str | None:
    """Twelve hex digits of the file's SHA-256, or None when app/static holds no such file."""
    full = _full(path)
    try:
        stat = full.stat()
    except OSError:
        return None
    return _digest(str(full), stat.st_mtime_ns, stat.st_size)


def static_url(path: str) -> str:
    """Address of a file under app/static ("css/holdfast.css"), with `?v=<hash>` so it may be cached for a year."""
    digest = content_hash(path)
    return f"/static/{path}?v={digest}" if digest else f"/static/{path}"


def without_comments(css: str) -> str:
    """A stylesheet with neither comments nor the line ends that mean nothing. Strings stay as they are."""
    return _CSS.sub(lambda found: found[1] or ("\n" if found[2] else ""), css)


def without_remarks(script: str) -> str:
    """A script of ours without the lines that are all comment. What stays is on the lines where it was."""
    return _WHOLE_LINE.sub("", script)


@lru_cache(maxsize=256)
def _packed(path: str, digest: str) -> bytes:
    """What is sent of a file to those who take gzip (RFC 1952). `digest` makes a changed file another one."""
    content = _full(path).read_bytes()
    if path.endswith(".css"):
        content = without_comments(content.decode()).encode()
    elif path.startswith("js/"):
        content = without_remarks(content.decode()).encode()
    return gzip.compress(content, 9, mtime=0)


class HashedStatic(StaticFiles):
    """Starlette's StaticFiles over app/static, with caching by what the address promises.

    The right `?v=` hash: a year and `immutable` (RFC 8246). Fonts: a week, because a stylesheet cannot hash them.
    Anything else, and a hash that is not this file's: revalidate each time by ETag. What packs well is packed the
    first time it is asked for, as tightly as gzip can, and not again.
    """

    def __init__(self) -> None:
        super().__init__(directory=STATIC_DIR)

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """The file, with its `Cache-Control`."""
        path = Path(full_path).resolve().relative_to(STATIC_DIR.resolve()).as_posix()
        response = self._file(path, super().file_response(full_path, stat_result, scope, status_code), scope)
        asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("v", [""])[0]
        if asked and asked == content_hash(path):
            response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
        elif path.startswith("vendor/fonts/"):
            response.headers["Cache-Control"] = f"public, max-age={WEEK}"
        else:
            response.headers["Cache-Control"] = "public, no-cache"
        return response

    def _file(self, path: str, response: Response, scope: Scope) -> Response:
        """The file, packed for whom that suits. Ranges of it are ranges of the file as it is."""
        if not path.endswith(PACKED):
            return response
        response.headers.add_vary_header("Accept-Encoding")
        headers, digest = Headers(scope=scope), content_hash(path)
        if (
            digest is None
            or not isinstance(response, FileResponse)
            or "gzip" not in headers.get("accept-encoding", "")
            or "range" in headers
            or _full(path).stat().st_size < _MOST_UNPACKED
        ):
            return response
        kept = {name: response.headers[name] for name in ("etag", "last-modified", "vary")}
        return Response(
            _packed(path, digest), headers={**kept, "Content-Encoding": "gzip"}, media_type=response.media_type
        )


def mount_static(app: Starlette) -> None:
    """Serve app/static at /static."""
    app.mount("/static", HashedStatic(), name="static")
