"""Printed codes, and the e-mail address as a way in."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.people.attempts import MOST
from app.people.recovery import ALPHABET, COUNT, normal_code
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.people.conftest import Browser, administrator, is_signed_in, mail_to, path_in

RunJobs = Callable[[], None]


def codes_on(page: str) -> list[str]:
    return re.findall(r"\b(?:[0-9A-Z]{4}-){5}[0-9A-Z]{4}\b", page)


@pytest.fixture
def codes(client_as: ClientAs) -> list[str]:
    """Kai's printed codes."""
    return codes_on(client_as("kai").post("/me/recovery").text)


def test_there_are_ten_codes_of_120_bits(codes: list[str]) -> None:
    assert len(set(codes)) == COUNT == 10
    assert len(set(ALPHABET)) ** len(codes[0].replace("-", "")) >= 2**120


def test_a_code_opens_once(browser: Browser, codes: list[str]) -> None:
    client = browser()
    answer = client.post("/sign-in/recovery", data={"code": codes[0]})
    assert (answer.status_code, answer.headers["location"]) == (303, "/me/devices")
    assert is_signed_in(client)
    assert "9 codes left" in client.get("/me/devices").text
    again = browser()
    refused = again.post("/sign-in/recovery", data={"code": codes[0]})
    assert refused.status_code == 422 and "That code doesn’t work" in refused.text and codes[0] in refused.text
    assert not is_signed_in(again)


def test_of_two_at_once_exactly_one_comes_in(browser: Browser, codes: list[str]) -> None:
    clients = [browser() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(lambda each: each.post("/sign-in/recovery", data={"code": codes[0]}).status_code, clients)
        )
    assert sorted(answers) == [303, 422, 422, 422]


def test_a_code_may_be_typed_as_people_type(browser: Browser, codes: list[str]) -> None:
    typed = f" {codes[0].lower().replace('-', ' ').replace('0', 'o').replace('1', 'l')} "
    assert browser().post("/sign-in/recovery", data={"code": typed}).status_code == 303


def test_half_a_code_is_said_plainly(browser: Browser) -> None:
    for typed in ("", "ABCD", "É" * 24, "A" * 25):
        answer = browser().post("/sign-in/recovery", data={"code": typed})
        assert answer.status_code == 422 and '<details class="fold panel" open>' in answer.text
    with pytest.raises(ValueError, match="24 letters"):
        normal_code("ABCD")


def test_new_codes_stop_the_old_ones(client_as: ClientAs, browser: Browser, codes: list[str]) -> None:
    newer = codes_on(client_as("kai").post("/me/recovery").text)
    assert browser().post("/sign-in/recovery", data={"code": codes[1]}).status_code == 422
    assert browser().post("/sign-in/recovery", data={"code": newer[1]}).status_code == 303


def test_codes_are_not_stored(codes: list[str]) -> None:
    with administrator() as run:
        prints = run("select code_print from recovery_code").scalars().all()
    assert not any(code in prints or code.replace("-", "") in prints for code in codes)


def test_tries_are_counted_by_client_and_then_stop(browser: Browser, codes: list[str]) -> None:
    guesser = browser(at="203.0.113.9")
    wrong = "0" * 24
    answers = [guesser.post("/sign-in/recovery", data={"code": wrong}).status_code for _ in range(MOST["recovery"])]
    assert set(answers) == {422}
    stopped = guesser.post("/sign-in/recovery", data={"code": codes[0]})
    assert stopped.status_code == 429 and "wait ten minutes" in stopped.text
    assert stopped.headers["retry-after"] == "600"
    assert browser(at="203.0.113.10").post("/sign-in/recovery", data={"code": codes[0]}).status_code == 303
    with administrator() as run:
        kept = run("select string_agg(a::text, ' ') from attempt a").scalar()
        assert "203.0.113" not in kept
        run("update attempt set at = at - interval '11 minutes'")
    assert guesser.post("/sign-in/recovery", data={"code": codes[1]}).status_code == 303


