"""For a day a giver corrects their own words, or asks for something back; the young person decides (C2)."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Connection, text
from sqlmodel import select

from app.kit.clock import now
from app.kit.ids import new_id
from app.memories.memory import Gift, Memory
from app.story.asks import AskAnswer
from tests.boxes.reading import decided
from tests.cast import Cast
from tests.conftest import ClientAs


def give(client_as: ClientAs, cast: Cast, words: str = "You lauged.") -> UUID:
    """Joe gives Kai words; the id of the gift."""
    once = new_id()
    fields = {"once": str(once), "kind": "words", "words": words}
    assert client_as("joe").post(f"/boxes/{cast.box['kai']}/give", data=fields).status_code == 303
    with cast.acting("joe") as session:
        return session.exec(select(Gift.id).where(Gift.words == words)).one()


def memory_of(cast: Cast, gift_id: UUID) -> Memory:
    with cast.acting("kai") as session:
        return session.exec(select(Memory).where(Memory.gift_id == gift_id)).one()


def a_day_passes(admin: Connection, gift_id: UUID) -> None:
    admin.execute(
        text("update gift set sent_at = :at where id = :id"), {"at": now() - timedelta(days=1), "id": gift_id}
    )


def own(cast: Cast, gift_id: UUID, what: str) -> str:
    return f"/boxes/{cast.box['kai']}/given/{gift_id}/{what}"


@pytest.mark.parametrize("verb", ["", "keeping", "putting-away", "return", "trash"])
def test_words_are_corrected_wherever_the_gift_is_and_the_giver_learns_nothing(
    client_as: ClientAs, cast: Cast, verb: str
) -> None:
    gift = give(client_as, cast)
    memory, joe = memory_of(cast, gift), client_as("joe")
    if verb:
        client_as("kai").post(f"/memories/{memory.id}/{verb}")
    before = memory_of(cast, gift)
    assert "You lauged." in joe.get(own(cast, gift, "words")).text
    fixed = {"title": "A good day", "words": "You laughed."}
    for _ in range(2):
        answer = joe.post(own(cast, gift, "words"), data=fixed)
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/boxes/{cast.box['kai']}/given")
    after = memory_of(cast, gift)
    assert (after.title, after.words) == ("A good day", "You laughed.")
    assert (after.state, after.audience, after.erase_on) == (before.state, before.audience, before.erase_on)
    page = joe.get(f"/boxes/{cast.box['kai']}/given").text
    assert "You laughed." in page
    assert "You lauged." not in page
    said = [line for line in decided(cast) if line.startswith("Joe")]
    assert said == ["Joe changed what they wrote with ‘A good day’."]
    with cast.acting("joe") as session:
        assert session.get(Memory, memory.id) is None


def test_a_title_of_the_young_persons_own_stays(client_as: ClientAs, cast: Cast) -> None:
    gift = give(client_as, cast)
    memory = memory_of(cast, gift)
    client_as("kai").post(f"/memories/{memory.id}/keeping")
    client_as("kai").post(f"/memories/{memory.id}/edit", data={"title": "The best day", "when": "unknown"})
    client_as("joe").post(own(cast, gift, "words"), data={"title": "A good day", "words": "You laughed."})
    after = memory_of(cast, gift)
    assert (after.title, after.words) == ("The best day", "You laughed.")


def test_after_a_day_they_are_the_young_persons(client_as: ClientAs, cast: Cast, admin: Connection) -> None:
    gift, joe = give(client_as, cast), client_as("joe")
    a_day_passes(admin, gift)
    assert "The day for changing them is over." in joe.get(own(cast, gift, "words")).text
    for what in ("words", "taking-back"):
        refused = joe.post(own(cast, gift, what), data={"words": "You laughed."})
        assert refused.status_code == 422
    with cast.acting("joe") as session:
        query = text("select wall.correct_gift(:gift, 'x', 'y')")
        assert session.connection().execute(query, {"gift": gift}).scalar() is False
    assert memory_of(cast, gift).words == "You lauged."
    assert decided(cast) == []


@pytest.mark.parametrize(("name", "status"), [("sam", 404), ("casey", 404), ("kai", 404), ("avery", 404)])
def test_nobody_corrects_anothers_words(client_as: ClientAs, cast: Cast, name: str, status: int) -> None:
    gift, client = give(client_as, cast), client_as(name)
    for what in ("words", "taking-back"):
        assert client.post(own(cast, gift, what), data={"words": "Not nice."}).status_code == status
    with cast.acting(name) as session:
        query = text("select wall.correct_gift(:gift, 'x', 'y')")
        assert session.connection().execute(query, {"gift": gift}).scalar() is False
    assert memory_of(cast, gift).words == "You lauged."


def test_someone_who_was_stopped_corrects_nothing(client_as: ClientAs, cast: Cast) -> None:
    gift = give(client_as, cast)
    client_as("kai").post(f"/people/{cast.connection['joe']}/ending")
    assert client_as("joe").post(own(cast, gift, "words"), data={"words": "x"}).status_code == 404
    with cast.acting("joe") as session:
        query = text("select wall.correct_gift(:gift, 'x', 'y')")
        assert session.connection().execute(query, {"gift": gift}).scalar() is False


def test_a_closed_letter_is_not_corrected(client_as: ClientAs, cast: Cast) -> None:
    once, joe = new_id(), client_as("joe")
    fields = {"once": str(once), "words": "Hello.", "opens_on": "2099-01-01"}
    assert joe.post(f"/boxes/{cast.box['kai']}/give/letter", data=fields).status_code == 303
    with cast.acting("joe") as session:
        once = session.exec(select(Gift.id)).one()
    assert joe.post(own(cast, once, "words"), data={"words": "x"}).status_code == 422
    with cast.acting("joe") as session:
        query = text("select wall.correct_gift(:gift, 'x', 'y')")
        assert session.connection().execute(query, {"gift": once}).scalar() is False
        assert session.get_one(Gift, once).words == ""
    assert joe.post(own(cast, once, "taking-back")).status_code == 303


@pytest.mark.parametrize("decision", ["keeping", "letting-go", ""])
def test_the_giver_sees_asked_whatever_is_decided(client_as: ClientAs, cast: Cast, decision: str) -> None:
    gift, joe, kai = give(client_as, cast), client_as("joe"), client_as("kai")
    memory = memory_of(cast, gift)
    kai.post(f"/memories/{memory.id}/keeping")
    for _ in range(2):
        assert joe.post(own(cast, gift, "taking-back")).status_code == 303
    before = joe.get(f"/boxes/{cast.box['kai']}/given").text
    assert before.count("You asked to take this back") == 1
    for page in ("/tray", f"/memories/{memory.id}"):
        assert "Joe asks to take something back" in kai.get(page).text
    assert "Joe asks" in kai.get("/").text
    if decision:
        (ask_id,) = {part[:36] for part in kai.get("/tray").text.split("/wishes/")[1:]}
        assert joe.post(f"/wishes/{ask_id}/{decision}").status_code == 403
        for _ in range(2):
            assert kai.post(f"/wishes/{ask_id}/{decision}").status_code == 303
        assert "Joe asks" not in kai.get("/tray").text
    assert joe.get(f"/boxes/{cast.box['kai']}/given").text == before
    said = {"keeping": "You kept what Joe asked to take back.", "letting-go": "You let a message go."}
    assert memory_of(cast, gift).state == ("trashed" if decision == "letting-go" else "kept")
    assert len(decided(cast)) == (2 if decision else 1)
    assert decided(cast)[-1].startswith(said.get(decision, "You kept a message."))
    with cast.acting("joe") as session:
        assert session.exec(select(AskAnswer)).all() == []


def test_letting_go_of_what_is_still_in_the_tray_says_not_for_my_box(client_as: ClientAs, cast: Cast) -> None:
    gift, kai = give(client_as, cast), client_as("kai")
    client_as("joe").post(own(cast, gift, "taking-back"))
    (ask_id,) = {part[:36] for part in kai.get("/tray").text.split("/wishes/")[1:]}
    kai.post(f"/wishes/{ask_id}/letting-go")
    assert memory_of(cast, gift).state == "returned"
    assert len(decided(cast)) == 1
