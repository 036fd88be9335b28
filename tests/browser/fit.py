"""Whether a page fits the screen it is on: nothing across, nothing cut off, nothing too small for a finger."""

from pathlib import Path

from playwright.sync_api import Page

SIZES = {
    "small": (320, 640),
    "phone": (390, 844),
    "landscape": (844, 390),
    "tablet": (768, 1024),
    "desktop": (1280, 800),
}
LANGUAGES = {"ltr": "en", "rtl": "ar"}
TWICE = 32
USUAL = 16
MISFITS = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
MAIN = 44
LEAST = 24


def turn(page: Page, direction: str, base_url: str) -> None:
    """Have this browser speak the language of that direction, "ltr" or "rtl", from its next page on."""
    page.context.add_cookies([{"name": "language", "value": LANGUAGES[direction], "url": base_url}])


def letters(page: Page, pixels: int) -> None:
    """How large the letters are in the settings of this browser; 16 is usual, 32 twice as large."""
    browser = page.context.new_cdp_session(page)
    browser.send("Page.setFontSizes", {"fontSizes": {"standard": pixels, "fixed": pixels * 13 // 16}})
    browser.detach()


def too_wide(page: Page) -> int:
    """CSS pixels by which the page is wider than the screen; 0 when nothing has to be moved across."""
    pixels: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return max(0, pixels)


def misfits(page: Page) -> list[str]:
    """What does not fit on the page as it stands, in words; empty when all does."""
    found: list[str] = page.evaluate(MISFITS, [MAIN, LEAST])
    return found
