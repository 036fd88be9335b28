"""What several proofs ask about what was made with no signal: whether a phone is ready for it, and where it is now."""

import re

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Page

from app.kit import base64url
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


HALF = base64url.encode(
    ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
)


def is_there(page: Page, capture: str) -> bool:
    """Whether a capture's memory is made: the house makes its id, and says it to whoever made the capture."""
    asked = {"id": capture, "half": HALF}
    answer = page.request.post("/kept/opening", form=asked, headers={"Sec-Fetch-Site": "same-origin"}, max_redirects=0)
    return answer.status == 200 and "there" in answer.json()


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
