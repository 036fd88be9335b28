"""Read it to me. A Chromium for tests has no voices, so the browser is given one that notes down what it is told."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPhone

pytestmark = pytest.mark.browser
VOICES = """([lang, local]) => {
  const told = (window.told = { said: [], now: null, paused: false, cancelled: 0 });
  class Utterance { constructor(text) { this.text = text; } }
  const speech = Object.assign(new EventTarget(), {
    getVoices: () => [{ lang, localService: local, name: "A voice" }],
    speak(one) { told.said.push([one.text, one.lang]); told.now = one; },
    pause() { told.paused = true; },
    resume() { told.paused = false; },
    cancel() { told.now = null; told.paused = false; told.cancelled += 1; },
  });
  Object.defineProperty(window, "SpeechSynthesisUtterance", { value: Utterance });
  Object.defineProperty(window, "speechSynthesis", { value: speech });
}"""
GO_ON = "() => { const one = window.told.now; window.told.now = null; one?.onend?.(); }"


def with_voice(page: Page, lang: str = "en-GB", local: bool = True) -> Page:
    page.add_init_script(f"({VOICES})({json.dumps([lang, local])})")
    return page


def said(page: Page) -> list[list[str]]:
    found: list[list[str]] = page.evaluate("window.told.said")
    return found


def test_a_page_is_read_with_the_keyboard_alone_and_waits_and_stops(phone: OpenPhone) -> None:
    page = with_voice(phone("Kai"))
    page.goto("/journey")
    go = page.locator("[data-read-go]").first
    expect(go).to_have_text("Read it to me")
    assert said(page) == [], "nothing starts by itself"
    go.focus()
    page.keyboard.press("Enter")
    expect(go).to_have_text("Wait a moment")
    page.evaluate(GO_ON)
    assert len(said(page)) == 2 and {lang for _, lang in said(page)} == {"en-GB"}
    page.keyboard.press("Enter")
    expect(go).to_have_text("Go on")
    assert page.evaluate("window.told.paused")
    page.keyboard.press("Enter")
    assert not page.evaluate("window.told.paused")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(go).to_have_text("Read it to me")
    expect(go).to_be_focused()
    assert page.evaluate("window.told.now") is None


def test_hide_falls_silent(phone: OpenPhone) -> None:
    page = with_voice(phone("Kai"))
    page.goto("/journey")
    page.locator("[data-read-go]").first.click()
    assert page.evaluate("window.told.now !== null")
    page.evaluate("location.hash = 'away'")
    page.wait_for_function("window.told.now === null && window.told.cancelled === 1")


def test_the_place_is_kept_from_the_first_moment_once_a_voice_was_found(phone: OpenPhone) -> None:
    page = with_voice(phone("Kai"))
    begins = re.compile(r"<html [^>]* data-voice")
    assert not begins.search(page.request.get("/journey").text())
    page.goto("/journey")
    go = page.locator("[data-read-go]").first
    expect(go).to_be_visible()
    assert begins.search(page.request.get("/journey").text())
    page.evaluate("() => { speechSynthesis.getVoices = () => [] }")
    go.click()
    expect(go).to_be_hidden()
    assert not begins.search(page.request.get("/journey").text())


def test_what_is_closed_is_not_read(phone: OpenPhone) -> None:
    page = with_voice(phone("Kai"))
    page.goto("/journey")
    folded = page.locator("details.panel p:not(.soft)").first.text_content() or ""
    page.locator("[data-read-go]").first.click()
    while page.evaluate("window.told.now !== null"):
        page.evaluate(GO_ON)
    whole = " ".join(text for text, _ in said(page))
    assert re.split(r"[.?!]", folded)[0] not in whole and len(whole) > 100
    print(f"read aloud of the journey: {len(said(page))} sentences, none of what is folded away")


@pytest.mark.parametrize(("lang", "local"), [("de-DE", True), ("en-GB", False)], ids=["other-language", "far-away"])
def test_no_button_where_no_voice_of_this_device_speaks_the_language(lang: str, local: bool, phone: OpenPhone) -> None:
    page = with_voice(phone("Kai"), lang, local)
    page.goto("/journey")
    page.wait_for_load_state()
    expect(page.locator("[data-read]").first).to_be_hidden()
