"""Nobody is shut out by a stranger, and nobody mails through us."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from app.kit.ids import fingerprint, new_id
from app.people.attempts import MOST
from tests.boxes.test_invitations import accept, ask
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.people.conftest import Browser, administrator, mail_to


def test_three_hundred_challenges_are_not_given(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """One place gets so many as a school needs; whoever comes from elsewhere is not kept waiting."""
    assert MOST["challenge"] < 300
    monkeypatch.setitem(MOST, "challenge", 12)
    asker = browser(at="198.51.100.8")
    given = [asker.post("/sign-in/passkey/options", json={}) for _ in range(MOST["challenge"] + 1)]
    assert [answer.status_code for answer in given] == [200] * MOST["challenge"] + [429]
    assert "wait ten minutes" in given[-1].json()["detail"] and int(given[-1].headers["retry-after"]) > 0
    assert browser().post("/sign-in/passkey/options", json={}).status_code == 200


def test_a_persons_own_challenges_are_counted_wherever_they_are(cast: Cast, client_as: ClientAs) -> None:
    for path in ("/prove/passkey/options", "/me/passkeys/options"):
        for _ in range(MOST["own challenge"] // 2):
            assert client_as("kai").post(path, json={}).status_code == 200
    for path in ("/prove/passkey/options", "/me/passkeys/options"):
        assert client_as("kai").post(path, json={}).status_code == 429
    assert client_as("joe").post("/prove/passkey/options", json={}).status_code == 200


def test_five_wrong_codes_and_no_more_is_answered(client_as: ClientAs, cast: Cast, browser: Browser) -> None:
    """Wrong ones alone are counted, where they are typed: whoever else has a right code comes in."""
    secret = ask(client_as("kai"), cast, way="code")
    guesser, other = browser(), browser()
    for _ in range(3):
        assert other.post("/invitation", data={"code": secret}).status_code == 303
    wrong = [
        guesser.post("/invitation", data={"code": f"{secret[:-1]}{letter}"})
        for letter in "ACDEFG"
        if letter != secret[-1]
    ]
    assert [answer.status_code for answer in wrong[:5]] == [404] * 5
    refused = guesser.post("/invitation", data={"code": secret})
    assert refused.status_code == 429 and "wait ten minutes" in refused.text and "set-cookie" not in refused.headers
    assert other.post("/invitation", data={"code": secret}).status_code == 303


def test_a_spoken_code_stands_in_no_address(client_as: ClientAs, cast: Cast, browser: Browser) -> None:
    """Not once it is typed, nor where somebody writes it there; and in the table is nothing that can be tried out."""
    secret, phone = ask(client_as("kai"), cast, way="code"), browser()
    answer = phone.post("/invitation", data={"code": secret})
    assert secret not in answer.headers["location"] and secret not in answer.headers["set-cookie"]
    assert secret not in phone.get(answer.headers["location"]).text
    assert phone.get(f"/invitation/{secret}").status_code == accept(phone, secret) == 404
    assert browser().get(answer.headers["location"]).status_code == 404
    with administrator() as run:
        rows = run("select secret_print, expires_at - created_at from invitation where way = 'code'").all()
    assert fingerprint(secret) not in [row[0] for row in rows]
    assert max(row[1] for row in rows) <= timedelta(hours=24, seconds=1)


def test_an_address_gets_one_invitation_a_day_whoever_asks(
    client_as: ClientAs, cast: Cast, run_jobs: Callable[[], None]
) -> None:
    address = f"{new_id().hex}@example.org"
    ask(client_as("kai"), cast, email=address)
    client_as("ash").post(f"/people/{cast.connection['joe@ash']}/ending")
    asked = {"way": "mail", "email": address, "once": str(new_id())}
    assert client_as("ash").post(f"/people/{cast.connection['joe@ash']}/invitation", data=asked).status_code == 303
    run_jobs()
    assert len(mail_to(address)) == 1
    with administrator() as run:
        run("update invitation set mailed_at = mailed_at - interval '25 hours' where mailed_at is not null")
        run("set local search_path = jobs, public")
        run("update procrastinate_jobs set scheduled_at = now() where task_name like '%send_invitation'")
    run_jobs()
    assert len(mail_to(address)) == 2


def test_one_person_has_twenty_invitations_mailed_a_day(client_as: ClientAs, cast: Cast) -> None:
    kai, where = client_as("kai"), f"/people/{cast.connection['nan']}/invitation"
    for _ in range(20):
        ask(kai, cast)
    more = kai.post(where, data={"way": "mail", "email": "one.more@example.org", "once": str(new_id())})
    assert more.status_code == 429 and "You can make a code now" in more.text
    assert kai.post(where, data={"way": "code", "once": str(new_id())}).status_code == 303


@pytest.mark.parametrize("name", ["WIN 500 at http://win.example", "win.example", "me@win.example", "www win"])
def test_our_mail_takes_no_address_of_somebody_along(
    client_as: ClientAs, cast: Cast, run_jobs: Callable[[], None], name: str
) -> None:
    address = f"{new_id().hex}@example.org"
    with administrator() as run:
        run("update box set name = :name where id = :box", name=name, box=cast.box["kai"])
    ask(client_as("kai"), cast, email=address)
    run_jobs()
    (message,) = mail_to(address)
    body = re.sub(r"/invitation/\S+", "", message["body"])  # its letters are drawn by lot
    assert "win" not in body.lower() and "Someone would like to share" in body


def test_our_mail_names_nobody_who_has_proven_no_email(
    client_as: ClientAs, cast: Cast, run_jobs: Callable[[], None]
) -> None:
    said = {}
    for email in (cast.email["kai"], None):
        address = f"{new_id().hex}@example.org"
        with administrator() as run:
            run("update person set email = :email where id = :kai", email=email, kai=cast.person["kai"])
        ask(client_as("kai"), cast, email=address)
        run_jobs()
        said[email] = "Kai" in mail_to(address)[0]["body"]
    assert list(said.values()) == [True, False]


def test_one_place_begins_twenty_boxes_and_then_waits(browser: Browser) -> None:
    begun = [browser(at="198.51.100.7").post("/start", data={"name": "New", "once": str(new_id())}) for _ in range(21)]
    assert [answer.status_code for answer in begun] == [303] * 20 + [429]
    assert "wait ten minutes" in begun[-1].text
    assert browser().post("/start", data={"name": "New", "once": str(new_id())}).status_code == 303
