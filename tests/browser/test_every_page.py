"""Every page that anybody can reach: no axe violation, light and dark, not too wide, and nothing to report."""

import re
from collections.abc import Iterator
from urllib.parse import urldefrag, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page, Request, Response

from tests.browser.conftest import OpenPhone, shot
from tests.browser.test_consent import asking

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
CAST = (None, "Kai", "Joe", "Sam", "Mrs Patel", "Ash", "Riley", "Casey", "Avery", "Morgan")
STARTS = {
    None: (
        "/sign-in", "/language", "/start", "/invitation", "/demo", "/outbox", "/sign-in/link/nonsense",
        "/sign-in/back/school", "/sign-in/help", "/stop/nonsense", "/nonsense",
        "/capture", "/help", "/no-signal", "/slow", "/away", "/offline",
    )
}  # fmt: skip
CONSENT = asking("http://127.0.0.1/callback")
SIGNED_IN = ("/", "/me", "/helping", "/device", CONSENT, "/oauth/authorize", "/share", "/share?opened=yes")
NOT_PAGES = re.compile(r"^/(media|static|uploads|demo/|me/apps/.*/receipt)")
IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[A-Za-z0-9_-]{40,}")
MANY = {"/memories/*": 16, "/memories/*/edit": 8, "/people/*": 3}
EVERY = 10_000
REPORTS = """addEventListener("securitypolicyviolation", event =>
  console.error(`policy: ${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}`));
new ReportingObserver(reports => reports.forEach(report => console.error(`report: ${report.type}`)),
  {buffered: true}).observe();"""


def shape(url: str) -> str:
    """An address without the ids in it: pages of one shape come from one template."""
    parts = urlsplit(url)
    return IDS.sub("*", parts.path) + ("?" + re.sub("=[^&]*", "", parts.query) if parts.query else "")


def listen(page: Page, starts: tuple[str, ...]) -> list[str]:
    """What goes wrong from now on: broken policies, anything said on the console, dead links, what could not be loaded.

    Only the `starts` may be addresses of nothing, for what such a page looks like. A page that is left before all of
    it has come is no trouble.
    """
    trouble: list[str] = []

    def expected(url: str) -> bool:
        parts = urlsplit(url)
        return parts.path + (f"?{parts.query}" if parts.query else "") in starts

    def said(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not expected(message.location["url"]):
            trouble.append(f"{page.url} console: {message.text}")

    def answered(response: Response) -> None:
        if response.status >= (500 if expected(response.url) else 400):
            trouble.append(f"{page.url} {response.status}: {response.url}")

    def failed(request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":
            trouble.append(f"{page.url} {request.failure}: {request.url}")

    page.add_init_script(REPORTS)
    page.on("console", said)
    page.on("response", answered)
    page.on("requestfailed", failed)
    return trouble


def pages(page: Page, starts: tuple[str, ...], most: dict[str, int], usual: int = 1) -> Iterator[str]:
    """Walk every link of our own; `usual` pages of each shape, or as many as `most` says."""
    seen: dict[str, int] = {}
    waiting = list(starts)
    while waiting:
        path = waiting.pop(0)
        kind = shape(path)
        if seen.get(kind, 0) >= most.get(kind, usual):
            continue
        seen[kind] = seen.get(kind, 0) + 1
        page.goto(path)
        yield path
        for link in page.locator("a[href]").evaluate_all("links => links.map(a => a.href)"):
            found = urlsplit(urldefrag(link)[0])
            if f"{found.scheme}://{found.netloc}" in page.url and not NOT_PAGES.match(found.path):
                waiting.append(found.path + (f"?{found.query}" if found.query else ""))


@pytest.mark.parametrize("name", CAST, ids=lambda name: name or "nobody")
def test_every_page_is_for_everyone(name: str | None, phone: OpenPhone) -> None:
    page = phone(name, device_scale_factor=1, reduced_motion="reduce")
    wrong: list[str] = []
    walked = 0
    starts = STARTS.get(name, SIGNED_IN)
    trouble = listen(page, starts)
    for path in pages(page, starts, MANY if name == "Kai" else {}):
        walked += 1
        page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found = Axe().run(page).response["violations"]
            wrong += [f"{path} {scheme}: {one['id']} {one['nodes'][0]['html'][:160]} {one['help']}" for one in found]
            if name in (None, "Kai"):
                label = shape(path).strip("/").replace("/", "-").replace("*", "x") or "home"
                shot(page, f"{(name or 'nobody').lower()}-{walked:02}-{label}-{scheme}"[:90])
        page.emulate_media(color_scheme="light")
        across = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if across > 0:
            wrong.append(f"{path}: {across}px wider than the phone")
    print(f"{name}: {walked} pages, light and dark, {len(trouble)} troubles")
    assert walked > 3 if name in (None, "Kai", "Joe") else walked
    assert wrong == []
    assert trouble == []


@pytest.mark.deep
@pytest.mark.parametrize("name", CAST, ids=lambda name: name or "nobody")
def test_no_page_at_all_has_anything_to_report(name: str | None, phone: OpenPhone) -> None:
    page = phone(name)
    starts = STARTS.get(name, SIGNED_IN)
    trouble = listen(page, starts)
    walked = sum(1 for _ in pages(page, starts, {}, EVERY))
    print(f"{name}: {walked} pages, {len(trouble)} troubles")
    assert trouble == []
