"""My journey: chapters along the way, and the times between."""

from datetime import date

import pytest
from sqlmodel import select

from app.kit.ids import new_id
from app.memories.chapter import Chapter
from app.memories.memory import Memory
from app.story.journey import gaps, years
from tests.cast import Cast
from tests.conftest import ClientAs


def chapter(began: date | None, ended: date | None, home: bool = True) -> Chapter:
    return Chapter(box_id=new_id(), name="x", starts_on=began, ends_on=ended, home=home)


@pytest.mark.parametrize(
    ("began", "ended", "words"),
    [
        (date(2014, 1, 1), date(2017, 12, 31), "2014 to 2017"),
        (date(2020, 1, 1), None, "2020 to now"),
        (date(2017, 1, 1), date(2017, 12, 31), "2017"),
        (date(2014, 3, 3), date(2014, 3, 3), "3 March 2014"),
        (date(2014, 3, 3), date(2017, 6, 30), "2014 to 2017"),
        (date(2022, 5, 3), date(2022, 7, 30), "May to July 2022"),
        (date(2022, 5, 3), date(2022, 5, 30), "May 2022"),
        (None, date(2017, 12, 31), "Until 2017"),
        (None, None, ""),
    ],
)
def test_years_in_words(began: date | None, ended: date | None, words: str) -> None:
    assert years(chapter(began, ended)) == words


def test_gaps_are_the_times_no_home_covers() -> None:
    first = chapter(date(2014, 1, 1), date(2016, 12, 31))
    second = chapter(date(2018, 1, 1), date(2020, 5, 1))
    third = chapter(date(2020, 5, 20), None)
    school = chapter(date(2017, 1, 1), date(2017, 12, 31), home=False)
    assert gaps([third, first, school, second]) == [(date(2017, 1, 1), date(2017, 12, 31))]
    assert gaps([first, chapter(date(2015, 1, 1), date(2017, 12, 31)), second]) == []
    assert gaps([third, chapter(date(2022, 1, 1), date(2022, 6, 1))]) == []


def test_a_part_is_made_changed_and_taken_away(client_as: ClientAs, cast: Cast) -> None:
    kai, once = client_as("kai"), new_id()
    made = {"once": str(once), "name": "Railway Cottages", "home": "on", "from_year": "2014", "to_year": "2017"}
    for _ in range(2):
        assert kai.post("/journey/new", data=made).status_code == 303
    with cast.acting("kai") as session:
        once = session.exec(select(Chapter.id)).one()
    memory_id = cast.memory(chapter_id=once)
    page = kai.get("/journey").text
    assert page.count("Change this") == 1 and "2014 to 2017" in page and "1 thing in this chapter" in page
    assert kai.get(f"/journey/chapters/{once}").status_code == 200
    changed = {"name": "The Cottages", "from_day": "2014-03-03"}
    assert kai.post(f"/journey/chapters/{once}", data=changed).status_code == 303
    assert "2014 to now" in kai.get("/journey").text
    assert kai.post(f"/journey/chapters/{once}/removal").status_code == 303
    assert "The Cottages" not in kai.get("/journey").text
    with cast.acting("kai") as session:
        memory = session.get_one(Memory, memory_id)
        assert (memory.state, memory.chapter_id) == ("kept", None)


def test_a_keeper_can_take_a_part_away_that_holds_what_they_cannot_see(client_as: ClientAs, cast: Cast) -> None:
    part = Chapter(box_id=cast.box["ash"], name="Nursery")
    with cast.acting("ash") as session:
        session.add(part)
    memory_id = cast.memory("ash", box="ash", chapter_id=part.id, only_me=True)
    path = f"/boxes/{cast.box['ash']}/journey/chapters/{part.id}/removal"
    assert client_as("joe").post(path).status_code == 303
    with cast.acting("ash") as session:
        assert session.get_one(Memory, memory_id).chapter_id is None


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": ""}, "What do you call it?"),
        ({"name": "x", "from_year": "2017", "to_year": "2014"}, "This is before it began."),
        ({"name": "x", "from_year": "2999"}, "Please type a year"),
        ({"name": "x", "from_day": "2999-01-01"}, "Please"),
    ],
)
def test_what_is_wrong_is_said(client_as: ClientAs, fields: dict[str, str], sentence: str) -> None:
    answer = client_as("kai").post("/journey/new", data={"words": "Snails.", **fields})
    assert answer.status_code == 422
    assert sentence in answer.text and "Snails." in answer.text


def test_the_journey_is_for_those_who_run_the_box(client_as: ClientAs, cast: Cast) -> None:
    part = Chapter(box_id=cast.box["kai"], name="Railway Cottages", home=True)
    with cast.acting("kai") as session:
        session.add(part)
    for path in ("journey", f"journey/chapters/{part.id}"):
        assert client_as("joe").get(f"/boxes/{cast.box['kai']}/{path}").status_code == 403
        assert client_as("casey").get(f"/boxes/{cast.box['kai']}/{path}").status_code == 404
    assert client_as("riley").get(f"/journey/chapters/{part.id}").status_code == 404
    assert client_as("joe").get(f"/boxes/{cast.box['ash']}/journey").status_code == 200
