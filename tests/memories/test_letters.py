"""Letters for later: closed until their day, for everybody, and opened by the day alone."""

import re
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Connection, text
from sqlmodel import select

from app.boxes.box import BoxAge
from app.boxes.keys import birthday, make_box, turns
from app.boxes.ledger import LedgerRow
from app.kit.clock import today
from app.kit.config import settings
from app.kit.ids import new_id
from app.media.opening import processing_session
from app.memories import erasing
from app.memories.letter import LetterInside
from app.memories.memory import Gift, Memory
from app.people.person import Person
from tests.cast import Cast
from tests.conftest import ClientAs

WORDS = "Keep the windmill going."
DAY = date(2099, 5, 3)


def write(client_as: ClientAs, **changes: str) -> UUID:
    fields = {"once": str(new_id()), "words": WORDS, "opens_on": str(DAY), "when": "day", "when_day": str(today())}
    answer = client_as("kai").post("/add/letter", data=fields | changes)
    assert answer.status_code == 303, answer.text
    return UUID(answer.headers["Location"].removeprefix("/memories/").partition("?")[0])


def give(client_as: ClientAs, cast: Cast, **changes: str) -> UUID:
    """Joe gives Kai a letter; the id of its memory."""
    fields = {"once": str(new_id()), "words": WORDS, "opens_on": str(DAY)} | changes
    answer = client_as("joe").post(f"/boxes/{cast.box['kai']}/give/letter", data=fields)
    assert answer.status_code == 303, answer.text
    with cast.acting("kai") as session:
        return session.exec(select(Memory.id).where(Memory.kind == "letter", Memory.state == "arrived")).one()


def days_pass(admin: Connection, memory_id: UUID, opens_on: date) -> None:
    """The day has come: the row's day is moved instead, by the administrator."""
    admin.execute(
        text("update letter_inside set opens_on = :day where memory_id = :id"), {"day": opens_on, "id": memory_id}
    )
    details = (
        "update memory set details = jsonb_set(details, '{opens_on}', to_jsonb(cast(:day as text))) where id = :id"
    )
    admin.execute(text(details), {"day": str(opens_on), "id": memory_id})


def inside(cast: Cast, name: str, memory_id: UUID) -> str | None:
    with cast.acting(name) as session:
        row = session.get(LetterInside, memory_id)
        return row.words if row else None


def test_nobody_reads_a_letter_before_its_day_and_its_day_alone_opens_it(
    client_as: ClientAs, cast: Cast, admin: Connection
) -> None:
    letter = write(client_as)
    kai = client_as("kai")
    page = kai.get(f"/memories/{letter}")
    assert WORDS not in page.text
    assert "Opens on 3 May 2099" in page.text
    assert "Not even you." in page.text
    home = kai.get("/").text
    assert "Opens on 3 May 2099" in home
    assert WORDS not in home
    assert [inside(cast, name, letter) for name in ("kai", "joe", "casey")] == [None, None, None]
    days_pass(admin, letter, today() + timedelta(days=1))
    assert inside(cast, "kai", letter) is None
    days_pass(admin, letter, today())
    assert [inside(cast, name, letter) for name in ("kai", "joe", "casey")] == [WORDS, None, None]
    assert WORDS in kai.get(f"/memories/{letter}").text


def test_a_shared_letter_is_seen_closed_and_read_when_it_opens(
    client_as: ClientAs, cast: Cast, admin: Connection
) -> None:
    letter, kai, joe = write(client_as), client_as("kai"), client_as("joe")
    kai.post(f"/memories/{letter}/audience", data={"start": "people", "circle": str(cast.circle["joe"])})
    page = joe.get(f"/memories/{letter}")
    assert page.status_code == 200
    assert WORDS not in page.text
    days_pass(admin, letter, today() - timedelta(days=1))
    assert WORDS in joe.get(f"/memories/{letter}").text
    assert client_as("patel").get(f"/memories/{letter}").status_code == 404
    kai.post(f"/memories/{letter}/audience", data={"start": "me"})
    assert inside(cast, "joe", letter) is None


