"""Showing that it is you in a real Chromium: by a passkey whose device looks who holds it; one link in two browsers."""

from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browser.conftest import OpenPhone, be, link_mailed_to, prove

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
# A phone's own authenticator, in front of which somebody is.
DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


def authenticator(page: Page) -> tuple[CDPSession, dict[str, Any]]:
    keys = page.context.new_cdp_session(page)
    keys.send("WebAuthn.enable")
    return keys, {
        "authenticatorId": keys.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})["authenticatorId"]
    }


def test_a_passkey_is_a_proof_only_where_its_device_looked_who_holds_it(phone: OpenPhone) -> None:
    page = phone("Sam")
    prove(page, "Sam")
    keys, device = authenticator(page)
    page.get_by_role("button", name="Let this phone open it").click()
    expect(page.get_by_text("Added", exact=False).first).to_be_visible()
    page.context.clear_cookies()
    be(page, "Sam")
    page.goto("/me/recovery")
    page.get_by_role("link", name="Show that it’s you first").click()
    expect(page.get_by_role("heading", name="Show that it’s you")).to_be_visible()
    keys.send("WebAuthn.setUserVerified", {**device, "isUserVerified": False})
    page.get_by_role("button", name="With my face, finger or PIN").click()
    expect(page.get_by_text("That didn’t go through.")).to_be_visible()
    keys.send("WebAuthn.setUserVerified", {**device, "isUserVerified": True})
    page.get_by_role("button", name="With my face, finger or PIN").click()
    page.wait_for_url("**/me/recovery")
    expect(page.get_by_role("button", name="Make new codes")).to_be_visible()


def test_one_link_in_two_browsers_opens_in_the_one_that_was_told_the_number(phone: OpenPhone) -> None:
    asking, other = phone(None), phone(None)
    asking.goto("/sign-in")

    def ask() -> None:
        asking.get_by_label("Your email").fill("sam@demo.example")
        asking.get_by_role("button", name="Send me a link").click()

    link = link_mailed_to(asking, "sam@demo.example", ask)
    number = asking.locator("strong.num.big").inner_text()
    other.goto(link)
    other.get_by_label("The number on the page where you asked").fill(number)
    other.get_by_role("button", name="Open my box").click()
    other.wait_for_url(lambda url: "/sign-in" not in url)
    asking.goto("/me")
    expect(asking.get_by_role("button", name="Send me a link")).to_be_visible()


def test_a_browser_without_passkeys_is_offered_none(phone: OpenPhone) -> None:
    page = phone(None)
    page.add_init_script("delete globalThis.PublicKeyCredential")
    page.goto("/sign-in")
    expect(page.get_by_role("button", name="Send me a link")).to_be_visible()
    expect(page.locator("[data-passkey]")).to_be_hidden()
    expect(page.get_by_text("Uses your face")).to_be_hidden()
    be(page, "Joe")
    page.goto("/prove?next=/me/devices")
    expect(page.get_by_text("This browser has no passkeys")).to_be_visible()
    expect(page.locator("[data-passkey]")).to_be_hidden()
