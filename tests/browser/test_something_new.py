"""What a phone shows when it is told that something is new, in a real Chromium."""

import json
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Live, OpenPhone, shot, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
SHOWN = """async () => (await (await navigator.serviceWorker.getRegistration('/static/js/')).getNotifications())
    .map(({title, body, tag, lang, icon, image}) => ({title, body, tag, lang, icon, image: image ?? ''}))"""
START = """async () => {
    await navigator.serviceWorker.register('/static/js/worker-push.js', {type: 'module'});
    const registration = await navigator.serviceWorker.getRegistration('/static/js/');
    const worker = registration.installing ?? registration.waiting ?? registration.active;
    if (worker.state !== 'activated') await new Promise((done) => worker.addEventListener('statechange', done));
}"""


def test_one_neutral_notification_takes_the_place_of_the_last(live: Live, chromium: Browser) -> None:
    # The worker by itself, at its own address: a page of ours starts no other worker than /worker.js.
    with chromium.new_context(base_url=live.url, bypass_csp=True, permissions=["notifications"]) as context:
        page = context.new_page()
        page.goto("/sign-in")
        devtools = context.new_cdp_session(page)
        found: list[str] = []

        def registered(event: dict[str, Any]) -> None:
            found.extend(each["registrationId"] for each in event["registrations"] if "/static/js/" in each["scopeURL"])

        devtools.on("ServiceWorker.workerRegistrationUpdated", registered)
        devtools.send("ServiceWorker.enable")
        page.evaluate(START)
        wait_until(lambda: bool(page.evaluate("1")) and bool(found), 20, "The worker’s start")
        said = {"title": "Notes", "body": "Something new", "lang": "en-GB"}
        only = [{**said, "tag": "new", "icon": "", "image": ""}]
        for message in (said, said, {}):
            devtools.send(
                "ServiceWorker.deliverPushMessage",
                {"origin": live.url, "registrationId": found[0], "data": json.dumps(message).ljust(512)},
            )
            if message:
                wait_until(lambda: bool(page.evaluate(SHOWN) == only), 20, "The notification")
        wait_until(lambda: [each["title"] for each in page.evaluate(SHOWN)] == ["Holdfast"], 20, "The last one")


def test_the_page_asks_nothing_by_itself(phone: OpenPhone) -> None:
    page: Page = phone("Kai")
    page.goto("/me/notices")
    assert page.evaluate("Notification.permission") != "granted"
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        shot(page, f"something-new-{scheme}")
    page.get_by_label("A question").check()
    page.get_by_role("button", name="Save").click()
    assert page.get_by_label("A question").is_checked()
    assert not page.get_by_label("Something new for you").is_checked()
    expect(page.get_by_role("button", name="Let this phone tell me")).to_be_visible()