def test_the_seal_cannot_be_broken_by_anyone_who_uses_the_box(client_as: ClientAs, cast: Cast) -> None:
    letter = write(client_as)
    for change in ("update letter_inside set opens_on = now()", "delete from letter_inside"):
        with pytest.raises(Exception, match="permission denied"), cast.acting("kai") as session:
            session.connection().execute(text(change))
    for read in ("select words from letter_inside", "select opens_on from letter_inside"):
        with pytest.raises(Exception, match="permission denied"), processing_session() as session:
            session.connection().execute(text(read))
    client_as("kai").post(f"/memories/{letter}/edit", data={"opens_on": "2020-01-01", "words": "x", "title": "To me"})
    with cast.acting("kai") as session:
        memory = session.get_one(Memory, letter)
        assert (memory.title, memory.words, memory.details["opens_on"]) == ("To me", "", str(DAY))
    assert inside(cast, "kai", letter) is None


def test_a_letter_is_only_put_in_what_one_added_and_for_a_day_to_come(client_as: ClientAs, cast: Cast) -> None:
    mine, gift = cast.memory(), cast.gift("joe")
    for name, memory_id, opens_on in (("joe", mine, DAY), ("kai", gift, DAY), ("kai", mine, today())):
        with pytest.raises(Exception, match="row-level security"), cast.acting(name) as session:
            session.add(LetterInside(memory_id=memory_id, box_id=cast.box["kai"], words="x", opens_on=opens_on))


def test_one_given_arrives_closed_and_is_kept_without_being_opened(
    client_as: ClientAs, cast: Cast, admin: Connection
) -> None:
    letter, kai = give(client_as, cast, title="For your sixteenth"), client_as("kai")
    with cast.acting("kai") as session:
        gift = session.exec(select(Gift).where(Gift.sealed)).one()
        assert (gift.title, gift.words) == ("A letter for later", "")
    tray = kai.get("/tray").text
    assert "Joe sent a letter" in tray
    assert "For your sixteenth" in tray
    assert "Opens on 3 May 2099. Until then nobody can read it." in tray
    assert WORDS not in tray + kai.get("/").text + client_as("joe").get(f"/boxes/{cast.box['kai']}/given").text
    kai.post(f"/memories/{letter}/keeping")
    page = kai.get(f"/memories/{letter}").text
    assert "Sent in by Joe" in page
    assert WORDS not in page
    with cast.acting("kai") as session:
        said = session.exec(select(LedgerRow.sentence).where(LedgerRow.subject_id == letter)).all()
    assert said == ["You kept ‘For your sixteenth’."]
    days_pass(admin, letter, today())
    assert (inside(cast, "kai", letter), inside(cast, "joe", letter)) == (WORDS, None)


def test_the_same_letter_sent_twice_is_one_and_other_words_are_another(client_as: ClientAs, cast: Cast) -> None:
    once = str(new_id())
    give(client_as, cast, once=once)
    give(client_as, cast, once=once)
    fields = {"once": once, "words": "Something else.", "opens_on": str(DAY)}
    client_as("joe").post(f"/boxes/{cast.box['kai']}/give/letter", data=fields)
    with cast.acting("kai") as session:
        assert len(session.exec(select(Memory.id).where(Memory.kind == "letter")).all()) == 2


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"opens_on": ""}, "Which day does it open?"),
        ({"opens_on": "2020-01-01"}, "Pick a day that is still to come."),
        ({"opens_on": str(today())}, "Pick a day that is still to come."),
        ({"words": ""}, "Write something. One line is fine."),
    ],
)
def test_a_letter_needs_words_and_a_day_to_come(
    client_as: ClientAs, cast: Cast, changes: dict[str, str], sentence: str
) -> None:
    fields = {"once": str(new_id()), "words": WORDS, "opens_on": str(DAY)} | changes
    for answer in (
        client_as("kai").post("/add/letter", data=fields),
        client_as("joe").post(f"/boxes/{cast.box['kai']}/give/letter", data=fields),
    ):
        assert answer.status_code == 422
        assert sentence in answer.text
        assert changes.get("words", WORDS) in answer.text
    with cast.acting("kai") as session:
        assert session.exec(select(Memory).where(Memory.kind == "letter")).all() == []


