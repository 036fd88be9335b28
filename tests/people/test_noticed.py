"""What happens at the doors is noticed: each event by the real path, and no word of anybody in the log."""

import json
import logging
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from app.kit.config import PROJECT, settings
from app.kit.ids import new_id
from app.kit.noticed import Event
from app.people.attempts import MOST
from tests.boxes.test_invitations import ask
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.people.authenticator import Authenticator
from tests.people.conftest import Browser, administrator, mail_to, path_in
from tests.people.test_passkeys import add_passkey, come_in
from tests.people.test_recovery import codes_on

Heard = Callable[[], list[dict[str, str]]]
FIELDS = {"at", "event", "way", "person", "client", "request"}


@pytest.fixture
def heard(caplog: pytest.LogCaptureFixture) -> Heard:
    """`heard()`: the lines since it was asked last."""
    caplog.set_level(logging.INFO, logger="holdfast.security")

    def lines() -> list[dict[str, str]]:
        found = [json.loads(each.getMessage()) for each in caplog.records if each.name == "holdfast.security"]
        caplog.clear()
        return found

    return lines


def events(lines: list[dict[str, str]]) -> list[tuple[str, str]]:
    return [(line["event"], line["way"]) for line in lines]


def test_coming_in_and_not_by_every_way(cast: Cast, client_as: ClientAs, browser: Browser, heard: Heard) -> None:
    kai, passkey = client_as("kai"), Authenticator()
    add_passkey(kai, passkey)
    code = codes_on(kai.post("/me/recovery").text)[0]
    added = heard()
    assert events(added) == [("way_added", "passkey"), ("way_added", "codes")]
    phone = browser()
    come_in(phone, passkey)
    (line,) = heard()
    assert set(line) == FIELDS and (line["event"], line["way"]) == ("came_in", "passkey")
    assert line["person"] == added[0]["person"] and line["client"] != added[0]["client"]
    assert datetime.fromisoformat(line["at"]).utcoffset() == timedelta(0)
    for wrong in ({"code": "0000-" * 5 + "0000"}, {"code": code}, {"code": code}):
        browser().post("/sign-in/recovery", data=wrong)
    assert events(heard()) == [("not_let_in", "recovery"), ("came_in", "recovery"), ("not_let_in", "recovery")]
    options = browser().post("/sign-in/passkey/options", json={}).json()
    browser().post("/sign-in/passkey", json=passkey.sign_in(options))
    browser().post("/sign-in/link/nonsense")
    browser().post("/invitation", data={"code": "ACDEFGHJKMNP"})
    browser().post("/oauth/token", data={"grant_type": "authorization_code", "code": "x"}, auth=("nobody", "x"))
    assert events(heard()) == [("not_let_in", way) for way in ("passkey", "link", "invitation", "app")]


def test_ways_taken_away_and_put_back(cast: Cast, client_as: ClientAs, run_jobs: Any, heard: Heard) -> None:
    kai = client_as("kai")
    add_passkey(kai, Authenticator())
    removal = re.search(r"/me/passkeys/[0-9a-f-]{36}/removal", kai.get("/me/devices").text)
    assert removal is not None
    kai.post(removal[0])
    run_jobs()
    undo = path_in(next(each for each in mail_to(cast.email["kai"]) if "/not-me/" in each["body"]))
    client_as(None).post(undo)
    told = events(heard())
    assert told == [("way_added", "passkey"), ("way_removed", "passkey removed"), ("way_removed", "taken back")]


def test_what_was_not_kept_is_not_said(cast: Cast, client_as: ClientAs, run_jobs: Any, heard: Heard) -> None:
    """Somebody else's address: the change begins, and is undone."""
    kai, passkey = client_as("kai"), Authenticator()
    kai.post("/me/email", data={"email": cast.email["joe"]})
    run_jobs()
    assert kai.post(path_in(mail_to(cast.email["joe"])[0])).status_code == 409
    assert events(heard()) == []
    add_passkey(kai, passkey)
    assert add_passkey(kai, passkey).status_code == 409
    assert events(heard()) == [("way_added", "passkey")]


