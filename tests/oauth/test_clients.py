"""Clients that others wrote, as they are: from discovery and a pushed request to refresh, introspection, revocation."""

import json
import subprocess
from pathlib import Path
from urllib.parse import urlencode

import httpx2
import pytest
from authlib.integrations.httpx_client import OAuth2Client

from tests.oauth.conftest import BACK, Flow, StartFlow, node

CLIENTS = Path(__file__).resolve().parent.parent / "clients"


def allow(asking: Flow, place: str) -> str:
    """A person opens the address, allows everything, and is sent back: where to."""
    page = asking.browser.get(place.replace(place.split("/oauth")[0], ""))
    assert page.status_code == 200, page.text
    return str(asking.decide(page).headers["location"])


@pytest.mark.parametrize("program", ["oauth4webapi.js", "openid-client.js"])
def test_a_client_in_javascript(program: str, flow: StartFlow, served: str) -> None:
    asking = flow()
    running = subprocess.Popen(
        [node(), str(CLIENTS / program)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stdin and running.stdout and running.stderr
    given = {
        "issuer": served,
        "client": asking.client.client_id,
        "secret": asking.secret,
        "redirect": BACK,
        "scope": " ".join(asking.client.scopes),
    }
    try:
        running.stdin.write(json.dumps(given) + "\n")
        running.stdin.flush()
        line = running.stdout.readline()
        assert line, running.stderr.read()
        callback = allow(asking, json.loads(line)["authorize"])
        said, wrong = running.communicate(json.dumps({"callback": callback}) + "\n", timeout=60)
    finally:
        running.kill()
    assert said, wrong
    assert json.loads(said) == {"name": "Kai", "scope": given["scope"], "before": True, "after": False}
    print(f"{program}: discovery, PAR, S256, token, API, refresh, introspection, revocation")


def test_the_client_of_authlib(flow: StartFlow, served: str) -> None:
    asking = flow()
    known = httpx2.get(f"{served}/.well-known/oauth-authorization-server").json()
    assert known["issuer"] == served
    with OAuth2Client(*asking.auth, redirect_uri=BACK, revocation_endpoint_auth_method="client_secret_basic") as client:
        pushed = client.request(
            "POST",
            known["pushed_authorization_request_endpoint"],
            withhold_token=True,
            auth=asking.auth,
            data=asking.query(),
        )
        named = {"client_id": asking.client.client_id, "request_uri": pushed.json()["request_uri"]}
        callback = allow(asking, f"{known['authorization_endpoint']}?{urlencode(named)}")
        client.fetch_token(
            known["token_endpoint"], authorization_response=callback, state="xyz", code_verifier=asking.pair[0]
        )
        assert client.get(f"{served}/api/v1/me").json()["name"] == "Kai"
        newer = client.refresh_token(known["token_endpoint"])
        said = client.introspect_token(known["introspection_endpoint"], token=newer["access_token"])
        assert said.json()["active"] is True
        assert client.revoke_token(known["revocation_endpoint"], token=newer["refresh_token"]).status_code == 200
        said = client.introspect_token(known["introspection_endpoint"], token=newer["access_token"])
        assert said.json() == {"active": False}
    print("authlib: discovery, PAR, S256, token, API, refresh, introspection, revocation")
