"""My people: adding, changing, ending and blocking."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlmodel import select

from app.boxes.box import Box
from app.boxes.circles import circles_for_choosing, ensure_circle_of_one, seeing
from app.boxes.connection import CircleMember, Connection
from app.kit.clock import today
from app.kit.ids import new_id
from tests.boxes.reading import decided, once, state
from tests.cast import Cast
from tests.conftest import ClientAs


def test_someone_who_never_signs_in_counts_too(client_as: ClientAs, cast: Cast) -> None:
    kai = client_as("kai")
    form = {
        "once": once(kai.get("/people/new").text),
        "called": "Auntie Dee",
        "about": "My aunt",
        "ring": "2",
        "in_touch": "no",
        "face": "afro",
        "tint": "4",
    }
    first, second = kai.post("/people", data=form), kai.post("/people", data=form)
    assert first.headers["location"] == second.headers["location"] != f"/people/{form['once']}"
    page = kai.get("/people").text
    assert page.count("Auntie Dee") == 2  # on the rings and in the list
    assert 'class="p4 still"' in page
    assert decided(cast) == ["You added Auntie Dee to your people."]
    with cast.acting("kai") as session:
        row = session.exec(select(Connection).where(Connection.called == "Auntie Dee")).one()
        assert ensure_circle_of_one(session, row).name == "Auntie Dee"


def test_a_form_without_a_name_comes_back_with_what_was_typed(client_as: ClientAs, cast: Cast) -> None:
    page = client_as("kai").post("/people", data={"called": " ", "about": "My aunt"})
    assert page.status_code == 422
    assert "Please say what you call them." in page.text
    assert 'value="My aunt"' in page.text


def test_more_than_ten_people_go_on_in_the_list(client_as: ClientAs, cast: Cast) -> None:
    with cast.acting("kai") as session:
        for number in range(9):
            session.add(Connection(box_id=cast.box["kai"], called=f"Friend {number}", ring=3))
    page = client_as("kai").get("/people").text
    assert page.count('<li class="p') == 1 + 3 + 4  # me, all on the first ring, four on the third
    assert "7 more people are in the list." in page
    assert "Friend 8" in page


def test_where_people_go_is_changed_without_a_word_to_anyone(client_as: ClientAs, cast: Cast) -> None:
    kai, where = client_as("kai"), f"/people/{cast.connection['patel']}/edit"
    form = {"called": "Miss", "about": "", "ring": "1", "in_touch": "yes", "face": "bun", "tint": "3"}
    assert kai.post(where, data=form).status_code == 303
    assert "Miss" in kai.get("/people").text
    assert decided(cast) == []
    with cast.acting("kai") as session:
        people = circles_for_choosing(session, session.get_one(Box, cast.box["kai"])).people
        assert "Miss" in [one.circle.name for one in people]


def test_stopping_someone_works_from_the_next_request_on(client_as: ClientAs, cast: Cast) -> None:
    kai, joe = client_as("kai"), client_as("joe")
    about = f"/boxes/{cast.box['kai']}/about"
    assert joe.get(about).status_code == 200
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: kai.post(f"/people/{cast.connection['joe']}/ending"), range(4)))
    assert joe.get(about).text == joe.get(f"/boxes/{new_id()}/about").text
    assert state(cast, "joe") == "ended"
    assert decided(cast) == ["You stopped Joe seeing things."]


def test_blocking_ends_too_and_can_be_undone_without_letting_in(client_as: ClientAs, cast: Cast) -> None:
    kai, where = client_as("kai"), f"/people/{cast.connection['joe']}"
    kai.post(f"{where}/block")
    kai.post(f"{where}/block")
    assert client_as("joe").get(f"/boxes/{cast.box['kai']}/about").status_code == 404
    assert "Blocked" in kai.get("/people").text
    kai.post(f"{where}/block/end")
    assert state(cast, "joe") == "ended"
    assert decided(cast) == ["You blocked Joe.", "You stopped blocking Joe."]


def test_a_day_that_has_gone_cannot_be_the_last(client_as: ClientAs, cast: Cast) -> None:
    gone = (today() - timedelta(days=1)).isoformat()
    page = client_as("kai").post(
        f"/people/{cast.connection['joe']}/permission", data={"may_add": "yes", "ends_on": gone}
    )
    assert page.status_code == 422
    assert "That day has gone." in page.text
    assert gone in page.text


def test_until_a_day_means_that_day_too(client_as: ClientAs, cast: Cast) -> None:
    kai, joe = client_as("kai"), client_as("joe")
    kai.post(f"/people/{cast.connection['joe']}/permission", data={"may_add": "no", "ends_on": today().isoformat()})
    assert joe.get(f"/boxes/{cast.box['kai']}/about").status_code == 200
    assert decided(cast)[-1].startswith("You stopped Joe adding things and let Joe in until ")
    with cast.acting("kai") as session:
        session.get_one(Connection, cast.connection["joe"]).ends_on = today() - timedelta(days=1)
    assert joe.get(f"/boxes/{cast.box['kai']}/about").status_code == 404
    assert "They can’t see anything now." in kai.get(f"/people/{cast.connection['joe']}").text


def test_how_many_things_someone_sees_is_what_the_wall_lets_them_see(client_as: ClientAs, cast: Cast) -> None:
    cast.memory(audience=("home", "joe"))
    cast.memory(audience=("joe",))
    cast.memory(audience=("joe",), audience_until=today() - timedelta(days=1))
    cast.memory(audience=("joe",), state="put_away")
    cast.memory()
    kai = client_as("kai")
    assert "Joe can see 2 things." in kai.get(f"/people/{cast.connection['joe']}").text
    assert "Sam can see 1 thing." in kai.get(f"/people/{cast.connection['sam']}").text
    patel = kai.get(f"/people/{cast.connection['patel']}").text
    assert "Mrs Patel is let in, but nothing is shared with them yet." in patel
    page = kai.get("/people").text
    assert "<b>Home</b><small>Can see 1 thing</small>" in page
    with cast.acting("joe") as session:
        from sqlmodel import select

        from app.memories.memory import Memory

        assert len(session.exec(select(Memory)).all()) == 2


def test_a_circle_is_made_once_and_filled_for_a_time(client_as: ClientAs, cast: Cast) -> None:
    kai = client_as("kai")
    form = {"once": once(kai.get("/circles/new").text), "name": "Football"}
    where = kai.post("/circles", data=form).headers["location"]
    assert kai.post("/circles", data=form).headers["location"] == where
    until = date(today().year + 1, 8, 31)
    member = {"once": str(new_id()), "person": str(cast.connection["sam"]), "ends_on": until.isoformat()}
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: kai.post(f"{where}/members", data=member), range(3)))
    assert kai.get(where).text.count("Take Sam out of Football") == 1
    kai.post(where, data={"name": "Swimming"})
    (removal,) = re.findall(rf'action="({where}/members/[^"]+/removal)"', kai.get(where).text)
    kai.post(removal)
    kai.post(removal)
    assert decided(cast) == [
        "You made a circle called Football.",
        f"You put Sam in Football until 31 August {until.year}.",
        "You gave the circle Football a new name: Swimming.",
        "You took Sam out of Swimming.",
    ]


def test_days_the_wrong_way_round_are_said_plainly(client_as: ClientAs, cast: Cast) -> None:
    form = {
        "person": str(cast.connection["sam"]),
        "starts_on": (today() + timedelta(days=9)).isoformat(),
        "ends_on": (today() + timedelta(days=2)).isoformat(),
    }
    page = client_as("kai").post(f"/circles/{cast.circle['school']}/members", data=form)
    assert page.status_code == 422
    assert "The last day is before the first day." in page.text


def test_another_boxs_person_cannot_be_put_in_a_circle(client_as: ClientAs, cast: Cast) -> None:
    joe, ash = client_as("joe"), f"/boxes/{cast.box['ash']}"
    where = joe.post(f"{ash}/circles", data={"name": "Home"}).headers["location"]
    page = joe.post(f"{where}/members", data={"person": str(cast.connection["sam"])})
    assert page.status_code == 422
    assert joe.get(f"/boxes/{cast.box['ash']}/circles/{cast.circle['school']}").status_code == 404


@pytest.mark.parametrize(
    ("starts", "ends", "sees"), [(None, None, True), (1, None, False), (None, -1, False), (0, 0, True)]
)
def test_seeing_follows_the_days_in_a_circle(cast: Cast, starts: int | None, ends: int | None, sees: bool) -> None:
    with cast.acting("kai") as session:
        session.add(
            CircleMember(
                box_id=cast.box["kai"],
                circle_id=cast.circle["school"],
                connection_id=cast.connection["sam"],
                starts_on=None if starts is None else today() + timedelta(days=starts),
                ends_on=None if ends is None else today() + timedelta(days=ends),
            )
        )
        session.flush()
        people = seeing(session, cast.box["kai"], [cast.circle["school"]])
        assert [person.called for person in people] == (["Sam", "Mrs Patel"] if sees else ["Mrs Patel"])


def test_choosing_offers_nobody_who_is_out(cast: Cast) -> None:
    with cast.acting("kai") as session:
        choosing = circles_for_choosing(session, session.get_one(Box, cast.box["kai"]))
        assert [one.connection.called for one in choosing.people] == ["Joe", "Sam", "Mrs Patel"]
        named = {one.circle.name: [person.called for person in one.members] for one in choosing.circles}
        assert named == {"Home": ["Joe", "Sam"], "School": ["Mrs Patel"]}
        assert seeing(session, cast.box["kai"], [cast.circle["avery"], cast.circle["nan"]]) == []
