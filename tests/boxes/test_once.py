"""One `once` and the same content is one thing; other content is another; nothing that is there can be named by it."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import Connection, text

from app.kit.ids import new_id
from tests.cast import Cast
from tests.conftest import ClientAs

What = Callable[[Cast], tuple[str, str, dict[str, object], dict[str, object]]]
"""Who sends it where, what, and what else the second time."""

MADE: dict[str, tuple[str, What]] = {
    "a side of one’s own": (
        "perspective",
        lambda cast: ("joe", f"/memories/{cast.memory(audience=('joe',))}/perspectives",
                      {"remembered": "First words"}, {"remembered": "Second, longer words"}),
    ),
    "words": ("memory", lambda cast: ("kai", "/add/message", {"words": "First"}, {"words": "Second"})),
    "another kind": (
        "memory",
        lambda cast: ("kai", "/add/message", {"words": "First", "title": "A"}, {"words": "First", "title": "B"}),
    ),
    "a letter": (
        "memory",
        lambda cast: ("kai", "/add/letter", {"words": "First", "opens_on": "2099-01-01"},
                      {"words": "Second", "opens_on": "2099-01-01"}),
    ),
    "a circle": ("circle", lambda cast: ("kai", "/circles", {"name": "Football"}, {"name": "Swimming"})),
    "a chapter": (
        "chapter",
        lambda cast: ("kai", "/journey/new", {"name": "A", "from_year": "2014"}, {"name": "A", "from_year": "2015"}),
    ),
    "someone": ("connection", lambda cast: ("kai", "/people", {"called": "Dee"}, {"called": "Flo"})),
    "an address": (
        "mail_address",
        lambda cast: ("kai", f"/people/{cast.connection['joe']}/address",
                      {"sender": "joe@one.example"}, {"sender": "joe@two.example"}),
    ),
    "an invitation": (
        "invitation",
        lambda cast: ("kai", f"/people/{cast.connection['nan']}/invitation",
                      {"way": "mail", "email": "nan@one.example"}, {"way": "mail", "email": "nan@two.example"}),
    ),
    "a question": (
        "ask",
        lambda cast: ("kai", "/asks", {"words": "First?", "person": str(cast.connection["joe"])},
                      {"words": "Second?", "person": str(cast.connection["joe"])}),
    ),
    "asking to see": (
        "ask", lambda cast: ("joe", f"/boxes/{cast.box['kai']}/asking", {"words": "The dog"}, {"words": "The cat"})
    ),
    "a gift": (
        "gift",
        lambda cast: ("joe", f"/boxes/{cast.box['kai']}/give", {"kind": "words", "words": "First"},
                      {"kind": "words", "words": "Second"}),
    ),
}  # fmt: skip


MINE = {
    "/circles": {"name": "Ours"},
    "/journey/new": {"name": "Ours"},
    "/people": {"called": "Bo"},
    "/add/message": {"words": "x"},
    "/add/letter": {"words": "x", "opens_on": "2099-01-01"},
}


def rows(admin: Connection, table: str) -> set[UUID]:
    return set(admin.execute(text(f"select id from {table}")).scalars())


@pytest.mark.parametrize("what", MADE)
def test_the_same_again_is_one_and_other_content_is_kept_too(
    client_as: ClientAs, cast: Cast, admin: Connection, what: str
) -> None:
    table, told = MADE[what]
    who, path, first, second = told(cast)
    client, once, before = client_as(who), str(new_id()), rows(admin, table)
    for said, count in ((first, 1), (first, 1), (second, 2), (first, 2), (second, 2)):
        assert client.post(path, data={"once": once, **said}).status_code == 303
        assert len(rows(admin, table) - before) == count, said


@pytest.mark.parametrize("what", MADE)
def test_a_row_that_is_hidden_is_no_different_from_none(
    client_as: ClientAs, cast: Cast, admin: Connection, what: str
) -> None:
    """Another's row of the same sort, named as `once`: as if nobody had ever made it."""
    table, told = MADE[what]
    who, path, first, _ = told(cast)
    client = client_as(who)
    client.post(path, data={"once": str(new_id()), **first})
    hidden = max(rows(admin, table))
    them = client_as("riley")
    for noun, sent in MINE.items():
        assert them.post(noun, data={"once": str(hidden), **sent}).status_code == 303, noun
    assert hidden in rows(admin, table)
