"""What exists only at this machine: the demo cast and the outbox."""

import pytest

from app.kit import outbox
from app.kit.config import settings
from app.people import this_machine
from app.people.this_machine import write_demo_people
from tests.cast import Cast
from tests.people.conftest import Browser, is_signed_in


@pytest.fixture
def people(cast: Cast) -> None:
    write_demo_people([{"id": str(cast.person["kai"]), "name": "Kai", "about": "12, runs the box"}])


def test_the_demo_lets_you_be_kai(browser: Browser, cast: Cast, people: None, demo_on: None) -> None:
    for host in ("http://localhost:8000", "http://127.0.0.1:8000", "http://[::1]:8000"):
        client = browser(at="127.0.0.1", base_url=host)
        assert "Be Kai" in client.get("/demo").text
        assert 'href="/demo"' in client.get("/sign-in").text
        assert client.post(f"/demo/{cast.person['kai']}").headers["location"] == "/"
        assert is_signed_in(client)


def test_the_demo_is_only_for_its_own_cast(browser: Browser, cast: Cast, people: None, demo_on: None) -> None:
    client = browser(at="127.0.0.1")
    for person in (cast.person["joe"], "nonsense"):
        assert client.post(f"/demo/{person}").status_code == 404
    assert not is_signed_in(client)


def test_without_the_setting_there_is_no_demo(browser: Browser, cast: Cast, people: None) -> None:
    client = browser(at="127.0.0.1")
    nonsense = client.get("/nonsense")
    for answer in (client.get("/demo"), client.post(f"/demo/{cast.person['kai']}")):
        assert (answer.status_code, answer.text) == (404, nonsense.text)
    assert "/demo" not in client.get("/sign-in").text
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    ("at", "host", "headers"),
    [
        ("10.0.0.7", "http://localhost", {}),
        ("127.0.0.1", "http://evil.example", {}),
        ("127.0.0.1", "http://localhost.evil.example", {}),
        ("127.0.0.1", "http://localhost", {"X-Forwarded-For": "10.0.0.7"}),
        ("127.0.0.1", "http://localhost", {"Forwarded": "for=10.0.0.7"}),
    ],
)
def test_from_anywhere_else_there_is_neither_demo_nor_outbox(
    browser: Browser, cast: Cast, people: None, demo_on: None, at: str, host: str, headers: dict[str, str]
) -> None:
    outbox.send("kai@example.org", "Hello", "A message")
    client = browser(at=at, base_url=host)
    client.headers.update(headers)
    nonsense = client.get("/nonsense").text
    paths = ["/demo", "/outbox", f"/outbox/{outbox.kept_messages()[0]['id']}"]
    for answer in [client.get(path) for path in paths] + [client.post(f"/demo/{cast.person['kai']}")]:
        assert (answer.status_code, answer.text) == (404, nonsense)
    assert not is_signed_in(client)


def test_the_outbox_shows_what_was_sent_with_links_to_follow(browser: Browser) -> None:
    outbox.send("kai@example.org", "Hello <b>", f"Tap here:\n{settings().public_url}/sign-in/link/abc\n\n<script>")
    client = browser(at="127.0.0.1")
    message = outbox.kept_messages()[0]
    assert f"/outbox/{message['id']}" in client.get("/outbox").text
    page = client.get(f"/outbox/{message['id']}").text
    assert f'href="{settings().public_url}/sign-in/link/abc"' in page
    assert "<script>\n" not in page and "&lt;script&gt;" in page and "Hello &lt;b&gt;" in page
    assert client.get("/outbox/nonsense").status_code == 404


def test_where_mail_is_really_sent_there_is_no_outbox(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "outgoing_smtp", "smtp://mail.example:25")
    assert browser(at="127.0.0.1").get("/outbox").status_code == 404


@pytest.fixture
def paths(cast: Cast, people: None, demo_on: None) -> list[str]:
    """What nobody may open who is not at this machine."""
    outbox.send("kai@example.org", "Your link", f"{settings().public_url}/sign-in/link/abc")
    return ["/demo", "/outbox", f"/outbox/{outbox.kept_messages()[0]['id']}"]


def test_what_the_console_says_opens_it_once_and_the_browser_keeps_it(browser: Browser, paths: list[str]) -> None:
    client = browser(at="127.0.0.1")
    client.cookies.delete(this_machine.COOKIE)
    for path in ("/demo", "/outbox"):
        there = client.get(path, params={"key": this_machine.key()})
        assert (there.status_code, there.headers["location"]) == (303, path)
    assert "HttpOnly" in there.headers["set-cookie"]
    assert [client.get(path).status_code for path in paths] == [200, 200, 200]


@pytest.mark.parametrize("shown", [None, "", "0" * 32, "kéy"])
def test_a_proxy_that_adds_nothing_opens_nothing(
    browser: Browser, cast: Cast, paths: list[str], shown: str | None
) -> None:
    """To us such a request is one from this machine, in every header and byte; it only lacks the key."""
    client = browser(at="127.0.0.1", base_url="http://127.0.0.1:8000")
    client.cookies.delete(this_machine.COOKIE)
    nonsense = client.get("/nonsense").text
    given = {} if shown is None else {"key": shown}
    answers = [client.get(path, params=given) for path in paths]
    answers.append(client.post(f"/demo/{cast.person['kai']}", params=given))
    assert {(answer.status_code, answer.text) for answer in answers} == {(404, nonsense)}
    assert "/demo" not in client.get("/sign-in").text and not is_signed_in(client)


@pytest.mark.parametrize("address", ["https://box.example.org", "http://box.example.org", "http://10.0.0.7:8000"])
def test_where_people_come_from_elsewhere_the_key_opens_nothing(
    browser: Browser, cast: Cast, paths: list[str], monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    client = browser(at="127.0.0.1")
    assert client.get("/demo").status_code == 200
    monkeypatch.setattr(settings(), "base_url", address)
    client.headers["Cookie"] = f"{this_machine.COOKIE}={this_machine.key()}"
    answers = [client.get(path, params={"key": this_machine.key()}) for path in paths]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert client.post(f"/demo/{cast.person['kai']}").status_code == 404
