"""What a phone shows when it is told that something is new, in a real Chromium."""

import json
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Live, OpenPhone, shot, wait_until
from tests.browser.test_app import ready

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
SHOWN = """async () => (await (await navigator.serviceWorker.ready).getNotifications())
    .map(({title, body, tag, lang, icon, image}) => ({title, body, tag, lang, icon, image: image ?? ''}))"""
MADE_AT = "async () => (await (await navigator.serviceWorker.ready).getNotifications()).map((each) => each.timestamp)"
# A tap that a script makes may open no window: what it would open is written down.
TAP = """async () => {
    const opened = [];
    self.clients.openWindow = async (address) => opened.push(address);
    const [notification] = await self.registration.getNotifications();
    const tap = new NotificationEvent("notificationclick", {notification});
    self.dispatchEvent(tap);
    while (!opened.length) await new Promise((later) => setTimeout(later, 50));
    return opened;
}"""


def test_the_worker_shows_one_neutral_notification_and_a_tap_opens_the_box(phone: OpenPhone, live: Live) -> None:
    page = phone("Kai", permissions=["notifications"])
    ready(page)
    devtools = page.context.new_cdp_session(page)
    found: list[str] = []

    def registered(event: dict[str, Any]) -> None:
        found.extend(each["registrationId"] for each in event["registrations"] if not each["isDeleted"])

    devtools.on("ServiceWorker.workerRegistrationUpdated", registered)
    devtools.send("ServiceWorker.enable")
    wait_until(lambda: bool(page.evaluate("1")) and bool(found), 30, "The worker’s name")

    def told(message: dict[str, str]) -> None:
        said = {"origin": live.url, "registrationId": found[-1], "data": json.dumps(message).ljust(512)}
        devtools.send("ServiceWorker.deliverPushMessage", said)

    looks = count()

    def shown(message: dict[str, str]) -> list[dict[str, str]]:
        """What the phone shows; told again at each 50th look: DevTools loses what it delivers while a worker starts."""
        if next(looks) % 50 == 0:
            told(message)
        return list(page.evaluate(SHOWN))

    said = {"title": "Notes", "body": "Something new", "lang": "en-GB"}
    only = [{**said, "tag": "new", "icon": "", "image": ""}]
    wait_until(lambda: shown(said) == only, 30, "The notification")
    first, looks = page.evaluate(MADE_AT), count()
    wait_until(lambda: shown(said) == only and page.evaluate(MADE_AT) != first, 30, "One in the place of the first")
    page.goto("/me")
    (worker,) = page.context.service_workers
    (address,) = worker.evaluate(TAP)
    assert page.evaluate(SHOWN) == []
    page.goto(address)
    expect(page.get_by_role("heading", name="New for you")).to_be_visible()
    looks = count()
    # One that is not whole tells nobody what app it is.
    wait_until(lambda: [(each["title"], each["body"]) for each in shown({})] == [("•", "")], 30, "A dot")


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
