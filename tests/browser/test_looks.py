"""Every page fits: smallest phone to desk, upright and on its side, both directions, with letters twice as large."""

from itertools import product

import pytest

from tests.browser.conftest import Live, OpenPhone
from tests.browser.fit import LANGUAGES, SIZES, TWICE, USUAL, letters, misfits, turn
from tests.browser.walk import CAST, NOBODY, screens

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1800)]
SCREENS = list(product(SIZES, (USUAL, TWICE)))
FEW = (NOBODY, "Kai", "Joe")


@pytest.mark.parametrize("name", CAST)
def test_every_page_fits_every_screen(name: str, phone: OpenPhone, live: Live, request: pytest.FixtureRequest) -> None:
    """The light half: three people, each page in one direction and on two of ten screens, in turn."""
    deep = bool(request.config.getoption("--deep"))
    if not deep and name not in FEW:
        pytest.skip("three people without --deep")
    page = phone(None if name == NOBODY else name, device_scale_factor=1, reduced_motion="reduce")
    wrong: list[str] = []
    looked = walked = 0
    for direction in LANGUAGES if deep else (["rtl"] if name == "Kai" else ["ltr"]):
        turn(page, direction, live.url)
        for path in screens(page, name):
            page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
            walked += 1
            for size, letter in SCREENS if deep else (SCREENS[1], SCREENS[walked % len(SCREENS)]):
                width, height = SIZES[size]
                page.set_viewport_size({"width": width, "height": height})
                letters(page, letter)
                looked += 1
                wrong += [f"{path} {size} {direction} {letter * 100 // USUAL} %: {one}" for one in misfits(page)]
            letters(page, USUAL)
    print(f"{name}: {looked} looks at {walked} pages, {len(wrong)} misfits")
    assert wrong == []
