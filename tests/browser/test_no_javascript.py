"""The main path with scripts switched off: come in by link, add a photo, share it, give one, keep it."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.demo import art
from tests.browser.conftest import OpenPhone, be, link_mailed_to, shot, wait_until
from tests.browser.fit import too_wide

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
SCRIPTLESS = {"java_script_enabled": False, "device_scale_factor": 1}


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two photos as a phone would hand them over."""
    folder = tmp_path_factory.mktemp("photos")
    paths = [folder / "kite.jpg", folder / "fireworks.jpg"]
    for path in paths:
        path.write_bytes(art.draw(path.stem, 1200, 900))
    return paths


def assert_nothing_is_dead(page: Page) -> None:
    """No button that only a script could answer, and nothing wider than the phone."""
    dead = page.locator("button[type=button]:visible, [role=button]:visible")
    assert dead.all_inner_texts() == []
    assert too_wide(page) == 0


def see(page: Page, path: str, label: str) -> None:
    """Open a page, look at it, and keep a picture of it."""
    page.goto(path)
    assert_nothing_is_dead(page)
    shot(page, f"no-javascript-{label}")


def test_a_link_lets_you_in(phone: OpenPhone) -> None:
    page = phone(None, **SCRIPTLESS)
    see(page, "/sign-in", "sign-in")
    expect(page.get_by_role("button", name="Open my box")).to_be_hidden()
    page.get_by_label("Your email").first.fill("kai@demo.example")

    link = link_mailed_to(page, "kai@demo.example", page.get_by_role("button", name="Send me a link").click)
    see(page, link, "link")
    page.get_by_role("button", name="Open my box").click()
    expect(page.get_by_role("heading", name="Hi Kai")).to_be_visible()


def test_add_share_give_and_keep(phone: OpenPhone, photos: list[Path]) -> None:
    kai, joe = phone(None, **SCRIPTLESS), phone(None, **SCRIPTLESS)
    be(kai, "Kai")
    be(joe, "Joe")

    see(kai, "/add/photo", "add-photo")
    kai.get_by_label("Your photos").set_input_files(photos)
    kai.get_by_label("What do you call it?").fill("Kite and fireworks")
    kai.get_by_role("button", name="Keep it").click()
    expect(kai.get_by_role("heading", name="Kite and fireworks")).to_be_visible()
    expect(kai.get_by_text("Just me")).to_be_visible()
    memory = kai.url.partition("?")[0]
    assert joe.request.get(memory).status == 404

    def ready() -> bool:
        kai.goto(memory)
        return kai.get_by_text(re.compile("^Getting ")).count() == 0

    wait_until(ready, 60, "Two photos to look at")
    expect(kai.get_by_text("1 of 2", exact=True)).to_be_visible()
    assert_nothing_is_dead(kai)

    see(kai, f"{memory}/audience", "audience")
    kai.get_by_label("Me and people I pick").check()
    kai.get_by_label("Joe", exact=True).check()
    # What the page said when it came is no longer so; without scripts it must not go on saying it.
    expect(kai.locator("#sentence")).to_be_hidden()
    expect(kai.get_by_text("Save it, and we say who can see it.")).to_be_visible()
    kai.get_by_role("button", name="Save this").click()
    expect(kai.get_by_text("Joe can see this. Nobody else can.")).to_be_visible()
    joe.goto(memory)
    expect(joe.get_by_role("heading", name="Kite and fireworks")).to_be_visible()

    joe.goto("/")
    joe.get_by_role("link", name=re.compile("Add a moment for Kai")).click()
    assert_nothing_is_dead(joe)
    shot(joe, "no-javascript-give")
    joe.get_by_label("Choose it").set_input_files(photos[:1])
    joe.get_by_label(re.compile("Say something to Kai")).fill("You never let go of it. Not once.")
    joe.get_by_role("button", name="Send to Kai").click()
    expect(joe.get_by_role("heading", name="Thank you, Joe")).to_be_visible()

    see(kai, "/tray", "tray")
    gift = kai.locator(".arrive", has_text="You never let go of it")
    gift.get_by_role("button", name="Keep it").click()
    expect(kai.locator(".arrive", has_text="You never let go of it")).to_have_count(0)
    kai.goto("/")
    expect(kai.get_by_text("Joe", exact=False).first).to_be_visible()
    assert_nothing_is_dead(kai)
    shot(kai, "no-javascript-home")
