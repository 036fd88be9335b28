"""Browsers that knock at the front door, and what is found in the local outbox."""

import random
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from starlette.testclient import TestClient

from app.kit.config import settings
from app.kit.db import admin_url
from app.kit.outbox import Kept, kept_messages
from app.people import this_machine
from app.people.door import cookie_name
from app.web import typeface
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.people.pushing import PushService, push_service

Browser = Callable[..., TestClient]


@pytest.fixture
def browser(app: object) -> Iterator[Browser]:
    """`browser()`: one with nobody signed in, that was here before, at an address of its own; `at` gives it another.

    Each has the key that `holdfast up` prints.
    """
    opened: list[TestClient] = []

    def open_browser(at: str | None = None, base_url: str = "http://localhost") -> TestClient:
        address = at or f"10.{random.randrange(256)}.{random.randrange(256)}.{random.randrange(256)}"
        client = TestClient(app, base_url=base_url, follow_redirects=False, client=(address, 40000))  # type: ignore[arg-type]
        client.headers["Sec-Fetch-Site"] = "same-origin"
        client.cookies.set(typeface.COOKIE, "1")
        client.cookies.set(this_machine.COOKIE, this_machine.key())
        opened.append(client)
        return client

    yield open_browser
    for client in opened:
        client.close()


@pytest.fixture
def demo_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "demo", True)


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PushService]:
    """A push service of a browser's maker, that ours trusts."""
    with push_service(tmp_path) as service:
        monkeypatch.setattr(settings(), "push_own_ca", service.authority)
        yield service


@pytest.fixture
def home(cast: Cast, client_as: ClientAs, browser: Browser, run_jobs: Callable[[], None]) -> Any:
    """See tests/people/minute.py."""
    from tests.people.minute import make_home

    return make_home(cast, client_as, browser, run_jobs)


def mail_to(address: str) -> list[Kept]:
    """What the outbox holds for an address, newest first."""
    return [message for message in kept_messages(500) if message["to"] == address]


def path_in(message: Kept) -> str:
    """The path of the link in a message."""
    found = re.search(re.escape(settings().public_url) + r"(\S+)", message["body"])
    assert found is not None, message["body"]
    return found.group(1)


def is_signed_in(client: TestClient) -> bool:
    """Whether this browser's cookie opens a page that only someone signed in gets."""
    return client.get("/me/recovery").status_code == 200


def cookie_of(client: TestClient) -> str:
    return client.cookies[cookie_name()]


@contextmanager
def administrator() -> Iterator[Any]:
    """A connection past the wall, to make time pass and to count rows."""
    engine = create_engine(admin_url())
    with engine.begin() as connection:
        yield lambda sql, **values: connection.execute(text(sql), values)
    engine.dispose()
