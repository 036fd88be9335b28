"""What is made with no signal: on the phone as it is made, whatever ends the page, and in its box once afterwards."""

import os
import random
import re
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import imageio_ffmpeg
import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Route, expect

from app.demo import art
from tests.browser.capturing import FULL, KEPT_IDS, ROOM_AGAIN, at_hand, is_there, known, things
from tests.browser.conftest import (
    CHROMIUM_FLAGS,
    PHONE,
    Live,
    OpenPhone,
    be,
    chromium_path,
    processes_of,
    shot,
    wait_until,
)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1800)]
# When a recording truly began, and how much of it there is: MediaRecorder's own events, told to whoever looks.
WATCH = """
const start = MediaRecorder.prototype.start;
MediaRecorder.prototype.start = function (...given) {
  this.addEventListener("start", () => (window.began = Date.now()), { once: true });
  return start.apply(this, given);
};
"""
RATE = 8000
TWO_TAPS = "button => { button.click(); button.click(); }"

OpenProfile = Callable[[], BrowserContext]


@pytest.fixture
def profile(live: Live, chromium: Browser, tmp_path: Path) -> OpenProfile:
    """`profile()` starts a browser of its own on the same profile folder, as a phone that was switched on again."""

    def start() -> BrowserContext:
        context = chromium.browser_type.launch_persistent_context(
            tmp_path / "profile", executable_path=chromium_path(), args=list(CHROMIUM_FLAGS), base_url=live.url,
            viewport=PHONE, locale="en-GB", permissions=["microphone"],
        )  # fmt: skip
        context.add_init_script(WATCH)
        return context

    return start


def signed_in(profile: OpenProfile, name: str) -> BrowserContext:
    """A browser with this one of the cast signed in, which has had the time to write that down: it was closed once."""
    context = profile()
    be(context.pages[0], name)
    known(context.pages[0])
    context.close()
    return profile()


def kill(context: BrowserContext, folder: Path) -> None:
    """SIGKILL every process of the browser that has this profile: no page, worker or storage gets to say goodbye."""
    for process in processes_of(folder / "profile"):
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    try:
        context.close()
    except Error:
        pass


