"""A phone says that something is new: to whom it is for, when it is wanted, and nothing of what it is."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError
from starlette.testclient import TestClient

from app.boxes.connection import Connection as Tie
from app.kit.clock import today
from app.kit.config import settings
from app.kit.ids import new_id
from app.memories.jobs import letters_open
from app.people.jobs import sweep
from app.people.push import PushChoice, PushSubscription
from app.people.push_post import PADDED, is_public
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.people.pushing import ABrowser, PushService

Run = Callable[[], None]
PLANTED = ("Windmill", "Railway Cottages", "Joe", "Kai", "First bike ride")
EVERY = ("arrived", "asked", "letter")


@pytest.fixture(autouse=True)
def it_is_after_the_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the hour at which the tests run."""
    monkeypatch.setattr("app.memories.jobs.MORNING", clock(0))


def wants(client: TestClient, *kinds: str, quiet: tuple[str, str] = ("03:00", "03:00")) -> None:
    form = {"kinds": list(kinds), "quiet_from": quiet[0], "quiet_until": quiet[1]}
    assert client.post("/me/notices", data=form).status_code == 303


def turn_on(client: TestClient, service: PushService) -> ABrowser:
    browser = ABrowser(service)
    assert client.post("/me/notices/phone", json=browser.json).status_code == 200
    return browser


def phone_of(
    client_as: ClientAs, service: PushService, name: str, *kinds: str, language: str = "en"
) -> tuple[TestClient, ABrowser]:
    """A phone of this person that is told about these kinds, at any hour."""
    client = client_as(name)
    client.headers["Accept-Language"] = language
    wants(client, *kinds)
    return client, turn_on(client, service)


def give(client_as: ClientAs, cast: Cast, box: str = "kai", words: str = "The Windmill at Railway Cottages.") -> None:
    fields = {"once": str(new_id()), "kind": "words", "words": words}
    assert client_as("joe").post(f"/boxes/{cast.box[box]}/give", data=fields).status_code == 303


def ask(client_as: ClientAs, cast: Cast, words: str = "The Windmill") -> None:
    fields = {"once": str(new_id()), "words": words}
    assert client_as("joe").post(f"/boxes/{cast.box['kai']}/asking", data=fields).status_code == 303


def letter(cast: Cast) -> None:
    """A letter of Kai's, whose day it is; and the morning comes."""
    cast.memory(kind="letter", title="Windmill", words="", details={"opens_on": today().isoformat()})
    letters_open(timestamp=0)


def subscriptions(admin: Connection, cast: Cast, name: str = "kai") -> int:
    query = text("select count(*) from push_subscription where person_id = :p")
    return int(admin.execute(query, {"p": cast.person[name]}).scalar_one())


def pass_time(admin: Connection) -> None:
    """What waits for a later moment need not wait any longer."""
    admin.execute(text("set search_path = public, jobs"))
    admin.execute(text("update jobs.procrastinate_jobs set scheduled_at = now() where scheduled_at > now()"))


def test_a_phone_says_something_new_signed_sealed_and_no_more(
    service: PushService, client_as: ClientAs, cast: Cast, run_jobs: Run
) -> None:
    kai, browser = phone_of(client_as, service, "kai", *EVERY)
    give(client_as, cast)
    run_jobs()
    (posted,) = browser.got
    assert browser.shown == [{"title": "Holdfast", "body": "Something new", "lang": "en-GB"}]
    assert {name: posted.headers[name] for name in ("content-encoding", "ttl", "topic", "urgency")} == {
        "content-encoding": "aes128gcm",
        "ttl": "259200",
        "topic": "new",
        "urgency": "normal",
    }
    assert posted.headers["host"] == service.origin.removeprefix("https://")
    claims = posted.claims
    assert claims["aud"] == service.origin and 0 < claims["exp"] - time.time() <= 24 * 3600
    assert claims["sub"] == "mailto:box@localhost"
    assert f'data-push-key="{claims["k"]}"' in client_as("kai").get("/me/notices").text
    assert "This phone tells you" in kai.get("/me/notices").text


def test_every_message_is_as_long_as_the_others_and_says_nothing(
    service: PushService, client_as: ClientAs, cast: Cast, run_jobs: Run
) -> None:
    phones = [phone_of(client_as, service, "kai", *EVERY, language=tag)[1] for tag in ("en", "cy", "ar")]
    letter(cast)
    run_jobs()
    for happens in (lambda: give(client_as, cast, words="Windmill " * 200), lambda: ask(client_as, cast)):
        happens()
        run_jobs()
    sent = [(browser, each) for browser in phones for each in browser.got]
    opened = [browser.opened(each) for browser, each in sent]
    whole = [repr(each).encode() for _, each in sent]
    found = sum(word.encode() in each for word in PLANTED for each in (*opened, *whole))
    print(f"push: {len(sent)} messages, {len({len(e.body) for _, e in sent})} length, planted words found: {found}")
    assert len(sent) == 9
    assert found == 0
    assert {len(each.body) for _, each in sent} == {PADDED + 103}  # header 86, delimiter 1, tag 16
    assert {len(each) for each in opened} == {PADDED}
    assert len({each.headers["topic"] for _, each in sent}) == 1