def test_many_guesses_at_once_are_counted_too(browser: Browser) -> None:
    guessers = [browser(at="203.0.113.77") for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(
            pool.map(
                lambda n: guessers[n % 6].post("/sign-in/recovery", data={"code": "1" * 16}).status_code, range(18)
            )
        )
    assert answers.count(422) == MOST["recovery"]


def test_addresses_of_one_home_count_as_one_client(browser: Browser) -> None:
    answers = [
        browser(at=f"2001:db8:1:2::{n:x}").post("/sign-in/recovery", data={"code": "0" * 16}).status_code
        for n in range(MOST["recovery"] + 1)
    ]
    assert answers[-1] == 429


def test_an_address_is_used_only_after_its_mailbox_answered(
    client_as: ClientAs, browser: Browser, cast: Cast, run_jobs: RunJobs
) -> None:
    client, new = client_as("kai"), f"new.{cast.email['kai']}"
    assert client.post("/me/email", data={"email": new.upper()}).status_code == 303
    run_jobs()
    assert new not in client.get("/me/devices").text
    path = path_in(mail_to(new)[0])
    assert browser().get(path).headers["location"].startswith("/sign-in?next=/me/email/")
    stranger = client_as("joe")
    assert stranger.get(path).status_code == 410
    assert stranger.post(path).status_code == 410
    assert new in client.get(path).text
    assert client.post(path).status_code == 303
    assert new in client.get("/me/devices").text
    browser().post("/sign-in/link", data={"email": new})
    run_jobs()
    assert "/sign-in/link/" in path_in(mail_to(new)[0])


def test_an_address_that_opens_another_box_is_refused(client_as: ClientAs, cast: Cast, run_jobs: RunJobs) -> None:
    client = client_as("kai")
    client.post("/me/email", data={"email": cast.email["joe"]})
    run_jobs()
    refused = client.post(path_in(mail_to(cast.email["joe"])[0]))
    assert refused.status_code == 409 and "someone else" in refused.text
    assert cast.email["kai"] in client.get("/me/devices").text


def test_a_proof_is_not_for_ever_and_cannot_be_made_up(client_as: ClientAs, cast: Cast, run_jobs: RunJobs) -> None:
    client, new = client_as("kai"), f"old.{cast.email['kai']}"
    client.post("/me/email", data={"email": new})
    run_jobs()
    path = path_in(mail_to(new)[0])
    with administrator() as run:
        run("update challenge set expires_at = now() - interval '1 second' where person_id = :p", p=cast.person["kai"])
    for each in (path, path[:-2], "/me/email/nonsense", "/me/email/é"):
        assert client.post(each).status_code == 410
    assert cast.email["kai"] in client.get("/me/devices").text


def test_an_earlier_proof_does_not_come_back(client_as: ClientAs, cast: Cast, run_jobs: RunJobs) -> None:
    client, first, second = client_as("kai"), f"a.{cast.email['kai']}", f"b.{cast.email['kai']}"
    for address in (first, second):
        client.post("/me/email", data={"email": address})
    run_jobs()
    paths = [path_in(mail_to(address)[0]) for address in (first, second)]
    assert client.post(paths[1]).status_code == 303
    assert [client.post(path).status_code for path in paths] == [410, 410]
    assert second in client.get("/me/devices").text


def test_the_sweep_removes_what_has_run_out(
    browser: Browser, client_as: ClientAs, cast: Cast, run_jobs: RunJobs
) -> None:
    from app.people.jobs import sweep

    client_as("kai")
    browser().post("/sign-in/passkey/options", json={})
    browser().post("/sign-in/link", data={"email": cast.email["kai"]})
    run_jobs()
    tables = ("challenge", "sign_in_link", "sign_in", "attempt")
    with administrator() as run:
        for table in tables[:3]:
            run(f"update {table} set expires_at = now() - interval '2 hours'")
        run("update attempt set at = now() - interval '2 hours'")
    client_as("joe")
    sweep(0)
    with administrator() as run:
        left = {table: run(f"select count(*) from {table}").scalar() for table in tables}
    assert left == {"challenge": 0, "sign_in_link": 0, "sign_in": 1, "attempt": 0}
