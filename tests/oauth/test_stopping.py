"""Stopping, pausing and changing count from the next request on, on every road; and all of it is written down."""

import json
import re
from collections.abc import Callable
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import httpx2
import pytest
from sqlmodel import Session, select

from app.boxes.connection import Circle, CircleMember
from app.boxes.ledger import LedgerRow, verify
from app.kit.clock import now
from app.oauth.grant import OAuthGrant
from tests.oauth.conftest import Flow, StartFlow
from tests.oauth.test_api import with_picture
from tests.wall.access import BY_TOKEN, access
from tests.wall.places import PICTURE
from tests.wall.test_routes import filled
from tests.wall.world import administrator

TUS = {"Tus-Resumable": "1.0.0"}
PIECE = {**TUS, "Content-Type": "application/offset+octet-stream"}


class Roads:
    """Every road of the API with something at its end, for one app."""

    def __init__(self, asking: Flow) -> None:
        self.asking = asking
        memory = asking.cast.memory(title="Shown", audience=("school",))
        self.file = with_picture(memory, asking)
        self.tokens = asking.tokens()
        made = self.call("POST", "/uploads", headers={**TUS, "Upload-Length": "200000"})
        self.upload = made.headers["location"].removeprefix("/api/v1")
        _, _, file_id, name = self.file.split("/")
        self.names = {"memory_id": str(memory), "file_id": file_id, "name": name,
                      "upload_id": self.upload.rsplit("/", 1)[1]}  # fmt: skip

    def call(self, method: str, path: str, **given: object) -> httpx2.Response:
        return self.asking.api(self.tokens["access_token"], method, path, **given)

    def every(self) -> dict[str, int]:
        """Each road, and the status it answers with."""
        answers = {}
        roads = [route for route, rule in access().items() if rule == BY_TOKEN and route[1].startswith("/api/v1")]
        for method, path in sorted(roads, key=lambda road: road[0] == "DELETE"):
            headers = {**PIECE, "Upload-Offset": "0", "Upload-Length": "4", "X-HTTP-Method-Override": "PATCH"}
            given = {"headers": headers if "uploads" in path else {}}
            answer = self.call(method, filled(path, self.names).removeprefix("/api/v1"), **given)
            answers[f"{method} {path}"] = answer.status_code
        return answers

    @property
    def grant(self) -> str:
        return str(re.search(r"/me/apps/([0-9a-f-]{36})", self.asking.browser.get("/me/apps").text)[1])  # type: ignore[index]


def stop(roads: Roads) -> None:
    assert roads.asking.browser.post(f"/me/apps/{roads.grant}/ending").status_code == 303


def pause(roads: Roads) -> None:
    assert roads.asking.browser.post(f"/me/apps/{roads.grant}/pause").status_code == 303


def run_out(roads: Roads) -> None:
    with administrator() as admin, Session(admin) as session:
        session.get_one(OAuthGrant, roads.grant).ends_at = now() - timedelta(seconds=1)
        session.commit()


def revoke(roads: Roads) -> None:
    roads.asking.post("/oauth/revocation", token=roads.tokens["refresh_token"])


@pytest.mark.parametrize("end", [stop, pause, run_out, revoke], ids=lambda end: end.__name__)
def test_the_next_request_fails_on_every_road(end: Callable[[Roads], None], flow: StartFlow) -> None:
    roads = Roads(flow())
    before = roads.every()
    assert all(status not in (401, 404) for status in before.values()), before
    half_read = roads.call("GET", roads.file, headers={"Range": "bytes=0-9"})
    assert half_read.content == PICTURE[:10]
    end(roads)
    after = roads.every()
    assert set(after.values()) == {401}, after
    rest = {"Range": "bytes=10-19", "If-Range": half_read.headers["etag"]}
    assert roads.call("GET", roads.file, headers=rest).status_code == 401
    fresh = roads.asking.refresh(roads.tokens["refresh_token"])
    assert fresh.status_code == 400 and fresh.json()["error"] == "invalid_grant"
    print(f"{end.__name__}: {len(after)}/{len(after)} roads shut")


def test_stopping_in_the_middle_of_an_upload(flow: StartFlow, served: str) -> None:
    """One request that is under way when the app is stopped: nothing of it after that moment is kept."""
    roads = Roads(flow())

    def pieces() -> object:
        yield bytes(65536)
        stop(roads)
        yield bytes(200000 - 65536)

    headers = {**PIECE, "Upload-Offset": "0", "Authorization": f"Bearer {roads.tokens['access_token']}"}
    answer = httpx2.patch(f"{served}/api/v1{roads.upload}", headers=headers, content=pieces())  # type: ignore[arg-type]
    assert answer.status_code == 404
    with administrator() as admin, admin.connect() as connection:
        kept = connection.exec_driver_sql(
            "select received, state from upload where id = %s", (roads.upload.rsplit("/", 1)[1],)
        ).one()
    assert tuple(kept) == (0, "open")


def test_a_pause_ends_and_nothing_was_lost(flow: StartFlow) -> None:
    roads = Roads(flow())
    pause(roads)
    assert roads.call("GET", "/me").status_code == 401
    roads.asking.browser.post(f"/me/apps/{roads.grant}/pause/end")
    assert roads.call("GET", "/me").status_code == 200
    assert roads.asking.refresh(roads.tokens["refresh_token"]).status_code == 200


