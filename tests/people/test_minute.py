"""A minute with somebody's open phone: by every page, program and race, nobody gets a way in and no owner loses one."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from starlette.testclient import TestClient

from app.kit.db import open_session
from app.kit.ids import new_id
from app.people.door import cookie_name
from app.people.viewer import Viewer
from tests.boxes.test_looking_after import let_in
from tests.conftest import ClientAs
from tests.people.conftest import Browser, administrator, is_signed_in, mail_to, path_in
from tests.people.minute import Home
from tests.people.open_phone import Try, other_tries
from tests.people.test_passkeys import come_in
from tests.people.test_recovery import codes_on

RunJobs = Callable[[], None]


def tries(home: Home) -> Iterator[Try]:
    """What is sent from the open phone."""
    yield "post", "/me/recovery", {}
    yield "post", "/me/email", {"data": {"email": home.mailbox}}
    yield "post", "/me/email/nonsense", {}
    yield "post", "/me/links", {"data": {"alone": "no"}}
    yield "post", "/me/passkeys/options", {"json": {}}
    yield "post", "/me/passkeys", {"json": {"id": "x"}}
    yield "post", "/me/with/school", {}
    for way in home.ids("passkey"):
        yield "post", f"/me/passkeys/{way}/removal", {}
    for way in home.ids("external_way"):
        yield "post", f"/me/ways/{way}/removal", {}
    for sign_in in home.ids("sign_in")[:1]:
        yield "post", f"/me/devices/{sign_in}/end", {}
    yield "post", "/me/devices/end-others", {}
    yield "post", "/me/trusted", {"data": {"who": str(home.cast.connection["avery"])}}
    yield "post", f"/me/trusted/{home.trusted}/ending", {}
    yield "post", "/prove/code", {"data": {"code": home.joes_codes[0]}}
    yield "post", "/prove/code", {"data": {"code": "0" * 24}}
    yield "post", "/prove/passkey", {"json": {"id": "x"}}
    yield "post", "/sign-in/link/nonsense", {"data": {"number": "0000"}}
    yield "post", "/not-me/nonsense", {}
    yield "post", "/start", {"data": {"name": "Kai", "once": str(new_id()), "theme": "tide", "email": home.mailbox}}
    yield "get", "/prove?next=/me/recovery", {}
    for change in home.ids("way_change")[:1]:
        yield "get", f"/me/changes/{change}/undo", {}


@pytest.mark.parametrize("kind", ["ordinary", "not mine"])
def test_a_minute_with_an_open_phone_changes_nothing(
    home: Home, browser: Browser, run_jobs: RunJobs, kind: str
) -> None:
    phone = open_phone(home, browser(), shared=kind == "not mine")
    cookie = phone.cookies[cookie_name()]
    count, before, changes = 0, home.state(), home.ids("way_change")
    for method, path, sent in tries(home):
        answers = at_once(phone, browser, method, path, sent) if method == "post" else [phone.get(path)]
        count += 1
        assert home.state() == before, (path, answers)
        assert all(answer.status_code < 500 for answer in answers), path
    for method, path, sent in other_tries(home, cookie):
        answer = phone.request(method, path, **sent)
        phone.cookies.set(cookie_name(), cookie)
        count += 1
        assert home.state()[:7] == before[:7] and answer.status_code < 500, (method, path, answer)
    count += by_passkey(home, phone) + by_mail(home, phone, browser, run_jobs)
    assert home.state()[:7] == before[:7]
    assert home.ids("way_change") == changes  # nothing was changed that somebody would have to be told of
    assert is_signed_in(home.phone)
    assert come_in(browser(), home.passkey).status_code == 200
    assert browser().post("/sign-in/recovery", data={"code": home.codes[0]}).status_code == 303
    print(f"a minute with an open phone ({kind}): {count} tries, 0 ways in gained, 0 lost")
    assert count >= 100


def open_phone(home: Home, client: TestClient, *, shared: bool) -> TestClient:
    """A phone on which Kai came in some while ago."""
    client.cookies.set(cookie_name(), home.cast.sign_in("kai", proven=False, shared_device=shared))
    return client


def at_once(phone: TestClient, browser: Browser, method: str, path: str, sent: dict[str, Any]) -> list[Any]:
    """The same request three times at once, by the same sign-in."""
    others = [phone, browser(), browser()]
    for other in others[1:]:
        other.cookies.set(cookie_name(), phone.cookies[cookie_name()])
    with ThreadPoolExecutor(3) as pool:
        return list(pool.map(lambda each: each.request(method, path, **sent), others))


def by_passkey(home: Home, phone: TestClient) -> int:
    """A proof by a passkey that is not Kai's, and one whose device did not look who holds it."""
    options = phone.post("/prove/passkey/options", json={}).json()
    home.mine.user_handle = home.cast.person["kai"].bytes
    assert phone.post("/prove/passkey", json=home.mine.sign_in(options)).status_code == 422
    options = phone.post("/prove/passkey/options", json={}).json()
    unseen = home.passkey.sign_in(options, checked=False)
    assert phone.post("/prove/passkey", json=unseen).status_code == 422
    return 2


