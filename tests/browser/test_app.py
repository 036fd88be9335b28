"""The app on a phone: put on the home screen, opened with no signal, shared to, and gone when somebody leaves."""

import base64
import io
import re
import socket
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import (
    CHROMIUM_FLAGS,
    PHONE,
    Live,
    OpenPhone,
    be,
    chromium_path,
    link_mailed_to,
    shot,
    wait_until,
)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

KEPT = """async () => {
  const kept = {};
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const url = new URL(request.url);
      kept[url.pathname] = await (await cache.match(request)).text();
    }
  }
  return kept;
}"""
WORKERS = "navigator.serviceWorker.getRegistrations().then(all => all.length)"
SHARE = """([sorts, bytes]) => {
  const form = Object.assign(document.createElement("form"), {method: "POST", action: "/share"});
  const input = Object.assign(document.createElement("input"), {type: "file", name: "files", multiple: true});
  const given = new DataTransfer();
  const data = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
  sorts.forEach((type, at) => given.items.add(new File([data], `from the gallery ${at}`, {type})));
  form.enctype = "multipart/form-data";
  input.files = given.files;
  form.append(input);
  document.body.append(form);
  form.submit();
}"""


SHELL = ("/help", "/no-signal", "/slow", "/capture")


def kept(page: Page) -> dict[str, str]:
    """What the phone keeps: the body by the path."""
    found: dict[str, str] = page.evaluate(KEPT)
    return found


def ready(page: Page) -> None:
    """Wait for the worker to have what it keeps, and to look after this page."""
    page.evaluate("navigator.serviceWorker.ready")
    wait_until(lambda: set(SHELL) <= set(kept(page)), 20, "A full shell")
    wait_until(lambda: page.evaluate("Boolean(navigator.serviceWorker.controller)"), 20, "A worker in charge")


def picture() -> str:
    held = io.BytesIO()
    Image.effect_noise((300, 200), 60).convert("RGB").save(held, "JPEG")
    return base64.b64encode(held.getvalue()).decode()


def share(page: Page, *sorts: str) -> None:
    """What a phone does with the manifest's share_target: it posts the files, as a page of its own."""
    page.evaluate(SHARE, [list(sorts), picture()])


def test_chromium_would_put_it_on_the_home_screen(chromium: Browser, live: Live, tmp_path: Path) -> None:
    """In a profile of its own: a private window may install nothing."""
    with chromium.browser_type.launch_persistent_context(
        tmp_path, executable_path=chromium_path(), args=list(CHROMIUM_FLAGS), base_url=live.url
    ) as context:
        page = context.new_page()
        be(page, "Kai")
        cdp = context.new_cdp_session(page)
        assert cdp.send("Page.getInstallabilityErrors")["installabilityErrors"] == []
        told = cdp.send("Page.getAppManifest")
        assert told["errors"] == []
        manifest = page.request.get(told["url"]).json()
    assert (manifest["id"], manifest["start_url"], manifest["scope"]) == ("/", "/", "/")
    assert manifest["display"] == "standalone"
    assert [each["url"] for each in manifest["shortcuts"]] == ["/add", "/add/voice"]
    assert manifest["share_target"]["action"] == "/share"
    assert "care" not in str(manifest).casefold()


