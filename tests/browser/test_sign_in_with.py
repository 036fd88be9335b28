"""Sign in with what you have, in a real Chromium at a real provider, with scripts and without."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from tests.browser.conftest import PHONE, Live, be, prove, shot, wait_until
from tests.browser.fit import too_wide
from tests.people.elsewhere import CLIENT_ID, Elsewhere, a_client, provider_elsewhere

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def elsewhere(live: Live) -> Iterator[Elsewhere]:
    """The provider that the running Holdfast knows as Ashwood School."""
    clients = [a_client(CLIENT_ID, [f"{live.url}/sign-in/back/school"])]
    with provider_elsewhere(live.provider_port, clients) as running:
        yield running


class Visitor:
    """A phone that goes to the provider and back. Our pages may ask nobody else for anything; going there is a link."""

    def __init__(self, chromium: Browser, live: Live, elsewhere: Elsewhere, scripts: bool) -> None:
        self.context: BrowserContext = chromium.new_context(
            viewport=PHONE,
            base_url=live.url,
            locale="en-GB",
            java_script_enabled=scripts,
            is_mobile=True,
            reduced_motion="reduce",
        )
        self.page: Page = self.context.new_page()
        self.strangers: list[str] = []
        self.live, self.elsewhere = live, elsewhere
        self.context.route("https://fonts.googleapis.com/**", lambda route: route.abort())  # the provider's own page
        self.page.on("request", self._note)

    def _note(self, request: Request) -> None:
        inside = request.frame.url.startswith(self.live.url)
        if inside and not request.is_navigation_request() and not request.url.startswith((self.live.url, "data:")):
            self.strangers.append(request.url)

    def sign_in_there(self, account: str) -> None:
        """Go on from where the button led: the provider asks who it is and whether to tell us."""
        name, agree = self.page.get_by_placeholder("Enter any login"), self.page.get_by_role("button", name="Continue")
        wait_until(lambda: self._is_back() or name.count() + agree.count() > 0, 30, "An answer of the provider")
        if name.count():
            name.fill(account)
            self.page.get_by_placeholder("and password").fill("x")
            self.page.get_by_role("button", name="Sign-in").click()
            agree.wait_for()
        if not self._is_back():
            agree.click()
            wait_until(self._is_back, 30, "Coming back from the provider")

    def _is_back(self) -> bool:
        """Also where it knew them already, and asked nothing."""
        return self.page.url.startswith(self.live.url) and not self.page.url.endswith("/with/school")

    def press(self) -> None:
        self.page.goto("/sign-in")
        self.page.get_by_role("button", name="Sign in with Ashwood School").click()


def look(page: Page, label: str) -> None:
    """Keep pictures, light, dark and with letters twice the size; nothing axe finds, nothing wider than the phone."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        shot(page, f"sign-in-with-{label}-{scheme}")
        assert [one["id"] for one in Axe().run(page).response["violations"]] == [], label
    page.emulate_media(color_scheme="light")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    across = too_wide(page)
    shot(page, f"sign-in-with-{label}-twice")
    page.evaluate("document.documentElement.style.fontSize = ''")
    assert across == 0, label


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_link_come_in_and_take_away(scripts: bool, chromium: Browser, live: Live, elsewhere: Elsewhere) -> None:
    account, label = f"kai-{scripts}", "" if scripts else "no-scripts-"
    show = look if scripts else shot
    kai, other = (Visitor(chromium, live, elsewhere, scripts) for _ in range(2))
    if scripts:
        other.page.goto("/sign-in")
        look(other.page, "sign-in")
    other.press()
    other.sign_in_there(account)
    expect(other.page.get_by_role("heading", name="That doesn’t open a box yet")).to_be_visible()
    show(other.page, f"{label}unknown")
    other.page.get_by_role("link", name="Come in another way").click()
    expect(other.page.get_by_role("button", name="Send me a link")).to_be_visible()

    be(kai.page, "Kai")
    prove(kai.page, "Kai")
    kai.page.get_by_role("button", name="Let Ashwood School open it").click()
    kai.sign_in_there(account)
    expect(kai.page.get_by_text("Not used yet").last).to_be_visible()
    show(kai.page, f"{label}ways-in")

    other.press()
    other.sign_in_there(account)
    expect(other.page.get_by_role("heading", name="Hi Kai")).to_be_visible()

    kai.page.goto("/me/devices")
    mine = kai.page.locator("section", has=kai.page.locator("#with"))
    mine.locator("summary").first.click()
    mine.get_by_role("button", name="Take it away").click()
    expect(mine.get_by_role("button", name="Take it away")).to_have_count(0)
    assert kai.strangers == other.strangers == []
    for visitor in (kai, other):
        visitor.context.close()


def test_what_is_refused_says_so(chromium: Browser, live: Live, elsewhere: Elsewhere) -> None:
    visitor, other = (Visitor(chromium, live, elsewhere, True) for _ in range(2))
    backs: list[str] = []
    visitor.page.on("request", lambda request: backs.append(request.url) if "/sign-in/back/" in request.url else None)
    for lie in ("nonce", "issuer", "expired", "none"):
        elsewhere.lies(lie)
        visitor.press()
        visitor.sign_in_there("casey")
        expect(visitor.page.get_by_role("heading", name="We couldn’t be sure it was you")).to_be_visible()
    look(visitor.page, "unsure")
    elsewhere.lies()
    visitor.page.route(f"{elsewhere.issuer}/**", lambda route: route.fulfill(status=204))  # so that it stays
    visitor.press()
    expect(visitor.page.get_by_role("link", name="Go on to Ashwood School")).to_be_visible()
    look(visitor.page, "going")
    visitor.page.unroute(f"{elsewhere.issuer}/**")
    for page in (visitor.page, other.page):
        page.goto(backs[-1])
        expect(page.get_by_role("heading", name="That took too long")).to_be_visible()
    look(other.page, "old")
    other.press()
    other.page.get_by_placeholder("Enter any login").wait_for()
    other.page.get_by_role("link", name=re.compile("Cancel", re.IGNORECASE)).click()
    expect(other.page.get_by_role("heading", name="You didn’t finish there")).to_be_visible()
    assert visitor.strangers == other.strangers == []
    for each in (visitor, other):
        each.context.close()