def test_refused_too_many_and_forged(cast: Cast, client_as: ClientAs, browser: Browser, heard: Heard) -> None:
    joe = client_as("joe")
    assert joe.post(f"/boxes/{cast.box['kai']}/people/{cast.connection['nan']}/block").status_code == 403
    (line,) = heard()
    assert (line["event"], line["way"]) == ("refused", "/boxes/{box_id}/people/{connection_id}/block")
    assert line["person"] and line["client"] and re.fullmatch("[0-9a-f]{16}", line["request"])
    assert browser().get("/api/v1/me").status_code == 401
    assert browser().get("/here").status_code == 401
    assert [line["event"] for line in heard()] == ["refused"]
    guesser = browser()
    for _ in range(MOST["recovery"] + 1):
        guesser.post("/sign-in/recovery", data={"code": "0000-" * 5 + "0000"})
    assert events(heard())[-2:] == [("not_let_in", "recovery"), ("too_many", "recovery")]
    thief = client_as("kai")
    thief.headers["Sec-Fetch-Site"] = "cross-site"
    assert thief.post("/me/recovery").status_code == 403
    assert events(heard()) == [("forged", "another site")]


def test_mail_that_nobody_signed_is_forged(browser: Browser, monkeypatch: pytest.MonkeyPatch, heard: Heard) -> None:
    monkeypatch.setattr(settings(), "mail_post_secret", SecretStr("a secret that nobody else has"))
    assert browser().post("/mail/raw", content=b"From: x").status_code == 403
    assert events(heard()) == [("forged", "mail")]


def test_no_word_of_anybody_stands_in_the_log(
    cast: Cast, client_as: ClientAs, browser: Browser, run_jobs: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """A canary in every field that people fill: none of it, no id and no secret is in a line of any logger of ours."""
    caplog.set_level(logging.DEBUG)
    mark = f"canary{new_id().hex[-8:]}"
    kai, passkey, said = client_as("kai"), Authenticator(), [mark, cast.email["kai"]]
    with administrator() as run:
        run("update person set name = :m where id = :p", m=f"{mark} Kai", p=cast.person["kai"])
        run("update box set name = :m where id = :b", m=f"{mark} Kai", b=cast.box["kai"])
    memory = cast.memory(title=f"{mark} title", words=f"{mark} words")
    add_passkey(kai, passkey)
    codes = codes_on(kai.post("/me/recovery").text)
    invited = ask(kai, cast, email=f"{mark}@example.org")
    spoken = ask(kai, cast, way="code")
    run_jobs()
    visitor = browser(at="203.0.113.77")
    visitor.post("/sign-in/link", data={"email": cast.email["kai"]})
    run_jobs()
    link = path_in(mail_to(cast.email["kai"])[0])
    tries: list[tuple[TestClient, str, dict[str, str]]] = [
        (visitor, link, {"number": mark}),
        (visitor, f"/sign-in/link/{mark}", {}),
        (visitor, "/sign-in/recovery", {"code": codes[0]}),
        (visitor, "/invitation", {"code": spoken}),
        (browser(), f"/invitation/{invited}/acceptance", {"name": f"{mark} Nan"}),
        (browser(), f"/me/email/{mark}?{mark}={mark}", {mark: mark}),
        (client_as("joe"), f"/memories/{memory}/trash", {mark: mark}),
        (client_as("joe"), f"/boxes/{cast.box['kai']}/people/{cast.connection['nan']}/block", {}),
        (browser(), "/oauth/token", {"grant_type": "authorization_code", "code": mark, "client_id": mark}),
        (browser(), f"/device/{mark}", {"code": mark}),
    ]
    for client, path, form in tries:
        client.post(path, data=form)
    come_in(visitor, passkey)
    said += [*codes, spoken, invited, link, "203.0.113.77", *map(str, (cast.person["kai"], cast.box["kai"], memory))]
    lines = [
        f"{each.getMessage()} {each.exc_text or ''}" for each in caplog.records if each.name.startswith("holdfast")
    ]
    noticed = {json.loads(line)["event"] for line in lines if line.startswith("{")}
    assert noticed == {"way_added", "came_in", "not_let_in", "refused"}
    assert [(word, line) for word in said for line in lines if word in line] == []


def test_every_event_and_field_is_in_the_docs() -> None:
    page = Path(PROJECT / "docs" / "running" / "logs.md").read_text()
    assert [name for name in (*get_args(Event), *FIELDS, "cause") if f"`{name}`" not in page] == []


def test_the_owner_reads_when_and_how_each_phone_came_in(cast: Cast, client_as: ClientAs, browser: Browser) -> None:
    kai = client_as("kai")
    code = codes_on(kai.post("/me/recovery").text)[0]
    browser().post("/sign-in/recovery", data={"code": code})
    page = kai.get("/me/devices").text
    assert "Phones that can open it" in page
    assert re.search(r"Came in on \d+ \w+( \d{4})?, with a face, a finger or a PIN\.", page)
    assert re.search(r"Came in on \d+ \w+( \d{4})?, with a printed code\.", page)