def by_mail(home: Home, phone: TestClient, browser: Browser, run_jobs: RunJobs) -> int:
    """A link that goes to Kai's mailbox, whose number is on the page here; and one to a mailbox of one's own."""
    phone.post("/prove/link", data={"next": "/me/recovery"})
    phone.post("/me/email", data={"email": home.mailbox})
    browser().post("/sign-in/link", data={"email": home.mailbox})
    run_jobs()
    assert mail_to(home.mailbox) == []
    return 3


WRITES = {
    "a passkey": "insert into passkey (id, person_id, credential_id, credential_print, public_key, sign_count, name,"
    " created_at) values (:new, :p, '', :print, '', 0, 'x', now())",
    "an account": "insert into external_way (id, person_id, issuer, identity_print, label, created_at)"
    " values (:new, :p, 'x', :print, 'x', now())",
    "a code": "insert into recovery_code (id, person_id, code_print, created_at) values (:new, :p, :print, now())",
    "new codes": "select wall.new_codes(array[:print])",
    "an address": "update person set email = :print where id = :p",
    "an address by the wall": "select wall.use_email(:print)",
    "links": "select wall.choose_links(false)",
    "a change": "select wall.change_ways('codes', :new, :print, false)",
    "a passkey removed": "delete from passkey where person_id = :p",
    "a passkey ended": "select wall.end_way(id) from passkey where person_id = :p",
    "codes removed": "delete from recovery_code where person_id = :p",
    "an account ended": "select wall.end_way(id) from external_way where person_id = :p",
    "someone trusted": "select wall.trust(id) from connection where state = 'active'",
    "someone not trusted": "select wall.end_trust(id) from trusted_person",
    "the others out": "update sign_in set ended_at = now() where person_id = :p and id <> :here",
    "a phone made one's own": "update sign_in set shared_device = false where person_id = :p",
    "a proof made up": "update sign_in set proven_at = now() where person_id = :p",
    "the box handed over": "update box set stage = 'kept_together' where owner_id = :p",
}
BROWSERS = {
    "ordinary": "proven_at = null",
    "a proof of eleven minutes ago": "proven_at = now() - interval '11 minutes'",
    "a clock set back": "proven_at = now() + interval '1 minute'",
    "not mine": "proven_at = now(), shared_device = true",
    "ended": "proven_at = now(), ended_at = now()",
    "over": "proven_at = now(), expires_at = now() - interval '1 second'",
    "somebody else's": "proven_at = now(), person_id = (select id from person where id <> person_id limit 1)",
}


@pytest.mark.parametrize("browser_is", BROWSERS)
def test_the_wall_itself_refuses_every_write(home: Home, browser_is: str) -> None:
    """A page that forgot to ask for a proof, or a fault in one, changes nothing."""
    home.cast.sign_in("kai", proven=False)
    person, here = home.cast.person["kai"], max(home.ids("sign_in"))
    with administrator() as run:
        run(f"update sign_in set {BROWSERS[browser_is]} where id = :id", id=here)
    before = home.state()[:7], home.ids("sign_in")
    for what, statement in WRITES.items():
        given = {"new": new_id(), "p": person, "print": new_id().hex, "here": here}
        used = {name: value for name, value in given.items() if f":{name}" in statement}
        try:
            with open_session(Viewer(person, sign_in_id=here).claims()) as session:
                session.connection().execute(text(statement), used)
        except DBAPIError as refused:
            assert isinstance(refused.orig, InsufficientPrivilege), what
        assert (home.state()[:7], home.ids("sign_in")) == before, what
    print(f"writes past the pages, {browser_is}: {len(WRITES)} refused of {len(WRITES)}")


