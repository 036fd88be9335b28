"""Security headers on every answer."""

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Older Firefox files external <use> sprites under default-src and shows no icons; a word always stands beside one.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types htmx worker",
    )
)

_DENIED = (
    "accelerometer",
    "browsing-topics",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "hid",
    "idle-detection",
    "local-fonts",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "screen-wake-lock",
    "serial",
    "usb",
    "window-management",
    "xr-spatial-tracking",
)
_RECORDING = frozenset({"microphone", "geolocation", "screen-wake-lock"})
# What feels a shake (W3C Device Orientation and Motion), which hides a page. Not on the recorder: people walk with it.
_SHAKE = frozenset({"accelerometer", "gyroscope"})


def _permissions(allowed: frozenset[str] = frozenset()) -> str:
    return ", ".join(f"{feature}=({'self' if feature in allowed else ''})" for feature in _DENIED)


# Referrer-Policy is same-origin and not no-referrer: nothing leaves our origin either way, but under no-referrer a
# browser sends `Origin: null` with our own forms, and csrf.py has nothing to go by where Sec-Fetch-Site is missing.
_ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Of a page alone (Permissions Policy, 9.1): nothing that a page is made of is asked for its own.
_OF_PAGES = {"Permissions-Policy": _permissions(_SHAKE)}
# A stylesheet, a script or a font of a page follows the policy of that page (CSP 3, 4.2); this one is for whoever opens
# it as a page, or puts it into one.
_NOTHING = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}
_NO_DOCUMENT = ("text/css", "text/javascript", "font/")
_NO_PAGE = ("text/css", "text/javascript", "font/", "image/avif", "image/jpeg", "application/manifest+json")


def allow_recording(response: Response) -> Response:
    """Let this one page ask for the microphone, the place and a screen that stays on. Returns the same response."""
    response.headers["Permissions-Policy"] = _permissions(_RECORDING)
    return response


def allow_answer_to(response: Response, place: str) -> Response:
    """Let a form of this one page lead on to `place` (an origin or a scheme). Returns the same response.

    Browsers hold a form's redirects, too, against form-action (CSP 3, 6.5.1).
    """
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.replace(
        "form-action 'self'", f"form-action 'self' {place}"
    )
    return response


def of_plain_words(hsts: str = "") -> dict[str, str]:
    """For an answer that the server gives before the application is asked: it is text and no page."""
    return {**_ALWAYS, **_NOTHING, "Cache-Control": "no-store"} | ({"Strict-Transport-Security": hsts} if hsts else {})


class SecurityHeaders:
    """Pure-ASGI middleware, outermost. A header that a route set itself stays; the default is `no-store`."""

    def __init__(self, app: ASGIApp, hsts: str = "", media_origin: str = "") -> None:
        """`hsts` is the Strict-Transport-Security (RFC 6797); "" where we are not reached by https.

        `media_origin` is another origin that pictures, sound and films may come from.
        """
        self.app = app
        self.always = dict(_ALWAYS)
        if media_origin:
            for directive in ("img-src 'self'", "media-src 'self'"):
                policy = self.always["Content-Security-Policy"]
                self.always["Content-Security-Policy"] = policy.replace(directive, f"{directive} {media_origin}")
        if hsts:
            self.always["Strict-Transport-Security"] = hsts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete the headers of its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                kind = headers.get("content-type", "")
                part = scope["path"].startswith("/static/") and kind.startswith(_NO_DOCUMENT)
                for name, value in ({**self.always, **_NOTHING} if part else self.always).items():
                    headers.setdefault(name, value)
                if not kind.startswith(_NO_PAGE):
                    for name, value in _OF_PAGES.items():
                        headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, complete)
