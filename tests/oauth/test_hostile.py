"""What somebody who means harm sends, and where it must not lead: 60 cases and more, each refused, none sent on to an
address that is not registered.

A case is a function that tries one thing and returns the answers it got. What makes an answer a refusal is told by its
group: nothing is shown to decide about, no code is made, no token is given.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from httpx2 import Response
from sqlalchemy import text
from sqlmodel import Session

from app.oauth.client import OAuthClient
from app.oauth.jobs import sweep
from app.people.attempts import MOST
from tests.oauth.conftest import BACK, Flow, StartFlow, pkce, register, sent_back
from tests.wall.world import administrator

REGISTERED = (BACK, "http://127.0.0.1/back")
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"

# Addresses that are nearly a registered one.
NEARLY = (
    "https://portal.example/callback/", "https://portal.example/callback/..", "https://portal.example/Callback",
    "https://portal.example/callback?x=1", "https://portal.example/callback#x", "https://portal.example/callback%2f",
    "https://portal.example/%63allback", "https://portal.example//callback", "https://portal.example:443/callback",
    "https://portal.example:8443/callback", "https://user@portal.example/callback",
    "https://portal.example@evil.example/callback", "https://portal.example.evil.example/callback",
    "https://evil.example/callback", "https://evil.example/https://portal.example/callback",
    "https://portal.example\\@evil.example/callback", "https://portal.example/callback/../../evil",
    "https://PORTAL.example/callback", "http://portal.example/callback", "//portal.example/callback",
    "javascript:alert(1)//https://portal.example/callback", "https://portal.example/callback\r\nLocation: https://e.example",
    "https://portal.example/callback https://evil.example", "https://xn--prtal-vua.example/callback",
    "http://127.0.0.1.evil.example/back", "http://127.0.0.1:80@evil.example/back", "http://localhost/back",
    "http://127.0.0.1:9/back/", "http://127.0.0.1:9/back#x", "http://[::1]/back", "http://2130706433/back",
    "data:text/html,x", "", "callback",
)  # fmt: skip

# Requests with something in them that is not taken; they may be told to the app, at its own address.
ASKED_WRONG: dict[str, dict[str, Any]] = {
    "no PKCE": {"code_challenge": None, "code_challenge_method": None},
    "plain PKCE": {"code_challenge_method": "plain"},
    "PKCE without a method is plain": {"code_challenge_method": None},
    "a method without a challenge": {"code_challenge": None},
    "a challenge that is too short": {"code_challenge": "short"},
    "a challenge that is too long": {"code_challenge": "a" * 128},
    "another hash": {"code_challenge_method": "S512"},
    "a permission that is not ours": {"scope": "add:certificate read:everything"},
    "a permission it is not registered for": {"scope": "read:circle"},
    "no permission": {"scope": None},
    "a token in the answer": {"response_type": "token"},
    "two kinds of answer": {"response_type": "code token"},
    "no kind of answer": {"response_type": None},
    "the answer in a form": {"response_mode": "form_post"},
    "the answer in a fragment": {"response_mode": "fragment"},
    "another resource": {"resource": "https://evil.example/api"},
    "no person asked": {"prompt": "none"},
    "a request by value": {"request": "eyJhbGciOiJub25lIn0.e30."},
    "a huge state": {"state": "x" * 1400},
    "a state that is no text": {"state": "a\r\nb"},
    "quotes where none belong": {"response_type": '"code"'},
    "letters where none belong": {"scope": "add:phötö"},
    "an app that is not there": {"client_id": "0" * 32},
    "no app": {"client_id": None},
    "a pushed request that is not there": {"request_uri": "urn:ietf:params:oauth:request_uri:" + "x" * 43},
    "a request at another's address": {"request_uri": "https://evil.example/request"},
}


def goes_nowhere(answer: Response) -> bool:
    """Not sent on, or to a registered address; and with no code."""
    place = answer.headers.get("location", "")
    known = not place or place.startswith("/sign-in?next=") or any(place.split("?")[0] == each for each in REGISTERED)
    return known and "code=" not in place.partition("?")[2]


def shows_nothing(answer: Response) -> bool:
    return 'name="ask"' not in answer.text


def gives_nothing(answer: Response) -> bool:
    return answer.status_code in (400, 401) and "access_token" not in answer.text and "error" in answer.json()


@pytest.fixture
def asking(flow: StartFlow) -> Flow:
    return flow(redirect_uris=list(REGISTERED), scopes=["add:certificate", "add:photo"])


def test_addresses_that_are_nearly_right(asking: Flow) -> None:
    refused = 0
    for nearly in NEARLY:
        for changed in ({}, {"response_type": "token"}, {"scope": "nonsense"}, {"code_challenge": None}):
            answer = asking.page(redirect_uri=nearly, **changed)
            assert "location" not in answer.headers and shows_nothing(answer), (nearly, changed)
        pushed = asking.post("/oauth/par", **asking.query(redirect_uri=nearly))
        assert pushed.status_code == 400 and "location" not in pushed.headers, nearly
        refused += 1
    print(f"addresses that are nearly right: {refused}/{len(NEARLY)} refused, 0 sent on")


def test_requests_that_ask_wrongly(asking: Flow) -> None:
    for name, changed in ASKED_WRONG.items():
        answer = asking.page(**changed)
        assert goes_nowhere(answer) and shows_nothing(answer), name
        assert answer.status_code in (303, 400), name
        if answer.status_code == 303:
            back = sent_back(answer)
            assert back["error"] and back["iss"] == "http://localhost:8000", name
        if "request_uri" not in changed:
            assert asking.post("/oauth/par", **asking.query(**changed)).status_code in (400, 401), name
    print(f"requests that ask wrongly: {len(ASKED_WRONG)}/{len(ASKED_WRONG)} refused")


def test_parameters_that_come_twice_or_are_huge(asking: Flow) -> None:
    good = list(asking.query().items())
    evil = {"redirect_uri": "https://evil.example/x", "client_id": "0" * 32, "scope": "read:circle", "state": "b",
            "code_challenge_method": "plain", "response_type": "token"}  # fmt: skip
    for name, value in evil.items():
        for pairs in ([*good, (name, value)], [(name, value), *good]):
            answer = asking.browser.get(f"/oauth/authorize?{urlencode(pairs)}")
            assert answer.status_code == 400 and "location" not in answer.headers, name
            assert asking.program.post(
                "/oauth/par", content=urlencode(pairs), auth=asking.auth,
                headers={"Content-Type": "application/x-www-form-urlencoded"},
            ).status_code == 400, name  # fmt: skip
    for huge in ({"state": "x" * 5000}, {"x" * 3000: "y"}, {f"p{n}": "y" for n in range(500)}):
        answer = asking.page(**huge)
        assert answer.status_code == 400 and "location" not in answer.headers
    print(f"twice or huge: {len(evil) * 2 + 3}/{len(evil) * 2 + 3} refused")


def cases_with_a_code(asking: Flow, other: tuple[Any, str]) -> Iterator[tuple[str, Callable[[str], Response]]]:
    """Ways to use a good code wrongly. Afterwards it is good for nothing."""
    other_client, other_secret = other
    yield "another verifier", lambda code: asking.token(code, code_verifier=pkce()[0])
    yield "no verifier", lambda code: asking.token(code, code_verifier=None)
    yield "the challenge as the verifier", lambda code: asking.token(code, code_verifier=asking.pair[1])
    yield "a verifier that is too short", lambda code: asking.token(code, code_verifier="short")
    yield "another address", lambda code: asking.token(code, redirect_uri="http://127.0.0.1/back")
    yield "no address", lambda code: asking.token(code, redirect_uri=None)
    yield "another resource", lambda code: asking.token(code, resource="https://evil.example")
    yield "another app", lambda code: asking.token(code, auth=(other_client.client_id, other_secret))
    yield "another app, in the form", lambda code: asking.program.post(
        "/oauth/token",
        data={
            "grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": asking.pair[0],
            "client_id": other_client.client_id, "client_secret": other_secret,
        },
    )  # fmt: skip
    yield "a wrong secret", lambda code: asking.token(code, auth=(asking.client.client_id, "wrong"))
    yield "another's secret", lambda code: asking.token(code, auth=(asking.client.client_id, other_secret))
    yield "no secret", lambda code: asking.program.post(
        "/oauth/token",
        data={
            "grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": asking.pair[0],
            "client_id": asking.client.client_id,
        },
    )  # fmt: skip
    yield "as a refresh token", lambda code: asking.refresh(code)
    yield "as a device code", lambda code: asking.post("/oauth/token", grant_type=DEVICE, device_code=code)
    yield "twice in one request", lambda code: asking.program.post(
        "/oauth/token", auth=asking.auth, headers={"Content-Type": "application/x-www-form-urlencoded"},
        content=urlencode([("grant_type", "authorization_code"), ("code", code), ("code", code),
                           ("redirect_uri", BACK), ("code_verifier", asking.pair[0])]),
    )  # fmt: skip
    yield "with a password", lambda code: asking.post("/oauth/token", grant_type="password", username="k", password="k")
    yield "for itself", lambda code: asking.post("/oauth/token", grant_type="client_credentials")
    yield "no such way", lambda code: asking.post("/oauth/token", grant_type="nonsense", code=code)
    yield (
        "in the address",
        lambda code: asking.post(f"/oauth/token?code={code}&grant_type=authorization_code&redirect_uri={quote(BACK)}"),
    )
    yield "a code with NUL", lambda code: asking.token(code + "\x00")


def test_codes_used_wrongly(asking: Flow) -> None:
    refused = 0
    for name, attempt in cases_with_a_code(asking, register(name="Another")):
        answer = attempt(asking.code(may=("add:photo",)))
        assert gives_nothing(answer), (name, answer.status_code, answer.text)
        refused += 1
    print(f"codes used wrongly: {refused}/{refused} refused")


def test_a_code_used_twice_ends_all_that_came_of_it(asking: Flow) -> None:
    code = asking.code(may=("add:photo",))
    tokens = asking.token(code).json()
    assert asking.api(tokens["access_token"], "GET", "/me").status_code == 200
    assert gives_nothing(asking.token(code))
    assert asking.api(tokens["access_token"], "GET", "/me").status_code == 401
    assert gives_nothing(asking.refresh(tokens["refresh_token"]))


def test_of_fifty_at_the_same_moment_exactly_one_wins(asking: Flow) -> None:
    code = asking.code(may=("add:photo",))
    with ThreadPoolExecutor(50) as crowd:
        answers = list(crowd.map(lambda _: asking.token(code), range(50)))
    won = [answer for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    assert all(gives_nothing(answer) for answer in answers if answer not in won)
    print(f"parallel redemptions: {len(answers)}, won: {len(won)}")


def test_a_refresh_token_used_twice_ends_the_family(asking: Flow) -> None:
    tokens = asking.tokens(may=("add:photo",))
    newer = asking.refresh(tokens["refresh_token"]).json()
    assert gives_nothing(asking.refresh(tokens["refresh_token"]))
    assert gives_nothing(asking.refresh(newer["refresh_token"]))
    for access in (tokens["access_token"], newer["access_token"]):
        assert asking.api(access, "GET", "/me").status_code == 401


def test_refreshing_in_a_crowd_gives_one_at_most(asking: Flow) -> None:
    refresh = asking.tokens(may=("add:photo",))["refresh_token"]
    with ThreadPoolExecutor(20) as crowd:
        answers = list(crowd.map(lambda _: asking.refresh(refresh), range(20)))
    assert sum(answer.status_code == 200 for answer in answers) == 1


def test_a_refresh_token_grows_into_nothing(asking: Flow) -> None:
    other, secret = register(name="Another")
    tokens = asking.tokens(may=("add:photo",))
    refresh = tokens["refresh_token"]
    for name, changed in {
        "more permissions": {"scope": "add:photo add:certificate"},
        "permissions that were asked for and not given": {"scope": "add:certificate"},
        "another resource": {"resource": "https://evil.example"},
        "another app": {"auth": (other.client_id, secret)},
        "a wrong secret": {"auth": (asking.client.client_id, "wrong")},
    }.items():
        assert gives_nothing(asking.refresh(refresh, **changed)), name
    assert gives_nothing(asking.refresh(tokens["access_token"]))
    assert asking.api(refresh, "GET", "/me").status_code == 401
    assert asking.refresh(refresh).json()["scope"] == "add:photo"  # a mistake costs a client nothing


def test_another_app_learns_and_ends_nothing(asking: Flow) -> None:
    other, secret = register(name="Another")
    tokens = asking.tokens(may=("add:photo",))
    for token in (tokens["access_token"], tokens["refresh_token"]):
        assert asking.post("/oauth/introspection", auth=(other.client_id, secret), token=token).json() == {
            "active": False
        }
        assert asking.post("/oauth/revocation", auth=(other.client_id, secret), token=token).status_code == 400
        assert asking.program.post("/oauth/introspection", data={"token": token}).status_code == 401
    assert asking.api(tokens["access_token"], "GET", "/me").status_code == 200


def test_pages_that_are_forged(asking: Flow, flow: StartFlow) -> None:
    page = asking.page()
    for site in ("cross-site", "same-site"):
        asking.browser.headers["Sec-Fetch-Site"] = site
        assert asking.decide(page).status_code == 403
    asking.browser.headers["Sec-Fetch-Site"] = "same-origin"
    ask = asking.hidden(page)["ask"]
    for forged in ("", "x", ask[:-2], ask[::-1]):
        answer = asking.decide(page, ask=forged)
        assert answer.status_code == 400 and "location" not in answer.headers
    another = flow()  # shown to one person, sent by another
    another.browser.cookies.clear()
    another.browser.cookies.set("holdfast", another.cast.sign_in("riley"))
    assert another.browser.post("/oauth/authorize", data={"ask": ask, "answer": "allow"}).status_code == 400
    box = asking.hidden(page)["box"]
    assert asking.decide(page, box=str(asking.cast.box["ash"])).status_code == 404
    assert asking.decide(page, may=("read:circle", "read:profile")).status_code == 422  # not asked for
    assert asking.decide(page, may=()).status_code == 422
    assert box == str(asking.cast.box["kai"])


def test_the_consent_page_stands_in_no_frame_and_leads_only_to_the_app(asking: Flow) -> None:
    page = asking.page()
    policy = page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self' https://portal.example;" in policy
    assert page.headers["cross-origin-opener-policy"] == "same-origin"
    assert page.headers["cache-control"] == "no-store"


def test_an_answer_says_who_sent_it_so_that_apps_are_not_mixed_up(asking: Flow) -> None:
    for answer in (
        asking.decide(asking.page(), may=("add:photo",)),
        asking.decide(asking.page(), "no"),
        asking.page(prompt="none"),
    ):
        assert sent_back(answer)["iss"] == "http://localhost:8000"


def test_a_pushed_request_is_for_the_app_that_pushed_it(asking: Flow) -> None:
    other, secret = register(name="Another", redirect_uris=[BACK])
    named = asking.post("/oauth/par", **asking.query()).json()["request_uri"]
    stolen = asking.browser.get("/oauth/authorize", params={"client_id": other.client_id, "request_uri": named})
    assert stolen.status_code == 400 and shows_nothing(stolen)
    assert asking.post("/oauth/par", auth=(other.client_id, secret), **asking.query()).status_code == 400
    assert asking.post("/oauth/par", **asking.query(request_uri=named)).status_code == 400
    assert asking.program.post("/oauth/par", data=asking.query()).status_code == 401
    override = {"client_id": asking.client.client_id, "request_uri": named, "redirect_uri": "https://evil.example"}
    shown = asking.browser.get("/oauth/authorize", params=override)
    assert "https://portal.example;" in shown.headers["content-security-policy"]


def test_nobody_registers_themselves(asking: Flow) -> None:
    known = asking.program.get("/.well-known/oauth-authorization-server").json()
    assert "registration_endpoint" not in known
    assert known["code_challenge_methods_supported"] == ["S256"]
    assert asking.program.post("/oauth/register", json={"redirect_uris": ["https://evil.example"]}).status_code in (
        403,
        404,
    )


def test_an_app_that_was_removed_is_out(asking: Flow) -> None:
    tokens = asking.tokens(may=("add:photo",))
    with administrator() as admin, Session(admin) as session:
        session.get_one(OAuthClient, asking.client.id).end()
        session.commit()
    assert asking.api(tokens["access_token"], "GET", "/me").status_code == 401
    assert gives_nothing(asking.refresh(tokens["refresh_token"]))
    assert asking.page().status_code == 400


def asked_by(asking: Flow) -> list[tuple[str, dict[str, Any]]]:
    """What is kept of an app's requests: kind and details, in the order they came."""
    query = text("select kind, details from oauth_request where client_id = :client order by created_at")
    with administrator() as admin, admin.connect() as connection:
        return [(row.kind, row.details) for row in connection.execute(query, {"client": asking.client.id})]