def test_a_keepers_open_phone_makes_nobody_a_keeper(home: Home, browser: Browser, client_as: ClientAs) -> None:
    """Joe looks after Ash's box: who holds his phone for a minute changes neither who does nor who runs it."""
    cast, ash = home.cast, f"/boxes/{home.cast.box['ash']}"
    sam = let_in(cast, "sam")
    for shared in (False, True):
        phone = browser()
        phone.cookies.set(cookie_name(), cast.sign_in("joe", proven=False, shared_device=shared))
        for path in (f"/people/{sam}/keeping", "/me/stage"):
            answer = phone.post(f"{ash}{path}")
            assert (answer.status_code, "/prove" in answer.headers.get("location", "")) in ((303, True), (403, False))
        with cast.acting("joe") as session, pytest.raises(DBAPIError) as refused:
            session.connection().execute(text("update connection set keeper = true where id = :c"), {"c": sam})
        assert isinstance(refused.value.orig, InsufficientPrivilege)
    with administrator() as run:
        assert not run("select keeper from connection where id = :c", c=sam).scalar()
        assert run("select stage from box where id = :b", b=cast.box["ash"]).scalar() == "kept_together"
    assert client_as("joe").post(f"{ash}/people/{sam}/keeping").status_code == 303
    assert "Who runs the box was changed." in client_as("joe").get("/me/devices").text


def test_somebody_elses_code_is_not_used_up(home: Home, browser: Browser) -> None:
    phone = open_phone(home, browser(), shared=False)
    assert phone.post("/prove/code", data={"code": home.joes_codes[0]}).status_code == 422
    assert browser().post("/sign-in/recovery", data={"code": home.joes_codes[0]}).status_code == 303


def test_kai_is_asked_once_and_goes_on_where_he_was(home: Home, browser: Browser, run_jobs: RunJobs) -> None:
    phone = open_phone(home, browser(), shared=False)
    for page in ("/", "/me", "/me/devices", "/people", "/add", "/journey", "/tray"):
        assert phone.get(page).status_code == 200, page  # nothing else asks him anything
    asked = phone.post("/me/email", data={"email": f"new.{home.cast.email['kai']}"})
    assert asked.headers["location"].startswith("/prove?next=/me/devices")
    page = phone.get(asked.headers["location"])
    assert "Show that it’s you" in page.text
    onward = asked.headers["location"].partition("next=")[2].replace("%3F", "?").replace("%3D", "=")
    options = phone.post("/prove/passkey/options", json={"next": onward}).json()
    went = phone.post("/prove/passkey", json=home.passkey.sign_in(options)).json()["location"]
    assert f'value="new.{home.cast.email["kai"]}"' in phone.get(went).text
    assert len(codes_on(phone.post("/me/recovery").text)) == 10  # and not again for ten minutes


def test_a_fresh_link_is_a_proof_and_stays_in_the_same_sign_in(home: Home, browser: Browser, run_jobs: RunJobs) -> None:
    phone = open_phone(home, browser(), shared=False)
    cookie = phone.cookies[cookie_name()]
    assert phone.post("/prove/link", data={"next": "/me/recovery"}).headers["location"] == "/prove/link"
    run_jobs()
    path = path_in(next(each for each in mail_to(home.cast.email["kai"]) if "Your link" in each["subject"]))
    assert phone.post(path, data={"next": "/me/recovery"}).headers["location"] == "/me/recovery"
    assert phone.cookies[cookie_name()] == cookie
    assert len(codes_on(phone.post("/me/recovery").text)) == 10


def test_a_printed_code_is_a_proof_once(home: Home, browser: Browser) -> None:
    phone = open_phone(home, browser(), shared=False)
    typed = {"code": home.codes[0], "next": "/me/recovery"}
    assert phone.post("/prove/code", data=typed).headers["location"] == "/me/recovery"
    assert "Make new codes" in phone.get("/me/recovery").text
    assert open_phone(home, browser(), shared=False).post("/prove/code", data=typed).status_code == 422


def test_a_phone_that_is_not_mine_is_no_place_for_a_proof(home: Home, browser: Browser) -> None:
    phone = open_phone(home, browser(), shared=True)
    assert phone.post("/prove/code", data={"code": home.codes[0]}).status_code == 403
    assert "this phone isn’t yours" in phone.get("/prove").text
    assert browser().post("/sign-in/recovery", data={"code": home.codes[0]}).status_code == 303
