"""A way in was changed: everyone is told, and for seven days "This wasn't me" puts it back. It is no way in."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.people.changes import SAID
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.people.authenticator import Authenticator
from tests.people.conftest import Browser, administrator, is_signed_in, mail_to, path_in
from tests.people.minute import Home
from tests.people.pushing import PushService
from tests.people.telling import turn_on
from tests.people.test_passkeys import add_passkey, come_in
from tests.people.test_recovery import codes_on

RunJobs = Callable[[], None]
ACTS: dict[str, Callable[[Home], Any]] = {
    "codes": lambda at: at.phone.post("/me/recovery"),
    "passkey": lambda at: add_passkey(at.phone, Authenticator()),
    "passkey removed": lambda at: at.phone.post(f"/me/passkeys/{at.ids('passkey')[0]}/removal"),
    "account removed": lambda at: at.phone.post(f"/me/ways/{at.ids('external_way')[0]}/removal"),
    "phones": lambda at: at.phone.post("/me/devices/end-others"),
    "trusted": lambda at: at.phone.post("/me/trusted", data={"who": str(at.cast.connection["avery"])}),
    "trusted removed": lambda at: at.phone.post(f"/me/trusted/{at.trusted}/ending"),
    "links": lambda at: at.phone.post("/me/links", data={"alone": "no"}),
}


def letter(address: str, said: str) -> dict[str, Any] | None:
    """The newest letter to an address that says this."""
    return next((dict(each) for each in mail_to(address) if said in each["body"]), None)


@pytest.mark.parametrize("what", ACTS)
def test_each_change_tells_the_address_and_the_phones(
    home: Home,
    service: PushService,
    client_as: ClientAs,
    run_jobs: RunJobs,
    what: str,
) -> None:
    other = client_as("kai")
    if what == "trusted":  # there is room for her, and she is let in
        home.phone.post(f"/me/trusted/{home.trusted}/ending")
        with administrator() as run:
            run("update connection set state = 'active' where id = :c", c=home.cast.connection["avery"])
        run_jobs()
    phone = turn_on(home.phone if what == "phones" else other, service)
    assert ACTS[what](home).status_code < 400
    run_jobs()
    assert phone.shown == [{"title": "Holdfast", "body": "Something new", "lang": "en-GB"}]
    told = letter(home.cast.email["kai"], SAID[what])
    assert told is not None and told["subject"] == "Something was changed"
    assert not any(word in told["body"].lower() for word in ("kai", "care", "memor"))
    if what != "phones":
        assert "That wasn’t me" in other.get("/me/devices").text
    assert "That wasn’t me" not in home.phone.get("/me/devices").text


@pytest.mark.parametrize("what", ACTS)
def test_what_was_changed_is_put_back_from_the_letter(
    home: Home,
    browser: Browser,
    run_jobs: RunJobs,
    what: str,
) -> None:
    if what == "trusted":
        home.phone.post(f"/me/trusted/{home.trusted}/ending")
        with administrator() as run:
            run("update connection set state = 'active' where id = :c", c=home.cast.connection["avery"])
    home.cast.sign_in("kai")
    before = home.state()
    ACTS[what](home)
    assert home.state() != before
    run_jobs()
    told = letter(home.cast.email["kai"], SAID[what])
    assert told is not None
    path = path_in(told)  # type: ignore[arg-type]
    anyone = browser()
    for _ in range(3):
        assert "Was it you?" in anyone.get(path).text  # a mail scanner looks
    assert home.state() != before
    assert "It’s back as it was" in anyone.post(path).text
    assert home.state()[:2] + home.state()[3:7] == before[:2] + before[3:7]
    assert not is_signed_in(anyone) and not is_signed_in(home.phone)
    assert anyone.get(path).status_code == anyone.post(path).status_code == 410


def take_the_box(home: Home, run_jobs: RunJobs) -> TestClient:
    """Somebody who reads Kai's mailbox has everything changed. Returns their own phone."""
    home.phone.post("/me/email", data={"email": home.mailbox})
    run_jobs()
    with administrator() as run:
        run("update sign_in set proven_by = 'link' where person_id = :p", p=home.cast.person["kai"])
    path = path_in(mail_to(home.mailbox)[0])
    assert home.phone.post(path, data={"read-by-others": "yes"}).status_code == 303
    add_passkey(home.phone, home.mine)
    home.phone.post("/me/recovery")
    return home.phone


