"""New for you: what waits, what is decided, and who is knocking."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from app.arrivals.mail.message import MailMessage
from app.boxes.ledger import LedgerRow, verify
from app.boxes.looks import Look
from app.kit import outbox
from app.kit.config import settings
from app.kit.db import open_session
from app.media.store import media_store
from app.memories.memory import Memory
from app.people.viewer import Viewer
from tests.arrivals.conftest import PATEL, Run, Send, address_for, gifts, letter, messages
from tests.cast import Cast
from tests.conftest import ClientAs

MENSAH = "d.mensah@example.org"


def ledger(cast: Cast, box: str = "kai") -> list[str]:
    with cast.acting(box) as session:
        query = select(LedgerRow).where(LedgerRow.box_id == cast.box[box]).order_by(LedgerRow.number)  # type: ignore[arg-type]
        return [row.sentence for row in session.exec(query)]


def state_of(cast: Cast, memory_id: UUID, box: str = "kai") -> str:
    with cast.acting(box) as session:
        return session.get_one(Memory, memory_id).state


def gift_of(cast: Cast, memory_id: UUID) -> UUID:
    with cast.acting("kai") as session:
        gift_id = session.get_one(Memory, memory_id).gift_id
    assert gift_id is not None
    return gift_id


@pytest.fixture
def knock(cast: Cast, send: Send, run_jobs: Run, trusting: None) -> MailMessage:
    """D. Mensah, proven, wrote to Mrs Patel's address."""
    send(letter("Open me", "A secret word", sender=f"D. Mensah <{MENSAH}>"), address_for(cast), sender=MENSAH)
    run_jobs()
    (message,) = messages(cast)
    return message


@pytest.mark.parametrize(
    ("verb", "state", "sentence"),
    [
        ("keeping", "kept", "You kept ‘First bike ride’."),
        ("putting-away", "put_away", "You put ‘First bike ride’ away for now."),
        ("return", "returned", "You said ‘First bike ride’ is not for your box."),
    ],
)
def test_deciding_about_a_gift(cast: Cast, client_as: ClientAs, verb: str, state: str, sentence: str) -> None:
    memory_id = cast.gift("joe")
    kai = client_as("kai")
    assert "Joe sent a message" in kai.get("/tray").text
    for _ in range(2):
        answer = kai.post(f"/gifts/{gift_of(cast, memory_id)}/{verb}")
        assert answer.headers["location"].startswith("/tray?said=")
    assert state_of(cast, memory_id) == state
    assert ledger(cast) == [sentence]
    after = kai.get(answer.headers["location"]).text
    assert "Joe sent" not in after and "Nothing new just now." in after


def test_one_of_several_can_be_kept_alone(
    cast: Cast, client_as: ClientAs, send: Send, run_jobs: Run, trusting: None
) -> None:
    message = letter()
    for name in ("one.pdf", "two.pdf", "three.pdf"):
        message.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename=name)
    send(message, address_for(cast))
    run_jobs()
    ((gift, memories),) = gifts(cast)
    kai = client_as("kai")
    assert "Mrs Patel sent 3 things" in kai.get("/tray").text
    kai.post(f"/gifts/{gift.id}/return", data={"memory": str(memories[0].id)})
    kai.post(f"/gifts/{gift.id}/keeping")
    assert [each.state for each in gifts(cast)[0][1]] == ["returned", "kept", "kept"]


def test_only_the_one_who_runs_the_box_decides(cast: Cast, client_as: ClientAs) -> None:
    memory_id = cast.gift("joe")
    gift_id = gift_of(cast, memory_id)
    assert client_as("joe").post(f"/gifts/{gift_id}/keeping").status_code == 403
    for name in ("sam", "casey", "ash"):
        assert client_as(name).post(f"/gifts/{gift_id}/keeping").status_code == 404
        assert client_as(name).get(f"/boxes/{cast.box['kai']}/tray").status_code in (403, 404)
    assert client_as("kai").post(f"/gifts/{uuid4()}/keeping").status_code == 404
    assert client_as("kai").post("/gifts/nonsense/keeping").status_code == 404
    assert state_of(cast, memory_id) == "arrived"


