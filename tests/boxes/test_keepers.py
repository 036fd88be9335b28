"""Kept together, handed over, and left."""

from datetime import timedelta

from sqlalchemy import create_engine, text
from sqlmodel import select

from app.boxes.box import Box, BoxAge
from app.boxes.connection import Circle, Connection
from app.boxes.home import boxes_i_am_in
from app.kit.clock import now, today
from app.kit.db import admin_url
from tests.boxes.reading import decided, state
from tests.cast import Cast
from tests.conftest import ClientAs


def add_keeper(cast: Cast, name: str) -> None:
    row = Connection(
        box_id=cast.box["ash"],
        person_id=cast.person[name],
        called=name.title(),
        state="active",
        keeper=True,
        accepted_at=now(),
    )
    with cast.acting("ash") as session:
        session.add(row)
        session.flush()
        session.add(Circle(box_id=row.box_id, name=row.called, connection_id=row.id))


def test_every_page_says_when_a_keeper_can_see(client_as: ClientAs, cast: Cast) -> None:
    ash, joe = client_as("ash"), client_as("joe")
    for page in ("/me", "/people", "/me/looks"):
        assert "Joe can see this box with you." in ash.get(page).text
    assert "You look after this box with Ash." in joe.get(f"/boxes/{cast.box['ash']}/people").text
    for page in ("/me", "/people"):
        assert "can see this box" not in client_as("kai").get(page).text


def test_a_keeper_decides_by_name_and_their_links_stay_in_the_box(client_as: ClientAs, cast: Cast) -> None:
    joe, ash = client_as("joe"), f"/boxes/{cast.box['ash']}"
    answer = joe.post(f"{ash}/people", data={"called": "Gran"})
    assert answer.headers["location"].startswith(f"{ash}/people/")
    assert f'href="{ash}/circles/new"' in joe.get(f"{ash}/people").text
    assert decided(cast, "ash", "ash") == ["Joe added Gran to your people."]
    assert "Joe added Gran" in client_as("ash").get("/me/decisions").text


def test_handing_over_ends_the_keepers_part_at_once_and_stays_written(client_as: ClientAs, cast: Cast) -> None:
    joe, where = client_as("joe"), f"/boxes/{cast.box['ash']}"
    assert "Hand it over to Ash?" in joe.get(f"{where}/me/stage").text
    assert joe.post(f"{where}/me/stage").headers["location"] == "/"
    assert joe.get(f"{where}/people").status_code == 403
    assert joe.post(f"{where}/me/stage").status_code == 403
    assert joe.get(f"{where}/about").status_code == 200
    ash = client_as("ash")
    assert "can see this box" not in ash.get("/me").text
    assert ash.post("/me/stage").status_code == 303
    assert decided(cast, "ash", "ash") == ["Joe handed this box over to Ash."]


def test_the_young_person_can_run_it_themselves_at_any_age(client_as: ClientAs, cast: Cast) -> None:
    ash = client_as("ash")
    assert "You can run this box yourself now" not in ash.get("/me").text
    with cast.acting("ash") as session:
        session.get_one(BoxAge, cast.box["ash"]).adult_on = today() + timedelta(days=5 * 365)
    assert "You can run this box yourself now" in ash.get("/me").text
    ash.post("/me/stage")
    ash.post("/me/stage")
    assert decided(cast, "ash", "ash") == ["You run this box yourself now."]
    with cast.acting("joe") as session:
        assert [one.keeps for one in boxes_i_am_in(session, cast.viewer("joe"))] == [False, False]


def test_at_eighteen_nobody_looks_after_it_any_more(client_as: ClientAs, cast: Cast) -> None:
    ash, joe = client_as("ash"), client_as("joe")
    assert joe.get(f"/boxes/{cast.box['ash']}/people").status_code == 200
    with cast.acting("ash") as session:
        session.get_one(BoxAge, cast.box["ash"]).adult_on = today()
    assert "can see this box" not in ash.get("/me").text
    assert joe.get(f"/boxes/{cast.box['ash']}/people").status_code == 403
    assert "You look after this box" not in joe.get(f"/boxes/{cast.box['ash']}/about").text


