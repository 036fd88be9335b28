"""The app, installed for real: Chromium puts it on the home screen, counts on its picture, and opens files with it."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect

from tests.browser.conftest import CHROMIUM_FLAGS, Live, be, chromium_path, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


class Installed:
    """The app as an operating system has it, on a computer whose home folder is `home`."""

    def __init__(self, context: BrowserContext, live: Live) -> None:
        self.context = context
        self._name = {"manifestId": f"{live.url}/"}  # the manifest's `id`, whole
        self._devtools: CDPSession = context.new_cdp_session(context.pages[0])

    def put_on_the_home_screen(self) -> None:
        self._devtools.send("PWA.install", self._name)

    def opened(self, *files: Path) -> Page:
        """A new window of the app, opened by itself or with files."""
        with self.context.expect_page() as window:
            if files:
                self._devtools.send("PWA.launchFilesInApp", {**self._name, "files": list(map(str, files))})
            else:
                self._devtools.send("PWA.launch", self._name)
        return window.value

    @property
    def count(self) -> int:
        """The number on its picture."""
        state: dict[str, Any] = self._devtools.send("PWA.getOsAppState", self._name)
        return int(state["badgeCount"])


@contextmanager
def computer(chromium: Browser, live: Live, home: Path) -> Iterator[BrowserContext]:
    """A browser that keeps things, and believes that its person is here often enough to be offered the app."""
    with chromium.browser_type.launch_persistent_context(
        home / "profile",
        executable_path=chromium_path(),
        args=[*CHROMIUM_FLAGS, "--bypass-app-banner-engagement-checks"],
        base_url=live.url,
        locale="en-GB",
        env={**os.environ, "HOME": str(home)},
    ) as context:
        yield context


def test_it_is_offered_counts_what_waits_and_opens_a_photo(chromium: Browser, live: Live, tmp_path: Path) -> None:
    with computer(chromium, live, tmp_path) as context:
        page, app = context.pages[0], Installed(context, live)
        be(page, "Kai")
        page.goto("/me/phone")
        expect(page.get_by_role("button", name="Put it on this phone")).to_be_visible(timeout=30_000)
        app.put_on_the_home_screen()

        box = app.opened()
        expect(box.get_by_role("heading", name="New for you")).to_be_visible()
        waiting = int(re.sub(r"\D", "", box.locator(".count").inner_text()))
        assert waiting > 0
        wait_until(lambda: app.count == waiting, 30, "As many on the picture as wait in the box")
        box.goto("/tray")
        wait_until(lambda: app.count == 0, 30, "No number once they were seen")

        photo = tmp_path / "holiday.jpg"
        Image.effect_noise((300, 200), 60).convert("RGB").save(photo)
        added = app.opened(photo)
        added.wait_for_url("**/add/photo")
        expect(added.locator(".sending.done")).to_contain_text("holiday.jpg", timeout=30_000)

        box.goto("/")
        wait_until(lambda: app.count == waiting, 30, "The number again")
        box.goto("/me")
        box.get_by_role("button", name="Lock my box").click()
        wait_until(lambda: app.count == 0, 30, "No number on a locked box")
        print(
            f"installed: {waiting} things wait and {waiting} are counted, 0 once seen and 0 when locked; 1 photo opened"
        )
