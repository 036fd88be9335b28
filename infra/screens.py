"""Pictures of every screen as the demo cast, and a page to look through them.

The screens are those of tests/browser/walk.py. A throw-away Holdfast is started for it, unless
--at names one with the demo, and the key it printed.
"""

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from app.kit.config import PROJECT
from tests.browser.conftest import CHROMIUM_FLAGS, KEYS, at_this_machine, be, chromium_path, house
from tests.browser.fit import LANGUAGES, SIZES, turn
from tests.browser.walk import CAST, NOBODY, label, screens, shape

MODES = ("light", "dark")
LARGE = "large-text"
WHOLE = (NOBODY, "Kai", "Joe")
OWN = ("/", "/me", "/boxes/*")


# A picture of a whole page has its bar at the foot, not across the middle, or by the head where it stands at the side.
# Letters are as large as the root says: the size in the settings of a browser does not survive the taking of a picture.
STAND = """size => {
  document.documentElement.style.fontSize = size
  document.body.style.position = "relative"
  for (const bar of document.querySelectorAll(".tabs")) {
    bar.style.position = bar.style.blockSize = ""
    if (bar.offsetHeight > innerHeight / 2) bar.style.blockSize = innerHeight + "px"
    bar.style.position = "absolute"
  }
}"""


# What a browser leaves until somebody comes near is drawn too, pictures and all.
FAR = """async () => {
  for (const one of document.querySelectorAll("*")) {
    if (getComputedStyle(one).contentVisibility === "auto") one.style.contentVisibility = "visible"
    if (one.loading === "lazy") one.loading = "eager"
  }
  await Promise.all([...document.images].map(one => one.decode().catch(() => {})))
}"""


@dataclass(frozen=True)
class Wanted:
    """Which pictures: `page` is a part of the name of the page, "" for all; the others are lists to choose from."""

    folder: Path
    page: str
    sizes: tuple[str, ...]
    modes: tuple[str, ...]


def take(url: str, key: str, names: list[str], direction: str, wanted: Wanted) -> list[Path]:
    """The screens of `names`, in one direction. Returns the files written, relative to the folder.

    Who has much to see is taken whole; of the others, their own pages and what nobody before them had.
    """
    KEYS[url] = key
    taken: list[Path] = []
    had: set[str] = set()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(CHROMIUM_FLAGS))
        for name in names:
            context = browser.new_context(
                viewport=dict(zip(("width", "height"), SIZES["phone"], strict=True)), base_url=url, locale="en-GB",
                is_mobile=True, has_touch=True, reduced_motion="reduce",
            )  # fmt: skip
            context.set_default_navigation_timeout(120_000)
            page = context.new_page()
            at_this_machine(page)
            if name != NOBODY:
                be(page, name)
            turn(page, direction, url)
            times: Counter[str] = Counter()
            for path in screens(page, name):
                new = shape(path) not in had or shape(path) in OWN or name in WHOLE
                had.add(shape(path))
                times[label(path)] += 1
                called = f"{name.lower().replace(' ', '-')}-{label(path)}-{times[label(path)]}"[:90]
                if new and wanted.page in called:
                    taken += shots(page, called, direction, wanted)
            context.close()
        browser.close()
    return taken


def shots(page: Page, called: str, direction: str, wanted: Wanted) -> Iterator[Path]:
    """The page that stands open, in every size and mode wanted."""
    page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    page.evaluate(FAR)
    for size in wanted.sizes:
        width, height = SIZES["phone" if size == LARGE else size]
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate(STAND, "200%" if size == LARGE else "")
        for mode in wanted.modes:
            page.emulate_media(color_scheme="dark" if mode == "dark" else "light")
            file = Path(called) / f"{size}-{mode}-{direction}.png"
            page.screenshot(path=wanted.folder / file, full_page=True)
            yield file
    page.emulate_media(color_scheme="light")
    page.evaluate(STAND, "")


