"""What waits on a phone is its person's: closed to the next one, kept from a phone that is not theirs, never lost."""

import re

import pytest
from playwright.sync_api import expect

from app.demo import art
from tests.browser.capturing import FULL, KEPT_IDS, ROOM_AGAIN, at_hand, is_there, known
from tests.browser.conftest import OpenPhone, be, prove, shot, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

KEPT_HALF = """() => new Promise((resolve) => {
  indexedDB.open("holdfast-kept").onsuccess = ({ target }) => {
    const all = target.result.transaction("kept").objectStore("kept").getAll();
    all.onsuccess = () => resolve(all.result[0].half);
  };
})"""
# Whether a key opens what one capture is: AES-256-GCM, the nonce in the first 12 bytes.
OPENS = """([id, text]) => new Promise((resolve) => {
  indexedDB.open("holdfast-kept").onsuccess = ({ target }) => {
    const one = target.result.transaction("kept").objectStore("kept").get(id);
    one.onsuccess = async () => {
      const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
      const bytes = Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
      const key = await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["decrypt"]);
      const iv = one.result.head.slice(0, 12);
      const how = { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(`${id}/head`) };
      resolve(await crypto.subtle.decrypt(how, key, one.result.head.slice(12)).then(() => true, () => false));
    };
  };
})"""


def test_the_next_person_on_the_phone_hears_of_nothing(phone: OpenPhone) -> None:
    page = phone("Kai")
    page.goto("/add/voice")
    memory = page.locator("input[name=once]").input_value()
    page.get_by_role("button", name="Start recording").click()
    expect(page.get_by_text("Recording. Saved on this phone as you go.")).to_be_visible()
    page.get_by_role("button", name="Finish recording").click()
    expect(page.locator(".sending")).to_contain_text("Sent. It’s safe with us.")
    page.goto("/me")
    line = page.get_by_text("1 thing is saved on this phone.")
    expect(line).to_be_visible()
    page.get_by_role("button", name="Have a look").click()
    expect(page.locator("#kept audio")).to_be_visible()
    shot(page, "kept-line")
    page.get_by_role("button", name="Lock my box").click()
    asks = page.get_by_role("dialog")
    expect(asks.get_by_text("1 thing isn’t in your box yet.")).to_be_visible()
    shot(page, "kept-leaving")
    asks.get_by_role("button", name="Keep on this phone").click()
    page.wait_for_url("**/sign-in")

    page.goto("/capture")
    expect(page.get_by_text("Open your box on this phone once, with signal.")).to_be_visible()
    be(page, "Riley")
    page.goto("/add")
    half = page.evaluate(KEPT_HALF)
    answer = page.request.post(
        "/kept/opening", form={"id": memory, "half": half}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert not page.evaluate(OPENS, [memory, answer.json()["key"]])
    expect(line).to_have_count(0)
    assert page.request.get(f"/memories/{memory}", max_redirects=0).status == 404
    page.get_by_role("link", name="Me", exact=True).click()
    page.get_by_role("button", name="Lock my box").click()
    page.wait_for_url("**/sign-in")

    be(page, "Kai")
    page.goto("/add")
    page.get_by_role("button", name="Put in my box now").click()
    wait_until(lambda: is_there(page, memory), 20, "The recording in its box")
    expect(page.get_by_text("What you saved on this phone is in your box now.")).to_be_visible()


def test_a_phone_that_is_not_mine_keeps_nothing(phone: OpenPhone) -> None:
    page = phone("Riley")
    prove(page, "Riley", "/me/recovery")
    page.get_by_role("button", name=re.compile("codes")).click()
    code = page.locator("main .steps .num").first.inner_text()
    page.goto("/add/voice")
    known(page)
    page.goto("/me")
    page.get_by_role("button", name="Lock my box").click()
    page.get_by_text("I lost my phone", exact=True).click()
    section = page.locator("form[action='/sign-in/recovery']")
    section.locator("[name=code]").fill(code)
    section.get_by_label("This phone isn’t mine").check()
    section.get_by_role("button").click()
    page.wait_for_url("**/me/devices")

    page.goto("/add/voice")
    page.get_by_role("button", name="Start recording").click()
    expect(page.get_by_text("Recording. It stays here until you finish.")).to_be_visible()
    page.get_by_role("button", name="Finish recording").click()
    expect(page.get_by_text("Finished. Have a listen, then save it.")).to_be_visible()
    assert "kept=1" not in page.evaluate("document.cookie")
    page.goto("/capture")
    expect(page.get_by_text("Open your box on this phone once, with signal.")).to_be_visible()


# A page comes out of the browser's memory. Whoever is told hears of each change of what hides it.
BACK_FROM_MEMORY = """() => {
  new MutationObserver(() => told(getComputedStyle(document.body).visibility))
    .observe(document.documentElement, { attributes: true });
  for (const kind of ["pagehide", "pageshow"]) dispatchEvent(new PageTransitionEvent(kind, { persisted: true }));
}"""


def lock_out(phone: OpenPhone) -> None:
    """Kai locks every other phone out from a second one."""
    other = phone("Kai")
    prove(other, "Kai")
    other.get_by_role("button", name="Lock out all the others").click()
    expect(other.get_by_role("button", name="Lock out")).to_have_count(0)


def test_words_are_not_sent_into_nowhere(phone: OpenPhone) -> None:
    page = phone("Kai")
    page.goto("/add/message")
    words = page.get_by_label("The words")
    words.fill("The heron was there again.")
    page.context.set_offline(True)
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("alert").get_by_text("What you typed is still here.")).to_be_visible()
    expect(words).to_have_value("The heron was there again.")
    page.context.set_offline(False)
    page.get_by_role("button", name="Keep it").evaluate("button => { button.click(); button.click(); }")
    page.wait_for_url("**/memories/**")
    expect(page.get_by_text("The heron was there again.")).to_be_visible()


