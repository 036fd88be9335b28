"""What is made with no signal: on the phone as it is made, whatever ends the page, and in its box once afterwards."""

import os
import random
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import imageio_ffmpeg
import pytest
from playwright.sync_api import BrowserContext, Error, Page, expect, sync_playwright

from app.demo import art
from tests.browser.conftest import CHROMIUM_FLAGS, PHONE, Live, OpenPhone, be, shot, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
# When a recording truly began, and how much of it there is: MediaRecorder's own events, told to whoever looks.
WATCH = """
const start = MediaRecorder.prototype.start;
MediaRecorder.prototype.start = function (...given) {
  this.addEventListener("start", () => (window.began = Date.now()), { once: true });
  return start.apply(this, given);
};
"""
RATE = 8000

OpenProfile = Callable[[], BrowserContext]


@pytest.fixture
def profile(live: Live, tmp_path: Path) -> Iterator[OpenProfile]:
    """`profile()` starts a browser of its own on the same profile folder, as a phone that was switched on again."""
    path = os.environ.get("HOLDFAST_CHROMIUM") or "/usr/bin/chromium"
    with sync_playwright() as playwright:

        def start() -> BrowserContext:
            context = playwright.chromium.launch_persistent_context(
                tmp_path / "profile", executable_path=path, args=list(CHROMIUM_FLAGS), base_url=live.url,
                viewport=PHONE, locale="en-GB", permissions=["microphone"],
            )  # fmt: skip
            context.add_init_script(WATCH)
            return context

        yield start


def kill(context: BrowserContext, folder: Path) -> None:
    """SIGKILL every process of the browser that has this profile: no page, worker or storage gets to say goodbye."""
    named = f"--user-data-dir={folder / 'profile'}".encode()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if named in (process / "cmdline").read_bytes().split(b"\0"):
                os.kill(int(process.name), signal.SIGKILL)
        except (FileNotFoundError, ProcessLookupError):
            continue
    try:
        context.close()
    except Error:
        pass


def seconds_of(sound: bytes) -> float:
    """How long a file plays, by decoding it."""
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-v",
        "error",
        "-i",
        "-",
        "-ac",
        "1",
        "-ar",
        str(RATE),
        "-f",
        "s16le",
        "-",
    ]
    decoded = subprocess.run(command, input=sound, capture_output=True, check=True).stdout
    return len(decoded) / 2 / RATE


def original(page: Page, memory: str) -> bytes | None:
    """The file of a memory as it came, or None while there is no such memory."""
    if page.request.get(f"/memories/{memory}").status == 404:
        return None
    page.goto(f"/memories/{memory}")
    found = re.search(r"/media/([0-9a-f-]{36})/", page.content())
    return page.request.get(f"/media/{found[1]}/original").body() if found else None


def made(page: Page) -> list[str]:
    """Every memory of one's own, by what it is called."""
    page.goto("/")
    return page.locator("a[href^='/memories/']").evaluate_all("all => all.map(a => a.getAttribute('href'))")


@pytest.mark.parametrize("kills", [5, pytest.param(50, marks=pytest.mark.deep)])
def test_a_killed_recorder_loses_a_second_at_most(kills: int, profile: OpenProfile, tmp_path: Path) -> None:
    chance = random.Random(kills)
    context = profile()
    page = context.pages[0]
    be(page, "Kai")
    lost: list[float] = []
    for _ in range(kills):
        page.goto("/add/voice")
        memory = page.locator("input[name=once]").input_value()
        page.get_by_role("button", name="Start recording").click()
        expect(page.get_by_text("Recording. Saved on this phone as you go.")).to_be_visible()
        began = float(page.evaluate("window.began"))
        page.wait_for_timeout(chance.uniform(200, 3000))
        until = time.time() * 1000
        kill(context, tmp_path)

        context = profile()
        page = context.pages[0]
        page.goto("/")
        wait_until(lambda: page.request.get(f"/memories/{memory}").status == 200, 30, "The recording in its box")  # noqa: B023
        sound = original(page, memory)
        assert sound
        lost.append((until - began) / 1000 - seconds_of(sound))
    context.close()
    print(f"killed {kills} times: lost {max(lost):.2f} s at most, {sum(lost) / kills:.2f} s on average")
    assert max(lost) <= 1.0
