"""Letting people in: asked once, in once, out at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text
from starlette.testclient import TestClient

from app.kit import outbox
from app.kit.clock import today
from app.kit.db import admin_url
from app.kit.ids import new_id
from tests.boxes.reading import decided, once, secret_for, state
from tests.cast import Cast
from tests.conftest import ClientAs


def ask(kai: TestClient, cast: Cast, name: str = "nan", **fields: str) -> str:
    """Ask somebody in, by a link to an address that nobody else has; what opens it."""
    form = {"way": "mail", "email": f"{new_id().hex}@example.org", "once": str(new_id()), **fields}
    answer = kai.post(f"/people/{cast.connection[name]}/invitation", data=form)
    assert answer.status_code == 303, answer.text
    return secret_for(cast, name)


def accept(client: TestClient, secret: str, **fields: str) -> int:
    return client.post(f"/invitation/{secret}/acceptance", data=fields).status_code


def test_someone_new_comes_in_by_a_code_and_sees_what_is_shared(client_as: ClientAs, cast: Cast) -> None:
    kai, newcomer = client_as("kai"), client_as(None)
    secret = ask(kai, cast, way="code")
    assert len(secret) == 12
    spoken = f"{secret[:4]}-{secret[4:8]}-{secret[8:]}"
    assert spoken in kai.get(f"/people/{cast.connection['nan']}").text
    to = newcomer.post("/invitation", data={"code": spoken.lower()}).headers["location"]
    page = newcomer.get(to)
    assert "Kai asks you in" in page.text
    answer = newcomer.post(f"{to}/acceptance", data={"name": "Nan", "once": once(page.text)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/welcome")
    assert "You’re in, Nan" in newcomer.get("/welcome").text
    assert "See what Kai shared with you" in newcomer.get("/me").text
    assert newcomer.get(f"/boxes/{cast.box['kai']}/about").status_code == 200
    assert decided(cast)[-2:] == ["You asked Nan to come in.", "Nan said yes and came in."]


def test_a_link_is_sent_by_mail_and_says_nothing_about_care(
    client_as: ClientAs, cast: Cast, run_jobs: Callable[[], None]
) -> None:
    secret = ask(client_as("kai"), cast, way="mail", email="Nan@Example.org")
    run_jobs()
    mail = next(kept for kept in outbox.kept_messages() if kept["to"] == "nan@example.org" and secret in kept["body"])
    assert f"http://localhost:8000/invitation/{secret}" in mail["body"]
    assert mail["subject"] == "An invitation for you"
    assert "care" not in (mail["subject"] + mail["body"]).lower()


def test_a_link_that_was_taken_back_before_it_was_sent_is_not_sent(
    client_as: ClientAs, cast: Cast, run_jobs: Callable[[], None]
) -> None:
    kai = client_as("kai")
    secret = ask(kai, cast, way="mail", email="late@example.org")
    kai.post(f"/people/{cast.connection['nan']}/ending")
    run_jobs()
    assert not [kept for kept in outbox.kept_messages() if secret in kept["body"]]


def test_the_same_form_sent_twice_makes_one_invitation(client_as: ClientAs, cast: Cast) -> None:
    kai, form = client_as("kai"), {"way": "code", "once": str(new_id())}
    where = f"/people/{cast.connection['nan']}/invitation"
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: kai.post(where, data=form).status_code, range(4)))
    assert answers == [303] * 4
    assert decided(cast) == ["You asked Nan to come in."]


def test_a_person_invited_twice_comes_in_by_the_newer_way_only(client_as: ClientAs, cast: Cast) -> None:
    kai, casey = client_as("kai"), client_as("casey")
    first, second = ask(kai, cast), ask(kai, cast)
    assert casey.get(f"/invitation/{first}").status_code == 404
    assert accept(casey, first) == 404
    assert accept(casey, second) == 303
    assert state(cast, "nan") == "active"


def test_two_taps_of_yes_let_one_in_and_write_one_row(client_as: ClientAs, cast: Cast) -> None:
    casey, secret = client_as("casey"), ask(client_as("kai"), cast)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: accept(casey, secret), range(4)))
    assert answers == [303] * 4
    assert decided(cast).count("Nan said yes and came in.") == 1


def test_two_people_with_the_same_code_and_only_one_comes_in(client_as: ClientAs, cast: Cast) -> None:
    secret, clients = ask(client_as("kai"), cast), [client_as("casey"), client_as("morgan")]
    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(lambda client: accept(client, secret), clients))
    assert answers == [303, 404]


def test_a_newcomer_who_taps_twice_is_one_person_and_signed_in(client_as: ClientAs, cast: Cast) -> None:
    secret = ask(client_as("kai"), cast)
    first, second = client_as(None), client_as(None)
    form = {"name": "Nan", "once": once(first.get(f"/invitation/{secret}").text)}
    assert accept(first, secret, **form) == 303
    assert accept(second, secret, **form) == 303
    assert first.get(f"/boxes/{cast.box['kai']}/about").status_code == 200
    assert second.get(f"/boxes/{cast.box['kai']}/about").status_code == 200
    assert decided(cast).count("Nan said yes and came in.") == 1


def test_nobody_becomes_someone_by_naming_their_id(client_as: ClientAs, cast: Cast) -> None:
    secret, thief = ask(client_as("kai"), cast), client_as(None)
    accept(thief, secret, name="Thief", once=str(cast.person["kai"]))
    assert thief.get("/people").status_code == 404
    assert "Thief" in thief.get("/me").text


def test_an_invitation_that_was_taken_back_or_is_too_old_lets_nobody_in(client_as: ClientAs, cast: Cast) -> None:
    kai, casey = client_as("kai"), client_as("casey")
    secret = ask(kai, cast)
    kai.post(f"/people/{cast.connection['nan']}/ending")
    assert decided(cast)[-1] == "You took back the invitation to Nan."
    assert accept(casey, secret) == 404
    secret = ask(kai, cast)
    with create_engine(admin_url()).begin() as admin:
        admin.execute(
            text("update invitation set expires_at = now() - interval '1 second' where connection_id = :id"),
            {"id": cast.connection["nan"]},
        )
    refused = casey.post(f"/invitation/{secret}/acceptance")
    assert refused.status_code == 404
    assert "doesn’t work" in refused.text
    assert casey.get(f"/invitation/{secret}").text == casey.get("/invitation/never-was-one").text
    assert state(cast, "nan") == "invited"


def test_an_old_invitation_that_a_newcomer_opens_makes_no_person(client_as: ClientAs, cast: Cast) -> None:
    kai, newcomer = client_as("kai"), client_as(None)
    secret = ask(kai, cast)
    form = {"name": "Nobody Yet", "once": once(newcomer.get(f"/invitation/{secret}").text)}
    kai.post(f"/people/{cast.connection['nan']}/ending")
    assert accept(newcomer, secret, **form) == 404
    with create_engine(admin_url()).begin() as admin:
        assert admin.execute(text("select count(*) from person where name = 'Nobody Yet'")).scalar() == 0


def test_the_owner_cannot_accept_their_own_invitation(client_as: ClientAs, cast: Cast) -> None:
    kai = client_as("kai")
    refused = kai.post(f"/invitation/{ask(kai, cast)}/acceptance")
    assert refused.status_code == 422
    assert "This is your own box." in refused.text
    assert state(cast, "nan") == "invited"


def test_someone_who_is_in_already_stays_one_person(client_as: ClientAs, cast: Cast) -> None:
    kai, joe = client_as("kai"), client_as("joe")
    assert accept(joe, ask(kai, cast)) == 303
    assert state(cast, "nan") == "invited"
    again = kai.post(f"/people/{cast.connection['joe']}/invitation", data={"way": "code"})
    assert again.status_code == 422
    assert "Joe is already in." in again.text


def test_one_who_comes_back_must_be_the_same_person(client_as: ClientAs, cast: Cast) -> None:
    kai = client_as("kai")
    kai.post(f"/people/{cast.connection['joe']}/ending")
    secret = ask(kai, cast, "joe")
    refused = client_as("casey").post(f"/invitation/{secret}/acceptance")
    assert refused.status_code == 422
    assert "someone who was here before" in refused.text
    assert accept(client_as("joe"), secret) == 303
    assert state(cast, "joe") == "active"


def test_a_blocked_person_does_not_come_in_under_another_name(client_as: ClientAs, cast: Cast) -> None:
    kai = client_as("kai")
    kai.post(f"/people/{cast.connection['avery']}/block")
    assert accept(client_as("avery"), ask(kai, cast)) == 404
    refused = kai.post(f"/people/{cast.connection['avery']}/invitation", data={"way": "code"})
    assert refused.status_code == 422
    assert "Avery is blocked." in refused.text


@pytest.mark.parametrize("name", ["joe", "casey", None])
def test_only_the_one_who_decides_can_ask_people_in(client_as: ClientAs, cast: Cast, name: str | None) -> None:
    client, form = client_as(name), {"way": "code"}
    hers = client.post(f"/boxes/{cast.box['kai']}/people/{cast.connection['nan']}/invitation", data=form)
    assert hers.status_code == {"joe": 403, "casey": 404, None: 303}[name]
    assert state(cast, "nan") == "known"


def test_a_mistyped_address_keeps_what_was_typed(client_as: ClientAs, cast: Cast) -> None:
    page = client_as("kai").post(
        f"/people/{cast.connection['nan']}/invitation", data={"way": "mail", "email": "nan at home"}
    )
    assert page.status_code == 422
    assert 'value="nan at home"' in page.text
    assert decided(cast) == []


def test_the_invitation_says_until_when_and_what_may_be_sent(client_as: ClientAs, cast: Cast) -> None:
    kai, casey = client_as("kai"), client_as("casey")
    secret = ask(kai, cast)
    assert "You can send things." in casey.get(f"/invitation/{secret}").text
    until = today() + timedelta(days=30)
    kai.post(f"/people/{cast.connection['nan']}/permission", data={"may_add": "no", "ends_on": until.isoformat()})
    page = casey.get(f"/invitation/{secret}").text
    assert "You can send things." not in page
    assert f"It lasts until {until.day} {until:%B}" in page
