"""From asking to tokens and back: what an app and a person see when all goes well."""

import hashlib
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import Connection, text

from tests.oauth.conftest import BACK, StartFlow, sent_back


def test_a_person_allows_and_the_app_gets_tokens(flow: StartFlow) -> None:
    asking = flow()
    page = asking.page()
    assert page.status_code == 200
    assert "Ashwood portal" in page.text and "Ashwood High School" in page.text
    assert " checked" not in page.text.split("For how long")[0]
    answer = asking.decide(page)
    back = sent_back(answer)
    assert (back["state"], back["iss"]) == ("xyz", "http://localhost:8000")
    tokens = asking.token(back["code"]).json()
    assert tokens["token_type"] == "Bearer" and tokens["expires_in"] in (599, 600)
    assert tokens["scope"] == " ".join(asking.client.scopes)
    said = asking.post("/oauth/introspection", token=tokens["access_token"]).json()
    assert said["active"] is True and said["aud"] == "http://localhost:8000/api/v1"
    again = asking.refresh(tokens["refresh_token"]).json()
    assert again["refresh_token"] != tokens["refresh_token"]
    assert asking.post("/oauth/revocation", token=again["refresh_token"]).status_code == 200
    for token in (tokens["access_token"], again["access_token"], again["refresh_token"]):
        assert asking.post("/oauth/introspection", token=token).json() == {"active": False}


def test_no_thanks_tells_the_app_only_that(flow: StartFlow) -> None:
    asking = flow()
    back = sent_back(asking.decide(asking.page(), "no"))
    assert back["error"] == "access_denied" and "code" not in back


def test_a_pushed_request_is_the_same_and_works_once(flow: StartFlow) -> None:
    asking = flow()
    pushed = asking.post("/oauth/par", **asking.query())
    assert pushed.status_code == 201
    named = {"client_id": asking.client.client_id, "request_uri": pushed.json()["request_uri"]}
    page = asking.browser.get("/oauth/authorize", params=named)
    answer = asking.decide(page)
    assert asking.token(sent_back(answer)["code"]).status_code == 200
    assert asking.decide(page).status_code == 400
    assert asking.browser.get("/oauth/authorize", params=named).status_code == 400


def test_someone_who_is_not_signed_in_comes_back_to_the_question(flow: StartFlow) -> None:
    asking = flow()
    asking.browser.cookies.clear()
    answer = asking.page()
    assert answer.status_code == 303
    following = parse_qs(urlsplit(answer.headers["location"]).query)["next"][0]
    assert following.startswith("/oauth/authorize?response_type=code")
    assert parse_qs(urlsplit(following).query)["redirect_uri"] == [BACK]


def test_a_screen_in_a_school_is_let_in_with_a_code(flow: StartFlow, admin: Connection) -> None:
    asking = flow(device=True, redirect_uris=[], scopes=["add:certificate"], public=True)
    mine = {"client_id": asking.client.client_id}
    shown = asking.program.post("/oauth/device_authorization", data={**mine, "scope": "add:certificate"}).json()
    letters = shown["user_code"].replace("-", "")
    kept = admin.execute(text("select user_print from oauth_request where kind = 'device'")).scalars().all()
    # A copy of the table does not say which letters it was.
    assert kept and hashlib.sha256(letters.encode()).hexdigest() not in kept
    poll = {**mine, "grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": shown["device_code"]}
    assert asking.program.post("/oauth/token", data=poll).json()["error"] == "authorization_pending"
    assert asking.program.post("/oauth/token", data=poll).json()["error"] == "slow_down"
    assert asking.browser.post("/device", data={"code": "ZZZZ-ZZZZ"}).status_code == 422
    answer = asking.browser.post("/device", data={"code": shown["user_code"].lower().replace("-", " ")})
    page = asking.browser.get(answer.headers["location"])
    assert "Ashwood portal" in page.text
    assert f"Is {shown['user_code']} on the screen in front of you?" in page.text
    assert "If somebody sent you this, say no." in page.text
    form = {**asking.hidden(page), "answer": "allow", "may": "add:certificate", "long": "term"}
    unsaid = asking.browser.post(answer.headers["location"], data=form)
    assert unsaid.status_code == 422 and f"Is {shown['user_code']} on" in unsaid.text
    assert "access_token" not in asking.program.post("/oauth/token", data=poll).json()
    form["here"] = "yes"
    assert "Done" in asking.browser.post(answer.headers["location"], data=form).text
    assert asking.browser.post(answer.headers["location"], data=form).status_code == 422
    tokens = asking.program.post("/oauth/token", data=poll)
    assert tokens.json()["scope"] == "add:certificate"
    assert asking.program.post("/oauth/token", data=poll).json()["error"] == "invalid_grant"


def test_a_keeper_decides_for_a_child_and_the_child_sees_it(flow: StartFlow) -> None:
    asking = flow(by="joe")
    page = asking.page()
    assert "You decide this for Ash" in page.text
    answer = asking.decide(page, may=("add:photo",), long="once")
    tokens = asking.token(sent_back(answer)["code"]).json()
    assert "refresh_token" not in tokens and tokens["expires_in"] > 3500
    asking.browser.cookies.clear()
    asking.browser.cookies.set("holdfast", asking.cast.sign_in("ash"))
    assert "Ashwood portal" in asking.browser.get("/me/apps").text
    decisions = asking.browser.get("/me/decisions").text
    assert "Joe let Ashwood portal send you photos, for one hour." in decisions


def test_someone_without_a_box_can_only_say_no(flow: StartFlow) -> None:
    asking = flow(by="casey")
    page = asking.page()
    assert "You have no box of your own" in page.text
    assert sent_back(asking.decide(page, "no"))["error"] == "access_denied"
