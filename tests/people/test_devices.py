"""Cookies, sign-ins, and going out."""

import re
from concurrent.futures import ThreadPoolExecutor, wait
from http.cookies import SimpleCookie

import pytest
from fastapi import Request, Response
from starlette.testclient import TestClient

from app.kit.config import settings
from app.kit.db import become
from app.people.devices import KEPT_COOKIE, device_words, start_sign_in
from app.people.door import cookie_name, get_session
from app.people.person import Person
from app.people.viewer import Viewer
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.people.authenticator import Authenticator
from tests.people.conftest import Browser, administrator, cookie_of, is_signed_in
from tests.people.test_passkeys import add_passkey, come_in


def test_the_cookie_is_kept_from_scripts_and_other_sites(browser: Browser, client_as: ClientAs) -> None:
    phone = Authenticator()
    add_passkey(client_as("kai"), phone)
    cookie = SimpleCookie(come_in(browser(), phone).headers["set-cookie"])[cookie_name()]
    assert cookie["httponly"] and cookie["samesite"] == "lax" and cookie["path"] == "/" and not cookie["domain"]
    assert int(cookie["max-age"]) > 24 * 3600 * settings().session_days


def test_on_https_the_cookie_is_bound_to_the_host(
    browser: Browser, client_as: ClientAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = Authenticator(origin="https://localhost")
    monkeypatch.setattr(settings(), "base_url", "https://localhost")
    client = browser(base_url="https://localhost")
    kai = client_as("kai")
    kai.base_url = "https://localhost"  # type: ignore[assignment]
    add_passkey(kai, phone)
    cookie = SimpleCookie(come_in(client, phone).headers["set-cookie"])["__Host-holdfast"]
    assert cookie["secure"]
    assert client.post("/sign-out", data={"sure": "yes"}).status_code == 303
    assert not is_signed_in(client)


def test_on_https_every_cookie_is_bound_to_the_host(
    client_as: ClientAs, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "base_url", "https://localhost")
    new, kai = browser(base_url="https://localhost"), client_as("kai")
    kai.base_url = "https://localhost"  # type: ignore[assignment]
    new.cookies.clear()
    given = [
        new.get("/sign-in"),
        new.get("/away/now"),
        new.post("/language", data={"language": "cy"}),
        new.post("/sign-in/link", data={"email": "kai@example.org"}),
        new.post("/sign-in/passkey/options"),
        new.post("/away/open"),
        kai.post("/me/phone", data={"name": "notes", "icon": "leaf"}),
        kai.post("/sign-out", data={"sure": "yes"}),
    ]
    cookies = [line for answer in given for line in answer.headers.get_list("set-cookie")]
    names = {line.partition("=")[0] for line in cookies}
    assert names >= {f"__Host-{name}" for name in ("holdfast", "holdfast-away", "typeface", "language", "app")}
    assert all(re.match(r"__Host-[\w-]+=.*; Path=/; .*Secure", line) and "Domain" not in line for line in cookies)
    # What was said over https is heard; a name that a neighbour can set is not.
    assert '<html lang="cy"' in new.get("/sign-in").text
    new.cookies.delete("__Host-language")
    new.cookies.set("language", "ar")
    assert '<html lang="ar"' not in new.get("/sign-in").text


def test_a_shared_phone_forgets(browser: Browser, client_as: ClientAs, cast: Cast) -> None:
    phone = Authenticator()
    add_passkey(client_as("kai"), phone)
    client = browser()
    answer = come_in(client, phone, shared="yes")
    assert SimpleCookie(answer.headers["set-cookie"])[cookie_name()]["max-age"] == ""
    with administrator() as run:
        left = run(
            "select extract(epoch from expires_at - now()) / 60 from sign_in where person_id = :p and shared_device",
            p=cast.person["kai"],
        ).scalar()
        assert 29 <= left <= 30
        run("update sign_in set expires_at = now() - interval '1 second' where person_id = :p", p=cast.person["kai"])
    assert not is_signed_in(client)


def test_every_sign_in_has_a_new_token_and_ends_the_one_before(browser: Browser, client_as: ClientAs) -> None:
    kais, joes = Authenticator(), Authenticator()
    add_passkey(client_as("kai"), kais)
    add_passkey(client_as("joe"), joes)
    client = browser()
    come_in(client, kais)
    first = cookie_of(client)
    come_in(client, joes)
    assert cookie_of(client) != first
    old = browser()
    old.cookies.set(cookie_name(), first)
    assert is_signed_in(client) and not is_signed_in(old)


def test_someone_new_can_begin_on_a_phone_where_another_was_signed_in(
    browser: Browser, client_as: ClientAs, cast: Cast
) -> None:
    kais = client_as("kai")
    request = Request({"type": "http", "headers": [(b"cookie", f"{cookie_name()}={cookie_of(kais)}".encode())]})
    sessions, answer, newcomer = get_session(request), Response(), Person(name="Robin")
    session = next(sessions)
    become(session, Viewer(newcomer.id).claims())
    session.add(newcomer)
    start_sign_in(session, request, answer, newcomer.id, "start")
    assert next(sessions, None) is None
    client = browser()
    client.cookies.set(cookie_name(), SimpleCookie(answer.headers["set-cookie"])[cookie_name()].value)
    assert is_signed_in(client) and not is_signed_in(kais)


@pytest.mark.parametrize(
    ("said", "cleared"),
    [("0", '"cache", "storage"'), ("1", '"cache"'), (None, '"cache"')],
    ids=["nothing waits on the phone", "something waits there", "nobody has looked"],
)
def test_after_signing_out_the_old_cookie_is_nobody(
    browser: Browser, client_as: ClientAs, said: str | None, cleared: str
) -> None:
    client = client_as("kai")
    if said:
        client.cookies.set(KEPT_COOKIE, said)
    old = cookie_of(client)
    answer = client.post("/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert answer.headers["clear-site-data"] == cleared
    assert SimpleCookie(answer.headers["set-cookie"])[cookie_name()]["max-age"] == "0"
    thief = browser()
    thief.cookies.set(cookie_name(), old)
    assert not is_signed_in(thief)


def test_nobody_signs_out_without_harm(browser: Browser) -> None:
    assert browser().post("/sign-out").headers["location"] == "/sign-in"


def test_someone_with_no_way_back_is_asked_first(client_as: ClientAs, cast: Cast) -> None:
    client = client_as("kai")
    with administrator() as run:
        run("update person set email = null where id = :p", p=cast.person["kai"])
    asked = client.post("/sign-out")
    assert asked.status_code == 409 and "Add a way in" in asked.text
    assert is_signed_in(client)
    assert client.post("/sign-out", data={"sure": "yes"}).status_code == 303
    assert not is_signed_in(client)


def test_one_phone_is_locked_out_from_another(client_as: ClientAs, cast: Cast) -> None:
    here, lost = client_as("kai"), client_as("kai")
    with administrator() as run:
        rows = run("select id from sign_in where person_id = :p order by id", p=cast.person["kai"]).scalars().all()
    page = here.get("/me/devices").text
    assert "This phone" in page and f"/me/devices/{rows[1]}/end" in page and f"/me/devices/{rows[0]}/end" not in page
    assert client_as("joe").post(f"/me/devices/{rows[1]}/end").status_code == 404
    assert is_signed_in(lost)
    assert here.post(f"/me/devices/{rows[1]}/end").status_code == 303
    assert is_signed_in(here) and not is_signed_in(lost)
    assert here.post(f"/me/devices/{rows[1]}/end").status_code == 303


def test_all_others_are_locked_out_at_once(client_as: ClientAs) -> None:
    here, others, joe = client_as("kai"), [client_as("kai") for _ in range(3)], client_as("joe")
    assert here.post("/me/devices/end-others").status_code == 303
    assert is_signed_in(here) and is_signed_in(joe)
    assert not any(map(is_signed_in, others))


def test_a_sign_in_that_is_used_lasts_on(client_as: ClientAs, cast: Cast) -> None:
    client = client_as("kai")
    with administrator() as run:
        run("update sign_in set last_seen_at = now() - interval '1 hour' where person_id = :p", p=cast.person["kai"])
    assert is_signed_in(client)
    with administrator() as run:
        seen, days = run(
            "select now() - last_seen_at < interval '1 minute', extract(day from expires_at - now())"
            " from sign_in where person_id = :p",
            p=cast.person["kai"],
        ).one()
    assert seen and days >= settings().session_days - 1


def test_a_sign_in_does_not_end_while_someone_types(client_as: ClientAs, cast: Cast) -> None:
    client = client_as("kai")
    with administrator() as run:
        run(
            "update sign_in set shared_device = true, last_seen_at = now() - interval '20 minutes',"
            " expires_at = now() + interval '1 minute' where person_id = :p",
            p=cast.person["kai"],
        )
    assert client.get("/here").status_code == 204
    with administrator() as run:
        query = "select expires_at > now() + interval '10 minutes' from sign_in where person_id = :p"
        assert run(query, p=cast.person["kai"]).scalar()


def test_a_long_request_keeps_no_other_waiting(client_as: ClientAs, cast: Cast) -> None:
    client = client_as("kai")
    with administrator() as run:
        run("update sign_in set last_seen_at = now() - interval '1 hour' where person_id = :p", p=cast.person["kai"])
    with ThreadPoolExecutor(1) as pool, administrator() as run:
        run("select id from sign_in where person_id = :p for update", p=cast.person["kai"])
        seen = pool.submit(is_signed_in, client)
        assert wait([seen], timeout=10).done


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (
            "Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36",
            "Android phone, Chrome",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Safari/604.1",
            "iPhone, Safari",
        ),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/130.0 Safari/537.36 Edg/130.0", "Windows computer, Edge"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", "Linux computer, Firefox"),
        ("", "Phone or computer"),
    ],
)
def test_a_device_is_called_what_a_person_would(user_agent: str, words: str) -> None:
    assert device_words(user_agent) == words


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "/a\r\nSet-Cookie: x=1",
        "evil.example",
        "",
        "/" + "a" * 3000,
        "///evil.example",
    ],
)
def test_nobody_is_sent_to_another_site(browser: Browser, client_as: ClientAs, wanted: str) -> None:
    phone = Authenticator()
    add_passkey(client_as("kai"), phone)
    client = browser()
    assert come_in(client, phone, next=wanted).json() == {"location": "/"}
    assert client.get("/sign-in", params={"next": wanted}).headers["location"] == "/"
    assert 'name="next" value="/"' in browser().get("/sign-in", params={"next": wanted}).text


