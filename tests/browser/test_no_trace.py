"""After signing out, after a sign-in is over, and after being locked out from elsewhere, nothing is left on the phone.

A real Chromium with a profile on disk looks at every page, plays what there is, keeps memories to read with no signal,
and is closed. Then it leaves in one of three ways, is closed again, and every file of the profile is read.
"""

import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
import pyvips
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import (
    CHROMIUM_FLAGS,
    PHONE,
    PROJECT,
    Live,
    be,
    chromium_path,
    processes_of,
    prove,
    wait_until,
)
from tests.browser.profile_on_disk import found_on_disk
from tests.browser.walk import pages

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1200)]
WORDS = 200
STARTS = (
    "/",
    "/me",
    "/offline",
    "/journey",
    "/people",
    "/add",
    "/add/voice",
    "/asks",
    "/tray",
    "/me/looks",
    "/me/decisions",
)
# Put there in the open, to see that the search finds them and that leaving takes them. Not into localStorage: Chromium
# logs it and holds what was deleted until the log is written anew, so no word of a box may go there, and none does.
CONTROL = """
async (words) => {
  await (await caches.open("stray")).put("/stray", new Response(words[0]));
  const request = indexedDB.open("stray", 1);
  request.onupgradeneeded = () => request.result.createObjectStore("stray");
  await new Promise((done) => (request.onsuccess = done));
  const transaction = request.result.transaction("stray", "readwrite", {durability: "strict"});
  transaction.objectStore("stray").put(words[1], 1);
  await new Promise((done) => (transaction.oncomplete = done));
  request.result.close();
}
"""
LEFT = """
async () => !(await navigator.serviceWorker.getRegistration()) && !(await caches.keys()).length
  && !(await indexedDB.databases()).length && !localStorage.length && !sessionStorage.length
"""


@dataclass
class Planted:
    """What was put into Kai's box and seen on the tour."""

    words: list[str]
    strays: list[str]
    pieces: list[bytes] = field(default_factory=list)
    memories: list[str] = field(default_factory=list)
    seen: str = ""


@contextmanager
def opened(chromium: Browser, live: Live, profile: Path) -> Iterator[Page]:
    """The phone with its own profile, until the browser is closed and its last process has written what it had."""
    context: BrowserContext = chromium.browser_type.launch_persistent_context(
        profile,
        executable_path=chromium_path(),
        args=list(CHROMIUM_FLAGS),
        viewport=PHONE,
        base_url=live.url,
        locale="en-GB",
    )
    yield context.pages[0]
    context.close()
    wait_until(lambda: not processes_of(profile), 60, "The end of the browser")


def new_words(count: int) -> list[str]:
    """Words that stand nowhere else, as somebody could have written them."""
    letters = random.Random()
    return ["".join(letters.choice("bdfgklmnprstvz") + letters.choice("aeiou") for _ in range(6)) for _ in range(count)]


def noise() -> bytes:
    """A picture that is like no other."""
    jpeg: bytes = (
        pyvips.Image.gaussnoise(360, 240, mean=128, sigma=60, seed=random.getrandbits(30))
        .cast("uchar")
        .jpegsave_buffer()
    )
    return jpeg


def plant(page: Page, live: Live) -> Planted:
    """Put 200 words and three pictures into the box: by hand once, as somebody types, and then as forms send them."""
    planted = Planted(new_words(WORDS), new_words(2))
    left = iter(planted.words)

    def some(count: int) -> str:
        return " ".join(next(left) for _ in range(count))

    page.goto("/add/message")
    page.get_by_label("What do you call it?").fill(some(2))
    page.locator("textarea[name=words]").fill(some(6))
    page.get_by_role("button", name=re.compile("Keep|Save")).first.click()
    page.wait_for_url("**/memories/**")
    planted.memories.append(page.url)

    def send(path: str, fields: dict[str, object]) -> str:
        answer = page.request.post(path, multipart=fields, headers={"Origin": live.url})
        assert answer.ok, (path, answer.status)
        return answer.url

    send("/people", {"called": some(2), "ring": "1"})
    send("/circles", {"name": some(1)})
    send("/journey/new", {"name": some(1), "words": some(4)})
    for _ in range(2):
        picture = {"name": f"{next(left)}.jpg", "mimeType": "image/jpeg", "buffer": noise()}
        planted.memories.append(
            send("/add/photo", {"title": some(3), "words": some(20), "place": some(2), "files": picture})
        )
    song = {"song1_title": some(2), "song1_artist": some(1), "song1_why": some(20), "song1_own": next(left)}
    planted.memories.append(send("/add/life_track", {"title": some(2), **song}))
    rest = list(left)
    for start in range(0, len(rest), 60):
        part = rest[start : start + 60]
        fields = {"title": " ".join(part[:3]), "place": " ".join(part[3:5]), "words": " ".join(part[5:]) or "One."}
        planted.memories.append(send("/add/message", fields))
    return planted


