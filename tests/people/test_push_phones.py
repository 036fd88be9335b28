"""Which phones are told that something is new: whose they are, for how long, and what their push service answers."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError
from starlette.testclient import TestClient

from app.kit import base64url
from app.kit.config import settings
from app.kit.ids import new_id
from app.people.jobs import sweep
from app.people.push import PushSubscription, subscribing
from app.people.push_post import is_public, public_key
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.people.pushing import ABrowser, PushService
from tests.people.telling import EVERY, Run, give, pass_time, phone_of, subscriptions


def leaves(kai: TestClient, other: TestClient, admin: Connection, here: UUID) -> None:
    kai.post("/sign-out", data={"sure": "yes"})


def is_locked_out_with_all_others(kai: TestClient, other: TestClient, admin: Connection, here: UUID) -> None:
    assert other.post("/me/devices/end-others").status_code == 303


def was_not_used_for_a_month(kai: TestClient, other: TestClient, admin: Connection, here: UUID) -> None:
    admin.execute(text("update sign_in set expires_at = now() - interval '1 s' where id = :id"), {"id": here})


def is_not_mine_after_all(kai: TestClient, other: TestClient, admin: Connection, here: UUID) -> None:
    admin.execute(text("update sign_in set shared_device = true where id = :id"), {"id": here})


@pytest.mark.parametrize(
    ("ends", "kept"),
    [
        (leaves, 0),
        (is_locked_out_with_all_others, 0),
        (was_not_used_for_a_month, 1),
        (is_not_mine_after_all, 1),
    ],
)
def test_a_phone_that_is_signed_out_is_told_nothing(
    ends: Callable[..., None],
    kept: int,
    service: PushService,
    client_as: ClientAs,
    cast: Cast,
    run_jobs: Run,
    admin: Connection,
) -> None:
    kai, browser = phone_of(client_as, service, "kai", *EVERY)
    query = text("select sign_in_id from push_subscription where person_id = :p")
    here = admin.execute(query, {"p": cast.person["kai"]}).scalar_one()
    ends(kai, client_as("kai"), admin, here)
    assert subscriptions(admin, cast) == kept
    give(client_as, cast)
    run_jobs()
    assert browser.got == []


def test_a_sign_in_that_is_swept_away_takes_its_subscription(
    service: PushService, client_as: ClientAs, cast: Cast, admin: Connection
) -> None:
    phone_of(client_as, service, "kai", *EVERY)
    admin.execute(
        text("update sign_in set expires_at = now() - interval '1 s' where person_id = :p"), {"p": cast.person["kai"]}
    )
    sweep(timestamp=0)
    assert subscriptions(admin, cast) == 0


def test_a_phone_that_is_not_theirs_is_not_told(
    service: PushService, client_as: ClientAs, cast: Cast, admin: Connection
) -> None:
    kai = client_as("kai")
    admin.execute(text("update sign_in set shared_device = true where person_id = :p"), {"p": cast.person["kai"]})
    page = kai.get("/me/notices").text
    assert "This phone isn’t yours" in page and "data-push=" not in page
    browser = ABrowser(service)
    assert kai.post("/me/notices/phone", json=browser.json).status_code == 422
    here = admin.execute(text("select id from sign_in where person_id = :p"), {"p": cast.person["kai"]}).scalar_one()
    with pytest.raises(ProgrammingError, match="row-level security"), cast.acting("kai") as session:
        session.add(subscription(cast.person["kai"], here))
    assert subscriptions(admin, cast) == 0


def subscription(person_id: UUID, sign_in_id: UUID) -> PushSubscription:
    return PushSubscription(
        person_id=person_id, sign_in_id=sign_in_id, endpoint="https://push.example/x", endpoint_print=new_id().hex,
        p256dh=b"x", auth=b"x", called="Notes", language="en-GB",
    )  # fmt: skip


def test_a_browser_is_told_of_one_persons_things(
    service: PushService, client_as: ClientAs, cast: Cast, run_jobs: Run, admin: Connection
) -> None:
    """Kai closed the browser without signing out, and Riley uses it now: the browser's address is the same."""
    _, browser = phone_of(client_as, service, "kai", *EVERY)
    assert client_as("riley").post("/me/notices/phone", json=browser.json).status_code == 200
    assert (subscriptions(admin, cast), subscriptions(admin, cast, "riley")) == (0, 1)
    give(client_as, cast)
    run_jobs()
    assert browser.got == []