def test_a_page_that_needs_someone_leads_to_the_front_door_and_back(browser: Browser) -> None:
    client: TestClient = browser()
    answer = client.get("/me/devices")
    assert answer.headers["location"] == "/sign-in?next=/me/devices"
    assert 'name="next" value="/me/devices"' in client.get(answer.headers["location"]).text


def test_a_page_of_another_site_cannot_sign_anyone_in_or_out(client_as: ClientAs) -> None:
    client = client_as("kai")
    for path in ("/sign-out", "/sign-in/link", "/me/recovery", "/me/devices/end-others"):
        assert client.post(path, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert is_signed_in(client)


def test_every_page_can_be_locked_where_it_can_be_hidden(client_as: ClientAs) -> None:
    kai = client_as("kai")
    for path in (
        "/",
        "/me",
        "/people",
        "/tray",
        "/journey",
        "/add",
        "/me/devices",
        "/me/recovery",
        "/me/looks",
        "/help",
    ):
        page = kai.get(path)
        assert page.status_code == 200 and 'class="lock" method="post" action="/sign-out"' in page.text, path
        assert page.text.index('class="lock"') < page.text.index("<main"), path


def test_a_mistyped_address_keeps_the_page(client_as: ClientAs) -> None:
    answer = client_as("kai").post("/me/email", data={"email": "kai at home"})
    assert answer.status_code == 422 and 'value="kai at home"' in answer.text