def as_if_tried(kind: str, more: int) -> None:
    """The last try of this kind, again and again."""
    copy = text(
        "insert into attempt (id, kind, client_print, at) select gen_random_uuid(), kind, client_print, at from"
        " (select * from attempt where kind = :kind order by at desc limit 1) last, generate_series(1, :more)"
    )
    with administrator() as admin, admin.begin() as connection:
        assert connection.execute(copy, {"kind": kind, "more": more}).rowcount == more


def test_a_pushed_request_keeps_only_what_it_can_need(asking: Flow) -> None:
    mine, before = {"client_id": asking.client.client_id}, asked_by(asking)
    made_up = {f"p{number}": "x" * 1000 for number in range(500)}
    named = asking.post("/oauth/par", **asking.query(**made_up)).json()["request_uri"]
    ((_kind, details),) = asked_by(asking)[len(before) :]
    assert set(details) == set(asking.query()) and len(str(details)) < 1000
    assert not shows_nothing(asking.browser.get("/oauth/authorize", params={**mine, "request_uri": named}))
    wide = asking.query(**dict.fromkeys(("state", "prompt", "response_mode", "scope"), "query " * 170))
    assert asking.post("/oauth/par", **wide).status_code == 400
    assert len(asked_by(asking)) == len(before) + 1


