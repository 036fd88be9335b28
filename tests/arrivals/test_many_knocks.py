"""Strangers who write a lot: shown as one, counted where a list ends, and held back without a loss."""

import pytest
from sqlmodel import col, select

from app.arrivals import knocks
from app.arrivals.mail import senders
from app.arrivals.mail.message import MailMessage
from app.kit.db import open_session
from app.people.viewer import Viewer
from tests.arrivals.conftest import Run, Send, address_for, gifts, letter, messages
from tests.boxes.reading import decided
from tests.cast import Cast
from tests.conftest import ClientAs

MENSAH = "d.mensah@example.org"


def send_from(send: Send, to: str, sender: str, count: int) -> None:
    for number in range(count):
        send(letter(f"Number {number}", f"Words {number}", sender=f"D. Mensah <{sender}>"), to, sender=sender)


def rows(page: str) -> int:
    return page.count('<article class="arrive knock"')


def test_many_from_one_sender_are_one_row_and_go_in_or_out_together(
    cast: Cast, client_as: ClientAs, send: Send, run_jobs: Run, trusting: None
) -> None:
    kai = client_as("kai")
    send_from(send, address_for(cast), MENSAH, 3)
    run_jobs()
    page = kai.get("/tray").text
    assert rows(page) == 1 and "3 emails, shown here as one" in page and "Open all 3" in page
    assert kai.get("/").text.count("Someone is knocking") == 1
    first = min(messages(cast), key=lambda each: each.received_at)
    kai.post(f"/knocks/{first.id}/turning-away", data={"every": "1"})
    assert {each.state for each in messages(cast)} == {"turned_away"}
    assert decided(cast)[-1] == "You turned away 3 emails from someone you don’t know."
    kai.post(f"/knocks/{first.id}/knocking-again")
    assert {each.state for each in messages(cast)} == {"knocking"}
    kai.post(f"/knocks/{first.id}/opening", data={"who": str(cast.connection["nan"]), "every": "1"})
    run_jobs()
    assert len(gifts(cast)) == 3 and decided(cast)[-1] == "You let in 3 emails from Nan."
    send_from(send, address_for(cast, "joe"), MENSAH, 1)
    run_jobs()
    assert rows(kai.get("/tray").text) == 1  # the next one still knocks


def test_one_of_many_goes_alone(cast: Cast, client_as: ClientAs, send: Send, run_jobs: Run, trusting: None) -> None:
    kai = client_as("kai")
    send_from(send, address_for(cast), MENSAH, 3)
    run_jobs()
    first = min(messages(cast), key=lambda each: each.received_at)
    kai.post(f"/knocks/{first.id}/turning-away")
    assert sorted(each.state for each in messages(cast)) == ["knocking", "knocking", "turned_away"]
    assert "2 emails, shown here as one" in kai.get("/tray").text


def test_a_pretender_is_not_shown_as_one_with_whom_they_pretend_to_be(
    cast: Cast, client_as: ClientAs, send: Send, run_jobs: Run
) -> None:
    send_from(send, address_for(cast), MENSAH, 4)
    run_jobs()
    with open_session(Viewer(door="mail").claims(), role="holdfast_worker") as session:
        ids = [each.id for each in messages(cast)]
        for each in session.exec(select(MailMessage).where(col(MailMessage.id).in_(ids[:2]))):
            each.peer = "203.0.113.9"
    page = client_as("kai").get("/tray").text
    assert rows(page) == 2 and page.count("2 emails, shown here as one") == 2


def test_a_list_of_knocks_says_how_many_more(
    cast: Cast, client_as: ClientAs, send: Send, run_jobs: Run, trusting: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(knocks, "MOST_SHOWN", 2)
    kai = client_as("kai")
    for number in range(5):
        send_from(send, address_for(cast, sender=f"nobody{number}@example.org"), f"person{number}@example.org", 1)
    run_jobs()
    page = kai.get("/tray").text
    assert rows(page) == 2 and "3 more are knocking" in page
    for each in messages(cast)[:4]:
        kai.post(f"/knocks/{each.id}/turning-away")
    page = kai.get("/tray").text
    assert rows(page) == 1 and "more are knocking" not in page and "There are 2 more." in page


def test_strangers_that_nobody_could_prove_are_held_back_after_a_while_and_none_is_lost(
    cast: Cast, client_as: ClientAs, send: Send, run_jobs: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(senders, "UNPROVEN_A_DAY", 2)
    kai = client_as("kai")
    for number in range(5):
        send_from(send, address_for(cast), f"person{number}@example.org", 1)
        run_jobs()
    assert sorted(each.state for each in messages(cast)) == ["knocking"] * 2 + ["turned_away"] * 3
    assert "3 emails are under “Turned away”, still shut" in kai.get("/tray").text
    held = next(each for each in messages(cast) if each.state == "turned_away")
    kai.post(f"/knocks/{held.id}/knocking-again")
    kai.post(f"/knocks/{held.id}/opening", data={"who": str(cast.connection["nan"])})
    run_jobs()
    assert len(gifts(cast)) == 1
    with open_session(Viewer(door="mail").claims(), role="holdfast_worker") as session:
        for each in session.exec(select(MailMessage).where(MailMessage.box_id == cast.box["kai"])):
            each.received_at -= senders.DAY
    send_from(send, address_for(cast), "person9@example.org", 1)
    run_jobs()
    assert [each.state for each in messages(cast)].count("knocking") == 3


def test_who_was_proven_knocks_however_many_strangers_there_are(
    cast: Cast, client_as: ClientAs, send: Send, run_jobs: Run, trusting: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(senders, "UNPROVEN_A_DAY", 0)
    send_from(send, address_for(cast), MENSAH, 1)
    run_jobs()
    assert [each.state for each in messages(cast)] == ["knocking"]