def test_its_icons_are_pictures_of_the_size_said(phone: OpenPhone, live: Live) -> None:
    page = phone()
    drawn = 0
    for chosen in ("tin", "page", "wave", "leaf", "star"):
        page.context.add_cookies([{"name": "app", "value": f"notes.{chosen}", "url": live.url}])
        icons = page.request.get("/app.webmanifest").json()["icons"]
        for icon in icons:
            image = Image.open(io.BytesIO(page.request.get(icon["src"]).body()))
            assert (image.format, f"{image.width}x{image.height}") == ("PNG", icon["sizes"])
            corner, middle = (
                image.convert("RGBA").getpixel((0, 0)),
                image.convert("RGBA").getpixel((image.width // 2, 3)),
            )
            assert middle[3] == 255
            assert (corner[3] == 255) is (icon["purpose"] == "maskable")
            drawn += 1
        assert f"/{chosen}/" in str(icons)
    assert page.request.get("/app-icon/nonsense/192.png").status == 404
    assert page.request.get("/app-icon/tin/9999.png").status == 404
    print(f"icons: {drawn} pictures, all PNG of the size said")


def test_its_name_and_picture_are_chosen_and_stay_when_nobody_is_signed_in(phone: OpenPhone) -> None:
    page = phone("Kai")
    ready(page)
    page.goto("/me")
    page.get_by_role("link", name="On this phone").click()
    shot(page, "app-on-this-phone")
    page.get_by_text("Tide", exact=True).click()
    page.get_by_text("Wave", exact=True).click()
    page.get_by_role("button", name="Save name and picture").click()
    expect(page.get_by_text("Saved on this phone.")).to_be_visible()
    # The pages on the phone are called the same, without anybody being asked.
    wait_until(lambda: "· Tide</title>" in kept(page).get("/no-signal", ""), 30, "The new name with no signal")
    page.goto("/me")
    page.get_by_role("button", name="Lock my box").click()
    page.wait_for_url("**/sign-in")
    manifest = page.request.get("/app.webmanifest").json()
    assert (manifest["name"], manifest["short_name"]) == ("Tide", "Tide")
    assert "/wave/" in manifest["icons"][0]["src"]
    assert page.title().endswith("· Tide")
    assert page.locator("meta[name=apple-mobile-web-app-title]").get_attribute("content") == "Tide"
    assert "/wave/" in (page.locator("link[rel=apple-touch-icon]").get_attribute("href") or "")
    assert "Holdfast" not in page.content()


def test_with_no_signal_there_is_help_and_a_plain_word(phone: OpenPhone) -> None:
    page = phone("Kai")
    ready(page)
    page.context.set_offline(True)
    page.goto("/journey")
    expect(page.get_by_role("heading", name="No signal")).to_be_visible()
    shot(page, "app-no-signal")
    number = page.get_by_role("link", name="Childline")
    assert number.get_attribute("href") == "tel:08001111"
    page.goto("/help")
    expect(page.get_by_role("heading", name="Someone to talk to")).to_be_visible()
    # It looks as it does with signal: the stylesheet came too, and Hide needs nothing from us.
    assert page.evaluate("getComputedStyle(document.querySelector('.rows')).borderRadius") != "0px"
    page.get_by_role("link", name="Hide").click()
    expect(page.get_by_role("heading", name="Someone to talk to")).to_be_hidden()
    page.get_by_role("button", name="Open").click()
    page.goto("/journey")
    expect(page.get_by_role("heading", name="No signal")).to_be_visible()
    page.context.set_offline(False)
    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_role("heading", name="My journey")).to_be_visible()


@pytest.fixture
def relay(live: Live) -> Iterator["Relay"]:
    made = Relay(int(live.url.rsplit(":", 1)[1]))
    yield made
    made.close()


class Relay:
    """A way to the server on which what is sent can be made to stand still."""

    def __init__(self, to: int) -> None:
        self.to, self.flows = to, threading.Event()
        self.flows.set()
        self._door = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        threading.Thread(target=self._take, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://localhost:{self._door.getsockname()[1]}"

    def _take(self) -> None:
        while True:
            try:
                near, _ = self._door.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.to))
            self._open += [near, far]
            for pair in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        try:
            while data := one.recv(65536):
                self.flows.wait()
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)
        except OSError:
            return

    def close(self) -> None:
        self.flows.set()
        for each in (self._door, *self._open):
            each.close()


def test_a_page_that_is_long_in_coming_says_so_and_is_waited_for_the_next_time(chromium: Browser, relay: Relay) -> None:
    with chromium.new_context(viewport=PHONE, base_url=relay.url, locale="en-GB") as context:
        page = context.new_page()
        be(page, "Kai")
        ready(page)
        page.goto("/")
        relay.flows.clear()
        page.get_by_role("link", name="Hide").click()
        # What is at hand on the phone is not waited for: the cover itself, and not a page that says it is slow.
        expect(page.locator("main.away.up")).to_be_visible(timeout=30_000)
        page.get_by_role("button", name="Open").click(no_wait_after=True)
        page.goto("/journey", timeout=60_000)
        expect(page.get_by_role("heading", name="This is taking long")).to_be_visible()
        shot(page, "app-slow")
        again = page.get_by_role("link", name="Keep trying")
        relay.flows.set()
        again.click()
        expect(page.get_by_role("heading", name="My journey")).to_be_visible()


def test_nothing_of_a_box_is_kept_by_the_worker(phone: OpenPhone) -> None:
    page = phone("Kai")
    ready(page)
    page.goto("/")
    memories = page.locator("a[href^='/memories/']").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    tour = ["/", "/tray", "/me", "/people", "/journey", "/add/photo", "/put-away", "/me/decisions", *memories[:6]]
    said: set[str] = set()
    for path in tour:
        page.goto(path, wait_until="networkidle")
        said |= set(page.locator("main :is(h1, h3, b, small)").all_inner_texts())
    found = kept(page)
    pages = [path for path in found if not path.startswith("/static/")]
    nobody = phone()
    # What is kept is what anybody gets.
    assert {path: nobody.request.get(path).text() for path in pages} == {path: found[path] for path in pages}
    public = "".join(found[path] for path in pages)
    personal = {words for words in said if len(words) > 6 and words not in public}
    assert len(personal) > 40
    assert [words for words in personal if any(words in body for body in found.values())] == []
    assert "Kai" not in "".join(found[path] for path in pages)
    print(f"the worker keeps {len(found)} files after {len(tour)} pages, and none of {len(personal)} words of the box")


