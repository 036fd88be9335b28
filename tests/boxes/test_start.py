"""Starting a box of one's own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import text

from app.boxes.keys import box_key
from app.kit import outbox
from app.kit.ids import new_id
from app.people.door import cookie_name
from app.web.errors import NotHere
from tests.boxes.reading import once
from tests.cast import Cast
from tests.conftest import ClientAs


def test_a_box_of_ones_own_in_one_form(client_as: ClientAs, cast: Cast) -> None:
    newcomer = client_as(None)
    form = {"once": once(newcomer.get("/start").text), "name": "Mina", "theme": "sloe"}
    answer = newcomer.post("/start", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/welcome")
    assert "HttpOnly" in answer.headers["set-cookie"]
    page = newcomer.get("/me").text
    assert "This box is yours. It stays yours." in page
    assert 'data-theme="sloe"' in page
    assert newcomer.get("/start").headers["location"] == "/"


def test_an_address_is_not_stored_before_its_mailbox_answers(
    client_as: ClientAs, cast: Cast, run_jobs: Callable[[], None]
) -> None:
    newcomer, address = client_as(None), f"mina.{new_id().hex}@example.org"
    newcomer.post("/start", data={"name": "Mina", "email": address})
    run_jobs()
    mail = next(kept for kept in outbox.kept_messages() if kept["to"] == address)
    assert "/me/email/" in mail["body"]
    assert address not in newcomer.get("/me/devices").text


def test_two_taps_make_one_box_and_both_are_signed_in(client_as: ClientAs, cast: Cast) -> None:
    clients = [client_as(None) for _ in range(3)]
    form = {"once": once(clients[0].get("/start").text), "name": f"Twice {new_id().hex}"}
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda client: client.post("/start", data=form).status_code, clients))
    assert answers == [303] * 3
    assert all(form["name"] in client.get("/me").text for client in clients)
    assert len({client.cookies[cookie_name()] for client in clients}) == 3


def test_someone_who_is_let_in_elsewhere_can_have_a_box_too(client_as: ClientAs, cast: Cast) -> None:
    joe = client_as("joe")
    assert 'value="Joe"' in joe.get("/start").text
    assert joe.post("/start", data={"name": "Joe"}).status_code == 303
    assert joe.post("/start", data={"name": "Joe"}).status_code == 303
    assert "This box is yours." in joe.get("/me").text
    assert joe.get(f"/boxes/{cast.box['kai']}/about").status_code == 200


def test_what_was_typed_is_kept_when_something_is_wrong(client_as: ClientAs, cast: Cast) -> None:
    page = client_as(None).post("/start", data={"name": "Mina", "email": "mina", "theme": "moss"})
    assert page.status_code == 422
    assert 'value="Mina"' in page.text
    assert "Please type a whole email" in page.text
    assert 'value="moss" checked' in page.text


def test_each_box_has_its_own_key_and_strangers_get_none(cast: Cast) -> None:
    with cast.acting("kai") as session:
        key = box_key(session, cast.box["kai"])
        assert len(key) == 32
        raw = session.connection().execute(text("select wrapped from box_key")).scalar_one()
        assert key not in bytes(raw)
    with cast.acting("ash") as session:
        assert box_key(session, cast.box["ash"]) != key
    with cast.acting("casey") as session:
        try:
            box_key(session, cast.box["kai"])
        except NotHere:
            return
    raise AssertionError("Casey opened Kai's key")
