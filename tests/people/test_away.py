"""Under the cover every page is the cover; a browser whose sign-in is over keeps nothing."""

import pytest
from starlette.testclient import TestClient

from app.people.away import COOKIE
from app.people.devices import KEPT_COOKIE, NOTHING_WAITS
from app.people.door import cookie_name
from tests.cast import Cast
from tests.conftest import ClientAs

GOING = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}


@pytest.mark.parametrize("headers", [GOING, {"Accept": "text/html,*/*"}], ids=["fetch metadata", "an older browser"])
def test_under_the_cover_every_page_is_the_cover(client_as: ClientAs, headers: dict[str, str]) -> None:
    kai = client_as("kai")
    assert kai.get("/away/now").cookies[COOKIE] == "1"
    for path, cover in (("/", "/away"), ("/me?x=1", "/away?next=/me%3Fx%3D1"), ("/nowhere", "/away?next=/nowhere")):
        answer = kai.get(path, headers=headers)
        assert (answer.status_code, answer.headers["location"]) == (303, cover)
    page = kai.get("/away?next=/me%3Fx%3D1", headers=headers).text
    assert 'name="next" value="/me?x=1"' in page
    assert "Kai" not in page
    assert kai.get("/help", headers=headers).status_code == 200
    answer = kai.post("/away/open", data={"next": "/me?x=1"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/me?x=1")
    assert kai.get("/me", headers=headers).status_code == 200
    # A script sets the cookie itself; an answer that comes late does not set it again.
    assert COOKIE not in kai.get("/away/now", headers={"Sec-Fetch-Dest": "empty"}).cookies


def test_the_cover_leads_nowhere_else(client_as: ClientAs) -> None:
    client = client_as(None)
    assert client.post("/away/open", data={"next": "//evil.example"}).headers["location"] == "/"
    assert "evil" not in client.get("/away?next=https://evil.example").text


@pytest.mark.parametrize(("path", "status"), [("/me", 303), ("/sign-in", 200), ("/here", 401)])
def test_a_browser_whose_sign_in_is_over_is_told_to_clear_up(client_as: ClientAs, path: str, status: int) -> None:
    over = client_as(None)
    over.cookies.set(cookie_name(), "x" * 43)
    answer = over.get(path, headers=GOING)
    assert (answer.status_code, answer.headers["Clear-Site-Data"]) == (status, '"cache"')
    assert f'{cookie_name()}=""' in answer.headers["set-cookie"]
    over.cookies.clear()
    # The page that came has looked: nothing waits on this phone.
    over.cookies.set(KEPT_COOKIE, NOTHING_WAITS)
    assert over.get(path, headers=GOING).headers["Clear-Site-Data"] == '"cache", "storage"'
    nobody: TestClient = client_as(None)
    assert "Clear-Site-Data" not in nobody.get(path, headers=GOING).headers


def test_a_part_of_a_page_becomes_the_whole_front_door(client_as: ClientAs, cast: Cast) -> None:
    memory = cast.memory()
    answer = client_as(None).get(f"/memories/{memory}/body", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"].startswith("/sign-in")
    assert client_as("kai").get("/here").status_code == 204