def test_someone_leaves_by_themselves_and_only_themselves(client_as: ClientAs, cast: Cast) -> None:
    joe, where = client_as("joe"), f"/boxes/{cast.box['kai']}"
    page = joe.get(f"{where}/about").text
    assert "You see what Kai shares with you, and nothing else" in page
    assert joe.post(f"{where}/leaving").headers["location"] == "/"
    assert joe.get(f"{where}/about").status_code == 404
    assert joe.post(f"{where}/leaving").status_code == 404
    assert (state(cast, "joe"), state(cast, "sam")) == ("ended", "active")
    assert decided(cast) == ["Joe left this box."]
    assert joe.get(f"/boxes/{cast.box['ash']}/about").status_code == 200


def test_one_cannot_change_ones_own_connection_except_by_leaving(cast: Cast) -> None:
    with cast.acting("joe") as session:
        changed = session.connection().execute(
            text("update connection set may_add = true, keeper = true, ends_on = null where box_id = :box"),
            {"box": cast.box["kai"]},
        )
        assert changed.rowcount == 0
        left = session.connection().execute(text("select wall.leave(:box)"), {"box": cast.box["riley"]}).scalar()
        assert left is False


def test_the_owner_cannot_leave_and_nobody_ends_themselves_by_mistake(client_as: ClientAs, cast: Cast) -> None:
    kai, joe = client_as("kai"), client_as("joe")
    refused = kai.post(f"/boxes/{cast.box['kai']}/leaving")
    assert refused.status_code == 422
    assert "This is your own box." in refused.text
    for verb in ("ending", "block"):
        mistake = joe.post(f"/boxes/{cast.box['ash']}/people/{cast.connection['joe@ash']}/{verb}")
        assert mistake.status_code == 422
        assert "That’s you." in mistake.text


def test_a_child_is_not_left_with_nobody_to_look_after_the_box(client_as: ClientAs, cast: Cast) -> None:
    joe, where = client_as("joe"), f"/boxes/{cast.box['ash']}/leaving"
    refused = joe.post(where)
    assert refused.status_code == 422
    assert "only one who looks after" in refused.text
    add_keeper(cast, "morgan")
    assert joe.post(where).status_code == 303
    assert "Morgan can see this box with you." in client_as("ash").get("/me").text


def test_the_boxes_i_am_in_are_those_that_let_me_in_today(cast: Cast) -> None:
    with cast.acting("joe") as session:
        found = boxes_i_am_in(session, cast.viewer("joe"))
        assert [(one.box.name, one.keeps) for one in found] == [("Ash", True), ("Kai", False)]
    for name in ("avery", "casey", "kai"):
        with cast.acting(name) as session:
            assert boxes_i_am_in(session, cast.viewer(name)) == []
            assert len(session.exec(select(Box)).all()) == (1 if name == "kai" else 0)


def test_a_keeper_with_one_way_in_is_led_to_another(client_as: ClientAs, cast: Cast) -> None:
    """Until then they see what is shared with them, and no more; with two ways, or a passkey, all is as it was."""
    memory, base = cast.memory("ash", box="ash"), f"/boxes/{cast.box['ash']}"
    joe = client_as("joe")
    assert joe.get(f"/memories/{memory}").status_code == 200
    with create_engine(admin_url()).begin() as admin:
        admin.execute(text("delete from recovery_code where person_id = :joe"), {"joe": cast.person["joe"]})
    assert joe.get(f"/memories/{memory}").status_code == 404
    for answer in (joe.get(f"{base}/people"), joe.post(f"{base}/people", data={"called": "Wren"})):
        assert (answer.status_code, answer.headers["location"]) == (303, "/me/devices?said=keep")
    assert "two ways of different kinds" in joe.get("/me/devices?said=keep").text
    assert "First add one more way to come in" in joe.get("/").text
    assert joe.get(f"{base}/about").status_code == 200
    assert joe.post("/me/recovery").status_code == 200
    assert joe.get(f"/memories/{memory}").status_code == 200
    assert joe.get(f"{base}/people").status_code == 200
    assert "First add one more way to come in" not in joe.get("/").text
