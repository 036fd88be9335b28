"""The way back in by trusted people, as an attacker or a helper who means ill tries it."""

import pytest
from starlette.testclient import TestClient

from app.boxes.coming_back import code_of
from app.people.attempts import MOST
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.people.conftest import Browser, administrator, cookie_of
from tests.people.helping import HELPERS, Story, code_on, comes_in, heading


@pytest.fixture
def story(cast: Cast, client_as: ClientAs, browser: Browser) -> Story:
    return Story(cast, client_as, browser)


def test_helping_opens_nothing(story: Story) -> None:
    memory = story.cast.memory("kai", title="Just mine")
    story.begun()
    story.pass_time(80)
    for name in HELPERS:
        assert story.helpers[name].get(f"/memories/{memory}").status_code == 404
        assert "Just mine" not in story.helpers[name].get(f"/boxes/{story.cast.box['kai']}").text
        story.helpers[name].post("/sign-in/help/coming-in")
        ways = story.helpers[name].get("/me/devices").text
        assert story.cast.email[name] in ways and story.cast.email["kai"] not in ways


def test_a_helper_types_no_code_for_another_and_none_that_was_made_up(story: Story) -> None:
    phone = story.new_phone()
    code = code_on(phone)
    for name in ("casey", "ash", "kai"):
        client = story.client_as(name)
        path = f"/helping/{story.trusted['joe']}"
        assert client.get(path).status_code == client.post(f"{path}/code", data={"code": code}).status_code == 404
    unsure = story.helpers["joe"].post(f"/helping/{story.trusted['joe']}/code", data={"code": code})
    assert unsure.status_code == 422 and code in unsure.text
    wrong = story.say_yes("joe", "0000-0000")
    assert wrong.status_code == 422 and "That code doesn’t work" in wrong.text
    typed = f" {code.lower().replace('-', ' ').replace('0', 'o').replace('1', 'l')}"
    assert story.say_yes("joe", typed).status_code == 200


def test_guessing_codes_stops_soon(story: Story) -> None:
    phone = story.new_phone()
    answers = [story.say_yes("joe", f"{number:08}").status_code for number in range(MOST["help-code"])]
    assert set(answers) == {422}
    assert story.say_yes("joe", code_on(phone)).status_code == 429


def test_a_code_of_old_and_secrets_are_not_there_to_find(story: Story) -> None:
    phone = story.new_phone()
    code = code_on(phone)
    with administrator() as run:
        rows = run("select string_agg(r::text, ' ') from recovery r").scalar()
        assert code not in rows and code.replace("-", "") not in rows
        assert phone.cookies["holdfast-help"] not in rows
        run("update recovery set expires_at = now() where box_id is null")
    assert heading(phone) == "That code is finished"
    assert story.say_yes("joe", code).status_code == 422


def test_begun_for_one_box_it_is_not_for_another(story: Story) -> None:
    """Someone trusted in two boxes cannot turn a phone that is Kai's into one that is Ash's."""
    phone = story.begun()
    ash = story.client_as("ash")
    assert ash.post("/me/trusted", data={"who": str(story.cast.connection["joe@ash"])}).status_code == 303
    with administrator() as run:
        trusted = run(
            "select id from trusted_person where connection_id = :c", c=story.cast.connection["joe@ash"]
        ).scalar()
    joe = story.helpers["joe"]
    joe.post(f"/helping/{trusted}/answer", data={"answer": "yes"})
    answer = joe.post(f"/helping/{trusted}/code", data={"code": code_on_begun(phone), "sure": "yes"})
    assert answer.status_code == 422 and "That code doesn’t work" in answer.text


def code_on_begun(phone: TestClient) -> str:
    return code_of(phone.cookies["holdfast-help"])


def test_the_cookie_of_a_phone_that_is_in_is_not_the_secret_of_one_that_waits(story: Story) -> None:
    """What lets a phone in now and what waits on it are two secrets: one is not the other's."""
    phone = story.begun()
    story.pass_time(80)
    thief = story.browser()
    thief.cookies.set("holdfast-help", cookie_of(story.kai))
    assert not comes_in(thief) and comes_in(phone)