LOOK = """body{font:16px system-ui;margin:1rem;background:#777;color:#fff}
fieldset{display:inline-block;margin:0 1rem 1rem 0}
h2{margin:2rem 0 .5rem}section>div{display:flex;gap:1rem;overflow-x:auto;align-items:flex-start}figure{margin:0}
img{max-height:80vh;display:block}"""


def look_through(taken: list[Path]) -> str:
    """A page that shows them side by side, a row for each screen; the boxes at the top leave some out."""
    choices = sorted({tuple(file.stem.rsplit("-", 2)) for file in taken})
    kinds = [sorted({choice[at] for choice in choices}) for at in range(3)]
    boxes = "".join(
        "<fieldset>" + "".join(f'<label><input type="checkbox" id="{one}" checked> {one}</label> ' for one in kind)
        + "</fieldset>" for kind in kinds
    )  # fmt: skip
    hidden = "".join(f"body:has(#{one}:not(:checked)) .{one}{{display:none}}" for kind in kinds for one in kind)
    rows = ""
    for screen in sorted({file.parent for file in taken}):
        figures = "".join(
            f'<figure class="{" ".join(file.stem.rsplit("-", 2))}"><figcaption>{escape(file.stem)}</figcaption>'
            f'<a href="{escape(str(file))}"><img loading="lazy" src="{escape(str(file))}" alt=""></a></figure>'
            for file in sorted(taken) if file.parent == screen
        )  # fmt: skip
        rows += f"<section><h2>{escape(str(screen))}</h2><div>{figures}</div></section>\n"
    head = f'<meta charset="utf-8"><title>Every screen</title><style>{LOOK}{hidden}</style>'
    return f'<!doctype html><html lang="en">{head}<h1>Every screen</h1>{boxes}\n{rows}</html>\n'


@contextmanager
def somewhere(at: str) -> Iterator[str]:
    """The address of a Holdfast with the demo cast: the one named, or one that is gone afterwards."""
    if at:
        url, _, key = at.partition("/demo?key=")
        KEYS[url] = key
        yield url
        return
    with tempfile.TemporaryDirectory(prefix="holdfast-screens-") as folder, house(Path(folder)) as running:
        yield running.url


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="infra/screenshots", description="Pictures of every screen, to look through.")
    every = (*SIZES, LARGE)
    parser.add_argument("folder", nargs="?", type=Path, default=PROJECT / "screenshots" / "screens")
    parser.add_argument("--page", default="", help="only pages with this in their name, such as kai-people")
    parser.add_argument("--person", action="append", choices=CAST, help="only as this person; may be said again")
    parser.add_argument("--size", action="append", choices=every, help="only this size; may be said again")
    parser.add_argument("--mode", action="append", choices=MODES)
    parser.add_argument("--direction", action="append", choices=list(LANGUAGES), help="ltr is English, rtl is Arabic")
    parser.add_argument(
        "--at", default="", help="address with /demo?key=… that a Holdfast with HOLDFAST_DEMO=1 printed"
    )
    asked = parser.parse_args()
    wanted = Wanted(asked.folder.resolve(), asked.page, tuple(asked.size or every), tuple(asked.mode or MODES))
    began = time.monotonic()
    names = [name for name in CAST if name in (asked.person or CAST)]
    with somewhere(asked.at) as url, ProcessPoolExecutor(len(LANGUAGES)) as crew:
        running = [crew.submit(take, url, KEYS[url], names, way, wanted) for way in asked.direction or LANGUAGES]
        taken = [file for one in running for file in one.result()]
    wanted.folder.mkdir(parents=True, exist_ok=True)
    (wanted.folder / "index.html").write_text(look_through(taken), encoding="utf-8")
    count = len({file.parent for file in taken})
    print(f"{len(taken)} pictures of {count} screens in {(time.monotonic() - began) / 60:.1f} minutes")
    print(f"Look through them: {(wanted.folder / 'index.html').as_uri()}")


if __name__ == "__main__":
    main()