def test_a_keeper_sees_the_tray_and_the_look_is_written_down(cast: Cast, client_as: ClientAs) -> None:
    assert client_as("joe").get(f"/boxes/{cast.box['ash']}/tray").status_code == 200
    with cast.acting("ash") as session:
        looks = session.exec(select(Look).where(Look.box_id == cast.box["ash"])).all()
    assert [(look.person_id, look.what) for look in looks] == [(cast.person["joe"], "timeline")]


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
    assert ledger(cast)[-1] == "You let in an email and said it is from Nan."
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
    assert len(ledger(cast)) == 3  # the address, and the two decisions


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
    assert ledger(cast)[-1] == "You said that “D. Mensah” may not knock any more."
    before = {each.id for each in messages(cast)}
    stored = sum(1 for _ in media_store().keys())  # noqa: SIM118  # a store is no dict
    for subject in ("Again", "And again"):
        another(subject)
    assert {each.id for each in messages(cast)} == before and gifts(cast) == []
    assert sum(1 for _ in media_store().keys()) == stored  # noqa: SIM118
    said = "An email came from “D. Mensah”, who may not knock any more. It was not let in."
    assert ledger(cast).count(said) == 1  # once a day: nobody fills the ledger from outside
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
    assert ledger(cast)[-1] == "You said that “D. Mensah” may knock again."
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
    assert ledger(cast)[-1] == "You let in 2 emails from Mrs Patel."
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


def test_a_sender_we_know_is_thanked_once_without_a_name(cast: Cast, send: Send, run_jobs: Run, trusting: None) -> None:
    mine = f"thanks.{uuid4().hex[:8]}@example.org"
    to = address_for(cast, sender=mine)
    send(letter("One", sender=mine), to, sender=mine)
    send(letter("Two", sender=mine), to, sender=mine)
    run_jobs()
    thanks = [each for each in outbox.kept_messages() if each["to"] == mine]
    assert len(thanks) == 1 and len(gifts(cast)) == 2
    for word in ("Kai", "kept", "care", "box"):
        assert word not in thanks[0]["subject"] + thanks[0]["body"]


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied",
        "Precedence: bulk",
        "List-Id: <staff.example.org>",
        "X-Auto-Response-Suppress: All",
        "References: <thanks.0123@in.localhost>",
    ],
)
def test_machines_and_lists_are_never_answered(
    cast: Cast, send: Send, run_jobs: Run, trusting: None, header: str
) -> None:
    mine = f"auto.{uuid4().hex[:8]}@example.org"
    message = letter(sender=mine)
    name, _, value = header.partition(": ")
    message[name] = value
    send(message, address_for(cast, sender=mine), sender=mine)
    run_jobs()
    assert len(gifts(cast)) == 1
    assert [each for each in outbox.kept_messages() if each["to"] == mine] == []


def test_a_knock_is_never_answered(cast: Cast, knock: MailMessage, run_jobs: Run) -> None:
    assert knock.state == "knocking" and knock.thanked_at is None
    earlier = len([each for each in outbox.kept_messages() if each["to"] == MENSAH])
    run_jobs()
    assert len([each for each in outbox.kept_messages() if each["to"] == MENSAH]) == earlier


def test_making_replacing_and_stopping_an_address(cast: Cast, client_as: ClientAs, send: Send) -> None:
    kai, page = client_as("kai"), f"/people/{cast.connection['patel']}/address"
    once = str(uuid4())
    assert kai.post(page, data={"once": once, "sender": "nonsense"}).status_code == 422
    for _ in range(2):
        assert kai.post(page, data={"once": once, "sender": PATEL.upper()}).status_code == 303
    first = kai.get(page).text.split('readonly value="')[1].split('"')[0]
    send(letter("One"), first)
    kai.post(page, data={"once": str(uuid4()), "sender": PATEL})
    second = kai.get(page).text.split('readonly value="')[1].split('"')[0]
    assert first != second
    for to in (first,):
        with pytest.raises(Exception, match="No such address"):
            send(letter("Two"), to)
    send(letter("Two"), second)
    kai.post(f"{page}/revocation")
    with pytest.raises(Exception, match="No such address"):
        send(letter("Three"), second)
    assert len(messages(cast)) == 2
    assert ledger(cast) == [
        "You made an address for Mrs Patel to send things to.",
        "You gave Mrs Patel a new address for sending things. The old one stopped.",
        "You stopped the address that Mrs Patel had for sending things.",
    ]
    for name in ("patel", "joe", "casey"):
        assert client_as(name).get(f"/boxes/{cast.box['kai']}{page}").status_code in (403, 404)
    assert client_as("kai").get(f"/people/{cast.connection['joe@ash']}/address").status_code == 404
