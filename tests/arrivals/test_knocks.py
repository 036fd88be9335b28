"""Who is knocking: what is shown of them, and letting in, turning away and keeping out."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlmodel import select

from app.arrivals.mail.message import MailMessage
from app.boxes.ledger import verify
from app.kit.config import settings
from app.kit.db import open_session
from app.media.store import media_store
from app.people.viewer import Viewer
from tests.arrivals.conftest import Run, Send, address_for, gifts, letter, messages
from tests.boxes.reading import decided
from tests.cast import Cast
from tests.conftest import ClientAs

MENSAH = "d.mensah@example.org"


@pytest.fixture
def knock(cast: Cast, send: Send, run_jobs: Run, trusting: None) -> MailMessage:
    """D. Mensah, proven, wrote to Mrs Patel's address."""
    send(letter("Open me", "A secret word", sender=f"D. Mensah <{MENSAH}>"), address_for(cast), sender=MENSAH)
    run_jobs()
    (message,) = messages(cast)
    return message


def test_a_knock_shows_a_name_and_nothing_of_what_is_inside(
    cast: Cast, client_as: ClientAs, knock: MailMessage
) -> None:
    kai = client_as("kai")
    page = kai.get("/tray").text
    assert "Someone is knocking" in page and "“D. Mensah”" in page and "aren’t told why" in page
    for inside in ("Open me", "A secret word", MENSAH):
        assert inside not in page
    assert "Someone is knocking" in kai.get("/").text
    assert gifts(cast) == []


def test_letting_in_once_opens_this_one_and_not_the_next(
    cast: Cast, client_as: ClientAs, knock: MailMessage, send: Send, run_jobs: Run
) -> None:
    kai = client_as("kai")
    for _ in range(2):
        assert kai.post(f"/knocks/{knock.id}/opening", data={"who": str(cast.connection["nan"])}).status_code == 303
    run_jobs()
    ((gift, (memory,)),) = gifts(cast)
    assert (gift.connection_id, memory.words, memory.added_by) == (cast.connection["nan"], "A secret word", None)
    assert decided(cast)[-1] == "You let in an email and said it is from Nan."
    send(letter("Again", sender=f"D. Mensah <{MENSAH}>"), address_for(cast, "joe"), sender=MENSAH)
    run_jobs()
    assert sorted(each.state for each in messages(cast)) == ["delivered", "knocking"]


def test_letting_in_always_welcomes_the_next_until_it_is_stopped(
    cast: Cast, client_as: ClientAs, knock: MailMessage, send: Send, run_jobs: Run
) -> None:
    kai = client_as("kai")
    kai.post(f"/knocks/{knock.id}/opening", data={"who": str(cast.connection["nan"]), "always": "1"})
    to = address_for(cast, "joe")
    send(letter("Again", sender=f"D. Mensah <{MENSAH}>"), to, sender=MENSAH)
    run_jobs()
    assert [gift.connection_id for gift, _ in gifts(cast)] == [cast.connection["nan"]] * 2
    page = kai.get(f"/people/{cast.connection['nan']}/address").text
    assert MENSAH in page
    sender = page.split("/senders/")[1].split("/")[0]
    kai.post(f"/people/{cast.connection['nan']}/senders/{sender}/ending")
    send(letter("Third", sender=f"D. Mensah <{MENSAH}>"), to, sender=MENSAH)
    run_jobs()
    assert sorted(each.state for each in messages(cast)) == ["delivered", "delivered", "knocking"]


def test_always_counts_only_for_a_sender_who_was_proven(
    cast: Cast, client_as: ClientAs, send: Send, run_jobs: Run
) -> None:
    send(letter(sender=f"D. Mensah <{MENSAH}>"), address_for(cast), sender=MENSAH)
    run_jobs()
    (message,) = messages(cast)
    kai = client_as("kai")
    assert "Always let them in" not in kai.get("/tray").text
    kai.post(f"/knocks/{message.id}/opening", data={"who": str(cast.connection["nan"]), "always": "1"})
    run_jobs()
    assert MENSAH not in kai.get(f"/people/{cast.connection['nan']}/address").text
    assert len(gifts(cast)) == 1


def test_turning_away_can_be_undone(cast: Cast, client_as: ClientAs, knock: MailMessage) -> None:
    kai = client_as("kai")
    kai.post(f"/knocks/{knock.id}/turning-away")
    page = kai.get("/tray").text
    assert "Someone is knocking" not in page and "Let it knock again" in page and "Can’t knock" not in page
    kai.post(f"/knocks/{knock.id}/knocking-again")
    assert [each.state for each in messages(cast)] == ["knocking"]
    assert len(decided(cast)) == 3  # the address, and the two decisions


