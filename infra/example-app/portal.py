"""A small school portal that asks to be let into a box and sends a certificate: the whole flow in one file.

Python's own library is all it needs. See README.md beside it for the three commands. What it keeps (one token, one
question that waits) it keeps in memory: a real portal has a database, and a token for each pupil.
"""

import base64
import hashlib
import html
import json
import os
import secrets
import uuid
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import Request, urlopen

BOX = os.environ.get("HOLDFAST", "http://localhost:8000")
# The demo knows one app, which needs no secret.
CLIENT_ID, CLIENT_SECRET = os.environ.get("CLIENT_ID", "demo-portal"), os.environ.get("CLIENT_SECRET", "")
PORT = int(os.environ.get("PORT", "8900"))
HERE = f"http://127.0.0.1:{PORT}"
SCOPES = "add:certificate read:profile"

waiting: dict[str, dict[str, str]] = {}  # browser -> what it waits for
tokens: dict[str, dict[str, Any]] = {}  # browser -> what it was given


class Refused(Exception):
    """The box said no, and why."""


def call(url: str, data: bytes | None = None, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """One request; its JSON. Raises Refused."""
    try:
        with urlopen(Request(url, data, headers or {}), timeout=30) as answer:
            return dict(json.load(answer))
    except HTTPError as error:
        said = json.loads(error.read() or b"{}")
        raise Refused(said.get("error_description") or said.get("detail") or said.get("error") or str(error)) from None


def discover() -> dict[str, Any]:
    """Where everything is (RFC 8414). The issuer has to be the one we asked."""
    known = call(f"{BOX}/.well-known/oauth-authorization-server")
    if known["issuer"] != BOX:
        raise Refused(f"This is {known['issuer']}, not {BOX}.")
    return known


def as_the_app(url: str, **form: str) -> dict[str, Any]:
    """A form with our secret (client_secret_basic), or as a public client with none."""
    if not CLIENT_SECRET:
        return call(url, urlencode({**form, "client_id": CLIENT_ID}).encode())
    ours = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    return call(url, urlencode(form).encode(), {"Authorization": f"Basic {ours}"})


def ask(browser: str) -> str:
    """Push what we ask for (RFC 9126, with PKCE), and say where the person decides."""
    known, verifier, state = discover(), secrets.token_urlsafe(48), secrets.token_urlsafe(16)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    pushed = as_the_app(
        known["pushed_authorization_request_endpoint"],
        response_type="code",
        client_id=CLIENT_ID,
        redirect_uri=f"{HERE}/callback",
        scope=SCOPES,
        state=state,
        code_challenge=challenge,
        code_challenge_method="S256",
        resource=f"{BOX}/api/v1",
    )
    waiting[browser] = {"state": state, "verifier": verifier}
    named = urlencode({"client_id": CLIENT_ID, "request_uri": pushed["request_uri"]})
    return f"{known['authorization_endpoint']}?{named}"


def come_back(browser: str, said: dict[str, str]) -> None:
    """The person decided. Check that the answer is to our question and from our box (RFC 9207), and get the token."""
    asked = waiting.pop(browser, None)
    if asked is None or said.get("state") != asked["state"] or said.get("iss") != BOX:
        raise Refused("That was not an answer to what we asked.")
    if "error" in said:
        raise Refused("They said no thanks. That is fine." if said["error"] == "access_denied" else said["error"])
    tokens[browser] = as_the_app(
        discover()["token_endpoint"],
        grant_type="authorization_code",
        code=said["code"],
        redirect_uri=f"{HERE}/callback",
        code_verifier=asked["verifier"],
    )


def with_token(browser: str, path: str, data: bytes | None = None, **headers: str) -> dict[str, Any]:
    """A request to the API; once more with a fresh token when the old one has run out."""
    for again in (False, True):
        held = {"Authorization": f"Bearer {tokens[browser]['access_token']}", **headers}
        try:
            return call(f"{BOX}/api/v1{path}", data, held)
        except Refused:
            if again or "refresh_token" not in tokens[browser]:
                raise
            refresh = tokens[browser]["refresh_token"]
            tokens[browser] |= as_the_app(
                discover()["token_endpoint"], grant_type="refresh_token", refresh_token=refresh
            )
    raise AssertionError


def send_certificate(browser: str, title: str) -> dict[str, Any]:
    """Send it as a form with a file. The key makes a second try, after a lost answer, harmless."""
    edge = secrets.token_hex(16)
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in (("kind", "certificate"), ("title", title), ("words", "Well done."))
    ]
    disposition = 'form-data; name="file"; filename="certificate.pdf"'
    head = f"--{edge}\r\nContent-Disposition: {disposition}\r\nContent-Type: application/pdf\r\n\r\n"
    body = b"".join([*parts, head.encode(), certificate(title), f"\r\n--{edge}--\r\n".encode()])
    kind = f"multipart/form-data; boundary={edge}"
    return with_token(browser, "/memories", body, **{"Content-Type": kind, "Idempotency-Key": str(uuid.uuid4())})