def test_a_change_counts_from_the_next_request_on(flow: StartFlow) -> None:
    roads = Roads(flow())
    cast, browser = roads.asking.cast, roads.asking.browser
    at_home = cast.memory(title="At home", audience=("home",))
    form = {"may": ["read:circle"], "circle": str(cast.circle["home"]), "long": ""}
    assert browser.post(f"/me/apps/{roads.grant}", data=form).status_code == 303
    assert [each["id"] for each in roads.call("GET", "/memories").json()["memories"]] == [str(at_home)]
    assert roads.call("GET", roads.file).status_code == 404
    assert roads.call("GET", "/me").json()["name"] is None
    assert roads.call("POST", "/memories", json={"kind": "photo"}).status_code == 403
    assert browser.post(f"/me/apps/{roads.grant}", data={"may": []}).status_code == 422
    assert browser.post(f"/me/apps/{roads.grant}", data={**form, "circle": str(cast.circle["joe"])}).status_code == 422


def test_a_circle_that_is_gone_shows_nothing(flow: StartFlow) -> None:
    roads = Roads(flow())
    with roads.asking.cast.acting("kai") as session:
        for member in session.exec(select(CircleMember)).all():
            session.delete(member)
        session.flush()
        session.delete(session.get_one(Circle, roads.asking.cast.circle["school"]))
    assert roads.call("GET", "/memories").json()["memories"] == []
    assert roads.call("GET", roads.file).status_code == 404


def test_a_new_yes_takes_the_place_of_the_old_one(flow: StartFlow) -> None:
    roads = Roads(flow())
    newer = roads.asking.tokens(may=("read:profile",))
    assert roads.call("GET", "/me").status_code == 401
    assert roads.asking.api(newer["access_token"], "GET", "/me").json()["scopes"] == ["read:profile"]


def test_until_i_say_stop_ends_after_a_year_and_asks_again(flow: StartFlow) -> None:
    asking = flow()
    assert "After a year it has to ask you again." in asking.page().text
    tokens = asking.tokens(long="until")
    grant = re.search(r"/me/apps/([0-9a-f-]{36})", asking.browser.get("/me/apps").text)
    assert grant is not None
    assert asking.api(tokens["access_token"], "GET", "/me").status_code == 200
    year = timedelta(days=366, hours=1)
    with administrator() as admin, Session(admin) as session:
        row = session.get_one(OAuthGrant, UUID(grant[1]))
        assert timedelta(days=364) < row.ends_at - row.created_at < year
        row.created_at, row.ends_at = row.created_at - year, row.ends_at - year
        session.commit()
    assert asking.api(tokens["access_token"], "GET", "/me").status_code == 401
    assert asking.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert "until it asks you again" in asking.browser.get(f"/me/apps/{grant[1]}").text
    again = asking.tokens(long="until")
    assert asking.api(again["access_token"], "GET", "/me").status_code == 200


def test_everything_is_in_the_ledger_and_on_the_receipt(flow: StartFlow) -> None:
    roads = Roads(flow())
    browser, cast = roads.asking.browser, roads.asking.cast
    grant = roads.grant
    browser.post(f"/me/apps/{grant}", data={"may": ["add:photo"], "long": "until"})
    pause(roads)
    browser.post(f"/me/apps/{grant}/pause/end")
    stop(roads)
    stop(roads)  # twice is once
    with cast.acting("kai") as session:
        rows = session.exec(
            select(LedgerRow).where(LedgerRow.box_id == cast.box["kai"]).order_by(LedgerRow.number)  # type: ignore[arg-type]
        ).all()
        assert verify(session, cast.box["kai"]) == []
    said = [(row.action, row.sentence) for row in rows if row.action.startswith("app.")]
    assert [action for action, _ in said] == ["app.let_in", "app.changed", "app.paused", "app.resumed", "app.stopped"]
    assert "see what you share with School" in said[0][1]
    assert said[1][1] == "You changed what Ashwood portal can do. It can send you photos, until you stop it."
    receipt = browser.get(f"/me/apps/{grant}/receipt.json")
    assert "attachment" in receipt.headers["content-disposition"]
    told = json.loads(receipt.text)
    assert [row["sentence"] for row in told["decisions"]] == [sentence for _, sentence in said]
    assert told["can"] == ["add:photo"] and told["stopped_at"] and told["app"]["publisher"] == "Ashwood High School"
    words = browser.get(f"/me/apps/{grant}/receipt").text
    assert all(sentence in words for _, sentence in said)
    assert browser.post(f"/me/apps/{grant}", data={"may": ["add:photo"]}).status_code == 422  # it is over


def test_nobody_else_sees_or_stops_an_app(flow: StartFlow) -> None:
    roads = Roads(flow())
    grant = roads.grant

    @contextmanager
    def being(name: str) -> object:
        roads.asking.browser.cookies.clear()
        roads.asking.browser.cookies.set("holdfast", roads.asking.cast.sign_in(name))
        yield

    for name in ("joe", "patel", "casey", "riley"):
        with being(name):
            for path in ("", "/receipt", "/receipt.json"):
                assert roads.asking.browser.get(f"/me/apps/{grant}{path}").status_code == 404
            assert roads.asking.browser.post(f"/me/apps/{grant}/ending").status_code == 404
    assert roads.call("GET", "/me").status_code == 200


def test_an_app_is_in_nobodys_list_of_people(flow: StartFlow) -> None:
    roads = Roads(flow())
    with roads.asking.cast.acting("kai") as session:
        tie = session.exec(select(OAuthGrant.connection_id)).one()
    for page in ("/people", "/me/decisions?kind=memory", "/asks"):
        assert "Ashwood portal" not in roads.asking.browser.get(page).text
    for path in ("", "/edit", "/address"):
        assert roads.asking.browser.get(f"/people/{tie}{path}").status_code == 404
    for act in ("ending", "block", "invitation", "permission"):
        assert roads.asking.browser.post(f"/people/{tie}/{act}").status_code == 404