@pytest.mark.parametrize("path", ["/oauth/par", "/oauth/device_authorization"])
def test_an_app_that_asks_too_often_waits_and_no_other_does(path: str, flow: StartFlow) -> None:
    asking, other = (flow(device=True, public=True, scopes=["add:photo"]) for _ in range(2))
    for which in ("app", "app anywhere"):
        assert asking.program.post(path, data=asking.query()).status_code // 100 == 2
        as_if_tried(which, MOST[which] - 2)
        said = [each.program.post(path, data=each.query()) for each in (asking, asking, other)]
        assert [each.status_code // 100 for each in said] == [2, 4, 2], which
        assert said[1].status_code == 429 and int(said[1].headers["retry-after"]) > 0
        with administrator() as admin, admin.begin() as connection:
            connection.execute(text("delete from attempt"))


def test_what_nobody_comes_back_for_is_gone_within_hours(asking: Flow, run_jobs: Callable[[], None]) -> None:
    asking.post("/oauth/par", **asking.query())
    asking.code()
    for hours, left in ((0, ["code", "pushed"]), (2, ["code"]), (25, [])):
        with administrator() as admin, admin.begin() as connection:
            later = text("update oauth_request set expires_at = now() - make_interval(hours => :hours, mins => 1)")
            connection.execute(later, {"hours": hours})
        sweep(0)
        assert sorted(kind for kind, _ in asked_by(asking)) == left, hours


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/par", "/oauth/revocation", "/oauth/introspection"])
def test_who_proves_themselves_twice_is_refused(path: str, asking: Flow) -> None:
    other, secret = register(name="Another", redirect_uris=[BACK])
    form = {**asking.query(), "token": "x", "grant_type": "refresh_token", "refresh_token": "x"}
    own = {"client_id": asking.client.client_id, "client_secret": asking.secret}
    for more in ({"client_id": other.client_id}, {"client_id": other.client_id, "client_secret": secret}, own):
        answer = asking.post(path, **{**form, **more})
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request"), more
    assert asking.post(path, **form).json().get("error") != "invalid_request"
