"""Our cookies: for every path of ours and nobody else's, and over https alone where that is how we are reached."""

from typing import Literal

from starlette.responses import Response

from app.kit.config import settings

LONGEST_SECONDS = 400 * 24 * 3600  # the longest a browser keeps one (RFC 6265bis)


def own_name(name: str) -> str:
    """What a cookie of this name is called: `__Host-` binds it to this host and to https (RFC 6265bis, 4.1.3.2); plain
    http is for this machine alone. Our scripts call theirs the same."""
    return f"__Host-{name}" if settings().secure_cookies else name


def set_cookie(
    response: Response,
    name: str,
    value: str,
    *,
    seconds: int | None = None,
    same_site: Literal["lax", "strict"] = "lax",
    for_scripts: bool = False,
) -> None:
    """Give the browser a cookie that lasts `seconds`, or until the browser closes; no script can read it.

    `same_site` is RFC 6265bis' SameSite. One that is `for_scripts` can be read and set by our pages' scripts too.
    """
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/",
        secure=settings().secure_cookies,
        httponly=not for_scripts,
        samesite=same_site,
    )


def drop_cookie(response: Response, name: str) -> None:
    """Take a cookie away from the browser."""
    response.delete_cookie(name, path="/", secure=settings().secure_cookies, httponly=True, samesite="lax")