def test_words_typed_as_the_sign_in_ends_wait_for_their_person(phone: OpenPhone) -> None:
    page = phone("Kai")
    page.goto("/add/message")
    page.get_by_label("The words").fill("We counted nine swans.")
    lock_out(phone)
    page.get_by_role("button", name="Keep it").click()
    page.wait_for_url("**/sign-in")
    be(page, "Kai")
    page.goto("/me")
    expect(page.get_by_text("1 thing is saved on this phone. Put it in your box or let it go.")).to_be_visible()
    page.get_by_role("button", name="Have a look").click()
    expect(page.locator("#kept").get_by_text("We counted nine swans.")).to_be_visible()
    page.get_by_role("button", name="Put in my box now").click()
    expect(page.get_by_text("What you saved on this phone is in your box now.")).to_be_visible()


def test_a_phone_that_lost_its_cookies_and_is_locked_out_keeps_what_waits(phone: OpenPhone) -> None:
    page = phone("Kai")
    page.goto("/")
    at_hand(page)
    page.goto("/capture")
    page.get_by_text("Keep some words", exact=True).click()
    page.get_by_label("The words").fill("The bus went past our stop.")
    page.context.set_offline(True)
    page.get_by_role("button", name="Keep the words").click()
    expect(page.get_by_text("No signal. Saved on this phone, not in your box yet: 1")).to_be_visible()
    [memory] = page.evaluate(KEPT_IDS)
    page.goto("/no-signal")
    page.context.clear_cookies(name="kept")
    lock_out(phone)
    page.context.set_offline(False)
    page.goto("/")
    page.wait_for_url(re.compile("/sign-in"))
    wait_until(lambda: not page.evaluate("caches.keys().then(all => all.length)"), 30, "An emptied phone")
    be(page, "Kai")
    page.goto("/add")
    wait_until(lambda: is_there(page, memory), 60, "The words in the box")


def test_a_page_out_of_memory_shows_nothing_once_its_sign_in_is_over(phone: OpenPhone) -> None:
    page = phone("Kai")
    page.goto("/me")
    lock_out(phone)
    told: list[str] = []
    page.expose_function("told", lambda how: told.append(how))
    page.evaluate(BACK_FROM_MEMORY)
    page.wait_for_url("**/sign-in")
    assert set(told) == {"hidden"}


def test_a_full_phone_says_so_and_a_broken_one_can_still_be_left(phone: OpenPhone) -> None:
    page = phone("Kai")
    page.goto("/")
    at_hand(page)
    page.goto("/capture")
    page.context.set_offline(True)
    photo = {"name": "kite.jpg", "mimeType": "image/jpeg", "buffer": art.draw("kite", 900, 700)}
    page.get_by_text("Photos", exact=True).click()
    page.get_by_label("Your photos").set_input_files(photo)
    page.evaluate(FULL)
    page.get_by_role("button", name="Keep the photos").click()
    expect(page.get_by_text("This phone couldn’t keep it. Is it full?")).to_be_visible()
    page.evaluate(ROOM_AGAIN)
    page.get_by_role("button", name="Keep the photos").click()
    expect(page.get_by_text("No signal. Saved on this phone, not in your box yet: 1")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("It’s in your box now. Only you can see it.")).to_be_visible()

    page.goto("/me")
    page.evaluate("() => { IDBFactory.prototype.open = () => { throw new DOMException('', 'InvalidStateError'); }; }")
    page.get_by_role("button", name="Lock my box").click()
    page.wait_for_url("**/sign-in")
