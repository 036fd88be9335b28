"""The example portal, run as its README says, by a person with a browser."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx2

from app.kit.config import PROJECT
from tests.machine import free_port
from tests.oauth.conftest import Flow, StartFlow


@contextmanager
def portal(asking: Flow, box: str) -> Iterator[httpx2.Client]:
    """A browser at the running portal."""
    port = free_port()
    given = {"HOLDFAST": box, "CLIENT_ID": asking.client.client_id, "CLIENT_SECRET": asking.secret, "PORT": str(port)}
    running = subprocess.Popen(
        [sys.executable, str(PROJECT / "infra" / "example-app" / "portal.py")],
        env={**os.environ, **given}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert running.stdout and "The portal is at" in running.stdout.readline()
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as browser:
            yield browser
    finally:
        running.kill()
        running.wait()


def test_a_certificate_goes_the_whole_way(flow: StartFlow, served: str) -> None:
    asking = flow(redirect_uris=["http://127.0.0.1/callback"], scopes=["add:certificate", "read:profile"])
    with portal(asking, served) as school:
        place = urlsplit(school.post("/connect").headers["location"])
        page = asking.browser.get(f"{place.path}?{place.query}")
        back = asking.decide(page, may=("add:certificate", "read:profile"), long="term").headers["location"]
        assert school.get(back).headers["location"] == "/"
        assert "Connected with Kai’s box" in school.get("/").text
        assert "Sent: Swimming 50 m." in school.post("/award", data={"title": "Swimming 50 m"}).text
        assert "Swimming 50 m" in asking.browser.get("/tray").text
        assert school.get(back).status_code == 400  # the same answer again
        grant = re.search(r"/me/apps/([0-9a-f-]{36})", asking.browser.get("/me/apps").text)
        assert grant
        asking.browser.post(f"/me/apps/{grant[1]}/ending")
        assert school.post("/award", data={"title": "Another"}).status_code == 400
        assert "Another" not in asking.browser.get("/tray").text


def test_no_thanks_is_fine_with_the_portal(flow: StartFlow, served: str) -> None:
    asking = flow(redirect_uris=["http://127.0.0.1/callback"], scopes=["add:certificate", "read:profile"])
    with portal(asking, served) as school:
        place = urlsplit(school.post("/connect").headers["location"])
        back = asking.decide(asking.browser.get(f"{place.path}?{place.query}"), "no").headers["location"]
        assert "They said no thanks. That is fine." in school.get(back).text
