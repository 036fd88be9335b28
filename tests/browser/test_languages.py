"""What only a browser that draws right to left can show."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Live, OpenPhone
from tests.browser.fit import turn

pytestmark = pytest.mark.browser
# Each .num with whether its letters and digits stand from left to right as they are written.
IN_ORDER = """all => all.map(part => {
  const range = document.createRange(), text = part.firstChild, lefts = [];
  for (let at = 0; at < text.length; at++) {
    if (!text.data[at].trim()) continue;
    range.setStart(text, at);
    range.setEnd(text, at + 1);
    lefts.push(range.getBoundingClientRect().left);
  }
  return [part.textContent, lefts.every((left, at) => at === 0 || left >= lefts[at - 1])];
})"""


def test_a_number_to_ring_is_read_the_right_way_round_in_arabic(phone: OpenPhone, live: Live) -> None:
    page = phone("Kai")
    turn(page, "rtl", live.url)  # this browser alone: what Kai chooses would be said on every other phone of Kai's too
    page.goto("/me")
    expect(page.locator("html[lang=ar][dir=rtl]")).to_be_attached()
    numbers = page.locator(".num").evaluate_all(IN_ORDER)
    assert ["0800 1111", True] in numbers
    assert [number for number, in_order in numbers if not in_order] == []
    print(f"numbers to ring that read the right way round in Arabic: {len(numbers)} of {len(numbers)}")
