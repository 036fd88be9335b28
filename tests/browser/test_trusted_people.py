"""Kai lost every way in, and two of the people he trusts help him back: on their own phones, in a real Chromium."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import Connection, create_engine, text

from app.kit import embedded_postgres
from tests.browser.conftest import Live, OpenPhone, prove, shot
from tests.browser.fit import too_wide

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
STOP = "That wasn’t me. Stop it."
LATER = "update recovery set ready_at = ready_at - interval '73 hours' where begun_at is not null"


@contextmanager
def database_of(live: Live) -> Iterator[Connection]:
    """The running Holdfast's own database, to make time pass in it."""
    url = embedded_postgres.url(live.data).set(drivername="postgresql+psycopg")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture(autouse=True)
def over_afterwards(live: Live) -> Iterator[None]:
    """What happened here is long ago for the tests that share this Holdfast."""
    yield
    with database_of(live) as admin:
        admin.execute(text("update recovery set expires_at = now() - interval '1 minute'"))


def looks_right(page: Page, name: str) -> None:
    """Nothing wider than the phone, nothing that axe finds, in both modes; with a picture of each to look at."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        shot(page, f"trusted-{name}-{scheme}")
        assert [found["id"] for found in Axe().run(page).response["violations"]] == [], (name, scheme)
    page.emulate_media(color_scheme="light")
    assert too_wide(page) == 0, name


def agree(page: Page) -> None:
    """Somebody who was asked finds it on the Me page and says yes."""
    page.goto("/me")
    page.get_by_role("link", name=re.compile("Someone asked me for help")).click()
    page.get_by_role("link", name=re.compile("Kai")).click()
    page.get_by_role("button", name="Yes, I’ll help").click()
    expect(page.get_by_role("button", name="Yes, it’s really them")).to_be_visible()


def read_code_to(page: Page, code: str) -> None:
    page.goto("/helping")
    page.get_by_role("link", name=re.compile("Kai")).click()
    page.get_by_label("The code").fill(code.lower().replace("-", " "))
    page.get_by_label("I’m sure it’s Kai").check()
    page.get_by_role("button", name="Yes, it’s really them").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()


def test_two_of_three_people_help_kai_back_in(phone: OpenPhone, live: Live) -> None:
    kai, helpers = phone("Kai"), {name: phone(name) for name in ("Joe", "Mrs Patel", "Sam")}
    prove(kai, "Kai", "/me")
    kai.get_by_role("link", name=re.compile("People who can help me back in")).click()
    looks_right(kai, "nobody-yet")
    for name in helpers:
        kai.get_by_role("button", name=f"Ask {name} to help").click()
        expect(kai.get_by_role("button", name=f"Take {name} off the list")).to_be_visible()
    helpers["Joe"].goto("/helping")
    looks_right(helpers["Joe"], "asked-list")
    helpers["Joe"].get_by_role("link", name=re.compile("Kai")).click()
    looks_right(helpers["Joe"], "asked")
    for page in helpers.values():
        agree(page)
    looks_right(helpers["Joe"], "type-the-code")
    kai.goto("/me/trusted")
    expect(kai.get_by_text("It works. Two of the people who said yes are enough.")).to_be_visible()
    looks_right(kai, "chosen")

    new = phone(None)
    new.goto("/sign-in")
    new.get_by_text("I lost my phone").click()
    new.get_by_role("link", name="I have no codes. I can’t get in").click()
    looks_right(new, "cannot-get-in")
    new.get_by_role("button", name="Get a code").click()
    code = new.locator(".aloud").inner_text()
    looks_right(new, "code")
    read_code_to(helpers["Joe"], code)
    looks_right(helpers["Joe"], "thank-you")
    new.get_by_role("link", name="Look again").click()
    expect(new.get_by_text(code)).to_be_visible()
    read_code_to(helpers["Sam"], code)
    new.get_by_role("link", name="Look again").click()
    expect(new.get_by_role("heading", name="Two people helped")).to_be_visible()
    looks_right(new, "waiting")

    kai.goto("/")
    expect(kai.get_by_role("button", name=STOP)).to_be_visible()
    looks_right(kai, "banner")
    kai.get_by_role("link", name="Who and when").click()
    expect(kai.get_by_text(re.compile("Joe and Sam"))).to_be_visible()
    looks_right(kai, "who-and-when")
    kai.locator(".alarm").get_by_role("button", name=STOP).click()
    expect(kai.get_by_role("heading", name="It’s stopped")).to_be_visible()
    looks_right(kai, "stopped")
    new.reload()
    expect(new.get_by_role("heading", name="It was stopped")).to_be_visible()
    looks_right(new, "was-stopped")

    with database_of(live) as admin:
        admin.execute(text("update recovery set stopped_at = stopped_at - interval '25 hours'"))
    new.get_by_role("button", name="Get a code").click()
    code = new.locator(".aloud").inner_text()
    for name in ("Mrs Patel", "Joe"):
        read_code_to(helpers[name], code)
    with database_of(live) as admin:
        admin.execute(text(LATER))
    new.get_by_role("link", name="Look again").click()
    looks_right(new, "ready")
    new.get_by_role("button", name="Come in").click()
    expect(new.get_by_role("heading", name="How you come in")).to_be_visible()
    expect(new.get_by_role("button", name="Let this phone open it")).to_be_visible()
    looks_right(new, "back-in")
    kai.goto("/me/trusted")
    looks_right(kai, "came-back")
