"""A real Holdfast in its own processes, and a real Chromium the size of a phone."""

import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

from tests.machine import free_port, until
from tests.people.elsewhere import CLIENT_ID, CLIENT_SECRET

PROJECT = Path(__file__).resolve().parent.parent.parent
SCREENSHOTS = Path(os.environ.get("HOLDFAST_SCREENSHOTS", PROJECT / "screenshots"))
PHONE = {"width": 390, "height": 844}
CHROMIUM_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)  # fmt: skip


expect.set_options(timeout=20_000)  # a machine may have its hands full


KEYS: dict[str, str] = {}
"""By the address of a Holdfast: the key that it printed, which opens its demo and its outbox."""


@dataclass
class Live:
    """A running Holdfast with the demo cast."""

    url: str
    smtp_port: int
    data: Path
    log: Path
    provider_port: int

    @property
    def environment(self) -> dict[str, str]:
        port = self.url.rsplit(":", 1)[1]
        return {
            **os.environ,
            "HOLDFAST_DATA": str(self.data),
            "HOLDFAST_DEMO": "1",
            "PORT": port,
            "BASE_URL": self.url,
            "SMTP_PORT": str(self.smtp_port),
            "SIGN_IN_WITH": str(self.data.parent / "with.toml"),
        }


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Look again until it is true; fail when it is not after so many seconds."""
    until(condition, seconds, what)


def healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@contextmanager
def house(folder: Path) -> Iterator[Live]:
    """`holdfast up` with the demo cast, its data in an empty folder, until the block is done."""
    running = Live(f"http://localhost:{free_port()}", free_port(), folder / "data", folder / "log", free_port())
    (folder / "with.toml").write_text(
        f'[school]\nname = "Ashwood School"\nissuer = "http://localhost:{running.provider_port}"\n'
        f'client_id = "{CLIENT_ID}"\nclient_secret = "{CLIENT_SECRET}"\n'
    )
    with running.log.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "up"], env=running.environment, stdout=log, stderr=log, cwd=PROJECT
        )
    try:
        wait_until(lambda: healthy(running.url) or process.poll() is not None, 600, "A healthy start")
        assert process.poll() is None, running.log.read_text()
        KEYS[running.url] = str(until(lambda: key_in(running.log), 60, "The greeting"))
        yield running
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def key_in(log: Path) -> str:
    """The key in the addresses that `holdfast up` printed; "" before it has."""
    found = re.search(r"/outbox\?key=(\w+)", log.read_text())
    return found.group(1) if found else ""


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A Holdfast with the demo cast for all tests."""
    with house(tmp_path_factory.mktemp("live")) as running:
        yield running


def chromium_path() -> str:
    return os.environ.get("HOLDFAST_CHROMIUM") or "/usr/bin/chromium"


def processes_of(profile: Path) -> list[int]:
    """Every process of the browser that has this profile. Some outlive the one that was told to close."""
    named = f"--user-data-dir={profile}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if named in (process / "cmdline").read_bytes().split(b"\0"):
                found.append(int(process.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for all tests; each test has its own profile."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()


OpenPhone = Callable[..., Page]


def left_early(error: Error) -> bool:
    """Whether Chromium only says that a page was left before it had faded in."""
    return error.message.startswith("Transition was aborted")


@pytest.fixture
def phone(live: Live, chromium: Browser) -> Iterator[OpenPhone]:
    """`phone("Kai")`: a page in a new profile, 390 × 844, signed in as that person of the demo; `phone(None)`: nobody.

    Anything on the console that is an error fails the test at its end, and so does a request to another host.
    """
    contexts: list[BrowserContext] = []
    trouble: list[str] = []

    def open_page(name: str | None = None, **options: object) -> Page:
        usual = {"device_scale_factor": 2, "permissions": ["microphone"], "is_mobile": True, "has_touch": True}
        given: dict[str, Any] = {**usual, **options}
        context = chromium.new_context(viewport=PHONE, base_url=live.url, locale="en-GB", **given)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: note_stranger(request.url))
        page.on(
            "console", lambda message: trouble.append(message.text) if is_trouble(message.type, message.text) else None
        )
        page.on("pageerror", lambda error: None if left_early(error) else trouble.append(f"at {page.url}: {error}"))
        at_this_machine(page)
        if name is not None:
            be(page, name)
        return page

    def note_stranger(url: str) -> None:
        if not url.startswith((live.url, "data:", "blob:")):
            trouble.append(f"a request to another host: {url}")

    def is_trouble(kind: str, text: str) -> bool:
        return kind == "error" and "the server responded with a status of 4" not in text and "net::ERR" not in text

    yield open_page
    for context in contexts:
        context.close()
    assert trouble == []


def at_this_machine(page: Page) -> None:
    """Let this browser have come by the address that `holdfast up` printed. The page stays where it is."""
    origin = page.request.get("/no-signal").url.removesuffix("/no-signal")
    key = KEYS.get(origin) or next(reversed(KEYS.values()))  # a wire before a Holdfast has an address of its own
    assert page.request.get(f"/outbox?key={key}").ok


def be(page: Page, name: str) -> None:
    """Sign in as someone of the demo cast, the way a newcomer does."""
    at_this_machine(page)
    page.goto("/demo")
    page.get_by_role("button", name=re.compile(f"^Be {name}\\b")).click()
    page.wait_for_url(lambda url: not url.endswith("/demo"))


def link_mailed_to(page: Page, address: str, ask: Callable[[], object]) -> str:
    """The sign-in link in the mail that comes to the local outbox because of `ask`. The page stays where it is."""

    def mails() -> set[str]:
        rows = page.request.get("/outbox").text().split('href="')[1:]
        return {row.partition('"')[0] for row in rows if row.startswith("/outbox/") and address in row}

    def link() -> str:
        for path in mails() - before:
            found = re.search(r"https?://[^\s<\"]+/sign-in/link/[^\s<\"]+", page.request.get(path).text())
            if found:
                return unescape(found.group(0))
        return ""

    at_this_machine(page)
    before = mails()
    ask()
    return str(until(link, 60, "The mail with the link"))


def prove(page: Page, name: str, onward: str = "/me/devices") -> None:
    """Show that it is really them, as somebody of the demo cast does: by a link in a mail, opened on the same phone."""
    page.goto(f"/prove?next={onward}")
    send = page.get_by_role("button", name="Send me a link").click
    page.goto(link_mailed_to(page, f"{name.lower()}@demo.example", send))
    page.get_by_role("button", name="Open my box").click()
    page.wait_for_url(f"**{onward}")


def shot(page: Page, name: str) -> None:
    """Write a full-page screenshot for a person to look at."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
