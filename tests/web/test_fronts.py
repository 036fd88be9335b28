"""nginx and Caddy in front, the real ones: what they pass on opens nothing that is for this machine alone, and says
who asks.
"""

import secrets
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from app.kit import outbox
from app.kit.config import settings
from app.kit.near import networks
from app.people import this_machine
from app.people.attempts import MOST
from app.web.proxies import RealClient
from tests.web.fronts import NAME, bare_caddy, bare_nginx, our_caddy, our_nginx, serving

pytestmark = pytest.mark.deep
Front = Callable[[Path, int], Any]
CODE = {"code": "ABCD-EFGH-JKMN-PQRS"}


@pytest.fixture
def open_here(app: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The port of a Holdfast whose demo and outbox are open at this machine."""
    monkeypatch.setattr(settings(), "demo", True)
    outbox.send("kai@example.org", "Your link", f"{settings().public_url}/sign-in/link/abc")
    with serving(app) as port:
        yield port


@pytest.mark.parametrize("front", [bare_nginx, bare_caddy])
def test_a_bare_proxy_opens_neither_demo_nor_outbox(open_here: int, tmp_path: Path, front: Front) -> None:
    key = {"key": this_machine.key()}
    with httpx2.Client(base_url=f"http://127.0.0.1:{open_here}") as here:
        assert [here.get(path, params=key).status_code for path in ("/demo", "/outbox")] == [303, 303]
    with front(tmp_path / "front", open_here) as port, httpx2.Client(base_url=f"http://127.0.0.1:{port}") as there:
        assert there.get("/sign-in").status_code == 200
        paths = ["/demo", "/outbox", f"/outbox/{outbox.kept_messages()[0]['id']}"]
        assert [there.get(path).status_code for path in paths] == [404, 404, 404]


@pytest.fixture(params=[our_nginx, our_caddy], ids=["nginx", "caddy"])
def front(request: pytest.FixtureRequest, app: Any, tmp_path: Path) -> Iterator[tuple[str, ssl.SSLContext]]:
    """The address of a Holdfast behind the file of ours, and who vouches for it."""
    with serving(RealClient(app, networks("127.0.0.1"))) as inside, request.param(tmp_path / "front", inside) as port:
        trust = ssl.create_default_context(cafile=tmp_path / "authority.pem")
        yield f"https://{NAME}:{port}", trust


@pytest.fixture(autouse=True)
def name_leads_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """NAME leads to this machine, and a client at 127.0.0.n comes from there."""
    really = socket.getaddrinfo

    def look_up(host: Any, *rest: Any, **more: Any) -> Any:
        return really("127.0.0.1" if host in (NAME, NAME.encode()) else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


def at(front: tuple[str, ssl.SSLContext], address: str) -> httpx2.Client:
    """A client at this address of the machine, through the server in front."""
    url, trust = front
    return httpx2.Client(
        base_url=url, timeout=30, headers={"Sec-Fetch-Site": "same-origin"},
        transport=httpx2.HTTPTransport(verify=trust, local_address=address),
    )  # fmt: skip


def test_two_clients_behind_it_are_two_whatever_they_say(front: tuple[str, ssl.SSLContext]) -> None:
    shapes = [
        {}, {"X-Forwarded-For": "127.0.0.13"}, {"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.13"},
        {"X-Real-IP": "127.0.0.13"}, {"X-Forwarded-For": "127.0.0.13, 127.0.0.1"}, {"X-Forwarded-For": "::1"},
    ]  # fmt: skip
    mine, theirs = (f"127.{secrets.randbelow(254) + 1}.{secrets.randbelow(254) + 1}.{last}" for last in (12, 13))
    with at(front, mine) as one, at(front, theirs) as other:
        said = [one.post("/sign-in/recovery", data=CODE).status_code for _ in range(MOST["recovery"])]
        assert said == [422] * MOST["recovery"]
        assert {one.post("/sign-in/recovery", data=CODE, headers=each).status_code for each in shapes} == {429}
        assert other.post("/sign-in/recovery", data=CODE).status_code == 422


def test_a_page_comes_whole_with_its_headers(front: tuple[str, ssl.SSLContext]) -> None:
    with at(front, "127.0.0.1") as there:
        page = there.get("/sign-in")
    assert page.status_code == 200 and "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_tls_gets_no_answer(front: tuple[str, ssl.SSLContext], version: ssl.TLSVersion) -> None:
    host, _, port = front[0].removeprefix("https://").rpartition(":")
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = old.maximum_version = version
    with socket.create_connection((host, int(port)), 10) as line, pytest.raises((ssl.SSLError, ConnectionError)):
        old.wrap_socket(line, server_hostname=NAME)


def test_newer_http_is_spoken(front: tuple[str, ssl.SSLContext]) -> None:
    host, _, port = front[0].removeprefix("https://").rpartition(":")
    front[1].set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection((host, int(port)), 10) as line,
        front[1].wrap_socket(line, server_hostname=NAME) as tls,
    ):
        assert (tls.selected_alpn_protocol(), tls.version()) == ("h2", "TLSv1.3")


def test_an_upload_is_not_held_back_until_it_is_whole(front: tuple[str, ssl.SSLContext]) -> None:
    """Half of a body reaches Holdfast: what is too long by its own word is refused before it was sent."""
    with at(front, "127.0.0.1") as there:
        answer = there.post("/sign-in/link", content=b"a" * 3_000_000)
    assert answer.status_code == 413 and "frame-ancestors" in answer.headers["content-security-policy"]