def test_never_keeps_a_sender_out_until_that_changes(
    cast: Cast, client_as: ClientAs, knock: MailMessage, send: Send, run_jobs: Run
) -> None:
    to, kai = address_for(cast), client_as("kai")

    def another(subject: str, sender: str = MENSAH) -> None:
        send(letter(subject, sender=f"D. Mensah <{sender}>"), to, sender=sender)
        run_jobs()

    another("While it knocks")
    assert "Never let them in" in kai.get("/tray").text
    for _ in range(2):
        assert kai.post(f"/knocks/{knock.id}/turning-away", data={"never": "1"}).status_code == 303
    assert [each.state for each in messages(cast)] == ["turned_away"] * 2
    assert decided(cast)[-1] == "You said that “D. Mensah” may not knock any more."
    before = {each.id for each in messages(cast)}
    stored = sum(1 for _ in media_store().keys())  # noqa: SIM118  # a store is no dict
    for subject in ("Again", "And again"):
        another(subject)
    assert {each.id for each in messages(cast)} == before and gifts(cast) == []
    assert sum(1 for _ in media_store().keys()) == stored  # noqa: SIM118
    said = "An email came from “D. Mensah”, who may not knock any more. It was not let in."
    assert decided(cast).count(said) == 1  # once a day: nobody fills the ledger from outside
    with cast.acting("kai") as session:
        assert verify(session, cast.box["kai"]) == []
    another("Somebody else", "e.mensah@example.org")
    assert sorted(each.state for each in messages(cast)) == ["knocking", "turned_away", "turned_away"]
    page = kai.get("/tray").text
    assert "Can’t knock" in page and MENSAH not in page
    sender = page.split("/senders/")[1].split("/")[0]
    for name in ("joe", "patel", "casey", "ash"):
        assert client_as(name).post(f"/senders/{sender}/ending").status_code == 404
    for _ in range(2):
        assert kai.post(f"/senders/{sender}/ending").status_code == 303
    assert decided(cast)[-1] == "You said that “D. Mensah” may knock again."
    another("At last")
    assert sorted(each.state for each in messages(cast)) == ["knocking", "knocking", "turned_away", "turned_away"]


def test_a_pretender_shuts_nobody_out(cast: Cast, client_as: ClientAs, send: Send, run_jobs: Run) -> None:
    """ "Never" said of someone who was not proven does not touch the one they pretended to be."""
    to, kai = address_for(cast), client_as("kai")

    def sent(subject: str, proven: bool) -> None:
        settings().mail_trust_loopback = proven
        send(letter(subject, sender=f"D. Mensah <{MENSAH}>"), to, sender=MENSAH)
        run_jobs()
        settings().mail_trust_loopback = None

    sent("Pretending", proven=False)
    (message,) = messages(cast)
    kai.post(f"/knocks/{message.id}/turning-away", data={"never": "1"})
    sent("Pretending again", proven=False)
    assert [each.state for each in messages(cast)] == ["turned_away"]
    sent("Really", proven=True)
    assert sorted(each.state for each in messages(cast)) == ["knocking", "turned_away"]


def test_who_is_known_is_never_kept_out_by_it(
    cast: Cast, client_as: ClientAs, knock: MailMessage, send: Send, run_jobs: Run
) -> None:
    kai = client_as("kai")
    kai.post(f"/knocks/{knock.id}/turning-away", data={"never": "1"})
    send(letter("From her own address", sender=MENSAH), address_for(cast, "joe", sender=MENSAH), sender=MENSAH)
    run_jobs()
    assert [gift.title for gift, _ in gifts(cast)] == ["From her own address"]


def test_far_more_than_usual_knocks(
    cast: Cast, client_as: ClientAs, send: Send, run_jobs: Run, trusting: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "mail_a_day", 3)
    to, kai = address_for(cast), client_as("kai")
    for number in range(5):
        send(letter(f"A secret {number}"), to)
        run_jobs()
    assert sorted(each.state for each in messages(cast)) == ["delivered"] * 3 + ["knocking"] * 2
    page = kai.get("/tray").text
    waiting = page[page.index("Mrs Patel is sending a lot") :]
    assert "A secret" not in waiting and "Never let them in" not in waiting and "Open all of them" in waiting
    one = next(each for each in messages(cast) if each.state == "knocking")
    kai.post(f"/knocks/{one.id}/opening", data={"who": str(cast.connection["patel"]), "always": "1"})
    run_jobs()
    assert [each.state for each in messages(cast)] == ["delivered"] * 5 and len(gifts(cast)) == 5
    assert decided(cast)[-1] == "You let in 2 emails from Mrs Patel."
    send(letter("A sixth"), to)
    run_jobs()
    assert sorted(each.state for each in messages(cast)) == ["delivered"] * 5 + ["knocking"]


def test_a_busy_day_makes_the_next_one_usual(
    cast: Cast, send: Send, run_jobs: Run, trusting: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "mail_a_day", 2)
    to = address_for(cast)

    def sent(count: int, day: str) -> None:
        for number in range(count):
            send(letter(f"{day} {number}"), to)
        run_jobs()

    def states() -> list[str]:
        return [each.state for each in messages(cast)]

    sent(2, "Monday")
    with open_session(Viewer(door="mail").claims(), role="holdfast_worker") as session:
        for each in session.exec(select(MailMessage)):
            each.received_at -= timedelta(days=2)
    sent(7, "Wednesday")  # three times as many as on Monday, and one more
    assert states().count("delivered") == 8 and states().count("knocking") == 1


def test_nobody_else_answers_a_knock(cast: Cast, client_as: ClientAs, knock: MailMessage) -> None:
    for name in ("joe", "patel", "casey", "ash"):
        for verb in ("opening", "turning-away", "knocking-again"):
            answer = client_as(name).post(f"/knocks/{knock.id}/{verb}", data={"who": str(cast.connection["nan"])})
            assert answer.status_code == 404
    kai = client_as("kai")
    for who in (cast.connection["joe@ash"], uuid4(), "nonsense"):
        assert kai.post(f"/knocks/{knock.id}/opening", data={"who": str(who)}).status_code == 404
    assert [each.state for each in messages(cast)] == ["knocking"]
