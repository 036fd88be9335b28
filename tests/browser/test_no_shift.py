"""Nothing on a page jumps while it loads, also when the font is late (Layout Instability, W3C)."""

import pytest
from playwright.sync_api import Page, Route

from tests.browser.conftest import OpenPhone, be, wait_until

pytestmark = pytest.mark.browser

SHIFTS = """globalThis.shifts = [];
new PerformanceObserver((list) => {
  for (const shift of list.getEntries()) {
    const what = shift.sources.map(({ node }) => node?.outerHTML?.slice(0, 80) ?? String(node?.nodeName));
    if (!shift.hadRecentInput) shifts.push(`${shift.value.toFixed(4)} ${what.join(", ")}`);
  }
}).observe({ type: "layout-shift", buffered: true })"""
PAINTED = "performance.getEntriesByName('first-contentful-paint').length > 0"
LATE = "document.fonts.status === 'loaded' && [...document.fonts].some((font) => font.status === 'loaded')"
# Some frames: what the font would have moved has been drawn, and the browser has said so.
DRAWN = """new Promise((done) => {
  const frame = (left) => (left ? requestAnimationFrame(() => frame(left - 1)) : requestIdleCallback(done));
  frame(20);
})"""


def shifts(page: Page, path: str, held: list[Route]) -> list[str]:
    """What moved while the page loaded; the font comes only once the page has been painted."""
    page.goto(path, wait_until="commit")
    wait_until(lambda: bool(page.evaluate(PAINTED)), 60, f"The first paint of {path}")
    page.evaluate(DRAWN)
    came = bool(held)
    while held:
        held.pop().continue_()
    page.wait_for_load_state("load", timeout=60_000)
    if came:
        wait_until(lambda: bool(page.evaluate(LATE)), 60, "The font's arrival")
    page.evaluate(DRAWN)
    found: list[str] = page.evaluate("shifts")
    return [f"{path}: {shift}" for shift in found]


@pytest.mark.parametrize("been", [False, True], ids=["the first page", "a font that is late"])
def test_no_page_jumps_while_it_loads(phone: OpenPhone, been: bool) -> None:
    page = phone(None, service_workers="block")
    page.context.route("**/*.woff2", lambda route: route.abort())  # or the browser would have it from here on
    be(page, "Kai")
    photo = page.locator(".keep a").first.get_attribute("href")
    page.context.add_init_script(SHIFTS)
    held: list[Route] = []
    asked = 0

    def hold(route: Route) -> None:
        nonlocal asked
        asked += 1
        held.append(route)

    page.context.unroute("**/*.woff2")
    page.context.route("**/*.woff2", hold)
    moved = []
    for path in ("/", str(photo), "/tray", "/sign-in"):
        page.context.clear_cookies(name="typeface")
        if been:
            page.context.add_cookies([{"name": "typeface", "value": "1", "url": page.url}])
        if path == "/sign-in":
            page.context.clear_cookies(name="holdfast")
        moved += shifts(page, path, held)
    assert moved == []
    assert bool(asked) == been
