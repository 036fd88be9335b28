"""The one list of screens: who there is to be, where each begins, and every page that links lead on to from there."""

import re
from collections import Counter, deque
from collections.abc import Iterator
from urllib.parse import urldefrag, urlsplit

from playwright.sync_api import Page

from tests.browser.test_consent import asking

NOBODY = "nobody"
CAST = (NOBODY, "Kai", "Joe", "Sam", "Mrs Patel", "Ash", "Riley", "Casey", "Avery", "Morgan")
OUTSIDE = (
    "/sign-in", "/language", "/start", "/invitation", "/demo", "/outbox", "/sign-in/link/nonsense",
    "/sign-in/back/school", "/sign-in/help", "/stop/nonsense", "/nonsense",
    "/capture", "/help", "/no-signal", "/slow", "/away", "/offline",
)  # fmt: skip
CONSENT = asking("http://127.0.0.1/callback")
SIGNED_IN = ("/", "/me", "/helping", "/device", CONSENT, "/oauth/authorize", "/share", "/share?opened=yes")
NOT_PAGES = re.compile(r"^/(media|static|uploads|demo/|me/apps/.*/receipt)")
IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[A-Za-z0-9_-]{40,}")
MANY = {"/memories/*": 16, "/memories/*/edit": 8, "/people/*": 3}


def shape(url: str) -> str:
    """An address without the ids in it: pages of one shape come from one template."""
    parts = urlsplit(url)
    return IDS.sub("*", parts.path) + ("?" + re.sub("=[^&]*", "", parts.query) if parts.query else "")


def label(url: str) -> str:
    """The shape of an address as part of the name of a file."""
    return shape(url).strip("/").replace("/", "-").replace("*", "x") or "home"


def screens(page: Page, name: str) -> Iterator[str]:
    """Every page that `name`, signed in there, can reach; of what Kai has many of, several."""
    yield from pages(page, starts(name), MANY if name == "Kai" else {})


def starts(name: str) -> tuple[str, ...]:
    """Where the walk of one of the cast begins."""
    return OUTSIDE if name == NOBODY else SIGNED_IN


def pages(page: Page, begin: tuple[str, ...], most: dict[str, int], usual: int = 1) -> Iterator[str]:
    """Walk every link of our own, each once; `usual` pages of each shape, or as many as `most` says.

    A page stands open as it is yielded.
    """
    walked: set[str] = set()
    seen: Counter[str] = Counter()
    waiting = deque(begin)
    while waiting:
        path = waiting.popleft()
        kind = shape(path)
        if path in walked or seen[kind] >= most.get(kind, usual):
            continue
        walked.add(path)
        seen[kind] += 1
        page.goto(path)
        yield path
        for link in page.locator("a[href]").evaluate_all("links => links.map(a => a.href)"):
            found = urlsplit(urldefrag(link)[0])
            if f"{found.scheme}://{found.netloc}" in page.url and not NOT_PAGES.match(found.path):
                waiting.append(found.path + (f"?{found.query}" if found.query else ""))
