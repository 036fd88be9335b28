import re
import socket

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.kit.config import Settings
from app.web import connections
from app.web.connections import PatientProtocol
from app.web.headers import SecurityHeaders
from app.web.static import STATIC_DIR, static_url
from tests.web.conftest import OURS
from tests.web.test_connections import serving, to_the_end


def policy(value: str) -> dict[str, str]:
    return dict(part.strip().split(" ", 1) for part in value.split(";"))


@pytest.mark.parametrize("path", ["/recorder", "/nowhere", "/broken", "/static/icons.svg"])
def test_every_answer_is_shut_by_default(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    rules = policy(headers["Content-Security-Policy"])
    assert rules["script-src"] == rules["style-src"] == rules["form-action"] == "'self'"
    assert rules["default-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert (rules["require-trusted-types-for"], rules["trusted-types"]) == ("'script'", "htmx worker")
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert not re.search(r"https?:|\*", headers["Content-Security-Policy"])
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize("part", ["css/holdfast.css", "js/hide.js", "vendor/fonts/"])
def test_what_a_page_is_made_of_stands_in_no_frame_and_runs_nothing(client: TestClient, part: str) -> None:
    font = next((STATIC_DIR / "vendor" / "fonts").glob("*.woff2")).name
    headers = client.get(f"/static/{part}{font if part.endswith('/') else ''}").headers
    assert policy(headers["Content-Security-Policy"]) == {"default-src": "'none'", "frame-ancestors": "'none'"}
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("subdomains", "said"), [("", "max-age=31536000"), ("1", "max-age=31536000; includeSubDomains")]
)
def test_what_is_no_http_is_answered_with_the_headers_of_every_answer(
    monkeypatch: pytest.MonkeyPatch, subdomains: str, said: str
) -> None:
    chosen = Settings(BASE_URL="https://box.example.org", HSTS_SUBDOMAINS=subdomains or "0")  # type: ignore[call-arg]
    monkeypatch.setattr(connections, "settings", lambda: chosen)
    app = FastAPI()
    app.add_middleware(SecurityHeaders, hsts=chosen.hsts)
    with serving(app, http=PatientProtocol) as port:
        answers = []
        for asked in (b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"nonsense\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
                line.sendall(asked)
                answers.append(to_the_end(line).decode("latin-1"))
    good, bad = ({name.lower(): value for name, value in re.findall(r"([\w-]+): (.*)\r\n", each)} for each in answers)
    assert bad["strict-transport-security"] == good["strict-transport-security"] == said
    assert answers[1].startswith("HTTP/1.1 400 ") and bad["content-security-policy"].startswith("default-src 'none'")
    same = ("x-content-type-options", "referrer-policy", "cross-origin-opener-policy", "cross-origin-resource-policy",
            "cache-control")  # fmt: skip
    assert {name: bad[name] for name in same} == {name: good[name] for name in same}


def test_only_the_recorder_may_ask_for_the_microphone_and_the_place(client: TestClient) -> None:
    assert "microphone=()" in client.get("/nowhere").headers["Permissions-Policy"]
    allowed = client.get("/recorder").headers["Permissions-Policy"]
    assert "microphone=(self)" in allowed
    assert "geolocation=(self)" in allowed
    assert "camera=()" in allowed


def test_pages_are_kept_by_nobody(client: TestClient) -> None:
    for answer in (client.get("/recorder"), client.get("/nowhere"), client.post("/things", headers=OURS)):
        assert answer.headers["Cache-Control"] == "no-store"


def test_an_accepted_form_goes_on_with_303_and_tells_htmx_its_own_way(client: TestClient) -> None:
    plain = client.post("/things", headers=OURS)
    assert (plain.status_code, plain.headers["Location"]) == (303, "/things/1")
    htmx = client.post("/things", headers={**OURS, "HX-Request": "true"})
    assert (htmx.status_code, htmx.headers["HX-Redirect"]) == (204, "/things/1")
    assert "HX-Request" in plain.headers["Vary"]


def test_the_hash_in_an_address_buys_a_year_and_nothing_else_does(client: TestClient) -> None:
    url = static_url("css/holdfast.css")
    assert re.fullmatch(r"/static/css/holdfast\.css\?v=[0-9a-f]{12}", url)
    assert client.get(url).headers["Cache-Control"] == "public, max-age=31536000, immutable"
    for other in ("/static/css/holdfast.css", "/static/css/holdfast.css?v=000000000000"):
        answer = client.get(other)
        assert answer.headers["Cache-Control"] == "public, no-cache"
        assert client.get(other, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_a_changed_file_gets_a_new_address() -> None:
    file = STATIC_DIR / "scratch-for-a-test.txt"
    try:
        file.write_text("one")
        first = static_url(file.name)
        file.write_text("another")
        assert static_url(file.name) != first
    finally:
        file.unlink()
    assert static_url(file.name) == f"/static/{file.name}"


def test_text_is_packed_and_fonts_are_left_alone(client: TestClient) -> None:
    packed = client.get("/static/css/holdfast.css", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    font = next((STATIC_DIR / "vendor" / "fonts").glob("*.woff2"))
    sent = client.get(f"/static/vendor/fonts/{font.name}", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in sent.headers and sent.content == font.read_bytes()


def test_nothing_we_serve_has_inline_code_or_an_address_of_somebody_else() -> None:
    templates = STATIC_DIR.parent / "templates"
    for file in templates.rglob("*.html"):
        text = file.read_text()
        assert not re.search(r"<[a-z][^>]*\sstyle\s*=", text), file
        assert not re.search(r"<[a-z][^>]*\son[a-z]+\s*=", text), file
        assert not re.search(r"<style|<script(?![^>]*\ssrc=)", text), file
        assert not re.search(r"<(?:script|link|img|source|iframe)[^>]*https?://", text), file


def test_scripts_set_cookies_of_this_host_alone() -> None:
    lines = [
        (file.name, line)
        for file in (STATIC_DIR / "js").rglob("*.js")
        for line in file.read_text().splitlines()
        if "document.cookie =" in line
    ]
    assert len(lines) >= 3
    for name, line in lines:
        assert re.search(r"`\$\{(COOKIE|name)\}=.*\$\{(SECURE|secure)\b", line), (name, line)
        assert '"__Host-' in next((STATIC_DIR / "js").rglob(name)).read_text(), name
