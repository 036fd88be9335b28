"""What only a browser that draws right to left can show."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPhone

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


def test_a_number_to_ring_is_read_the_right_way_round_in_arabic(phone: OpenPhone) -> None:
    page = phone("Kai")
    page.goto("/language?next=/me")
    page.locator("button[value=ar]").click()
    expect(page.locator("html[lang=ar][dir=rtl]")).to_be_attached()
    numbers = page.locator(".num").evaluate_all(IN_ORDER)
    assert ["0800 1111", True] in numbers
    assert [number for number, in_order in numbers if not in_order] == []
    print(f"numbers to ring that read the right way round in Arabic: {len(numbers)} of {len(numbers)}")
