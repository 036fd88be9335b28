"""Two of three trusted people help someone back in: what each of them can and cannot do."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy.exc import ProgrammingError

from app.boxes.jobs import sweep_recoveries
from app.kit.config import settings
from app.kit.db import engine
from tests.boxes.reading import decided
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.people.conftest import Browser, administrator, is_signed_in, mail_to, path_in
from tests.people.helping import HELPERS, RunJobs, Story, code_on, comes_in, heading

BANNER = "That wasn’t me. Stop it."


@pytest.fixture
def story(cast: Cast, client_as: ClientAs, browser: Browser) -> Story:
    return Story(cast, client_as, browser)


def test_two_of_three_and_three_days_open_it_again(story: Story, run_jobs: RunJobs) -> None:
    phone, cast = story.begun(), story.cast
    story.pass_time(72)
    assert heading(phone) == "You can come in now"
    secret = phone.cookies["holdfast-help"]
    answer = phone.post("/sign-in/help/coming-in")
    assert (answer.status_code, answer.headers["location"]) == (303, "/me/devices")
    assert is_signed_in(phone) and is_signed_in(story.kai)  # what was open stays open until he chooses
    assert "Let this phone open it" in phone.get("/me/devices").text
    assert decided(cast)[-2:] == [
        "Joe and Mrs Patel said that you lost your way in. The wait began.",
        "You came back in. Joe and Mrs Patel helped.",
    ]
    run_jobs()
    assert mail_to(cast.email["kai"])[0]["subject"] == "You are back in"
    for name in HELPERS:
        assert mail_to(cast.email[name])[0]["subject"] == "Somebody is back in"
    assert "Someone came back in as you" in story.kai.get("/").text
    again = story.browser()
    again.cookies.set("holdfast-help", secret)
    assert not comes_in(again)


def test_one_minute_short_of_the_wait_nobody_comes_in(story: Story) -> None:
    phone = story.begun()
    story.pass_time(71, 59)
    assert heading(phone) == "Two people helped" and not comes_in(phone)
    story.pass_time(0, 2)
    assert comes_in(phone)


def test_the_wait_is_the_databases_and_no_caller_makes_it_shorter(story: Story) -> None:
    phone = story.new_phone()
    code = code_on(phone)
    story.say_yes("joe", code)
    short = settings().model_copy(update={"recovery_wait_hours": 0})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.boxes.coming_back.settings", lambda: short)
        story.say_yes("patel", code)
    assert not comes_in(phone)
    story.pass_time(23, 59)
    assert not comes_in(phone)
    for role in ("holdfast_web", "holdfast_worker"):
        with pytest.raises(ProgrammingError, match="permission denied"), engine(role).begin() as connection:
            connection.exec_driver_sql("update recovery set ready_at = now()")


def test_one_helper_counts_once_on_however_many_phones(story: Story) -> None:
    phone = story.new_phone()
    code = code_on(phone)
    clients = [story.client_as("joe") for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda client: story.say_yes("joe", code, client).status_code, clients))
    assert answers == [200] * 4 and BANNER not in story.kai.get("/").text
    story.pass_time(100)
    assert heading(phone) == "Your code" and not comes_in(phone)


def test_two_at_the_same_moment_begin_it_once(story: Story, run_jobs: RunJobs) -> None:
    phone = story.new_phone()
    code = code_on(phone)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda name: story.say_yes(name, code), HELPERS))
    assert heading(phone) == "Two people helped"
    run_jobs()
    begun = [message for message in mail_to(story.cast.email["kai"]) if message["subject"] == "Is this you?"]
    assert len(begun) == 1
    assert sum("The wait began" in sentence for sentence in decided(story.cast)) == 1


def test_nobody_learns_whether_another_has_said_yes(story: Story) -> None:
    first, second = story.new_phone(), story.new_phone()
    alone = story.say_yes("joe", code_on(first))
    story.say_yes("sam", code_on(second))
    along = story.say_yes("joe", code_on(second))
    assert (alone.status_code, alone.content) == (along.status_code, along.content)
    assert heading(first) == "Your code"
    for name in HELPERS:
        with story.cast.acting(name) as session:
            assert session.connection().exec_driver_sql("select count(*) from recovery_yes").scalar() == 0


@pytest.mark.parametrize(
    "how",
    [
        lambda story: story.kai.post(f"/people/{story.cast.connection['patel']}/ending"),
        lambda story: story.kai.post(f"/people/{story.cast.connection['patel']}/block"),
        lambda story: story.kai.post(f"/me/trusted/{story.trusted['patel']}/ending"),
        lambda story: story.answer("patel", "no"),
        lambda story: story.helpers["patel"].post(f"/boxes/{story.cast.box['kai']}/leaving"),
    ],
    ids=["ended", "blocked", "taken off", "said no", "left"],
)
def test_who_is_not_trusted_any_more_counts_neither_at_the_end_nor_at_the_beginning(
    story: Story, how: Callable[[Story], Any]
) -> None:
    phone = story.begun()
    story.pass_time(73)
    assert how(story).status_code == 303
    assert heading(phone) == "Your code" and not comes_in(phone)
    other = story.new_phone()
    story.say_yes("joe", code_on(other))
    assert story.say_yes("patel", code_on(other)).status_code in (404, 422)
    assert heading(other) == "Your code"
    # Another's yes begins the wait anew.
    assert story.say_yes("sam", code_on(phone)).status_code == 200
    assert heading(phone) == "Two people helped" and not comes_in(phone)


@pytest.mark.parametrize(
    "gone",
    [
        lambda story: story.answer("patel", "no"),
        lambda story: story.kai.post(f"/people/{story.cast.connection['patel']}/ending"),
        lambda story: story.kai.post(f"/people/{story.cast.connection['patel']}/block"),
        lambda story: story.helpers["patel"].post(f"/boxes/{story.cast.box['kai']}/leaving"),
        lambda story: story.kai.post(f"/me/trusted/{story.trusted['patel']}/ending"),
    ],
    ids=["said no", "ended", "blocked", "left", "taken off"],
)
@pytest.mark.parametrize("hours", [1, 73])
def test_a_yes_that_was_taken_back_begins_a_new_wait(
    story: Story, run_jobs: RunJobs, gone: Callable[[Story], Any], hours: int
) -> None:
    phone = story.begun()
    code = code_on(phone) if heading(phone) == "Your code" else ""
    assert gone(story).status_code == 303
    story.pass_time(hours)
    with administrator() as run:  # let in again, and asked and said yes again
        run(
            "update connection set state = 'active', accepted_at = now(), ended_at = null where id = :c",
            c=story.cast.connection["patel"],
        )
        run("update trusted_person set answer = 'yes', answered_at = now() where id = :t", t=story.trusted["patel"])
    assert heading(phone) == "Your code" and not comes_in(phone)
    story.pass_time(100)
    code = code_on(phone)
    run_jobs()
    before = sum("The wait began" in sentence for sentence in decided(story.cast))
    with administrator() as run:
        run("update trusted_person set ended_at = null where id = :t", t=story.trusted["patel"])
        run("update recovery set expires_at = now() + interval '1 day' where box_id = :b", b=story.cast.box["kai"])
    assert story.say_yes("patel", code).status_code == 200
    assert heading(phone) == "Two people helped" and not comes_in(phone)
    assert sum("The wait began" in sentence for sentence in decided(story.cast)) == before + 1


def test_helpers_of_another_box_do_not_use_a_devices_code(story: Story) -> None:
    phone = story.new_phone()
    code = code_on(phone)
    story.say_yes("joe", code)
    with administrator() as run:  # Mrs Patel helps Riley too
        tie = run(
            "insert into connection select (jsonb_populate_record("
            "c, jsonb_build_object('id', uuidv7(), 'box_id', cast(:b as text)))).*"
            " from connection c where c.id = :c returning id",
            b=str(story.cast.box["riley"]), c=story.cast.connection["patel"],
        ).scalar()  # fmt: skip
        theirs = run(
            "insert into trusted_person (id, box_id, connection_id, asked_at, answer, answered_at)"
            " values (uuidv7(), :b, :c, now(), 'yes', now()) returning id",
            b=story.cast.box["riley"], c=tie,
        ).scalar()  # fmt: skip
    said = story.helpers["patel"].post(f"/helping/{theirs}/code", data={"code": code, "sure": "yes"})
    assert said.status_code == 422 and "That code doesn’t work" in said.text
    assert story.say_yes("patel", code).status_code == 200
    assert heading(phone) == "Two people helped"


def test_time_that_ran_out_for_a_helper_counts_as_gone(story: Story) -> None:
    phone = story.begun()
    story.pass_time(73)
    with administrator() as run:
        run("update connection set ends_on = current_date - 2 where id = :c", c=story.cast.connection["joe"])
    assert not comes_in(phone)


def test_stop_ends_it_from_any_signed_in_phone_on_every_page(story: Story, run_jobs: RunJobs) -> None:
    phone, other = story.begun(), story.client_as("kai")
    for path in ("/", "/me", "/people", "/journey", "/me/devices"):
        assert BANNER in other.get(path).text and BANNER not in story.helpers["joe"].get(path).text
    story.pass_time(71, 59)
    stopped = other.post("/me/coming-back/stop")
    assert "It’s stopped" in stopped.text and BANNER not in stopped.text + story.kai.get("/").text
    story.pass_time(1)
    assert heading(phone) == "It was stopped" and not comes_in(phone)
    assert decided(story.cast)[-1].startswith("You said that it wasn’t you, and stopped it.")
    run_jobs()
    for name in ("kai", *HELPERS):
        assert mail_to(story.cast.email[name])[0]["subject"] == "It was stopped"


def test_after_the_wait_it_can_be_stopped_until_somebody_has_come_in(story: Story) -> None:
    phone = story.begun()
    story.pass_time(80)
    story.kai.post("/me/coming-back/stop")
    assert not comes_in(phone)


def test_a_stop_after_they_came_in_says_so(story: Story) -> None:
    phone = story.begun()
    story.pass_time(73)
    assert comes_in(phone)
    assert "There is nothing to stop" in story.kai.post("/me/coming-back/stop").text


def test_after_a_stop_nobody_begins_again_for_a_day(story: Story) -> None:
    early = story.new_phone()
    story.say_yes("joe", code_on(early))  # kept for later, and worth nothing after the stop
    story.begun()
    story.kai.post("/me/coming-back/stop")
    next_one = story.new_phone()
    refused = story.say_yes("joe", code_on(next_one))
    assert refused.status_code == 422 and "nobody can begin again for a day" in refused.text
    story.pass_time(24, 1)
    with administrator() as run:  # the early yes was said before the stop, whatever day it is
        run("update recovery_yes set at = at - interval '2 days' where box_id = :b", b=story.cast.box["kai"])
    story.say_yes("patel", code_on(early))
    assert heading(early) == "Your code"
    for name in ("joe", "sam"):
        assert story.say_yes(name, code_on(next_one)).status_code == 200
    assert heading(next_one) == "Two people helped"


def test_the_link_in_the_mail_stops_it_but_only_when_tapped(story: Story, run_jobs: RunJobs) -> None:
    phone = story.begun()
    run_jobs()
    message = mail_to(story.cast.email["kai"])[0]
    assert message["subject"] == "Is this you?" and "/stop/" in path_in(message)
    link = path_in(message)
    for name in HELPERS:
        told = mail_to(story.cast.email[name])[0]
        assert told["subject"] == "Please have a look today" and "/stop/" not in told["body"]
        assert "Kai" not in told["subject"] + told["body"]
    anyone = story.browser()
    assert BANNER in anyone.get(link).text and heading(phone) == "Two people helped"
    assert "It’s stopped" in anyone.post(link).text
    assert heading(phone) == "It was stopped"
    assert anyone.get(link).status_code == anyone.post(link).status_code == 410
    assert anyone.post("/stop/" + "x" * 43).status_code == 410


def test_three_at_most_and_only_the_owner_chooses(story: Story) -> None:
    with administrator() as run:
        run("update connection set state = 'active' where id = :c", c=story.cast.connection["avery"])
    full = story.kai.post("/me/trusted", data={"who": str(story.cast.connection["avery"])})
    assert full.status_code == 422 and "three people already" in full.text
    for name, status in (("joe", 404), ("casey", 404)):
        asked = story.client_as(name).post("/me/trusted", data={"who": str(story.cast.connection["avery"])})
        assert asked.status_code == status
    ash = story.client_as("ash")
    for who in (story.cast.connection["joe"], story.cast.connection["nan"]):  # another's box; no sign-in of her own
        assert ash.post("/me/trusted", data={"who": str(who)}).status_code == 422
    with administrator() as run:
        moved = run("update connection set box_id = :b where id = :c returning id",
                    b=story.cast.box["ash"], c=story.cast.connection["avery"]).scalar()  # fmt: skip
    with story.cast.proven("joe") as session:  # a keeper decides much in Ash's box, and not this
        said = session.connection().exec_driver_sql("select said from wall.trust(%(c)s)", {"c": moved})
        assert said.scalar() == "cannot"
    assert decided(story.cast)[:2] == [
        "You asked Joe to help you back in, if you ever need it.",
        "Joe said yes to helping you back in.",
    ]


def test_whoever_is_asked_may_say_no(story: Story, run_jobs: RunJobs) -> None:
    run_jobs()
    asked = mail_to(story.cast.email["sam"])[0]
    assert asked["subject"] == "Somebody asks you something" and "Kai" not in asked["subject"] + asked["body"]
    assert mail_to(story.cast.email["kai"])[0]["subject"] == "You asked someone for help"
    assert story.answer("sam", "no").status_code == 303
    assert "Said no" in story.kai.get("/me/trusted").text
    assert "You can never see anything by it" in story.helpers["sam"].get(f"/helping/{story.trusted['sam']}").text


def test_old_ways_back_are_forgotten_and_what_was_decided_stays(story: Story) -> None:
    story.say_yes("joe", code_on(story.new_phone()))
    phone = story.begun()
    before = decided(story.cast)
    assert left_of_it(story, "1 minute") == (1, 2)  # the other phone's, that nobody else helped with, is gone
    assert left_of_it(story, "29 days") == (1, 2) and heading(phone) == "That code is finished"
    assert left_of_it(story, "31 days") == (0, 0) and heading(phone) == "That code is finished"
    assert not comes_in(phone) and decided(story.cast) == before


def left_of_it(story: Story, ago: str) -> tuple[int, int]:
    """Ways back and yeses that are kept when their time was over so long `ago`."""
    with administrator() as run:
        run(f"update recovery set expires_at = now() - interval '{ago}'")
    sweep_recoveries(0)
    with administrator() as run:
        box = story.cast.box["kai"]
        yeses = run("select count(*) from recovery_yes where box_id = :b", b=box).scalar_one()
        return run("select count(*) from recovery where box_id = :b", b=box).scalar_one(), yeses
