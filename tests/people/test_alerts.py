"""Two people help someone back in as Kai: Kai hears of it at once, and each of them in their own language."""

import re
from collections.abc import Callable

import pytest

from tests.cast import Cast
from tests.conftest import ClientAs
from tests.people.conftest import Browser, mail_to
from tests.people.helping import Story, comes_in
from tests.people.pushing import PushService
from tests.people.telling import turn_on, wants

Run = Callable[[], None]
ALL_DAY = ("00:01", "00:00")  # quiet but for a minute


@pytest.mark.usefixtures("marked_words")
def test_each_of_them_is_written_to_in_their_own_language(
    cast: Cast, client_as: ClientAs, browser: Browser, run_jobs: Run
) -> None:
    story = Story(cast, client_as, browser)
    assert story.kai.post("/language", data={"language": "cy"}).status_code == 303
    story.begun()
    run_jobs()
    message = mail_to(cast.email["kai"])[0]
    assert message["subject"] == "⟦Is this you?⟧"
    assert "⟦Nobody has seen anything. Nothing was changed.⟧" in message["body"]
    assert re.search(r"/stop/[\w-]{43}\b", message["body"])
    assert mail_to(cast.email["joe"])[0]["subject"] == "Please have a look today"


def test_every_phone_that_is_on_says_so_at_once_in_quiet_time_too(
    service: PushService,
    cast: Cast,
    client_as: ClientAs,
    browser: Browser,
    run_jobs: Run,
) -> None:
    story = Story(cast, client_as, browser)
    run_jobs()  # that they were chosen is told before any phone is on
    wants(story.kai, quiet=ALL_DAY)
    phones = [turn_on(client, service) for client in (story.kai, client_as("kai"))]
    helper = turn_on(story.helpers["joe"], service)
    came = story.begun()
    run_jobs()
    only = {"title": "Holdfast", "body": "Something new", "lang": "en-GB"}
    assert [phone.shown for phone in phones] == [[only], [only]]
    assert "Is this you?" in story.kai.get("/").text  # what a tap opens
    story.pass_time(72)
    assert comes_in(came)
    run_jobs()
    assert [len(phone.got) for phone in phones] == [2, 2] and helper.got == []


def test_a_phone_that_was_never_turned_on_stays_quiet(
    service: PushService, cast: Cast, client_as: ClientAs, browser: Browser, run_jobs: Run
) -> None:
    story = Story(cast, client_as, browser)
    phone = turn_on(story.kai, service)
    assert story.kai.post("/me/notices/phone/removal").status_code == 303
    story.begun()
    run_jobs()
    assert phone.got == []
