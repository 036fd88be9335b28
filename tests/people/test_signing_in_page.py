"""docs/signing-in.md says what the house does: each way in, each limit, and when a sign-in ends."""

import re

from app.kit.config import PROJECT
from app.people.attempts import MOST
from app.people.sign_in import WAYS

PAGE = (PROJECT / "docs" / "signing-in.md").read_text()
WAY_ROWS = {
    "passkey": "passkey", "link": "e-mailed link", "recovery": "printed code", "provider": "account elsewhere",
    "trusted": "trusted people", "start": "beginning", "invitation": "beginning",
}  # fmt: skip
LIMIT_ROWS = {
    "recovery": "printed codes", "link": "sign-in links asked for", "mailbox": "links to one mailbox",
    "code": "codes of screens", "said": "wrong spoken codes", "provider": "accounts elsewhere",
    "help": "asking trusted people", "help-code": "asking trusted people", "start": "boxes begun",
    "invite": "invitations mailed", "challenge": "passkey challenges", "own challenge": "passkey challenges",
    "app": "requests that an app pushes", "app anywhere": "requests that an app pushes",
}  # fmt: skip


def row(begins: str) -> str:
    """The row of a table that begins with these words."""
    found = re.search(rf"^\| (?:\*\*)?{re.escape(begins)}.*$", PAGE, re.MULTILINE)
    assert found is not None, begins
    return found.group()


def test_every_way_in_stands_on_the_page() -> None:
    """But for the demo, which is for this machine alone."""
    assert set(WAY_ROWS) | {"demo"} == set(WAYS)
    assert all(row(begins).count("|") == 5 for begins in WAY_ROWS.values())


def test_every_limit_stands_on_the_page() -> None:
    assert set(LIMIT_ROWS) == set(MOST)
    for kind, most in MOST.items():
        most_of_it = row(LIMIT_ROWS[kind]).split("|")[2]
        assert re.search(rf"(?<![\d,]){most:,}(?![\d,])", most_of_it), kind


def test_when_a_sign_in_ends_stands_on_the_page() -> None:
    assert "30 days (`SESSION_DAYS`)" in row("unused") and "30 minutes (`SHARED_SESSION_MINUTES`)" in row("unused")
    assert "180 days" in row("however much it is used") and "12 hours" in row("however much it is used")
    for said in (
        "NIST SP 800-63B",
        "more than twenty devices",
        "An account elsewhere and its sign-in there have their own end",
    ):
        assert said in PAGE.replace("\n", " ")