def tour(page: Page, planted: Planted, everywhere: bool) -> None:
    """Look at every shape of page and every planted memory, see every picture, play, keep some to read offline."""
    said: list[str] = []

    def go(path: str) -> str:
        page.goto(path)
        return path

    pictures: set[str] = set()
    page.on("request", lambda request: pictures.add(request.url) if request.resource_type == "image" else None)
    page.goto("/me/phone")
    page.locator("[data-reading-switch] input").check()
    expect(page.locator("[data-reading-words]")).to_contain_text("On.")
    for place in planted.memories:
        page.goto(place)
        if page.locator("picture img").count():
            page.wait_for_function("[...document.images].some((one) => one.complete && one.naturalWidth > 200)")
        said.append(page.locator("body").inner_text())
        page.get_by_role("button", name="Keep on this phone").click()
        expect(page.get_by_text("It opens with no signal now")).to_be_visible()
    for path in pages(page, STARTS, {}) if everywhere else map(go, STARTS):
        if path.startswith("/memories/"):
            page.evaluate("document.querySelectorAll('audio, video').forEach((one) => one.play().catch(() => {}))")
        said.append(page.locator("body").inner_text())
    page.context.set_offline(True)
    page.goto("/offline")
    expect(page.locator("[data-shelf] details")).to_have_count(len(planted.memories))
    for each in page.locator("[data-shelf] details").all():
        each.locator("summary").first.click()
    expect(page.locator("[data-shelf] img").first).to_be_visible()
    said.append(page.locator("body").inner_text())
    page.context.set_offline(False)
    planted.seen = " ".join(said)
    for url in sorted(pictures):
        if "/media/" in url:
            body = page.request.get(url).body()
            planted.pieces += [body[at : at + 32] for at in (len(body) // 3, len(body) // 2) if len(body) > 1000]


@dataclass
class SignIn:
    """The one sign-in that the phone, and every copy of it, has."""

    live: Live
    chromium: Browser
    id: str = ""

    def __post_init__(self) -> None:
        self.id = str(self.ask("select id from sign_in order by created_at desc limit 1")[0])

    def ask(self, statement: str) -> tuple[object, ...]:
        """Read or change what time changes."""
        command = [sys.executable, "-m", "app.cli", "db", "url"]
        told = subprocess.run(
            command, env=self.live.environment, cwd=PROJECT, capture_output=True, text=True, check=True
        )
        with psycopg.connect(told.stdout.strip().replace("+psycopg", "")) as connection:
            return connection.execute(statement.encode()).fetchone() or ()

    def begin_again(self) -> None:
        """As it was when the phone was copied."""
        lasts = "expires_at = now() + interval '1 day', ended_at = null"
        self.ask(f"update sign_in set {lasts} where id = '{self.id}' returning id")

    def expire(self) -> None:
        self.ask(f"update sign_in set expires_at = now() - interval '1 minute' where id = '{self.id}' returning id")


def sign_out(page: Page, sign_in: SignIn) -> None:
    page.goto("/me")
    page.get_by_role("button", name=re.compile("Lock|Sign out")).first.click()


def expire(page: Page, sign_in: SignIn) -> None:
    sign_in.expire()
    page.goto("/")


def locked_out(page: Page, sign_in: SignIn) -> None:
    """From another phone, while a page is open here; somebody comes back to it again and again."""
    page.goto("/")
    expect(page.locator(".keeps").first).to_be_visible()
    with sign_in.chromium.new_context(viewport=PHONE, base_url=sign_in.live.url, locale="en-GB") as context:
        other = context.new_page()
        be(other, "Kai")
        prove(other, "Kai")
        row = other.locator(f"form[action='/me/devices/{sign_in.id}/end']")
        row.get_by_role("button", name="Lock out").click()
        expect(row).to_have_count(0)
    page.evaluate("setInterval(() => dispatchEvent(new Event('focus')), 250) && null")


WAYS: dict[str, Callable[[Page, SignIn], None]] = {
    "the sign-in is over": expire,
    "locked out from elsewhere": locked_out,
    "signed out": sign_out,
}


@pytest.mark.parametrize(
    "everywhere", [False, pytest.param(True, marks=pytest.mark.deep)], ids=["a short tour", "every page"]
)
def test_nothing_is_left_on_disk(everywhere: bool, chromium: Browser, live: Live, tmp_path: Path) -> None:
    toured = tmp_path / "toured"
    with opened(chromium, live, toured) as page:
        be(page, "Kai")
        sign_in = SignIn(live, chromium)
        planted = plant(page, live)
        tour(page, planted, everywhere)
        page.evaluate(CONTROL, planted.strays)
    seen = [word for word in planted.words if word in planted.seen]
    words, pieces = found_on_disk(toured, [*planted.words, *planted.strays], planted.pieces)
    print(
        f"seen on screen: {len(seen)} of {WORDS} planted words; on disk before leaving: {len(words)} words "
        f"(2 of them put there in the open), {len(pieces)} of {len(planted.pieces)} pieces of pictures"
    )
    assert len(seen) > 0.9 * WORDS
    assert set(planted.strays) <= set(words), "the search finds what is there in the open"
    assert len(pieces) > 10, "the search finds pictures"
    assert {word: where for word, where in words.items() if word not in planted.strays} == {}

    for way, leave in WAYS.items():
        profile = tmp_path / way.replace(" ", "-")
        shutil.copytree(toured, profile, symlinks=True, ignore=shutil.ignore_patterns("Singleton*"))
        sign_in.begin_again()
        with opened(chromium, live, profile) as page:
            leave(page, sign_in)
            page.wait_for_url(re.compile("/sign-in"))
            wait_until(lambda page=page: bool(page.evaluate(LEFT)), 60, "Leaving")  # type: ignore[misc]
        words, pieces = found_on_disk(profile, [*planted.words, *planted.strays], planted.pieces)
        print(f"{way}: {len(words)} of {WORDS} planted words and {len(pieces)} pieces of pictures on disk")
        assert (words, pieces) == ({}, {}), way
