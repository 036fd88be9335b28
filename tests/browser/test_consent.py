"""Letting an app in, on a phone with scripts off: the page leads on to the app's own address and to no other."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PHONE, Live, be
from tests.oauth.conftest import pkce

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
ALL = "add:certificate add:photo add:video read:circle read:profile"


@pytest.fixture
def app_address() -> Iterator[str]:
    """An app on this machine that is sent people back."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"back")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/callback"
    server.shutdown()


def asking(redirect: str, scope: str = ALL) -> str:
    """What the demo's portal asks for."""
    given = {
        "response_type": "code", "client_id": "demo-portal", "redirect_uri": redirect, "scope": scope, "state": "s",
        "code_challenge": pkce()[1], "code_challenge_method": "S256",
    }  # fmt: skip
    return f"/oauth/authorize?{urlencode(given)}"


@pytest.fixture
def without_scripts(live: Live, chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport=PHONE, base_url=live.url, java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    be(page, "Riley")
    yield page
    context.close()


@pytest.mark.parametrize("answer", ["Allow", "No thanks"])
def test_a_yes_and_a_no_lead_back_to_the_app(answer: str, without_scripts: Page, app_address: str) -> None:
    page = without_scripts
    page.goto(asking(app_address, "add:photo"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ashwood portal wants to")
    switch = page.get_by_role("switch", name=re.compile("Send you photos"))
    expect(switch).not_to_be_checked()
    sizes = [page.get_by_role("button", name=name).bounding_box() for name in ("Allow", "No thanks")]
    assert sizes[0] and sizes[1] and abs(sizes[0]["width"] - sizes[1]["width"]) < 1
    if answer == "Allow":
        page.get_by_role("button", name="Allow").click()
        expect(page.get_by_role("alert")).to_contain_text("Switch on at least one thing")
        switch.check()
    page.get_by_role("button", name=answer).click()
    page.wait_for_url(re.compile(re.escape(app_address)))
    said = parse_qs(urlsplit(page.url).query)
    assert ("code" in said) == (answer == "Allow") and said["state"] == ["s"]


def test_stopping_it_takes_one_tap(without_scripts: Page, app_address: str) -> None:
    page = without_scripts
    page.goto(asking(app_address, "add:photo"))
    page.get_by_role("switch").check()
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(re.compile(re.escape(app_address)))
    page.goto("/me")
    page.get_by_role("link", name=re.compile("Apps I let in")).click()
    page.get_by_role("link", name=re.compile("Ashwood portal.*for one hour")).click()
    page.get_by_role("button", name="Stop it now").click()
    expect(page.get_by_text("Stopped. It can do nothing now.")).to_be_visible()
