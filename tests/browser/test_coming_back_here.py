"""A page that the browser kept for Back shows again once it is known that somebody is still signed in."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPhone

pytestmark = pytest.mark.browser
# What a browser does with a page that it keeps (HTML, 7.4.6.4). Chromium keeps none that says no-store.
KEPT = """async () => {
  dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
  await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
  const away = getComputedStyle(document.querySelector("main")).visibility;
  dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
  return away;
}"""


@pytest.mark.parametrize("path", ["/", "/journey", "/people", "/me", "/tray"])
def test_back_shows_the_page_again(path: str, phone: OpenPhone) -> None:
    page = phone("Kai")
    page.goto(path)
    assert page.evaluate(KEPT) == "hidden"
    expect(page.locator("main")).to_be_visible()
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()


def test_who_was_signed_out_meanwhile_sees_nothing_of_it(phone: OpenPhone) -> None:
    page = phone("Kai")
    page.goto("/me")
    page.context.clear_cookies()
    page.evaluate(KEPT)
    page.wait_for_url("**/sign-in**")


@pytest.mark.parametrize("name", ["Sam", "Mrs Patel", "Avery", "Morgan", "Joe"])
def test_everybody_finds_themselves_and_the_way_out(name: str, phone: OpenPhone) -> None:
    page = phone(name)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Me").click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in**")