def test_it_is_turned_off_as_easily(service: PushService, client_as: ClientAs, cast: Cast, run_jobs: Run) -> None:
    kai, browser = phone_of(client_as, service, "kai", *EVERY)
    assert kai.post("/me/notices/phone/removal").status_code == 303
    give(client_as, cast)
    run_jobs()
    assert browser.got == [] and "This phone tells you" not in kai.get("/me/notices").text


@pytest.mark.parametrize(
    ("status", "times", "left"),
    [
        (410, 1, 0),
        (302, 1, 1),
        (503, 2, 1),
        *(pytest.param(*each, marks=pytest.mark.deep) for each in ((404, 1, 0), (400, 1, 1), (403, 1, 1), (429, 2, 1))),
    ],
)
def test_what_the_push_service_answers(
    status: int,
    times: int,
    left: int,
    service: PushService,
    client_as: ClientAs,
    cast: Cast,
    run_jobs: Run,
    admin: Connection,
) -> None:
    """A browser that is gone is forgotten; a service that is busy is asked again; nobody is followed elsewhere."""
    _, browser = phone_of(client_as, service, "kai", *EVERY)
    service.answers[browser.path] = status
    give(client_as, cast)
    run_jobs()
    assert len(browser.got) == 1 and subscriptions(admin, cast) == left
    service.answers.clear()
    pass_time(admin)
    run_jobs()
    assert len(browser.got) == times and len(service.posted) == times


def test_a_push_service_that_is_this_machine_or_a_neighbour_is_not_gone_to(
    service: PushService, client_as: ClientAs, cast: Cast, run_jobs: Run, admin: Connection, monkeypatch: Any
) -> None:
    phone_of(client_as, service, "kai", *EVERY)
    monkeypatch.setattr(settings(), "push_own_ca", None)
    give(client_as, cast)
    run_jobs()
    assert service.posted == [] and subscriptions(admin, cast) == 0


def test_addresses_near_us_are_not_public() -> None:
    near = """127.0.0.1 10.1.2.3 192.168.1.1 172.16.0.1 169.254.169.254 0.0.0.0 100.64.0.1 224.0.0.1 ::1 fe80::1 fc00::1
        ff02::1 ::ffff:10.0.0.1 ::ffff:127.0.0.1 2002:7f00:1:: 64:ff9b::a00:1
        ::127.0.0.1 ::8.8.8.8 64:ff9b:1::1 fec0::1 ::ffff:0:8.8.8.8 5f00::1 3fff::1 192.88.99.1"""
    assert [address for address in near.split() if is_public(address)] == []
    assert is_public("34.107.0.1") and is_public("2a00:1450:4009::1") and is_public("64:ff9b::226b:1")


@pytest.mark.parametrize("port", ["22", "80", "8443", "5432", "25"])
def test_no_other_port_of_anybody_can_be_named(port: str) -> None:
    keys = {"p256dh": public_key(), "auth": base64url.encode(bytes(16))}
    assert subscribing({"endpoint": "https://push.example:443/x", "keys": keys}) is not None
    assert subscribing({"endpoint": f"https://push.example:{port}/x", "keys": keys}) is None


def test_what_no_browser_sends_is_not_kept(
    service: PushService, client_as: ClientAs, cast: Cast, admin: Connection
) -> None:
    kai = client_as("kai")
    changes: tuple[dict[str, Any], ...] = (
        {"endpoint": "http://push.example/x"},
        {"endpoint": "https://me@push.example/x"},
        {"endpoint": "https:///x"},
        {"endpoint": "https://push.example:x/"},
        {"endpoint": "https://push.example/" + "x" * 1000},
        {"endpoint": 7},
        *({"endpoint": f"https://push.example/{bad}x"} for bad in ("\n", "\t", "\r", "\0", " ", "\x7f")),
        {"keys": {"p256dh": "AAAA", "auth": "A" * 22}},
        {"keys": {"p256dh": "!", "auth": "?"}},
        {"keys": {}},
    )
    for change in changes:
        answer = kai.post("/me/notices/phone", json={**ABrowser(service).json, **change})
        assert answer.status_code == 422 and "Nothing was changed" in answer.json()["detail"], change
    assert subscriptions(admin, cast) == 0
