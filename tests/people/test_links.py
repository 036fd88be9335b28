"""E-mailed links."""

import logging
import re
import smtplib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from app.kit import outbox
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.people.conftest import Browser, administrator, is_signed_in, mail_to, path_in

RunJobs = Callable[[], None]


@pytest.fixture
def phone(browser: Browser) -> TestClient:
    """The browser in which a link is asked for."""
    return browser()


@pytest.fixture
def link(phone: TestClient, cast: Cast, run_jobs: RunJobs) -> str:
    """The path of a link that was sent to Kai."""
    phone.post("/sign-in/link", data={"email": cast.email["kai"]})
    run_jobs()
    return path_in(mail_to(cast.email["kai"])[0])


def number_on(asking: TestClient) -> str:
    """The number on the page where a link was asked for."""
    found = re.search(r'<strong class="num big">(\d{4})</strong>', asking.get("/sign-in/link").text)
    assert found is not None
    return found[1]


def test_a_link_signs_in_once(browser: Browser, phone: TestClient, link: str) -> None:
    other = browser()
    page = phone.get(link).text
    assert "Open my box" in page and "This link is for Kai." in page and 'name="number"' not in page
    answer = phone.post(link)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert is_signed_in(phone)
    again = other.post(link)
    assert again.status_code == 410
    assert "Ask for a new link" in again.text and 'action="/sign-in/link"' in again.text
    assert not is_signed_in(other)
    assert other.get(link).status_code == 410


def test_looking_at_a_link_does_not_use_it(browser: Browser, phone: TestClient, link: str) -> None:
    for _ in range(3):
        assert browser().get(link).status_code == 200
    phone.post(link)
    assert is_signed_in(phone)


def test_elsewhere_a_link_asks_for_the_number_and_opens_there(browser: Browser, phone: TestClient, link: str) -> None:
    other, number = browser(), number_on(phone)
    assert "The number on the page where you asked" in other.get(link).text
    for typed in ("", f"{(int(number) + 1) % 10000:04}"):
        refused = other.post(link, data={"number": typed})
        assert refused.status_code == 422 and "That isn’t the number" in refused.text
    assert other.post(link, data={"number": number}).status_code == 303
    assert is_signed_in(other) and not is_signed_in(phone)


def test_a_link_that_a_stranger_asked_for_lets_no_stranger_in(browser: Browser, phone: TestClient, link: str) -> None:
    """Kai opens a link that somebody else asked for: without the number nobody is in, and with it Kai is."""
    kai = browser()
    assert kai.post(link).status_code == 422
    assert not is_signed_in(kai) and not is_signed_in(phone)


def test_five_wrong_numbers_finish_a_link(browser: Browser, phone: TestClient, link: str) -> None:
    guesser, number = browser(), number_on(phone)
    wrong = [f"{(int(number) + each) % 10000:04}" for each in range(1, 7)]
    answers = [guesser.post(link, data={"number": each}).status_code for each in wrong]
    assert answers == [422] * 5 + [410]
    assert phone.post(link).status_code == 410


def test_a_link_asks_when_somebody_else_is_in_here(client_as: ClientAs, cast: Cast, run_jobs: RunJobs) -> None:
    joes = client_as("joe")
    joes.post("/sign-in/link", data={"email": cast.email["kai"]})
    run_jobs()
    path = path_in(mail_to(cast.email["kai"])[0])
    asked = joes.get(path).text
    assert "is using this phone now" in asked and "Stay as" in asked
    assert joes.post(path).status_code == 409
    assert "Joe" in joes.get("/me").text
    assert joes.post(path, data={"instead": "yes"}).status_code == 303
    assert "This box is yours" in joes.get("/me").text


def test_a_changed_address_ends_its_links(
    client_as: ClientAs, phone: TestClient, cast: Cast, link: str, run_jobs: RunJobs
) -> None:
    kai, new = client_as("kai"), f"new.{cast.email['kai']}"
    kai.post("/me/email", data={"email": new})
    run_jobs()
    assert kai.post(path_in(mail_to(new)[0])).status_code == 303
    assert phone.get(link).status_code == phone.post(link).status_code == 410


def test_an_old_link_does_not_work(phone: TestClient, cast: Cast, link: str) -> None:
    with administrator() as run:
        run(
            "update sign_in_link set expires_at = now() - interval '1 second' where person_id = :p",
            p=cast.person["kai"],
        )
    assert phone.get(link).status_code == 410
    assert phone.post(link).status_code == 410
    assert not is_signed_in(phone)


def test_a_link_works_for_ten_minutes(cast: Cast, link: str) -> None:
    with administrator() as run:
        lasts = run("select max(expires_at - created_at) from sign_in_link where person_id = :p", p=cast.person["kai"])
        assert timedelta(minutes=9) < lasts.scalar() <= timedelta(minutes=10, seconds=1)
    assert "for 10 minutes" in mail_to(cast.email["kai"])[0]["body"]


def test_nonsense_is_answered_as_an_old_link(browser: Browser, phone: TestClient, link: str) -> None:
    phone.post(link)
    used, nonsense = browser().post(link), browser().post("/sign-in/link/nonsense")
    assert (used.status_code, used.text) == (nonsense.status_code, nonsense.text)