def certificate(title: str) -> bytes:
    """A page of PDF with one line of text on it."""
    shown = title.encode("latin-1", "replace").replace(b"\\", b"").replace(b"(", b"").replace(b")", b"")
    drawing = b"BT /F1 32 Tf 60 300 Td (" + shown + b") Tj ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 420] /Contents 4 0 R /Resources <</Font <</F1 5 0 R>> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawing), drawing),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    end = (b"xref\n0 %d\n0000000000 65535 f \n" % count) + table
    return body + end + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, len(body))


PAGE = """<!doctype html><html lang="en-GB"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Ashwood portal</title><h1>Ashwood portal</h1>{}"""
CONNECT = '<form method="post" action="/connect"><button>Ask to send certificates to a box</button></form>'
AWARD = """<p>Connected with {}’s box.</p><form method="post" action="/award">
<label>Certificate for <input name="title" required value="Science award"></label> <button>Send it</button></form>"""


class Portal(BaseHTTPRequestHandler):
    """Four addresses: the page, asking, the answer, sending."""

    def do_GET(self) -> None:
        try:
            if urlsplit(self.path).path == "/callback":
                come_back(self.browser, {name: values[0] for name, values in self.query(self.path).items()})
                self.go("/")
            elif self.path == "/":
                known = with_token(self.browser, "/me") if self.browser in tokens else None
                name = html.escape(known["name"] or "somebody") if known else ""
                self.show(AWARD.format(name) if known else CONNECT)
            else:
                self.show("<p>There is nothing here.</p>", 404)
        except Refused as refused:
            tokens.pop(self.browser, None)
            self.show(f"<p>{html.escape(str(refused))}</p>{CONNECT}", 400)

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
        try:
            if self.path == "/connect":
                self.go(ask(self.browser))
            elif self.path == "/award" and self.browser in tokens:
                sent = send_certificate(self.browser, form.get("title", ["A certificate"])[0])
                self.show(f"<p>Sent: {html.escape(sent['title'])}.</p><p><a href='/'>Another</a></p>")
            else:
                self.show(CONNECT, 400)
        except Refused as refused:
            self.show(f"<p>{html.escape(str(refused))}</p>{CONNECT}", 400)

    @property
    def browser(self) -> str:
        """A cookie's value, made the first time."""
        if not hasattr(self, "_browser"):
            sent = SimpleCookie(self.headers.get("Cookie", "")).get("portal")
            self._browser = sent.value if sent else secrets.token_urlsafe(16)
        return self._browser

    def query(self, path: str) -> dict[str, list[str]]:
        return parse_qs(urlsplit(path).query)

    def go(self, place: str) -> None:
        self.answer(303, b"", Location=place)

    def show(self, inside: str, status: int = 200) -> None:
        self.answer(status, PAGE.format(inside).encode(), **{"Content-Type": "text/html; charset=utf-8"})

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Set-Cookie", f"portal={self.browser}; HttpOnly; SameSite=Lax; Path=/")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Addresses hold codes: they are not written down."""


if __name__ == "__main__":
    print(f"The portal is at {HERE}", flush=True)
    ThreadingHTTPServer(("127.0.0.1", PORT), Portal).serve_forever()
