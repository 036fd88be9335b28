"""What the chapters of the story share: everyone's own phone, and letting somebody in."""

import re
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import PHONE, Live, at_this_machine, left_early, shot, wait_until


@dataclass
class Story:
    """What the chapters hand to one another."""

    live: Live
    chromium: Browser
    phones: dict[str, Page] = field(default_factory=dict)
    contexts: list[BrowserContext] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)
    certificate: str = ""

    def phone(self, name: str) -> Page:
        """Someone's own phone, kept for the whole story."""
        if name not in self.phones:
            context = self.chromium.new_context(
                viewport=PHONE, device_scale_factor=2, is_mobile=True, has_touch=True, base_url=self.live.url,
                permissions=["microphone"], locale="en-GB",
            )  # fmt: skip
            self.contexts.append(context)
            page = self.phones[name] = context.new_page()
            page.on(
                "pageerror",
                lambda error: None if left_early(error) else self.trouble.append(f"{name} at {page.url}: {error}"),
            )
        return self.phones[name]


def add_person(page: Page, called: str, email: str) -> str:
    """Kai adds someone and sends them an invitation. Returns the address of their page."""
    page.goto("/people")
    page.get_by_role("link", name="Add someone").click()
    page.get_by_label("What do you call them?").fill(called)
    page.get_by_role("button", name="Add them").click()
    page.goto("/people")
    page.get_by_text("List", exact=True).click()
    page.locator(".aslist").get_by_role("link", name=re.compile(called)).first.click()
    page.wait_for_load_state()
    where = page.url
    page.get_by_label("Send a link to their email").fill(email)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_text("We sent a link to")).to_be_visible()
    return where


def come_in(story: Story, name: str) -> None:
    """Someone opens their invitation on their own phone and says yes."""
    page = story.phone(name)
    found: list[str] = []
    at_this_machine(page)

    def sent() -> bool:
        page.goto("/outbox")
        found[:] = [text for text in page.get_by_role("link").all_inner_texts() if f"{mailbox(name)}" in text]
        return bool(found)

    wait_until(sent, 30, "An invitation in the outbox")
    page.get_by_role("link", name=re.compile(mailbox(name))).first.click()
    link = re.search(r"https?://\S+/invitation/\S+", page.locator("main").inner_text())
    assert link
    page.goto(link.group(0))
    shot(page, f"story-invitation-{name.split()[-1].lower()}")
    page.get_by_label("What are you called?").fill(name)
    page.get_by_role("button", name="Yes, come in").click()
    expect(page.get_by_role("heading", name=re.compile("You’re in"))).to_be_visible()


def mailbox(name: str) -> str:
    return f"{name.split()[-1].lower()}@ashwood.example"
