"""How far a timeline goes: counted where that is cheap, said in words where it is not."""

from datetime import date, timedelta

import pytest

from app.boxes.connection import Circle
from app.memories.memory import MOST_CIRCLES, Memory
from app.memories.timeline import PAGE
from app.people.viewer import Viewer
from app.web.errors import Refused
from tests.cast import Cast
from tests.conftest import ClientAs


def fill(cast: Cast, count: int, first: date, audience: tuple[str, ...] = ()) -> None:
    """Memories of ten a day."""
    circles = [cast.circle[name] for name in audience]
    with cast.acting("kai") as session:
        for number in range(count):
            day = first + timedelta(days=number // 10)
            session.add(
                Memory(
                    box_id=cast.box["kai"],
                    added_by=cast.person["kai"],
                    kind="message",
                    state="kept",
                    happened=day.isoformat(),
                    happened_on=day,
                    audience=circles,
                )
            )


def test_a_heading_that_goes_on_after_the_page_is_counted_to_its_end(client_as: ClientAs, cast: Cast) -> None:
    fill(cast, PAGE + 5, date(2020, 5, 1), audience=("joe",))
    fill(cast, 3, date(2019, 5, 1))
    page = client_as("kai").get("/").text
    assert f"May 2020 <span>{PAGE + 5} things</span>" in page
    assert f"{PAGE + 8} things, kept safe" in page
    assert ">2019<" in page.partition("dividers")[2].partition("</nav>")[0]
    shared = client_as("joe").get(f"/boxes/{cast.box['kai']}").text
    assert f"May 2020 <span>{PAGE + 5} things</span>" in shared and ">2019<" not in shared


def test_a_very_full_box_is_not_counted_to_its_end(client_as: ClientAs, cast: Cast) -> None:
    fill(cast, 1001, date(2020, 1, 1))
    assert "More than 1,000 things, kept safe" in client_as("kai").get("/").text


def test_a_card_changes_when_its_memory_does(client_as: ClientAs, cast: Cast) -> None:
    memory_id = cast.memory(title="Before", audience=("joe",))
    kai, joe = client_as("kai"), client_as("joe")
    assert "Before" in kai.get("/").text and "Before" in joe.get(f"/boxes/{cast.box['kai']}").text
    with cast.acting("kai") as session:
        session.get_one(Memory, memory_id).title = "After"
    for page in (kai.get("/").text, joe.get(f"/boxes/{cast.box['kai']}").text):
        assert "After" in page and "Before" not in page


def test_more_circles_than_an_audience_can_hold_are_refused() -> None:
    memory = Memory(box_id=Circle(name="").id, kind="message", state="kept")
    with pytest.raises(Refused):
        memory.share(Viewer(), [Circle(box_id=memory.box_id, name=str(n)) for n in range(MOST_CIRCLES + 1)])
    assert memory.audience == []


def test_an_audience_of_the_most_circles_can_be_kept(cast: Cast) -> None:
    circles = [Circle(box_id=cast.box["kai"], name=f"Circle {n}") for n in range(MOST_CIRCLES)]
    with cast.acting("kai") as session:
        session.add_all(circles)
    memory_id = cast.memory()
    with cast.acting("kai") as session:
        session.get_one(Memory, memory_id).share(cast.viewer("kai"), circles)
    with cast.acting("kai") as session:
        assert len(session.get_one(Memory, memory_id).audience) == MOST_CIRCLES
