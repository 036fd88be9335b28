"""What several proofs ask about what was made with no signal: whether a phone is ready for it, and where it is now."""

import re

from playwright.sync_api import Page

from tests.browser.conftest import wait_until

# The ids of what waits on this phone.
KEPT_IDS = """() => new Promise((resolve) => {
  const asked = indexedDB.open("holdfast-kept");
  asked.onsuccess = () => {
    const all = asked.result.transaction("kept").objectStore("kept").getAllKeys();
    all.onsuccess = () => resolve(all.result);
  };
})"""

# As on a phone that has no room: Chromium looks how much there is left only twice a minute.
FULL = """() => {
  const put = IDBObjectStore.prototype.put;
  window.full = true;
  IDBObjectStore.prototype.put = function (...given) {
    if (window.full && this.name === "pieces") throw new DOMException("", "QuotaExceededError");
    return put.apply(this, given);
  };
}"""
ROOM_AGAIN = "window.full = false"


def known(page: Page) -> None:
    """Wait until the phone knows whose it is."""
    wait_until(lambda: bool(page.evaluate("localStorage.getItem('kept-for')")), 30, "A phone that knows whose it is")


def is_there(page: Page, memory: str) -> bool:
    return page.request.get(f"/memories/{memory}", max_redirects=0).status == 200


def things(page: Page) -> int:
    """How many things the lid says are kept."""
    page.goto("/")
    said = re.search(r"(\d+) things?, kept safe", page.locator(".lid").inner_text())
    assert said
    return int(said[1])


def at_hand(page: Page) -> None:
    """Wait until this phone has what it needs with no signal: the worker, its shell, and whose phone it is."""
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    wait_until(lambda: bool(page.evaluate("caches.match('/capture').then(Boolean)")), 30, "The shell on the phone")
    known(page)
