"""What a phone fetches to open the timeline of a box of two hundred memories for the first time."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
import pyvips
from playwright.sync_api import Browser, CDPSession, Locator, Page, expect

from app.media.intake import attach
from app.people.door import cookie_name
from tests.browser.conftest import PHONE, wait_until
from tests.cast import Cast
from tests.machine import free_port
from tests.media.tools import web_process

pytestmark = pytest.mark.browser

MEMORIES, PHOTOS = 200, 24
NEAR = 60  # of the 844 that a phone shows at once: a third of a card
PARTS, ALL, REQUESTS = 50_000, 200_000, 40
TEXT = {"Document", "Stylesheet", "Script"}
STATIC = {"Stylesheet", "Script", "Font"}
SEEN = """() => [...document.images].filter(image => !image.classList.contains("tiny")
  && image.getBoundingClientRect().top < innerHeight && image.getBoundingClientRect().bottom > 0)
  .map(image => [image.currentSrc, image.complete && image.naturalWidth > 0])"""


def photo(seed: int) -> bytes:
    """A JPEG of 1600 × 1200 pixels: clouds in three colours, and the grain of a small sensor."""
    bands = [
        pyvips.Image.perlin(1600, 1200, cell_size=256, seed=seed * 10 + band) * 60
        + pyvips.Image.perlin(1600, 1200, cell_size=24, seed=seed * 10 + band + 5) * 20
        + pyvips.Image.gaussnoise(1600, 1200, mean=128, sigma=4, seed=seed * 10 + band)
        for band in range(3)
    ]
    joined = bands[0].bandjoin(bands[1:]).cast("uchar").copy(interpretation="srgb")
    data: bytes = joined.jpegsave_buffer(Q=90)
    return data


def fill(cast: Cast, run_jobs: Callable[[], None]) -> None:
    """Kai's box: the newest memories are photos, no two alike, the others are words; some for a circle."""
    for number in range(MEMORIES):
        day = (date(2026, 6, 1) - timedelta(days=3 * number)).isoformat()
        kind = "photo" if number < PHOTOS else "message"
        memory = cast.memory(
            kind=kind, title=f"A day we went out, number {number}", audience=("home",) if number % 3 else (),
            words="It rained, and then it did not. We had chips on the way back.",
            happened=day, happened_on=date.fromisoformat(day),
        )  # fmt: skip
        if kind == "photo":
            with cast.acting("kai") as session:
                attach(
                    session, box_id=cast.box["kai"], memory_id=memory, added_by=cast.person["kai"],
                    name="a.jpg", mime="image/jpeg", chunks=[photo(number)],
                )  # fmt: skip
    run_jobs()


class Fetched:
    """What a page fetched over the network, by the sort of thing it is: bytes as they travelled, headers too."""

    def __init__(self, page: Page) -> None:
        self.sort: dict[str, str] = {}
        self.url: dict[str, str] = {}
        self.length: dict[str, int] = {}
        self._line: CDPSession = page.context.new_cdp_session(page)
        self._line.send("Network.enable")
        self._line.on("Network.responseReceived", self._began)
        self._line.on("Network.loadingFinished", self._ended)

    def _began(self, told: dict[str, object]) -> None:
        response = told["response"]
        assert isinstance(response, dict)
        if response["url"].startswith("http"):
            self.sort[str(told["requestId"])], self.url[str(told["requestId"])] = str(told["type"]), response["url"]

    def _ended(self, told: dict[str, float]) -> None:
        if told["requestId"] in self.sort:
            self.length[str(told["requestId"])] = int(told["encodedDataLength"])

    def bytes(self, *, fonts: bool) -> Counter[str]:
        total: Counter[str] = Counter()
        for request, length in self.length.items():
            if fonts or self.sort[request] != "Font":
                total[self.sort[request]] += length
        return total

    def of(self, url: str) -> int:
        return sum(self.length.get(request, 0) for request, each in self.url.items() if each == url)


def test_the_first_timeline_is_light(
    cast: Cast, chromium: Browser, run_jobs: Callable[[], None], database: Path
) -> None:
    fill(cast, run_jobs)
    port = free_port()
    house = f"http://localhost:{port}"
    with (
        web_process(database, "", port),
        chromium.new_context(
            viewport=PHONE, base_url=house, device_scale_factor=2, is_mobile=True, has_touch=True
        ) as context,
    ):
        context.add_cookies([{"name": cookie_name(), "value": cast.sign_in("kai"), "url": house}])
        page = context.new_page()
        fetched = Fetched(page)
        page.goto("/")
        wait_until(lambda: all(done for _, done in page.evaluate(SEEN)), 20, "Every picture on the screen")
        page.wait_for_load_state("networkidle")
        assert "200" in page.locator("header.lid p").inner_text()
        seen = [url for url, _ in page.evaluate(SEEN)]
        text = sum(length for sort, length in fetched.bytes(fonts=True).items() if sort in TEXT)
        drawings = sum(length for request, length in fetched.length.items() if "/static/" in fetched.url[request])
        drawings -= sum(length for sort, length in fetched.bytes(fonts=True).items() if sort in STATIC)
        pictures = sum(fetched.of(url) for url in seen)
        print(
            f"the timeline of {MEMORIES}: {text / 1000:.1f} kB of HTML, CSS and JavaScript, {drawings / 1000:.1f} of"
            f" drawings, {pictures / 1000:.1f} in {len(seen)} pictures on the screen; {len(fetched.length)} requests,"
            f" {sum(fetched.bytes(fonts=False).values()) / 1000:.1f} kB with what is below it"
        )
        assert text <= PARTS
        assert len(seen) >= 2
        assert text + drawings + pictures <= ALL
        assert len(fetched.sort) <= REQUESTS

        older = page.get_by_role("link", name="Older")
        before = page.locator(".keep").count()
        older.tap()
        wait_until(lambda: page.locator(".keep").count() == 2 * before, 20, "Older memories on the same page")
        assert page.url == f"{house}/"
        first = page.locator(".keep a").nth(before)
        expect(first).to_be_focused()
        expect(page.locator("[role=status][data-older-came]")).to_have_text(f"{before} more things")

        for back in (page.go_back, page.locator(".top > a.round").tap):  # the browser's own way, and the arrow
            open_and_come_back(page, before + 40, back)
            expect(page.locator(".keep")).to_have_count(2 * before)


def open_and_come_back(page: Page, number: int, back: Callable[[], object]) -> None:
    """Open a card and come back: it stands where it stood, and is where one is."""
    card = page.locator(".keep a").nth(number)
    card.scroll_into_view_if_needed()
    wait_until(lambda: top_of(card) == top_of(card), 20, "A list that stands still")
    stood = top_of(card)
    card.tap()
    page.wait_for_url("**/memories/*")
    back()
    expect(card).to_be_focused(timeout=20_000)
    wait_until(lambda: abs(top_of(card) - stood) < NEAR, 20, f"The card where it stood, at {stood}")


def top_of(card: Locator) -> float:
    box = card.bounding_box()
    assert box is not None
    return box["y"]