@pytest.mark.usefixtures("marked_words")
def test_it_speaks_under_the_name_chosen_on_that_phone_in_its_persons_language(
    service: PushService, client_as: ClientAs, cast: Cast, run_jobs: Run
) -> None:
    """Another phone of the same person keeps its own name; a language is chosen for all of them."""
    kai, browser = phone_of(client_as, service, "kai", *EVERY)
    tablet = client_as("kai")
    tablet.cookies.set("app", "pocket.leaf")
    other = turn_on(tablet, service)
    assert kai.post("/me/phone", data={"name": "notes", "icon": "page"}).status_code == 303
    assert kai.post("/language", data={"language": "cy"}).status_code == 303
    give(client_as, cast)
    run_jobs()
    assert browser.shown == [{"title": "⟦Notes⟧", "body": "⟦Something new⟧", "lang": "cy"}]
    assert other.shown == [{"title": "⟦Pocket⟧", "body": "⟦Something new⟧", "lang": "cy"}]


def test_all_is_off_until_it_is_turned_on(service: PushService, client_as: ClientAs, cast: Cast, run_jobs: Run) -> None:
    kai = client_as("kai")
    page = kai.get("/me/notices").text
    assert page.count('role="switch"') == len(EVERY) and "checked" not in page
    assert 'value="20:00"' in page and 'value="08:00"' in page
    browser = turn_on(kai, service)
    give(client_as, cast)
    run_jobs()
    assert browser.got == []


def test_each_kind_has_its_own_switch(service: PushService, client_as: ClientAs, cast: Cast, run_jobs: Run) -> None:
    kai, browser = phone_of(client_as, service, "kai")
    happening = {
        "letter": lambda: letter(cast),  # the first: who was told of anything since the morning is not told of it
        "asked": lambda: ask(client_as, cast),
        "arrived": lambda: give(client_as, cast),
    }
    for kind in (*happening, None):
        wants(kai, *([kind] if kind else []))
        for name, happens in happening.items():
            before = len(browser.got)
            happens()
            run_jobs()
            assert (len(browser.got) - before, name) == (int(name == kind), name)


def test_a_letter_is_told_once_on_its_day(service: PushService, client_as: ClientAs, cast: Cast, run_jobs: Run) -> None:
    _, browser = phone_of(client_as, service, "kai", "letter")
    later = (today() + timedelta(days=1)).isoformat()
    cast.memory(kind="letter", title="Not yet", words="", details={"opens_on": later})
    letters_open(timestamp=0)
    run_jobs()
    assert browser.got == []
    letter(cast)
    letters_open(timestamp=0)
    run_jobs()
    letters_open(timestamp=0)
    run_jobs()
    assert len(browser.got) == 1


@pytest.mark.parametrize(
    ("at", "begins", "ends", "awake"),
    [
        ("2026-11-22T19:59", "20:00", "08:00", "2026-11-22T19:59"),
        ("2026-11-22T20:00", "20:00", "08:00", "2026-11-23T08:00"),
        ("2026-11-23T07:59", "20:00", "08:00", "2026-11-23T08:00"),
        ("2026-11-23T08:00", "20:00", "08:00", "2026-11-23T08:00"),
        ("2026-11-22T10:00", "09:00", "15:30", "2026-11-22T15:30"),
        ("2026-11-22T15:30", "09:00", "15:30", "2026-11-22T15:30"),
        ("2026-11-22T03:00", "03:00", "03:00", "2026-11-22T03:00"),
        # London's clock: in summer it is an hour ahead of UTC; the clocks go forward in the night to 29 March.
        ("2026-07-01T19:00", "20:00", "08:00", "2026-07-02T07:00"),
        ("2026-07-01T18:59", "20:00", "08:00", "2026-07-01T18:59"),
        ("2026-03-28T23:00", "20:00", "08:00", "2026-03-29T07:00"),
        ("2026-10-24T22:00", "20:00", "08:00", "2026-10-25T08:00"),
    ],
)
def test_quiet_time_goes_by_the_clock_where_they_live(at: str, begins: str, ends: str, awake: str) -> None:
    choice = PushChoice(
        person_id=new_id(), quiet_from=clock.fromisoformat(begins), quiet_until=clock.fromisoformat(ends)
    )
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert choice.awake_at(moment) == datetime.fromisoformat(awake).replace(tzinfo=UTC)


