"""Passkeys, with a software authenticator."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.testclient import TestClient

from tests.cast import Cast
from tests.conftest import ClientAs
from tests.people.authenticator import Authenticator, b64
from tests.people.conftest import Browser, administrator, is_signed_in


def add_passkey(client: TestClient, phone: Authenticator) -> Any:
    options = client.post("/me/passkeys/options", json={}).json()
    return client.post("/me/passkeys", json=phone.register(options))


def come_in(client: TestClient, phone: Authenticator, **typed: str) -> Any:
    options = client.post("/sign-in/passkey/options", json=typed).json()
    return client.post("/sign-in/passkey", json=phone.sign_in(options))


@pytest.fixture
def phone(client_as: ClientAs) -> Authenticator:
    """An authenticator that holds a passkey of Kai's."""
    phone = Authenticator()
    assert add_passkey(client_as("kai"), phone).status_code == 200
    return phone


def test_a_passkey_opens_the_box(browser: Browser, phone: Authenticator) -> None:
    client = browser()
    answer = come_in(client, phone, next="/tray")
    assert (answer.status_code, answer.json()) == (200, {"location": "/tray"})
    assert is_signed_in(client)


def test_the_options_are_for_this_host_and_name_nobody(browser: Browser, phone: Authenticator) -> None:
    options = browser().post("/sign-in/passkey/options", json={}).json()
    assert options["rpId"] == "localhost"
    assert options["userVerification"] == "required"
    assert not options.get("allowCredentials")


def test_an_answer_does_not_work_twice(browser: Browser, phone: Authenticator) -> None:
    client = browser()
    options = client.post("/sign-in/passkey/options", json={}).json()
    asked = client.cookies["holdfast-asked"]
    answer = phone.sign_in(options)
    assert client.post("/sign-in/passkey", json=answer).status_code == 200
    thief = browser()
    thief.cookies.set("holdfast-asked", asked)
    assert thief.post("/sign-in/passkey", json=answer).status_code == 422
    assert not is_signed_in(thief)


def test_a_failed_answer_uses_the_challenge_up(browser: Browser, phone: Authenticator) -> None:
    client = browser()
    options = client.post("/sign-in/passkey/options", json={}).json()
    answer = phone.sign_in(options)
    broken = {**answer, "response": {**answer["response"], "signature": b64(b"no")}}
    assert client.post("/sign-in/passkey", json=broken).status_code == 422
    assert client.post("/sign-in/passkey", json=answer).status_code == 422
    assert not is_signed_in(client)


def test_of_two_answers_at_once_one_comes_in(browser: Browser, phone: Authenticator) -> None:
    client = browser()
    answer = phone.sign_in(client.post("/sign-in/passkey/options", json={}).json())
    asked = client.cookies["holdfast-asked"]
    clients = [browser() for _ in range(4)]
    for each in clients:
        each.cookies.set("holdfast-asked", asked)
    with ThreadPoolExecutor(len(clients)) as pool:
        answers = list(pool.map(lambda each: each.post("/sign-in/passkey", json=answer).status_code, clients))
    assert sorted(answers) == [200, 422, 422, 422]


def test_an_old_challenge_is_refused(browser: Browser, phone: Authenticator) -> None:
    client = browser()
    answer = phone.sign_in(client.post("/sign-in/passkey/options", json={}).json())
    with administrator() as run:
        run("update challenge set expires_at = now() - interval '1 second'")
    assert client.post("/sign-in/passkey", json=answer).status_code == 422


def test_another_origin_another_host_or_another_person_is_refused(
    browser: Browser, phone: Authenticator, cast: Cast
) -> None:
    for change in ({"origin": "http://evil.example"}, {"user_handle": cast.person["joe"].bytes}):
        before = {name: getattr(phone, name) for name in change}
        vars(phone).update(change)
        assert come_in(browser(), phone).status_code == 422
        vars(phone).update(before)
    client = browser()
    options = client.post("/sign-in/passkey/options", json={}).json()
    answer = phone.sign_in({**options, "rpId": "evil.example"})
    assert client.post("/sign-in/passkey", json=answer).status_code == 422


def test_a_count_that_does_not_grow_is_refused(browser: Browser, phone: Authenticator) -> None:
    phone.count = 7
    assert come_in(browser(), phone).status_code == 200
    phone.count = 7
    assert come_in(browser(), phone).status_code == 422


def test_a_stranger_s_passkey_is_answered_like_a_broken_one(browser: Browser, phone: Authenticator) -> None:
    unknown = come_in(browser(), Authenticator())
    phone.origin = "http://evil.example"
    broken = come_in(browser(), phone)
    assert (unknown.status_code, unknown.text) == (broken.status_code, broken.text)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"id": 1},
        {"id": "é", "rawId": "é", "type": "public-key", "response": {}},
        {
            "id": "aa",
            "rawId": "aa",
            "type": "public-key",
            "response": {"clientDataJSON": "a", "authenticatorData": "%%", "signature": "a", "userHandle": "a"},
        },
    ],
)
def test_nonsense_is_refused_in_plain_words(browser: Browser, phone: Authenticator, answer: dict[str, Any]) -> None:
    client = browser()
    client.post("/sign-in/passkey/options", json={})
    refused = client.post("/sign-in/passkey", json=answer)
    assert refused.status_code == 422
    assert refused.json()["detail"].startswith("That didn’t go through.")


