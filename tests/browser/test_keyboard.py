"""The story by keyboard alone, and as a screen reader hears it: sign in, add a moment, share it, take it back."""

import re
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPhone, link_mailed_to

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
NAMELESS = re.compile(r"^\s*- (link|button|textbox|checkbox|radio|switch|combobox|slider)(:|$)", re.MULTILINE)
# The element in focus: whether its ring is drawn and it is on the screen with nothing over it; "" when all is well.
UNSEEN = """() => {
  const one = document.activeElement
  if (!one || one === document.body) return "nothing is in focus"
  const ringed = part => {
    const style = getComputedStyle(part)
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 || style.boxShadow.includes("7px")
  }
  const around = [one, one.closest(".choose,.at-wave")].filter(Boolean)
  if (!around.some(ringed)) return "no ring"
  const box = one.getBoundingClientRect()
  const [left, right] = [Math.max(box.left, 0), Math.min(box.right, innerWidth)]
  const [top, bottom] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)]
  if (Math.min(right - left, bottom - top) < Math.min(8, box.width, box.height)) return "off the screen"
  const at = [.5, .1, .9].flatMap(x => [.5, .1, .9].map(y => [left + (right - left) * x, top + (bottom - top) * y]))
  const mine = spot => spot && (one.contains(spot) || [...one.labels ?? []].some(label => label.contains(spot)))
  return at.some(([x, y]) => mine(document.elementFromPoint(x, y))) ? "" : "behind something"
}"""


@dataclass
class Keyboard:
    """Nothing but Tab, Enter, Space, arrows and letters; every stop on the way is looked at."""

    page: Page
    stops: int = 0
    wrong: list[str] = field(default_factory=list)

    def here(self) -> str:
        """What a screen reader says of the element in focus: its role and name."""
        return self.page.locator(":focus").aria_snapshot().strip()

    def to(self, wanted: str, most: int = 120) -> None:
        """Tab until the element in focus is called that, such as 'link "Add"'."""
        passed: list[str] = []
        for _ in range(most):
            self.page.keyboard.press("Tab")
            self.stops += 1
            if unseen := self.page.evaluate(UNSEEN):
                self.wrong.append(f"{self.page.url} after {passed[-1:]}: {unseen}")
            if self.page.evaluate("document.activeElement === document.body"):
                continue
            passed.append(self.here())
            if wanted in passed[-1]:
                return
        pytest.fail(f"Tab never came to {wanted}; it came past {passed}")

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def go(self, wanted: str) -> None:
        """Tab to a link or button and press Enter; wait for the page it leads to."""
        self.to(wanted)
        with self.page.expect_navigation():
            self.press("Enter")
        self.page.wait_for_load_state()


def test_the_story_by_keyboard_alone(phone: OpenPhone) -> None:
    page = phone(None, is_mobile=False, has_touch=False, device_scale_factor=1, reduced_motion="reduce")
    keys = Keyboard(page)
    page.goto("/sign-in")
    page.keyboard.press("Tab")
    assert keys.here().startswith('- link "Skip to the main part"')
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null"), keys.here()

    keys.to('textbox "Your email"')
    page.keyboard.type("kai@demo.example")

    def send() -> None:
        with page.expect_navigation():
            keys.press("Enter")

    page.goto(link_mailed_to(page, "kai@demo.example", send))
    keys.go('button "Open my box"')
    expect(page.get_by_role("heading", level=1)).to_have_text("Hi Kai")

    keys.go('link "Add"')
    keys.go('link "Words"')
    keys.to('textbox "The words"')
    page.keyboard.type("We ran the whole way home")
    keys.to('textbox "What do you call it?')
    page.keyboard.type("All the way home")
    keys.go('button "Keep it"')
    expect(page.get_by_role("heading", level=1)).to_have_text("All the way home")
    expect(page.locator("#who")).to_contain_text("Just me")

    keys.go('link "Change who can see this"')
    keys.to('radio "Just me')
    keys.press("ArrowDown")
    assert "Me and people I pick" in keys.here()
    assert "[checked]" in keys.here()
    keys.to('checkbox "My home')
    keys.press("Space")
    assert "[checked]" in keys.here()
    said = page.locator("#sentence")
    expect(said).to_contain_text("Joe and Sam can see this")
    assert 'checkbox "My home' in keys.here(), "the sentence came and took the focus away"
    keys.go('button "Save this"')
    expect(page.get_by_role("status").filter(has_text="Joe and Sam can see this")).to_be_visible()

    keys.go('link "Change who can see this"')
    keys.to('radio "Me and people I pick')
    keys.press("ArrowUp")
    assert 'radio "Just me' in keys.here()
    keys.go('button "Save this"')
    expect(page.locator("#who")).to_contain_text("Just me")
    print(f"by keyboard alone: {keys.stops} stops, {len(keys.wrong)} where the focus was not to be seen")
    assert keys.wrong == []


def outline(page: Page) -> list[tuple[int, str]]:
    """The headings as they are heard, with their level."""
    found: list[list[object]] = page.locator("h1,h2,h3,h4,h5,h6").evaluate_all(
        "all => all.filter(one => one.checkVisibility()).map(one => [Number(one.localName[1]), one.innerText.trim()])"
    )
    return [(int(str(level)), str(words)) for level, words in found]


def test_the_story_as_it_is_heard(phone: OpenPhone) -> None:
    page = phone("Kai", reduced_motion="reduce")
    heard = {
        "/": ("Box", '- heading "Hi Kai" [level=1]'),
        "/add": ("Add", '- heading "Add something" [level=1]'),
        "/add/message": ("Words", '- heading "Keep some words" [level=1]'),
        "/tray": ("New for you", '- heading "New for you" [level=1]'),
        "/people": ("People", '- heading "My people" [level=1]'),
        "/journey": ("My journey", '- heading "My journey" [level=1]'),
        "/me": ("Me", '- heading "Me" [level=1]'),
    }
    for path, (title, heading) in heard.items():
        page.goto(path)
        told = page.locator("body").aria_snapshot()
        assert page.title().startswith(f"{title} · "), page.title()
        assert page.locator("html").get_attribute("lang") == "en-GB"
        assert heading in told, told[:600]
        assert re.search(r'- navigation "Main":\s+- list:\s+- listitem:\s+- link "Box"', told), told
        assert [told.count(f"- {mark}:") for mark in ("main", "banner")] == [1, 1], told
        assert not NAMELESS.search(told), told
        levels = [level for level, _ in outline(page)]
        assert levels[0] == 1
        assert all(after - before <= 1 for before, after in pairwise(levels)), outline(page)
    print(f"as it is heard: {len(heard)} pages, each with its title, language, landmarks, headings in order and names")


def test_what_is_about_to_happen_is_said_aloud(phone: OpenPhone) -> None:
    """The sentence is a live region, so that a choice is heard without looking for it; so is what went wrong."""
    page = phone("Kai", reduced_motion="reduce")
    page.goto("/")
    page.locator(".keep a").first.click()
    page.get_by_role("link", name=re.compile("^Change who can")).click()
    expect(page.locator("#sentence[aria-live=polite]")).to_be_visible()
    page.goto("/add/message")
    page.locator("form.adding").evaluate("form => form.noValidate = true")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("alert").filter(has_text="What you typed is still here.")).to_be_visible()
    words = page.get_by_label("The words")
    expect(words).to_have_attribute("aria-invalid", "true")
    expect(words).to_have_accessible_description(re.compile("One line is fine"))