def test_who_took_everything_is_out_and_the_owner_comes_in_by_something_older(
    home: Home,
    browser: Browser,
    cast: Cast,
    run_jobs: RunJobs,
) -> None:
    thief = take_the_box(home, run_jobs)
    later = browser()
    assert come_in(later, home.mine).status_code == 200
    assert browser().post("/sign-in/recovery", data={"code": home.codes[0]}).status_code == 422
    run_jobs()
    told = letter(cast.email["kai"], SAID["email"])  # told although they said not to: a link was their proof
    assert told is not None
    browser().post(path_in(told))  # type: ignore[arg-type]
    assert not is_signed_in(thief) and not is_signed_in(later)
    assert come_in(browser(), home.mine).status_code == 422
    kai = browser()
    assert kai.post("/sign-in/recovery", data={"code": home.codes[0]}).status_code == 303
    assert cast.email["kai"] in kai.get("/me/devices").text
    before = len(mail_to(cast.email["kai"]))
    browser().post("/sign-in/link", data={"email": cast.email["kai"]})  # that mailbox opens nothing
    run_jobs()
    assert len(mail_to(cast.email["kai"])) == before
    assert kai.post("/me/links", data={"alone": "yes"}).status_code == 303  # until Kai says that it is his
    browser().post("/sign-in/link", data={"email": cast.email["kai"]})
    run_jobs()
    assert "/sign-in/link/" in path_in(mail_to(cast.email["kai"])[0])


def test_a_link_sent_before_it_was_put_back_opens_nothing(
    home: Home,
    browser: Browser,
    cast: Cast,
    run_jobs: RunJobs,
) -> None:
    reader = browser()
    reader.post("/sign-in/link", data={"email": cast.email["kai"]})
    home.phone.post("/me/recovery")
    run_jobs()
    link = next(path_in(each) for each in mail_to(cast.email["kai"]) if "/sign-in/link/" in each["body"])
    told = letter(cast.email["kai"], SAID["codes"])
    assert told is not None
    reader.post(path_in(told))  # type: ignore[arg-type]
    assert reader.post(link).status_code == 410 and not is_signed_in(reader)


def test_whose_old_mailbox_others_read_may_tell_the_phones_alone(
    home: Home,
    client_as: ClientAs,
    cast: Cast,
    run_jobs: RunJobs,
) -> None:
    other, new = client_as("kai"), f"new.{cast.email['kai']}"
    home.phone.post("/me/email", data={"email": new})
    run_jobs()
    path = path_in(mail_to(new)[0])
    assert "Someone else reads the old one" in home.phone.get(path).text
    assert home.phone.post(path, data={"read-by-others": "yes"}).status_code == 303
    run_jobs()
    assert letter(cast.email["kai"], SAID["email"]) is None
    assert "That wasn’t me" in other.get("/me/devices").text


def test_another_phone_puts_it_back_and_no_mailbox_is_held(
    home: Home,
    client_as: ClientAs,
    browser: Browser,
    cast: Cast,
) -> None:
    other, before = client_as("kai"), home.state()
    newer = codes_on(home.phone.post("/me/recovery").text)
    undo = re.search(r"/me/changes/[0-9a-f-]+/undo", other.get("/me/devices").text)
    assert undo is not None
    assert client_as("joe").post(undo.group()).status_code == 404
    assert home.phone.post(undo.group()).status_code == 404  # not by the phone that did it
    assert "It’s back as it was" in other.post(undo.group()).text
    assert home.state()[:7] == before[:7]
    assert is_signed_in(other) and not is_signed_in(home.phone)
    assert browser().post("/sign-in/recovery", data={"code": newer[0]}).status_code == 422


