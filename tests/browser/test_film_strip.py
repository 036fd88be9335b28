"""Six moments of a film: under a finger or a mouse on its card, and under the film itself."""

from functools import partial

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.conftest import OpenPhone, shot, wait_until

pytestmark = pytest.mark.browser
PIXELS = """canvas => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data
  .reduce((sum, value, at) => (sum * 31 + value * (at % 251)) % 1000000007, 7)"""


def card(page: Page) -> Locator:
    found = page.locator("[data-strip]").first
    found.scroll_into_view_if_needed()
    return found


def across(box: dict[str, float], share: float) -> tuple[float, float]:
    return box["x"] + box["width"] * share, box["y"] + box["height"] / 2


def test_a_mouse_over_a_card_goes_through_the_film(phone: OpenPhone) -> None:
    page = phone("Kai", is_mobile=False, has_touch=False)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/")
    film = card(page)
    assert not [url for url in asked if "strip.jpg" in url], "nothing is fetched before it is wanted"
    canvas = film.locator("canvas.glimpse")
    seen: list[int] = []

    def another(share: float) -> bool:
        box = film.bounding_box() or {}
        film.hover(position={"x": box["width"] * share, "y": box["height"] / 2})
        return canvas.count() > 0 and canvas.evaluate(PIXELS) not in seen

    for share in (0.05, 0.5, 0.95):
        wait_until(partial(another, share), 20, "Another moment of the film")
        seen.append(canvas.evaluate(PIXELS))
    shot(page, "kai-film-strip-hover")
    page.mouse.move(5, 5)
    wait_until(lambda: page.locator("canvas.glimpse").count() == 0, 5, "The card as it was")
    assert len([url for url in asked if "strip.jpg" in url]) == 1


def test_a_finger_that_holds_sees_and_does_not_open(phone: OpenPhone) -> None:
    page = phone("Kai")
    page.goto("/")
    film = card(page)
    before = page.url
    at = across(dict(film.bounding_box() or {}), 0.5)
    touch = page.context.new_cdp_session(page)
    finger = [{"x": at[0], "y": at[1]}]
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": finger})
    page.wait_for_selector("canvas.glimpse")
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    wait_until(lambda: page.locator("canvas.glimpse").count() == 0, 5, "The card as it was")
    assert page.url == before
    film.tap()
    page.wait_for_url("**/memories/*")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_tap_under_the_film_goes_there(phone: OpenPhone, scheme: str) -> None:
    page = phone("Kai", color_scheme=scheme)
    page.goto("/")
    card(page).tap()
    page.wait_for_url("**/memories/*")
    video = page.locator("[data-film] video")
    wait_until(lambda: video.evaluate("video => video.readyState >= 1"), 20, "The film's length")
    moments = page.locator("[data-moment]")
    assert moments.count() == 6
    moments.nth(4).tap()
    wanted = float(moments.nth(4).get_attribute("data-moment") or 0)
    wait_until(lambda: abs(video.evaluate("video => video.currentTime") - wanted) < 0.2, 10, "Going there")
    wait_until(lambda: moments.nth(4).get_attribute("aria-current") == "true", 10, "Saying so")
    wait_until(lambda: page.locator("canvas.glimpse").count() == 0, 10, "The film itself")
    # What shows while it is on its way: said by hand, since here it is there at once.
    video.evaluate("video => video.dispatchEvent(new Event('seeking'))")
    assert page.locator("[data-film] canvas.glimpse").count() == 1
    video.evaluate("video => video.dispatchEvent(new Event('seeked'))")
    assert page.locator("[data-film] canvas.glimpse").count() == 0
    shot(page, f"kai-film-moments-{scheme}")