def test_what_is_shared_from_the_gallery_is_on_its_way_in(phone: OpenPhone) -> None:
    page = phone("Kai")
    ready(page)
    share(page, "image/jpeg", "image/jpeg")
    page.wait_for_url("**/add/photo")
    expect(page.locator(".sending.done")).to_have_count(2, timeout=20_000)
    page.get_by_label("What do you call it?").fill("From the gallery")
    page.get_by_role("button", name=re.compile("^Keep")).click()
    expect(page.get_by_role("heading", name="From the gallery")).to_be_visible()


def test_things_shared_together_that_are_several_memories_are_told_apart(phone: OpenPhone) -> None:
    page = phone("Kai")
    ready(page)
    share(page, "image/jpeg", "video/mp4")
    page.wait_for_url("**/share?upload*")
    shot(page, "app-shared")
    page.get_by_role("link", name=re.compile("Photo")).click()
    expect(page.locator(".kept-upload")).to_have_count(1)


LOTS = """async (files) => {
  const { lots } = await import("/static/js/lib/one-memory.js");
  const given = Object.entries(files).map(([name, type]) => new File(["x"], name, { type }));
  return lots(given).map(({ kind, files }) => [kind, files.map((file) => file.name)]);
}"""


def test_the_phone_sorts_as_the_server_does(phone: OpenPhone) -> None:
    page = phone("Kai")
    page.goto("/add")
    mov, heic = "video/quicktime", "image/heic"
    for files, wanted in (
        ({"a.MOV": mov, "A.HEIC": heic}, [["photo", ["A.HEIC", "a.MOV"]]]),
        ({"a.mov": mov, "b.heic": heic}, [["photo", ["b.heic"]], ["video", ["a.mov"]]]),
        (
            {"a.jpg": "image/jpeg", "a.heic": heic, "a.mov": mov},
            [["photo", ["a.jpg", "a.heic"]], ["video", ["a.mov"]]],
        ),
        ({"00001.MTS": "", "b.w64": ""}, [["video", ["00001.MTS"]], ["voice", ["b.w64"]]]),
        ({"a": "", "b.heic": ""}, [["photo", ["a", "b.heic"]]]),
    ):
        assert page.evaluate(LOTS, files) == wanted


def test_someone_without_a_box_says_whose_it_is_for(phone: OpenPhone) -> None:
    page = phone("Joe")
    ready(page)
    share(page, "image/jpeg")
    page.get_by_role("link", name="Kai").click()
    page.wait_for_url("**/give")
    expect(page.locator(".sending.done")).to_have_count(1, timeout=20_000)


def gone(page: Page) -> bool:
    return page.evaluate(WORKERS) == 0 and page.evaluate("caches.keys()") == []


def test_signing_out_takes_the_worker_away_and_signing_in_brings_it_back(phone: OpenPhone) -> None:
    page = phone("Kai")
    ready(page)
    page.goto("/me")
    page.get_by_role("button", name="Lock my box").click()
    page.wait_for_url("**/sign-in")
    wait_until(lambda: gone(page), 20, "An empty phone")
    be(page, "Kai")
    ready(page)


def test_a_sign_in_that_is_over_leaves_nothing_at_the_next_contact(phone: OpenPhone) -> None:
    page = phone("Kai")
    ready(page)
    page.evaluate("indexedDB.open('reading').onsuccess = () => localStorage.setItem('a', 'b')")
    page.context.clear_cookies()
    page.goto("/")
    page.wait_for_url(re.compile("/sign-in"))
    wait_until(lambda: gone(page), 20, "An empty phone")
    named = "indexedDB.databases().then(all => all.map(one => one.name))"
    wait_until(lambda: "reading" not in page.evaluate(named), 20, "No database but what waits to be sent")
    assert page.evaluate("localStorage.length") == 0


def test_a_phone_that_is_not_mine_keeps_no_worker(phone: OpenPhone, live: Live) -> None:
    page = phone("Kai")
    ready(page)
    typed, ours = {"email": "kai@demo.example"}, {"Sec-Fetch-Site": "same-origin"}
    ask = partial(page.request.post, "/sign-in/link", form=typed, headers=ours)
    page.goto(link_mailed_to(page, typed["email"], ask))
    page.get_by_text("This phone isn’t mine").click()
    page.get_by_role("button", name="Open my box").click()
    page.wait_for_url(f"{live.url}/")
    assert page.locator("html").get_attribute("data-phone") == "shared"
    wait_until(lambda: gone(page), 20, "An empty phone")
    page.goto("/me/phone")
    expect(page.get_by_text("This phone isn’t yours, so we keep nothing on it.")).to_be_visible()
    assert gone(page)
