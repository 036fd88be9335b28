"""Hide: the page is gone before the next frame, without a script and without a signal too, and Back shows nothing."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import CHROMIUM_FLAGS, PHONE, Live, OpenPhone, be, chromium_path, shot

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

# From the third press of Shift to the frame after it: what is in the document by then is what is on the screen.
PRESS = """
() => new Promise((done) => {
  const began = performance.now();
  for (let n = 0; n < 3; n++) document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "Shift", bubbles: true}));
  const found = {words: document.body.innerText, title: document.title, at: location.pathname};
  requestAnimationFrame(() => done({...found, ms: performance.now() - began}));
})
"""
SHAKE = """
() => {
  for (const [x, at] of [[30, 0], [-30, 200], [30, 400]]) {
    const event = new DeviceMotionEvent("devicemotion", {acceleration: {x, y: 0, z: 0}});
    Object.defineProperty(event, "timeStamp", {value: 1000 + at});
    dispatchEvent(event);
  }
}
"""


@pytest.fixture
def as_it_is_sold(chromium: Browser) -> Iterator[Browser]:
    """A Chromium that keeps pages in memory for Back, as people have it and test tools do not."""
    browser = chromium.browser_type.launch(
        executable_path=chromium_path(),
        args=list(CHROMIUM_FLAGS),
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield browser
    browser.close()


def nothing_shows(page: Page) -> None:
    """The cover, and no word, picture or title of the box."""
    expect(page.get_by_role("button", name="Open")).to_be_visible()
    words = set(page.locator("body").inner_text().split("\n")) - {"Skip to the main part", "Holdfast", ""}
    assert words == {"Open"}
    assert page.locator("img:visible, svg:visible").count() == 0


def test_three_presses_of_shift_blank_the_page_before_the_next_frame(phone: OpenPhone) -> None:
    page = phone("Kai")
    page.goto("/")
    expect(page.locator(".keeps").first).to_be_visible()
    seen = page.evaluate(PRESS)
    print(f"from the third press of Shift to the frame that shows the cover: {seen['ms']:.0f} ms (most allowed: 100)")
    assert (seen["words"].strip(), seen["title"], seen["at"]) == ("Open", "Holdfast", "/away")
    page.wait_for_url("**/away")
    nothing_shows(page)
    shot(page, "away")


def test_a_shake_hides_where_a_browser_does_not_have_to_ask(phone: OpenPhone) -> None:
    page = phone("Kai", permissions=["accelerometer"])
    page.goto("/")
    page.evaluate(SHAKE)
    page.wait_for_url("**/away")
    nothing_shows(page)
    page.get_by_role("button", name="Open").click()
    page.goto("/add/pod_walk")
    assert page.evaluate("document.featurePolicy.allowsFeature('accelerometer')") is False


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_back_shows_nothing_until_it_is_opened(scripts: bool, as_it_is_sold: Browser, live: Live) -> None:
    context = as_it_is_sold.new_context(viewport=PHONE, base_url=live.url, locale="en-GB", java_script_enabled=scripts)
    page = context.new_page()
    be(page, "Kai")
    page.goto("/me")
    page.goto("/")
    # A script asks for it on its way out; without one, the cover itself does, and its answer brings the cookie.
    with (page.expect_request if scripts else page.expect_response)("**/away/now"):
        page.get_by_role("link", name="Hide").click()
    nothing_shows(page)
    for _ in range(3):
        page.go_back()
        nothing_shows(page)
    page.goto("/me")
    nothing_shows(page)
    page.get_by_role("button", name="Open").click()
    expect(page).to_have_url(re.compile("/me$"))
    expect(page.locator("main")).to_contain_text("Kai")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_hide_works_with_no_signal_and_back_shows_nothing(scripts: bool, as_it_is_sold: Browser, live: Live) -> None:
    context = as_it_is_sold.new_context(viewport=PHONE, base_url=live.url, locale="en-GB", java_script_enabled=scripts)
    page = context.new_page()
    be(page, "Kai")
    page.goto("/me")
    page.goto("/")
    context.set_offline(True)
    page.get_by_role("link", name="Hide").click()
    expect(page.locator(".away")).to_be_visible()
    expect(page.get_by_text("Kai")).to_have_count(0) if scripts else None
    page.evaluate("history.back()") if scripts else page.go_back()
    expect(page.locator(".keeps:visible")).to_have_count(0)
    assert "First bike ride" not in page.locator("body").inner_text()
    if scripts:
        assert page.evaluate("[...document.images].filter((one) => one.checkVisibility()).length") == 0


def test_every_other_tab_of_the_box_goes_too(phone: OpenPhone) -> None:
    page = phone("Kai")
    other = page.context.new_page()
    for each in (page, other):
        each.goto("/")
    page.get_by_role("link", name="Hide").click()
    page.wait_for_url("**/away")
    other.wait_for_url("**/away")
    nothing_shows(other)
