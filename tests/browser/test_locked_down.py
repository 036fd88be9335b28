"""What a page refuses to run, in a real Chromium."""

import pytest
from playwright.sync_api import Browser, Error

from tests.browser.conftest import Live

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

TRIES = {
    "text becomes a page": "document.body.innerHTML = '<p>in</p>'",
    "a script is written in": "document.head.append(Object.assign(document.createElement('script'), {text: 'x = 1'}))",
    "a script comes from elsewhere": "document.createElement('script').src = 'https://example.org/x.js'",
    "text becomes code": "window.setTimeout('x = 1', 0)",
    "a policy of one's own": "trustedTypes.createPolicy('mine', {createHTML: (html) => html})",
}


@pytest.mark.parametrize("what", TRIES)
def test_a_page_makes_no_code_of_words(what: str, live: Live, chromium: Browser) -> None:
    with chromium.new_context(base_url=live.url) as context:
        page = context.new_page()
        page.goto("/sign-in")
        with pytest.raises(Error, match="Trusted"):
            page.evaluate(f"() => {{ {TRIES[what]} }}")