def test_it_can_open_at_an_age(client_as: ClientAs, cast: Cast) -> None:
    kai = client_as("kai")
    assert re.search(r'<option value="16">', kai.get("/add/letter").text)
    letter = write(client_as, opens="age", opens_age="16", opens_on="")
    with cast.acting("kai") as session:
        adult_on = session.get_one(BoxAge, cast.box["kai"]).adult_on
        details = session.get_one(Memory, letter).details
    assert details["opens_on"] == str(birthday(adult_on, 16 - settings().adult_age))
    assert "Opens when you’re 16" in kai.get("/").text
    gone = {"once": str(new_id()), "words": WORDS, "opens": "age", "opens_age": "9", "when": "unknown"}
    refused = kai.post("/add/letter", data=gone)
    assert refused.status_code == 422
    assert "Pick an age that is still to come" in refused.text
    assert WORDS in refused.text


@pytest.mark.parametrize(
    ("born", "age", "day"),
    [
        (date(2012, 2, 29), 16, date(2028, 2, 29)),
        (date(2012, 2, 29), 20, date(2032, 2, 29)),
        (date(2012, 2, 29), 17, date(2029, 3, 1)),
        (date(2012, 2, 29), 18, date(2030, 3, 1)),
        (date(2012, 3, 1), 16, date(2028, 3, 1)),
        (date(2012, 2, 28), 16, date(2028, 2, 28)),
        (date(2013, 3, 1), 16, date(2029, 3, 1)),
    ],
)
def test_an_age_is_counted_from_the_birthday(cast: Cast, born: date, age: int, day: date) -> None:
    with cast.acting("casey") as session:
        box = make_box(session, session.get_one(Person, cast.person["casey"]), "Casey", born_on=born)
        assert turns(session.get_one(BoxAge, box.id), age) == day
        assert turns(session.get_one(BoxAge, box.id), settings().adult_age) == birthday(born, settings().adult_age)
        session.rollback()


def test_one_can_choose_whom_to_be_with(client_as: ClientAs, cast: Cast) -> None:
    letter, kai = write(client_as), client_as("kai")
    assert "Choose someone to be with when you open it" in kai.get(f"/memories/{letter}").text
    assert "Who do you want to be with" in kai.get(f"/memories/{letter}/edit").text
    kai.post(f"/memories/{letter}/edit", data={"with_whom": "Nan", "when": "day", "when_day": str(today())})
    assert "You want to open it with Nan." in kai.get(f"/memories/{letter}").text


def test_a_letter_that_is_not_wanted_is_erased_unread(client_as: ClientAs, cast: Cast, admin: Connection) -> None:
    letter = give(client_as, cast)
    client_as("kai").post(f"/memories/{letter}/return")
    admin.execute(text("update memory set erase_on = :day where id = :id"), {"day": today(), "id": letter})
    with processing_session() as session:
        erasing.erase_memory(session, letter)
    left = admin.execute(text("select count(*) from letter_inside where memory_id = :id"), {"id": letter}).scalar()
    assert left == 0


def test_a_keeper_reads_it_when_it_opens_and_not_before(client_as: ClientAs, cast: Cast, admin: Connection) -> None:
    fields = {"once": str(new_id()), "words": WORDS, "opens_on": str(DAY)}
    sent = client_as("ash").post("/add/letter", data=fields)
    letter_id = UUID(sent.headers["Location"].partition("?")[0].rpartition("/")[2])
    joe = client_as("joe")
    page = joe.get(f"/memories/{letter_id}").text
    assert "Not even Ash." in page
    assert WORDS not in page
    days_pass(admin, letter_id, today())
    assert inside(cast, "joe", letter_id) == WORDS
    client_as("ash").post(f"/memories/{letter_id}/only-me")
    assert inside(cast, "joe", letter_id) is None