def test_a_challenge_to_come_in_does_not_add_a_passkey(client_as: ClientAs) -> None:
    client, phone = client_as("kai"), Authenticator()
    registration = client.post("/me/passkeys/options", json={}).json()
    options = client.post("/sign-in/passkey/options", json={}).json()
    registration["challenge"] = options["challenge"]
    assert client.post("/me/passkeys", json=phone.register(registration)).status_code == 422


def test_nobody_adds_a_passkey_with_another_person_s_challenge(client_as: ClientAs) -> None:
    kai, joe, phone = client_as("kai"), client_as("joe"), Authenticator()
    options = kai.post("/me/passkeys/options", json={}).json()
    joe.cookies.set("holdfast-asked", kai.cookies["holdfast-asked"])
    assert joe.post("/me/passkeys", json=phone.register(options)).status_code == 422
    assert kai.post("/me/passkeys", json=phone.register(options)).status_code == 200


def test_the_same_passkey_twice_is_said_plainly(client_as: ClientAs, phone: Authenticator) -> None:
    again = add_passkey(client_as("joe"), phone)
    assert again.status_code == 409
    assert "already" in again.json()["detail"]


def test_a_passkey_is_renamed_and_taken_away(client_as: ClientAs, browser: Browser, phone: Authenticator) -> None:
    client = client_as("kai")
    with administrator() as run:
        row = run("select id from passkey where credential_id = :c", c=phone.credential_id).scalar()
    assert client.post(f"/me/passkeys/{row}/name", data={"name": "Nan’s old tablet"}).status_code == 303
    assert "Nan’s old tablet" in client.get("/me/devices").text
    assert client.post(f"/me/passkeys/{row}/name", data={"name": " "}).status_code == 422
    for stranger in (client_as("joe"), client_as("casey")):
        assert stranger.post(f"/me/passkeys/{row}/removal").status_code == 404
        assert stranger.post(f"/me/passkeys/{row}/name", data={"name": "Mine"}).status_code == 404
    assert client.post(f"/me/passkeys/{row}/removal").status_code == 303
    assert come_in(browser(), phone).status_code == 422


def test_the_last_way_in_cannot_be_taken_away(client_as: ClientAs, cast: Cast, phone: Authenticator) -> None:
    client = client_as("kai")
    with administrator() as run:
        run("update person set email = null where id = :p", p=cast.person["kai"])
        row = run("select id from passkey where credential_id = :c", c=phone.credential_id).scalar()
    refused = client.post(f"/me/passkeys/{row}/removal")
    assert refused.status_code == 403 and "the only way" in refused.text
    client.post("/me/recovery")
    assert client.post(f"/me/passkeys/{row}/removal").status_code == 303


def test_of_the_last_two_passkeys_taken_away_at_once_one_stays(client_as: ClientAs, cast: Cast) -> None:
    clients = [client_as("kai"), client_as("kai")]
    for _ in clients:
        add_passkey(clients[0], Authenticator())
    with administrator() as run:
        run("update person set email = null where id = :p", p=cast.person["kai"])
        rows = run("select id from passkey where person_id = :p", p=cast.person["kai"]).scalars().all()
    with ThreadPoolExecutor(2) as pool:
        answers = list(
            pool.map(
                lambda pair: pair[0].post(f"/me/passkeys/{pair[1]}/removal").status_code,
                zip(clients, rows, strict=True),
            )
        )
    assert sorted(answers) == [303, 403]


def test_a_phone_that_is_not_theirs_cannot_become_a_way_in(browser: Browser, phone: Authenticator) -> None:
    client = browser()
    come_in(client, phone, shared="yes")
    assert client.post("/me/passkeys/options", json={}).status_code == 403
    assert "isn’t yours" in client.get("/me/devices").text


@pytest.mark.parametrize("n, e", [(1024, 65537), (2048, 1), (0, 0)], ids=["short", "that anybody can undo", "no curve"])
def test_a_key_that_proves_nothing_is_no_way_in(client_as: ClientAs, n: int, e: int) -> None:
    """An RSA key that is too short, or whose exponent is 1; a point that is on no curve."""
    kai, phone = client_as("kai"), Authenticator()
    modulus = rsa.generate_private_key(65537, n).public_key().public_numbers().n if n else 0
    odd = {1: 3, 3: -257, -1: modulus.to_bytes(n // 8, "big"), -2: e.to_bytes(3, "big")} if n else {
        1: 2, 3: -7, -1: 1, -2: bytes(31) + b"\x01", -3: bytes(31) + b"\x01"
    }  # fmt: skip
    options = kai.post("/me/passkeys/options", json={}).json()
    assert kai.post("/me/passkeys", json=phone.register(options, cose=odd)).status_code == 422
    assert "passkey was added" not in kai.get("/me/devices").text
