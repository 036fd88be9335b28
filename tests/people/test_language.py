"""Choosing a language: on this device, and for a person wherever they sign in."""

import re
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from app.web.language import COOKIE, YEAR
from tests.cast import Cast
from tests.people.conftest import Browser, administrator, mail_to, path_in

RunJobs = Callable[[], None]


def choose(client: TestClient, language: str, next_url: str = "/sign-in") -> str:
    """Choose as the form does; the header that set the cookie."""
    answer = client.post("/language", data={"language": language, "next": next_url})
    assert answer.status_code == 303
    return answer.headers.get("set-cookie", "")


def chosen_by(cast: Cast, name: str) -> str | None:
    with administrator() as run:
        language: str | None = run("select language from person where id = :p", p=cast.person[name]).scalar_one()
        return language


def come_in(client: TestClient, cast: Cast, name: str, run_jobs: RunJobs, **form: str) -> TestClient:
    client.post("/sign-in/link", data={"email": cast.email[name]})
    run_jobs()
    answer = client.post(path_in(mail_to(cast.email[name])[0]), data=form)
    assert answer.status_code == 303
    return client


def test_anyone_may_choose_and_it_lasts_on_this_device(browser: Browser) -> None:
    phone = browser()
    assert re.findall(r'value="([\w-]+)" lang="\1"', phone.get("/sign-in").text) == ["en-GB", "cy", "ar"]
    cookie = choose(phone, "ar").lower()
    assert f"{COOKIE}=ar" in cookie
    assert "httponly" in cookie and "samesite=lax" in cookie and f"max-age={YEAR}" in cookie and "path=/" in cookie
    assert 'lang="ar" dir="rtl"' in phone.get("/sign-in").text
    choose(phone, "en-GB")
    page = phone.get("/sign-in", headers={"Accept-Language": "ar"}).text
    assert 'lang="en-GB" dir="ltr"' in page


@pytest.mark.parametrize(
    ("wanted", "where"),
    [("/sign-in?next=/tray", "/sign-in?next=/tray"), ("https://evil.example", "/"), ("//evil.example", "/"), ("", "/")],
)
def test_choosing_goes_back_to_our_own_page_alone(browser: Browser, wanted: str, where: str) -> None:
    answer = browser().post("/language", data={"language": "cy", "next": wanted})
    assert answer.headers["location"] == where


@pytest.mark.parametrize("language", ["", "tlh", "cy; path=/x", "ar\r\nX: y"])
def test_a_language_that_we_have_not_is_refused(browser: Browser, language: str) -> None:
    answer = browser().post("/language", data={"language": language})
    assert answer.status_code == 422
    assert "set-cookie" not in answer.headers


