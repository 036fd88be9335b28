"""A list that ends before what it lists does says how many more there are."""

from datetime import timedelta

import pytest

from app.arrivals import given_pages
from app.kit.clock import today
from app.memories.routes import drawers
from tests.cast import Cast
from tests.conftest import ClientAs


@pytest.mark.parametrize(("page", "state"), [("/put-away", "put_away"), ("/trash", "trashed")])
def test_a_drawer_says_how_many_more_it_holds(
    cast: Cast, client_as: ClientAs, monkeypatch: pytest.MonkeyPatch, page: str, state: str
) -> None:
    monkeypatch.setattr(drawers, "MOST", 2)
    kai = client_as("kai")
    for number in range(5):
        cast.memory(title=f"Day {number}", state=state, erase_on=today() + timedelta(days=30))
        said = kai.get(page).text
        assert said.count('class="keep"') == min(number + 1, 2)
        assert ("There are" in said or "There is 1 more" in said) == (number >= 2)
    assert "There are 3 more" in kai.get(page).text


def test_what_one_sent_says_how_much_came_before(
    cast: Cast, client_as: ClientAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(given_pages, "MOST_LISTED", 2)
    for number in range(5):
        cast.gift(title=f"Day {number}")
    said = client_as("joe").get(f"/boxes/{cast.box['kai']}/given").text
    assert "Day 4" in said and "Day 2" not in said and "You sent 3 more before these." in said
