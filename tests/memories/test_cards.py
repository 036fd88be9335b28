"""The small print of cards says who sees them, and no card stands alone in half a row."""

import re
from datetime import date
from uuid import UUID

import pytest

from app.boxes.connection import Circle
from app.kit.clock import today
from app.memories import edtf
from tests.cast import Cast
from tests.conftest import ClientAs

CARD = re.compile(r'<li class="(keep[^"]*)"><a href="/memories/([0-9a-f-]{36})".*?</li>', re.DOTALL)
SEEN = re.compile(r'<span class="meta"><svg.*?</svg>([^<]*)</span>')


def small_print(page: str, memory_id: UUID) -> str:
    """What a card says about who can see it, "" when it is not there."""
    for card in CARD.finditer(page):
        if card[2] == str(memory_id):
            found = SEEN.search(card[0])
            assert found, card[0]
            return found[1]
    return ""


def test_a_card_names_everyone_who_sees_it(client_as: ClientAs, cast: Cast) -> None:
    club = Circle(box_id=cast.box["ash"], name="Club")
    with cast.acting("ash") as session:
        session.add(club)
    cast.circle["club"] = club.id
    plain = cast.memory("ash", box="ash")
    shared = cast.memory("ash", box="ash", audience=("club",))
    hidden = cast.memory("ash", box="ash", only_me=True)
    half = cast.memory("ash", box="ash", audience=("club",), only_me=True)
    over = cast.memory("ash", box="ash", audience=("club",), audience_until=date(2020, 1, 1))

    mine = client_as("ash").get("/").text
    assert [small_print(mine, one) for one in (plain, shared, hidden, half, over)] == [
        "You and Joe", "Club, Joe", "Just me", "Club", "You and Joe",
    ]  # fmt: skip
    theirs = client_as("joe").get(f"/boxes/{cast.box['ash']}").text
    assert [small_print(theirs, one) for one in (plain, shared, hidden, over)] == [
        "Ash and you", "Club, you", "", "Ash and you",
    ]  # fmt: skip
    assert "Just me" not in theirs

    alone = cast.memory("kai")
    assert small_print(client_as("kai").get("/").text, alone) == "Just me"


@pytest.mark.parametrize(("count", "wide"), [(1, [True]), (2, [False, False]), (3, [False, False, True])])
def test_a_card_that_would_stand_alone_is_wide(client_as: ClientAs, cast: Cast, count: int, wide: list[bool]) -> None:
    for _ in range(count):
        cast.memory(happened="2020-05-16", happened_on=date(2020, 5, 16))
    page = client_as("kai").get("/").text
    assert ["wide" in card[1].split() for card in CARD.finditer(page)] == wide


def test_a_tape_says_its_year(client_as: ClientAs, cast: Cast) -> None:
    songs = {"songs": [{"title": "Slow Tide"}]}
    this_year = f"{today().year}-{today().month:02}"
    for happened in (this_year, "2019-22", "2014~"):
        cast.memory(kind="life_track", happened=happened, happened_on=edtf.last_day(happened), details=songs)
    page = client_as("kai").get("/").text
    labels = re.findall(r'<span class="label">([^<]+)<', page)
    assert labels == [f"Kai, {today().year} so far", "Kai, 2019", "Kai, around 2014"]
