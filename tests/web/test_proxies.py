"""Who is asking behind a proxy, and that nobody else can say it for them."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from app.kit.config import Settings
from app.kit.near import networks
from app.people.attempts import MOST
from app.web.proxies import RealClient

PROXIES = "127.0.0.1, ::1, 10.0.0.0/24, 2001:db8:9::/48"
Header = tuple[str, str]


def client_seen(peer: str, *headers: Header, proxies: str = PROXIES) -> str:
    """The client's address that the application sees."""
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["client"][0])
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    TestClient(RealClient(app, networks(proxies)), client=(peer, 1)).get("/", headers=list(headers))
    return seen[0]


@pytest.mark.parametrize(
    ("line", "client"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7, 10.0.0.9", "203.0.113.7"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ("[2001:db8::7]:443", "2001:db8::7"),
        ("2001:db8::7, 2001:db8:9::1", "2001:db8::7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("10.0.0.8, 10.0.0.9", "10.0.0.8"),
        ("203.0.113.7, unknown, 10.0.0.9", "10.0.0.9"),
        ("", "127.0.0.1"),
    ],
)
def test_the_nearest_that_is_no_proxy_of_ours_is_the_client(line: str, client: str) -> None:
    assert client_seen("127.0.0.1", ("X-Forwarded-For", line)) == client


def test_several_lines_are_one_list() -> None:
    lines = [("X-Forwarded-For", "198.51.100.1"), ("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-For", "10.0.0.9")]
    assert client_seen("127.0.0.1", *lines) == "203.0.113.7"


FORGED: dict[str, list[Header]] = {
    "one": [("X-Forwarded-For", "1.2.3.4")],
    "many": [("X-Forwarded-For", "1.2.3.4, 5.6.7.8, 9.10.11.12")],
    "a proxy's own": [("X-Forwarded-For", "127.0.0.1")],
    "behind a proxy's own": [("X-Forwarded-For", "1.2.3.4, 10.0.0.9")],
    "several lines": [("X-Forwarded-For", "1.2.3.4"), ("X-Forwarded-For", "5.6.7.8")],
    "other case": [("x-FORWARDED-for", "1.2.3.4")],
    "with a port": [("X-Forwarded-For", "1.2.3.4:80")],
    "IPv6": [("X-Forwarded-For", "2001:db8::1")],
    "IPv6 with a port": [("X-Forwarded-For", "[2001:db8::1]:80")],
    "IPv4 in IPv6": [("X-Forwarded-For", "::ffff:127.0.0.1")],
    "empty": [("X-Forwarded-For", "")],
    "commas": [("X-Forwarded-For", ",,,1.2.3.4,,,")],
    "a name": [("X-Forwarded-For", "localhost")],
    "unknown": [("X-Forwarded-For", "unknown")],
    "real ip": [("X-Real-IP", "1.2.3.4")],
    "forwarded": [("Forwarded", "for=1.2.3.4")],
    "forwarded, quoted": [("Forwarded", 'for="[2001:db8::1]:80";proto=https;by=127.0.0.1')],
    "forwarded, list": [("Forwarded", "for=1.2.3.4, for=127.0.0.1")],
    "others": [("True-Client-IP", "1.2.3.4"), ("CF-Connecting-IP", "1.2.3.4"), ("X-Client-IP", "1.2.3.4")],
    "all at once": [("Forwarded", "for=1.2.3.4"), ("X-Forwarded-For", "1.2.3.4"), ("X-Real-IP", "1.2.3.4")],
    "a thousand": [("X-Forwarded-For", ",".join(["1.2.3.4"] * 1000))],
}


@pytest.mark.parametrize("headers", FORGED.values(), ids=FORGED)
def test_what_a_stranger_says_is_not_believed(headers: list[Header]) -> None:
    assert client_seen("203.0.113.7", *headers) == "203.0.113.7"
    assert client_seen("127.0.0.1", *headers, proxies="") == "127.0.0.1"


@pytest.mark.parametrize("headers", FORGED.values(), ids=FORGED)
def test_what_a_client_says_before_a_proxy_is_not_believed(headers: list[Header]) -> None:
    """A proxy that adds the address it sees to whatever came, in a line of its own or at the end of the last."""
    assert client_seen("10.0.0.7", *headers, ("X-Forwarded-For", "203.0.113.7")) == "203.0.113.7"
    said = ", ".join(value for name, value in headers if name.lower() == "x-forwarded-for")
    assert client_seen("10.0.0.7", ("X-Forwarded-For", f"{said}, 203.0.113.7")) == "203.0.113.7"


@pytest.mark.parametrize(
    "written", ["*", "10.0.0.7,*", "0.0.0.0/0", "::/0", "10.0.0.7/24", "proxy.example.org", "10.0.0"]
)
def test_a_list_that_trusts_everybody_or_makes_no_sense_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="TRUSTED_PROXIES"):
        Settings(TRUSTED_PROXIES=written)  # type: ignore[call-arg]


def test_no_proxy_is_trusted_by_default() -> None:
    assert networks(Settings().trusted_proxies) == []  # type: ignore[call-arg]


@pytest.mark.parametrize(("peer", "called"), [("127.0.0.1", "this machine"), ("9.9.9.9", "a public address")])
def test_the_operator_is_told_of_a_proxy_that_is_not_named(
    caplog: pytest.LogCaptureFixture, peer: str, called: str
) -> None:
    caplog.set_level(logging.WARNING, "holdfast.proxies")
    house = RealClient(_nothing, networks("10.0.0.7"))
    there = TestClient(house, client=(peer, 1))
    there.get("/")
    assert caplog.messages == []
    for _ in range(3):
        there.get("/", headers={"X-Forwarded-For": "1.2.3.4"})
    assert len(caplog.messages) == 1 and f"A request from {called}" in caplog.messages[0]
    assert "TRUSTED_PROXIES" in caplog.messages[0] and "1.2.3.4" not in caplog.text and "9.9.9" not in caplog.text


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


@pytest.fixture
def behind(app: Any) -> Iterator[TestClient]:
    """The real application behind one proxy at 10.0.0.7."""
    with TestClient(
        RealClient(app, networks("10.0.0.7")), base_url="http://localhost", client=("10.0.0.7", 1),
        headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=False,
    ) as client:  # fmt: skip
        yield client


def test_of_two_clients_behind_one_proxy_one_locks_itself_out_alone(behind: TestClient) -> None:
    def tries(client: str) -> int:
        form = {"code": "ABCD-EFGH-JKMN-PQRS"}
        return behind.post("/sign-in/recovery", data=form, headers={"X-Forwarded-For": client}).status_code

    assert [tries("198.51.100.11") for _ in range(MOST["recovery"] + 1)] == [422] * MOST["recovery"] + [429]
    assert tries("198.51.100.12") == 422
    assert tries("198.51.100.12, 198.51.100.11") == 429  # whoever says to be somebody else is still who they are