def seconds_of(sound: bytes) -> float:
    """How long a file plays, by decoding it."""
    wanted = ["-ac", "1", "-ar", str(RATE), "-f", "s16le", "-"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", "-", *wanted]
    decoded = subprocess.run(command, input=sound, capture_output=True, check=True).stdout
    return len(decoded) / 2 / RATE


def original(page: Page, memory: str) -> bytes:
    """The file as it came of the memory that was made of this `once`, when it is there and has been looked at."""
    found: list[str] = []
    moment = memory[:13]  # what is left of it in the memory's own id

    def there() -> bool:
        made = re.search(rf"/memories/({moment}-[0-9a-f-]{{22}})", page.request.get("/").text())
        if made is None:
            return False
        shown = page.request.get(f"/memories/{made[1]}", max_redirects=0)
        found[:] = re.findall(r"/media/([0-9a-f-]{36})/", shown.text()) if shown.status == 200 else []
        return bool(found)

    wait_until(there, 90, "The recording in its box")
    return page.request.get(f"/media/{found[0]}/original").body()


def full_for_a_while(page: Page) -> None:
    """The phone has no room for some of the recording, and then has room again."""
    page.evaluate(FULL)
    expect(page.get_by_text("Recording. It stays here until you finish.")).to_be_visible()
    page.evaluate(ROOM_AGAIN)
    expect(page.get_by_text("Recording. Saved on this phone as you go.")).to_be_visible()


@pytest.mark.parametrize("kills", [5, pytest.param(50, marks=pytest.mark.deep)])
def test_a_killed_recorder_loses_a_second_at_most(kills: int, profile: OpenProfile, tmp_path: Path) -> None:
    chance = random.Random(kills)
    context = signed_in(profile, "Kai")
    page = context.pages[0]
    lost: list[float] = []
    for _ in range(kills):
        page.goto("/add/voice")
        memory = page.locator("input[name=once]").input_value()
        page.get_by_role("button", name="Start recording").evaluate(TWO_TAPS)
        expect(page.get_by_text("Recording. Saved on this phone as you go.")).to_be_visible()
        began = float(page.evaluate("window.began"))
        if len(lost) == 0:
            full_for_a_while(page)
        page.wait_for_timeout(chance.uniform(200, 3000))
        until = time.time() * 1000
        kill(context, tmp_path)

        context = profile()
        page = context.pages[0]
        page.goto("/")
        lost.append((until - began) / 1000 - seconds_of(original(page, memory)))
    context.close()
    print(f"killed {kills} times: lost {max(lost):.2f} s at most, {sum(lost) / kills:.2f} s on average")
    assert max(lost) <= 1.0


def talk(page: Page, title: str) -> None:
    page.goto("/capture")
    page.get_by_role("button", name="Start recording").click()
    expect(page.get_by_text("No signal. Saved on this phone.")).to_be_visible()
    page.get_by_role("button", name="Finish recording").click()
    page.get_by_label("What do you call it?").fill(title)
    page.get_by_role("button", name="Keep it").click()
    expect(page.locator("[data-record-words]")).to_contain_text("Saved on this phone. It goes in your box by itself")


def keep(page: Page, button: str, count: int) -> None:
    page.get_by_role("button", name=button).evaluate(TWO_TAPS)
    said = page.get_by_text(f"No signal. Saved on this phone, not in your box yet: {count}")
    expect(said).to_be_visible()


def unheard(context: BrowserContext, times: int) -> list[str]:
    """The first `times` forms reach the server, and the phone never hears the answer. Returns what was cut off."""
    cut: list[str] = []

    def lose(route: Route) -> None:
        if route.request.method != "POST" or len(cut) >= times:
            return route.fallback()
        cut.append(route.request.url)
        route.fetch(max_redirects=0)
        return route.abort()

    context.route("**/add/*", lose)
    return cut


def test_what_was_made_with_no_signal_arrives_once(profile: OpenProfile, tmp_path: Path) -> None:
    photo = tmp_path / "kite.jpg"
    photo.write_bytes(art.draw("kite", 900, 700))
    context = signed_in(profile, "Kai")
    page = context.pages[0]
    before = things(page)
    at_hand(page)
    context.set_offline(True)
    page.goto("/journey")
    page.get_by_role("link", name="Make something").click()
    for n in range(3):
        talk(page, f"Bus stop {n}")
    page.goto("/capture")
    page.get_by_text("Keep some words", exact=True).click()
    for n in range(11):
        page.get_by_label("The words").fill(f"Quokkas on the roof, {n} of them")
        keep(page, "Keep the words", 4 + n)
    page.get_by_text("Photos", exact=True).click()
    for n in range(6):
        page.get_by_label("Your photos").set_input_files(photo)
        keep(page, "Keep the photos", 15 + n)
    shot(page, "capture-twenty")
    ids = page.evaluate(KEPT_IDS)
    assert len(ids) == 20
    kill(context, tmp_path)
    on_disk = b"".join(
        file.read_bytes() for file in (tmp_path / "profile").glob("Default/IndexedDB/**/*") if file.is_file()
    )
    for words in ("Quokkas", "Bus stop", "kite.jpg"):
        assert words.encode() not in on_disk and words.encode("utf-16-le") not in on_disk

    context = profile()
    cut = unheard(context, 3)
    tabs = [context.pages[0], context.new_page()]

    def arrived() -> int:
        return sum(is_there(tabs[0], each) for each in ids)

    for tab in tabs:
        tab.goto("/add", wait_until="commit")
    wait_until(lambda: arrived() >= 5, 30, "A quarter in the box")
    context.set_offline(True)
    halfway = arrived()
    context.set_offline(False)
    for tab in tabs:
        tab.goto("/add")
    wait_until(lambda: arrived() == 20, 90, "All twenty in the box")

    def emptied() -> bool:
        # A server that is long in answering has the worker show its page for that: then the person tries again.
        if not tabs[0].locator("#kept").count():
            tabs[0].goto("/add")
        return bool(tabs[0].evaluate(KEPT_IDS) == [])

    wait_until(emptied, 90, "Nothing left on the phone")
    assert len(cut) == 3
    assert things(tabs[0]) == before + 20
    print(f"20 made offline: 20 arrived, 0 twice (2 tabs, {len(cut)} answers lost, signal lost after {halfway})")
    context.close()


SHARE = """(bytes) => {
  const form = Object.assign(document.createElement("form"), {
    method: "post", action: "/share", enctype: "multipart/form-data",
  });
  const input = Object.assign(document.createElement("input"), { type: "file", name: "files" });
  const given = new DataTransfer();
  given.items.add(new File([Uint8Array.from(bytes)], "kite.jpg", { type: "image/jpeg" }));
  input.files = given.files;
  form.append(input);
  document.body.append(form);
  form.submit();
}"""


def test_a_photo_from_the_gallery_waits_with_no_signal(phone: OpenPhone) -> None:
    page = phone("Kai")
    page.goto("/")
    at_hand(page)
    before = things(page)
    page.context.set_offline(True)
    page.evaluate(SHARE, list(art.draw("kite", 300, 200)))
    expect(page.get_by_text("No signal. Saved on this phone, not in your box yet: 1")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("It’s in your box now. Only you can see it.")).to_be_visible()
    assert things(page) == before + 1
