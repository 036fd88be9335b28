"""What can be sent from an open phone, past the pages that change a way in: every other door of the house."""

from collections.abc import Iterator
from typing import Any

from app.people.door import cookie_name
from tests.people.minute import Home

Try = tuple[str, str, dict[str, Any]]
NOBODY = "0192f0c1-2b3c-7d4e-8f50-617283940a1b"
TUS = {"Tus-Resumable": "1.0.0", "Upload-Length": "4", "Upload-Metadata": "filename YS5qcGc="}


def other_tries(home: Home, cookie: str) -> Iterator[Try]:
    """Everything past the list of ways in. `cookie` is the open phone's own secret."""
    yield from _doors(home)
    yield from _people(home)
    yield from _programs(cookie)
    yield from _pages(home)


def _doors(home: Home) -> Iterator[Try]:
    """Coming in anew, beginning anew, coming back with help."""
    kai = home.cast.person["kai"]
    yield "post", "/sign-in/recovery", {"data": {"code": "0" * 24}}
    yield "post", "/sign-in/passkey", {"json": {"id": "x"}}
    yield "post", "/sign-in/link", {"data": {"email": home.mailbox, "next": "/me/recovery"}}
    yield "post", "/sign-in/with/school", {}
    yield "post", "/sign-in/back/school", {"data": {"code": "x", "state": "x"}}
    yield "post", "/sign-in/help", {}
    yield "post", "/sign-in/help/coming-in", {}
    yield "post", "/stop/nonsense", {}
    yield "post", f"/demo/{kai}", {}
    yield "post", "/away/open", {}
    yield "post", "/kept/opening", {"data": {"id": NOBODY, "half": "x"}}
    yield "post", "/start", {"data": {"name": "Kai", "once": NOBODY, "theme": "tide"}}
    yield "post", "/start", {"data": {"name": "Kai", "once": NOBODY, "email": home.cast.email["kai"]}}
    yield "post", "/invitation", {"data": {"code": "ABCD-EFGH-JKMN"}}
    yield "post", "/invitation/nonsense/acceptance", {"data": {"name": "Kai"}}
    yield "post", f"/me/changes/{NOBODY}/undo", {}
    yield "post", f"/me/devices/{NOBODY}/end", {}
    yield "post", f"/me/passkeys/{NOBODY}/removal", {}


def _people(home: Home) -> Iterator[Try]:
    """Who runs the box, who looks after it, whom its owner trusts: by the owner's road and by a keeper's."""
    box, joe = home.cast.box["kai"], home.cast.connection["joe"]
    for base in ("", f"/boxes/{box}"):
        yield "post", f"{base}/me/stage", {}
        yield "post", f"{base}/people/{joe}/keeping", {}
        yield "post", f"{base}/people/{joe}/keeping/end", {}
    yield "post", f"/boxes/{box}/leaving", {}
    for path in ("recovery", "email", "devices/end-others", "trusted", "links", "passkeys"):
        yield "post", f"/boxes/{box}/me/{path}", {"data": {"email": home.mailbox, "who": str(joe)}}
    for name in ("joe@ash", "joe"):  # nobody else's box is nearer
        yield "post", f"/boxes/{home.cast.box['ash']}/people/{home.cast.connection[name]}/keeping", {}
    for answer in ("yes", "no"):
        yield "post", f"/helping/{home.trusted}/answer", {"data": {"answer": answer}}
    yield "post", f"/helping/{home.trusted}/code", {"data": {"code": "ABCD-EFGH", "sure": "yes"}}
    yield "post", "/me/coming-back/stop", {}


def _programs(cookie: str) -> Iterator[Try]:
    """What programs use, with what the phone has: its cookie as a token, a code, a secret."""
    bearer = {"headers": {"Authorization": f"Bearer {cookie}"}}
    for path in ("/api/v1/me", "/api/v1/memories", "/api/v1/box"):
        yield "get", path, bearer
    yield "post", "/me/recovery", {"headers": {"Authorization": f"Bearer {cookie}", "Cookie": ""}}
    for kind, field in (("authorization_code", "code"), ("refresh_token", "refresh_token")):
        yield "post", "/oauth/token", {"data": {"grant_type": kind, field: cookie, "client_id": "x"}}
    device = "urn:ietf:params:oauth:grant-type:device_code"
    yield "post", "/oauth/token", {"data": {"grant_type": device, "device_code": cookie, "client_id": "x"}}
    yield "post", "/oauth/introspection", {"data": {"token": cookie}}
    yield "post", "/oauth/revocation", {"data": {"token": cookie}}
    yield "post", "/oauth/par", {"data": {"client_id": "x", "response_type": "code"}}
    yield "post", "/oauth/device_authorization", {"data": {"client_id": "x"}}
    yield "post", "/oauth/authorize", {"data": {"answer": "allow", "request": "x", "may": "add:photo"}}
    yield "post", "/device", {"data": {"code": "ABCD-EFGH"}}
    yield "post", "/device/ABCD-EFGH", {"data": {"answer": "allow", "here": "yes"}}
    for act in ("", "/pause", "/pause/end", "/ending"):
        yield "post", f"/me/apps/{NOBODY}{act}", {}
    yield "post", "/uploads", {"headers": TUS}
    yield "patch", f"/uploads/{NOBODY}", {"headers": {**TUS, "Upload-Offset": "0"}, "content": b"four"}
    yield "delete", f"/uploads/{NOBODY}", {"headers": TUS}


def _pages(home: Home) -> Iterator[Try]:
    """Reading what would open it, other methods, and other words for the same."""
    for path in ("/me/recovery", "/me/devices", "/me/trusted", "/me/email", "/prove/link", "/outbox", "/demo"):
        yield "get", path, {}
    for method in ("put", "patch", "delete"):
        yield method, "/me/recovery", {}
        yield "post", "/me/recovery", {"headers": {"X-HTTP-Method-Override": method.upper()}}
    yield "post", "/me/email", {"data": {"email": home.mailbox}, "headers": {"HX-Request": "true"}}
    yield "post", "/me/email", {"data": {"email": [home.cast.email["kai"], home.mailbox]}}
    yield "post", "/me/email?proven=1", {"json": {"email": home.mailbox, "proven": True}}
    yield "post", "/me/links", {"data": {"alone": ["yes", "no"]}}
    yield "post", "/me/recovery/", {}
    yield "post", "//me/recovery", {}
    yield "post", "/prove/code", {"data": {"code": home.joes_codes[1], "next": "/me/recovery"}}
    yield "post", "/prove/passkey/options", {"json": {"next": "/me/recovery"}}
    yield "post", "/me/recovery", {"headers": {"Cookie": f"{cookie_name()}={NOBODY}"}}