def test_another_site_chooses_for_nobody(browser: Browser) -> None:
    answer = browser().post("/language", data={"language": "cy"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


def test_what_a_person_chose_is_there_on_their_next_device(browser: Browser, cast: Cast, run_jobs: RunJobs) -> None:
    phone = come_in(browser(), cast, "kai", run_jobs)
    assert chosen_by(cast, "kai") is None
    choose(phone, "cy", "/me")
    assert chosen_by(cast, "kai") == "cy"
    assert "Cymraeg" in phone.get("/me").text
    tablet = come_in(browser(), cast, "kai", run_jobs)
    assert 'lang="cy"' in tablet.get("/me").text
    borrowed = browser()
    choose(borrowed, "ar")
    come_in(borrowed, cast, "kai", run_jobs)
    assert 'lang="ar"' in borrowed.get("/me").text
    assert chosen_by(cast, "kai") == "cy"


def test_a_choice_made_at_the_door_comes_in_too(browser: Browser, cast: Cast, run_jobs: RunJobs) -> None:
    phone = browser()
    choose(phone, "ar")
    come_in(phone, cast, "joe", run_jobs)
    assert chosen_by(cast, "joe") == "ar"


def test_a_phone_that_is_not_mine_neither_tells_nor_keeps_my_language(
    browser: Browser, cast: Cast, run_jobs: RunJobs
) -> None:
    theirs = browser()
    choose(theirs, "ar")
    come_in(theirs, cast, "kai", run_jobs, shared="yes")
    assert chosen_by(cast, "kai") is None
    choose(come_in(browser(), cast, "kai", run_jobs), "cy")
    library = browser()
    library.post("/sign-in/link", data={"email": cast.email["kai"]})
    run_jobs()
    answer = library.post(path_in(mail_to(cast.email["kai"])[0]), data={"shared": "yes"})
    cookies = [line for line in answer.headers.get_list("set-cookie") if line.startswith(f"{COOKIE}=")]
    assert [("cy" in line, "max-age" in line.lower()) for line in cookies] == [(True, False)]
    assert "max-age" not in choose(library, "ar").lower()


@pytest.mark.usefixtures("marked_words")
def test_mail_speaks_the_language_of_whom_it_is_for(browser: Browser, cast: Cast, run_jobs: RunJobs) -> None:
    visitor = browser()
    visitor.post("/sign-in/link", data={"email": cast.email["joe"]})
    run_jobs()
    assert mail_to(cast.email["joe"])[0]["subject"] == "Your link is ready"
    visitor.post("/sign-in/link", data={"email": cast.email["joe"]}, headers={"Accept-Language": "cy"})
    run_jobs()
    assert mail_to(cast.email["joe"])[0]["subject"] == "⟦Your link is ready⟧"

    phone = come_in(browser(), cast, "kai", run_jobs)
    choose(phone, "ar")
    visitor.post("/sign-in/link", data={"email": cast.email["kai"]}, headers={"Accept-Language": "en"})
    run_jobs()
    message = mail_to(cast.email["kai"])[0]
    assert message["subject"] == "⟦Your link is ready⟧"
    assert "minutes.⟧" in message["body"]
    assert path_in(message)

    phone.post("/me/email", data={"email": f"new-{cast.email['kai']}"})
    run_jobs()
    proof = mail_to(f"new-{cast.email['kai']}")[0]
    assert (proof["subject"], "⟦Someone typed this email" in proof["body"]) == ("⟦Is this your email?⟧", True)


@pytest.mark.usefixtures("marked_words")
def test_an_invitation_speaks_the_language_of_whoever_asks_them_in(
    browser: Browser, cast: Cast, run_jobs: RunJobs
) -> None:
    phone = come_in(browser(), cast, "kai", run_jobs)
    choose(phone, "ar")
    page = phone.post("/people", data={"called": "Wren", "way": "mail", "email": "wren@example.org"})
    person = page.headers["location"]
    once = re.search(r'name="once" value="([0-9a-f-]{36})"', phone.get(person).text)
    assert once is not None
    phone.post(f"{person}/invitation", data={"way": "mail", "email": "wren@example.org", "once": once[1]})
    run_jobs()
    body = mail_to("wren@example.org")[0]["body"]
    assert "⟦Hello.⟧" in body
    assert "would like to share some things with you.⟧" in body


@pytest.mark.usefixtures("marked_words")
def test_an_invitation_to_someone_who_chose_a_language_here_speaks_theirs(
    browser: Browser, cast: Cast, run_jobs: RunJobs
) -> None:
    choose(come_in(browser(), cast, "casey", run_jobs), "cy")
    phone = come_in(browser(), cast, "kai", run_jobs)
    wren = phone.post("/people", data={"called": "Wren", "way": "mail", "email": cast.email["casey"]})
    once = re.search(r'name="once" value="([0-9a-f-]{36})"', phone.get(wren.headers["location"]).text)
    assert once is not None
    asked = {"way": "mail", "email": cast.email["casey"], "once": once[1]}
    phone.post(f"{wren.headers['location']}/invitation", data=asked)
    run_jobs()
    assert mail_to(cast.email["casey"])[0]["subject"] == "⟦An invitation for you⟧"


@pytest.mark.usefixtures("marked_words")
def test_a_device_is_called_by_what_it_is_in_the_language(browser: Browser, cast: Cast, run_jobs: RunJobs) -> None:
    phone = browser()
    phone.headers["User-Agent"] = "Mozilla/5.0 (Linux; Android 14) Chrome/130.0 Mobile Safari/537.36"
    come_in(phone, cast, "kai", run_jobs)
    assert "Android phone, Chrome" in phone.get("/me/devices").text
    choose(phone, "ar")
    assert "⟦⟦Android phone⟧, Chrome⟧" in phone.get("/me/devices").text