def test_of_two_at_once_exactly_one_comes_in(browser: Browser, phone: TestClient, link: str) -> None:
    number, phones = number_on(phone), [browser() for _ in range(6)]
    with ThreadPoolExecutor(len(phones)) as pool:
        answers = list(pool.map(lambda each: each.post(link, data={"number": number}).status_code, phones))
    assert sorted(answers) == [303] + [410] * 5
    assert sum(map(is_signed_in, phones)) == 1


def test_known_and_unknown_addresses_get_the_same_answer(browser: Browser, cast: Cast, run_jobs: RunJobs) -> None:
    answers = []
    for email in (cast.email["kai"], "nobody@example.org"):
        phone = browser()
        asked = phone.post("/sign-in/link", data={"email": email})
        shown = phone.get(asked.headers["location"])
        page = shown.text.replace(number_on(phone), "the number")
        answers.append((asked.status_code, asked.headers["location"], asked.text, shown.status_code, page))
    assert answers[0] == answers[1]
    assert "If that address belongs to a box" in answers[0][-1]
    run_jobs()
    assert len(mail_to(cast.email["kai"])) == 1
    assert mail_to("nobody@example.org") == []


def test_no_address_lies_open_in_the_queue(browser: Browser, cast: Cast) -> None:
    browser().post("/sign-in/link", data={"email": cast.email["kai"]})
    with administrator() as run:
        jobs = run("select args::text from jobs.procrastinate_jobs where task_name like '%send_link'").scalars().all()
    assert jobs and not any(cast.email["kai"] in job or "@" in job for job in jobs)


def test_the_message_says_nothing_about_anyone(cast: Cast, link: str) -> None:
    message = mail_to(cast.email["kai"])[0]
    assert message["subject"] == "Your link is ready"
    assert not any(word in message["body"].lower() for word in ("kai", "box", "care", "memor", "holdfast"))


def test_the_address_may_be_typed_in_capitals(browser: Browser, cast: Cast, run_jobs: RunJobs) -> None:
    browser().post("/sign-in/link", data={"email": f"  {cast.email['kai'].upper()} "})
    run_jobs()
    assert len(mail_to(cast.email["kai"])) == 1


def test_a_link_goes_on_to_where_they_were_going(browser: Browser, cast: Cast, run_jobs: RunJobs) -> None:
    phone = browser()
    phone.post("/sign-in/link", data={"email": cast.email["kai"], "next": "/tray?a=1&b=2"})
    run_jobs()
    path = path_in(mail_to(cast.email["kai"])[0])
    assert 'value="/tray?a=1&amp;b=2"' in phone.get(path).text
    assert phone.post(path, data={"next": "/tray?a=1&b=2"}).headers["location"] == "/tray?a=1&b=2"


def test_of_the_links_asked_for_in_one_place_the_newest_five_work(
    browser: Browser, cast: Cast, run_jobs: RunJobs
) -> None:
    phones = [browser(at="203.0.113.9") for _ in range(7)]
    for phone in phones:
        assert phone.post("/sign-in/link", data={"email": cast.email["kai"]}).status_code == 303
        run_jobs()
    paths = [path_in(message) for message in reversed(mail_to(cast.email["kai"]))]
    works = [phone.post(path).status_code for phone, path in zip(phones, paths, strict=True)]
    assert works == [410, 410, 303, 303, 303, 303, 303]


def test_no_stranger_keeps_anybody_from_a_link(browser: Browser, cast: Cast, run_jobs: RunJobs) -> None:
    """However often others ask, before and after: a mailbox gets ten in ten minutes from one place, and Kai's works."""

    def bother() -> list[int]:
        return [
            browser(at=at).post("/sign-in/link", data={"email": cast.email["kai"]}).status_code
            for at in ("203.0.113.1", "203.0.113.2")
            for _ in range(11)
        ]

    assert bother() == ([303] * 10 + [429]) * 2
    phone = browser()
    phone.post("/sign-in/link", data={"email": cast.email["kai"]})
    run_jobs()
    path = path_in(mail_to(cast.email["kai"])[0])
    for at in ("203.0.113.3", "203.0.113.4"):
        for _ in range(6):
            browser(at=at).post("/sign-in/link", data={"email": cast.email["kai"]})
    run_jobs()
    assert phone.post(path).status_code == 303
    assert is_signed_in(phone)


def test_what_was_typed_stays_when_it_is_no_address(browser: Browser) -> None:
    answer = browser().post("/sign-in/link", data={"email": "kai at home", "next": "/tray"})
    assert answer.status_code == 422
    assert 'value="kai at home"' in answer.text and 'value="/tray"' in answer.text
    assert "Please type a whole email" in answer.text


def test_a_mail_server_that_is_away_makes_no_link_and_names_nobody(
    cast: Cast, browser: Browser, run_jobs: RunJobs, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(to: str, *_: object, **__: object) -> None:
        raise smtplib.SMTPServerDisconnected(f"could not send to {to}")

    monkeypatch.setattr(outbox, "send", away)
    caplog.set_level(logging.DEBUG)
    browser().post("/sign-in/link", data={"email": cast.email["kai"]})
    run_jobs()
    with administrator() as run:
        links = run("select count(*) from sign_in_link where person_id = :p", p=cast.person["kai"]).scalar()
    assert links == 0
    assert "MailNotTaken" in caplog.text and cast.email["kai"] not in caplog.text