def test_after_seven_days_it_stays(home: Home, browser: Browser, cast: Cast, run_jobs: RunJobs) -> None:
    home.phone.post("/me/recovery")
    run_jobs()
    told = letter(cast.email["kai"], SAID["codes"])
    assert told is not None
    with administrator() as run:
        run("update way_change set at = at - interval '7 days' where person_id = :p", p=cast.person["kai"])
    assert browser().post(path_in(told)).status_code == 410  # type: ignore[arg-type]


def test_links_alone_open_it_no_more(home: Home, browser: Browser, cast: Cast, run_jobs: RunJobs) -> None:
    assert home.phone.post("/me/links", data={"alone": "no"}).status_code == 303
    phone = browser()
    phone.post("/sign-in/link", data={"email": cast.email["kai"]})
    run_jobs()
    path = next(path_in(each) for each in mail_to(cast.email["kai"]) if "/sign-in/link/" in each["body"])
    assert "One of your printed codes" in phone.get(path).text
    for code in ("", home.joes_codes[0]):
        assert phone.post(path, data={"code": code}).status_code == 422
    assert phone.post(path, data={"code": home.codes[0]}).status_code == 303
    assert is_signed_in(phone)


def test_the_first_way_in_is_added_where_the_box_began(browser: Browser) -> None:
    newcomer = begun(browser())
    assert "Let this phone open it" in newcomer.get("/me/devices").text
    assert (
        newcomer.post("/me/trusted", data={"who": "0192f0c1-2b3c-7d4e-8f50-617283940a1b"})
        .headers["location"]
        .startswith("/prove")
    )  # what is no way in waits until there is one
    assert add_passkey(newcomer, Authenticator()).status_code == 200
    assert len(codes_on(newcomer.post("/me/recovery").text)) == 10  # the passkey was a proof
    with administrator() as run:
        run("update sign_in set proven_at = now() - interval '11 minutes' where way = 'start'")
    assert newcomer.post("/me/recovery").headers["location"].startswith("/prove")


def begun(client: TestClient) -> TestClient:
    """Somebody new has just begun a box here."""
    page = client.get("/start").text
    once = re.search(r'name="once" value="([^"]+)"', page)
    assert once is not None
    assert client.post("/start", data={"name": "Robin", "once": once[1], "theme": "tide"}).status_code == 303
    return client


@pytest.mark.parametrize(("shared", "age", "still"), [(False, "179 days", True), (False, "181 days", False),
                                                      (True, "11 hours", True), (True, "13 hours", False)])  # fmt: skip
def test_a_sign_in_ends_however_much_it_is_used(
    cast: Cast, client_as: ClientAs, shared: bool, age: str, still: bool
) -> None:
    phone = client_as("kai")
    with administrator() as run:
        run(f"update sign_in set shared_device = :s, created_at = now() - interval '{age}' where person_id = :p",
            s=shared, p=cast.person["kai"])  # fmt: skip
    assert is_signed_in(phone) is still


def test_the_only_way_to_a_box_does_not_end_by_itself(browser: Browser) -> None:
    newcomer = begun(browser())
    with administrator() as run:
        run("update sign_in set created_at = now() - interval '200 days' where way = 'start'")
    assert is_signed_in(newcomer)


def test_of_twenty_one_the_longest_unused_ends(cast: Cast, client_as: ClientAs) -> None:
    first, second = client_as("kai"), client_as("kai")
    with administrator() as run:
        run("update sign_in set last_seen_at = now() - interval '1 minute' where person_id = :p", p=cast.person["kai"])
    assert is_signed_in(first)
    with administrator() as run:
        newer = (
            run("select id from sign_in where person_id = :p order by id desc", p=cast.person["kai"]).scalars().first()
        )
        run("update sign_in set last_seen_at = now() - interval '2 minutes' where id = :i", i=newer)
    others = [client_as("kai") for _ in range(18)]
    assert is_signed_in(first) and is_signed_in(second)
    client_as("kai")
    assert not is_signed_in(second)
    assert is_signed_in(first) and all(map(is_signed_in, others))
