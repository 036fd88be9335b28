"""Every page that anybody can reach: no axe violation in either mode and direction, its language and title said, and
nothing for the browser to report."""

from itertools import product

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import Live, OpenPhone
from tests.browser.fit import LANGUAGES, turn
from tests.browser.listening import listen
from tests.browser.walk import CAST, NOBODY, pages, screens, shape, starts

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1800)]
EVERY = 10_000
SEEN: set[str] = set()
"""Shapes of pages that axe has looked at in this run."""
WAYS = list(product(("light", "dark"), LANGUAGES))


def violations(page: Page, path: str, mode: str) -> list[str]:
    """What axe finds on the page as it stands, with everything that folds unfolded."""
    page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    page.emulate_media(color_scheme="dark" if mode == "dark" else "light")
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [f"{path} {mode}: {one['id']} {one['nodes'][0]['html'][:160]} {one['help']}" for one in found]


def unsaid(page: Page, path: str, direction: str) -> list[str]:
    """What a screen reader is told first: the language and direction, a title of its own, one main heading."""
    language, way = page.locator("html").evaluate("root => [root.lang, root.dir]")
    wrong = [] if language.startswith(LANGUAGES[direction]) and way == direction else [f"{path}: {language} {way}"]
    if not page.title().split("·")[0].strip():
        wrong.append(f"{path}: no title")
    if page.locator("h1").count() != 1 or page.locator("main").count() != 1:
        wrong.append(f"{path}: {page.locator('h1').count()} h1, {page.locator('main').count()} main")
    return wrong


@pytest.mark.parametrize("name", CAST)
def test_every_page_is_for_everyone(name: str, phone: OpenPhone, live: Live) -> None:
    """Each page once, its mode and direction taken in turn, and those that no one before had, with axe.
    `test_in_every_mode_and_direction` has all of them for everyone."""
    page = phone(None if name == NOBODY else name, device_scale_factor=1, reduced_motion="reduce")
    wrong: list[str] = []
    walked = 0
    trouble = listen(page, starts(name))
    turned = CAST.index(name)
    ways = WAYS[turned % 4 :] + WAYS[: turned % 4]
    turn(page, ways[0][1], live.url)
    for path in screens(page, name):
        mode, direction = ways[walked % 4]
        wrong += unsaid(page, path, direction)
        if name == "Kai" or shape(path) not in SEEN:
            wrong += violations(page, f"{path} {direction}", mode)
        SEEN.add(shape(path))
        walked += 1
        turn(page, ways[walked % 4][1], live.url)
    print(f"{name}: {walked} pages, {len(wrong)} violations, {len(trouble)} reports")
    assert walked > 3 if name in (NOBODY, "Kai", "Joe") else walked
    assert wrong == []
    assert trouble == []


@pytest.mark.deep
@pytest.mark.parametrize("direction", LANGUAGES)
@pytest.mark.parametrize("name", CAST)
def test_in_every_mode_and_direction(name: str, direction: str, phone: OpenPhone, live: Live) -> None:
    page = phone(None if name == NOBODY else name, device_scale_factor=1, reduced_motion="reduce")
    turn(page, direction, live.url)
    wrong: list[str] = []
    walked = 0
    for path in screens(page, name):
        walked += 1
        for mode in ("light", "dark"):
            wrong += violations(page, f"{path} {direction}", mode)
    print(f"{name} {direction}: {walked} pages, light and dark, {len(wrong)} violations")
    assert wrong == []


@pytest.mark.deep
@pytest.mark.parametrize("name", CAST)
def test_no_page_at_all_has_anything_to_report(name: str, phone: OpenPhone) -> None:
    page = phone(None if name == NOBODY else name)
    trouble = listen(page, starts(name))
    walked = sum(1 for _ in pages(page, starts(name), {}, EVERY))
    print(f"{name}: {walked} pages, {len(trouble)} reports")
    assert trouble == []