def test_what_comes_in_quiet_time_waits_and_is_told_once(
    service: PushService, client_as: ClientAs, cast: Cast, run_jobs: Run, admin: Connection
) -> None:
    kai, browser = phone_of(client_as, service, "kai", *EVERY)
    wants(kai, *EVERY, quiet=("00:01", "00:00"))  # all day but a minute
    for _ in range(3):
        give(client_as, cast)
    ask(client_as, cast)
    run_jobs()
    pass_time(admin)
    run_jobs()
    assert browser.got == []  # its time has not come after all, by the clock
    # The morning comes: the quiet time ended a while ago, and so did the waiting.
    wants(kai, *EVERY)
    pass_time(admin)
    run_jobs()
    assert len(browser.shown) == 1


def test_one_who_changed_their_mind_overnight_is_not_told(
    service: PushService, client_as: ClientAs, cast: Cast, run_jobs: Run, admin: Connection
) -> None:
    kai, browser = phone_of(client_as, service, "kai", "arrived")
    wants(kai, "arrived", quiet=("00:01", "00:00"))
    give(client_as, cast)
    run_jobs()
    wants(kai, "letter")
    pass_time(admin)
    run_jobs()
    assert browser.got == []


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
        ff02::1 ::ffff:10.0.0.1 ::ffff:127.0.0.1 2002:7f00:1:: 64:ff9b::a00:1"""
    assert [address for address in near.split() if is_public(address)] == []
    assert is_public("34.107.0.1") and is_public("2a00:1450:4009::1") and is_public("64:ff9b::226b:1")


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
        {"keys": {"p256dh": "AAAA", "auth": "A" * 22}},
        {"keys": {"p256dh": "!", "auth": "?"}},
        {"keys": {}},
    )
    for change in changes:
        answer = kai.post("/me/notices/phone", json={**ABrowser(service).json, **change})
        assert answer.status_code == 422 and "Nothing was changed" in answer.json()["detail"], change
    assert subscriptions(admin, cast) == 0


def test_it_is_told_to_whom_it_is_for(service: PushService, client_as: ClientAs, cast: Cast, run_jobs: Run) -> None:
    """Kai of what is given to Kai, and nobody else; who looks after a box, but not of what they gave themselves."""
    phones = {name: phone_of(client_as, service, name, *EVERY)[1] for name in ("kai", "ash", "joe", "sam", "casey")}

    def told() -> list[str]:
        run_jobs()
        names = [name for name, browser in phones.items() if browser.got]
        service.posted.clear()
        return names

    give(client_as, cast)
    assert told() == ["kai"]
    give(client_as, cast, box="ash")
    assert told() == ["ash"]
    ask(client_as, cast)
    assert told() == ["kai"]
    asked = {"once": str(new_id()), "words": "Anyone?", "person": str(cast.connection["sam"])}
    assert client_as("kai").post("/asks", data=asked).status_code == 303
    assert told() == ["sam"]


def test_a_keeper_is_told_while_they_look_after_the_box(
    service: PushService, client_as: ClientAs, cast: Cast, run_jobs: Run, admin: Connection
) -> None:
    tie = Tie(box_id=cast.box["ash"], person_id=cast.person["sam"], called="Sam", state="active")
    with cast.acting("ash") as session:
        session.add(tie)
    _, joe = phone_of(client_as, service, "joe", *EVERY)

    def sam_gives() -> None:
        fields = {"once": str(new_id()), "kind": "words", "words": "Hello"}
        assert client_as("sam").post(f"/boxes/{cast.box['ash']}/give", data=fields).status_code == 303

    sam_gives()
    run_jobs()
    assert len(joe.got) == 1
    sam_gives()
    admin.execute(text("update memory set only_me = true where box_id = :b"), {"b": cast.box["ash"]})
    run_jobs()
    assert len(joe.got) == 1
    sam_gives()
    admin.execute(text("update box set stage = 'mine' where id = :b"), {"b": cast.box["ash"]})
    run_jobs()
    assert len(joe.got) == 1


def test_what_was_decided_before_is_not_news(
    service: PushService, client_as: ClientAs, cast: Cast, run_jobs: Run, admin: Connection
) -> None:
    _, browser = phone_of(client_as, service, "kai", *EVERY)
    give(client_as, cast)
    admin.execute(text("update memory set state = 'put_away' where box_id = :b"), {"b": cast.box["kai"]})
    run_jobs()
    assert browser.got == []


def test_giving_puts_in_the_same_jobs_whether_or_not_anybody_is_told(
    service: PushService, client_as: ClientAs, cast: Cast, run_jobs: Run, admin: Connection
) -> None:
    waiting = text("select task_name from jobs.procrastinate_jobs where status = 'todo' order by 1")
    run_jobs()
    give(client_as, cast)
    without = admin.execute(waiting).scalars().all()
    run_jobs()
    phone_of(client_as, service, "kai", *EVERY)
    give(client_as, cast)
    assert admin.execute(waiting).scalars().all() == without


def test_times_that_are_none_come_back_with_what_was_chosen(client_as: ClientAs) -> None:
    answer = client_as("kai").post("/me/notices", data={"kinds": "asked", "quiet_from": "late", "quiet_until": "08:00"})
    assert answer.status_code == 422
    assert 'value="asked" checked' in answer.text and "Please give a time" in answer.text
