"""A phone says that something is new: to whom it is for, when it is wanted, and nothing of what it is."""

import time
from datetime import UTC, datetime, timedelta
from datetime import time as clock

import pytest
from sqlalchemy import Connection, text

from app.boxes.connection import Connection as Tie
from app.kit.clock import today
from app.kit.ids import new_id
from app.memories.jobs import letters_open
from app.people.push import PushChoice
from app.people.push_post import PADDED
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.people.pushing import PushService
from tests.people.telling import EVERY, Run, ask, give, letter, pass_time, phone_of, turn_on, wants

PLANTED = ("Windmill", "Railway Cottages", "Joe", "Kai", "First bike ride")


@pytest.fixture(autouse=True)
def it_is_after_the_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the hour at which the tests run."""
    monkeypatch.setattr("app.memories.jobs.MORNING", clock(0))


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
