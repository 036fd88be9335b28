"""Ask to see, ask for it, ask for it back: whoever asks sees only that they asked."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from app.boxes.connection import Connection
from app.kit.clock import today
from app.kit.ids import new_id
from app.memories.memory import Memory
from app.story.asks import Ask, AskAnswer
from tests.boxes.reading import decided
from tests.cast import Cast
from tests.conftest import ClientAs

WORDS = "Films of the dog"


def ask_to_see(client_as: ClientAs, cast: Cast, name: str = "joe", words: str = WORDS) -> UUID:
    once = new_id()
    answer = client_as(name).post(f"/boxes/{cast.box['kai']}/asking", data={"once": str(once), "words": words})
    assert answer.status_code == 303
    with cast.acting(name) as session:
        return session.exec(select(Ask.id).where(Ask.words == words).order_by(Ask.asked_at.desc())).first()  # type: ignore


def seen_by(cast: Cast, name: str, memory_id: UUID) -> bool:
    with cast.acting(name) as session:
        return session.get(Memory, memory_id) is not None


def answers(cast: Cast, name: str) -> list[str]:
    with cast.acting(name) as session:
        return list(session.exec(select(AskAnswer.answer).where(AskAnswer.box_id == cast.box["kai"])))


def test_an_ask_reaches_the_tray_and_the_asker_sees_only_that_they_asked(client_as: ClientAs, cast: Cast) -> None:
    ask_to_see(client_as, cast)
    kai, where = client_as("kai"), f"/boxes/{cast.box['kai']}/asking"
    assert "Joe asks to see something" in kai.get("/tray").text
    assert WORDS in kai.get("/").text
    before = client_as("joe").get(where).text
    assert WORDS in before
    assert WORDS not in client_as("sam").get(where).text
    ask_id = _only_ask(cast)
    kai.post(f"/asks/{ask_id}/ignoring")
    assert WORDS not in kai.get("/tray").text
    assert _without_ids(client_as("joe").get(where).text) == _without_ids(before)
    assert (answers(cast, "kai"), answers(cast, "joe")) == (["ignored"], [])
    assert decided(cast) == ["You left what Joe asked to see."]


def test_what_someone_asks_stands_before_what_was_given(client_as: ClientAs, cast: Cast) -> None:
    ask_to_see(client_as, cast)
    for number in range(4):
        given = {"once": str(new_id()), "kind": "words", "words": f"I let go. {number}"}
        assert client_as("sam").post(f"/boxes/{cast.box['kai']}/give", data=given).status_code == 303
    kai = client_as("kai")
    home, tray = kai.get("/").text, kai.get("/tray").text
    new = home.split('aria-labelledby="new"')[1].split("</section>")[0]
    assert new.count('class="row"') == 3
    assert new.index(WORDS) < new.index("From Sam")
    assert 'data-new-things="5"' in home
    assert tray.index(WORDS) < tray.index("Sam sent") < tray.rindex("Sam sent")


def test_answering_shares_what_was_chosen_and_takes_nothing_from_anyone(client_as: ClientAs, cast: Cast) -> None:
    shared, private, other = cast.memory(audience=("patel",)), cast.memory(title="Mine"), cast.memory(title="Left")
    over = cast.memory(title="Over", audience=("sam",), audience_until=today() - timedelta(days=1))
    ask_id, kai = ask_to_see(client_as, cast), client_as("kai")
    assert "Choose what to show Joe" in kai.get(f"/asks/{ask_id}").text
    answer = kai.post(f"/asks/{ask_id}", data={"memory": [str(shared), str(private), str(over)]})
    assert answer.headers["Location"] == "/tray?said=shown"
    assert [seen_by(cast, "joe", each) for each in (shared, private, over, other)] == [True, True, True, False]
    assert seen_by(cast, "patel", shared)
    assert not seen_by(cast, "sam", over)
    kai.post(f"/asks/{ask_id}", data={"memory": [str(shared)]})
    assert decided(cast) == [
        "You let Joe and Mrs Patel see ‘A day’.",
        "You let Joe see ‘Mine’.",
        "You let Joe see ‘Over’.",
    ]
    assert answers(cast, "kai") == ["shared"]


def test_showing_needs_something_that_is_there_and_someone_who_is_in(client_as: ClientAs, cast: Cast) -> None:
    ask_id, kai, mine = ask_to_see(client_as, cast), client_as("kai"), cast.memory()
    for chosen in ([], [str(new_id())], [str(cast.memory("riley", box="riley"))]):
        assert kai.post(f"/asks/{ask_id}", data={"memory": chosen}).status_code == 422
    kai.post(f"/people/{cast.connection['joe']}/ending")
    refused = kai.post(f"/asks/{ask_id}", data={"memory": [str(mine)]})
    assert refused.status_code == 422
    assert "Joe isn’t let in any more." in refused.text
    assert "Joe asks" not in kai.get("/tray").text
    assert decided(cast) == ["You stopped Joe seeing things."]


def test_only_those_who_run_the_box_answer(client_as: ClientAs, cast: Cast) -> None:
    ask_id, mine = ask_to_see(client_as, cast), cast.memory()
    for name, status in (("joe", 403), ("sam", 404), ("casey", 404), ("riley", 404)):
        client = client_as(name)
        assert client.get(f"/asks/{ask_id}").status_code == status
        assert client.post(f"/asks/{ask_id}", data={"memory": str(mine)}).status_code == status
        assert client.post(f"/asks/{ask_id}/ignoring").status_code == status
    assert answers(cast, "kai") == []
    assert client_as("casey").post(f"/boxes/{cast.box['kai']}/asking", data={"words": "x"}).status_code == 404
    assert client_as("avery").post(f"/boxes/{cast.box['kai']}/asking", data={"words": "x"}).status_code == 404
    assert client_as("kai").post(f"/boxes/{cast.box['kai']}/asking", data={"words": "x"}).status_code == 404


def test_an_ask_needs_words_and_a_few_a_day_are_enough(client_as: ClientAs, cast: Cast) -> None:
    joe, where = client_as("joe"), f"/boxes/{cast.box['kai']}/asking"
    assert "What would you like to see?" in joe.post(where, data={"words": " "}).text
    once = str(new_id())
    for _ in range(2):
        assert joe.post(where, data={"once": once, "words": "The dog"}).status_code == 303
    for number in range(4):
        assert joe.post(where, data={"words": f"The dog {number}"}).status_code == 303
    refused = joe.post(where, data={"words": "The dog once more"})
    assert refused.status_code == 422
    assert "You’ve asked a few things today." in refused.text
    assert "The dog once more" in refused.text
    with cast.acting("kai") as session:
        assert len(session.exec(select(Ask)).all()) == 5


def test_i_ask_someone_and_only_they_see_it_until_i_stop(client_as: ClientAs, cast: Cast) -> None:
    kai, box = client_as("kai"), cast.box["kai"]
    question = "Does anyone have a photo of Railway Cottages?"
    asked = {"once": str(new_id()), "words": question, "person": [str(cast.connection[n]) for n in ("joe", "patel")]}
    for _ in range(2):
        assert kai.post("/asks", data=asked).headers["Location"] == "/asks"
    assert kai.get("/asks").text.count(question) == 2
    for name, sees in (("joe", True), ("patel", True), ("sam", False)):
        client = client_as(name)
        assert (question in client.get(f"/boxes/{box}").text) is sees
        assert (question in client.get(f"/boxes/{box}/give").text) is sees
    assert decided(cast) == ["You asked Joe for something.", "You asked Mrs Patel for something."]
    assert question not in kai.get("/tray").text
    with cast.acting("kai") as session:
        ids = session.exec(select(Ask.id).where(Ask.connection_id == cast.connection["joe"])).all()
    assert client_as("joe").post(f"/questions/{ids[0]}/closing").status_code == 403
    assert kai.post(f"/questions/{ids[0]}/closing").status_code == 303
    assert question not in client_as("joe").get(f"/boxes/{box}").text
    assert question in client_as("patel").get(f"/boxes/{box}").text
    assert kai.get(f"/asks/{ids[0]}").status_code == 404


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"words": ""}, "What do you want to ask?"),
        ({"person": []}, "Who do you want to ask?"),
        ({"person": ["avery"]}, "isn’t let in any more"),
        ({"person": ["joe@ash"]}, "isn’t let in any more"),
    ],
)
def test_a_question_needs_words_and_someone_who_is_in(
    client_as: ClientAs, cast: Cast, changes: dict[str, str | list[str]], sentence: str
) -> None:
    filled: dict[str, str | list[str]] = {"words": "Anyone?", "person": ["joe"]}
    filled |= changes
    filled["person"] = [str(cast.connection[name]) for name in filled["person"]]
    answer = client_as("kai").post("/asks", data=filled)
    assert answer.status_code == 422
    assert sentence in answer.text
    with cast.acting("kai") as session:
        assert session.exec(select(Ask)).all() == []
    assert decided(cast) == []


def test_a_gap_and_a_memory_lead_to_asking(client_as: ClientAs, cast: Cast) -> None:
    memory_id, kai = cast.memory(title="The sea & me"), client_as("kai")
    # By its id: a browser's history keeps addresses.
    assert f"/asks?memory={memory_id}" in kai.get(f"/memories/{memory_id}").text
    assert "Do you remember “The sea &amp; me”?" in kai.get(f"/asks?memory={memory_id}").text
    assert kai.get(f"/asks?memory={cast.memory('riley', box='riley')}").status_code == 404
    for name, years in (("One", ("2014", "2015")), ("Two", ("2018", "2019"))):
        fields = {"name": name, "home": "on", "from_year": years[0], "to_year": years[1]}
        kai.post("/journey/new", data=fields)
    assert "/asks?gap=1" in kai.get("/journey").text
    assert "Does anyone have something from 2016 to 2017?" in kai.get("/asks?gap=1").text
    assert "Does anyone have something" not in kai.get("/asks?gap=2").text


def test_a_keeper_answers_together_with_the_child(client_as: ClientAs, cast: Cast) -> None:
    row = Connection(box_id=cast.box["ash"], person_id=cast.person["sam"], called="Sam", state="active")
    with cast.acting("ash") as session:
        session.add(row)
    client_as("sam").post(f"/boxes/{cast.box['ash']}/asking", data={"once": str(new_id()), "words": WORDS})
    with cast.acting("ash") as session:
        once = session.exec(select(Ask.id)).one()
    joe, memory_id = client_as("joe"), cast.memory("ash", box="ash", title="Lost tooth")
    assert WORDS in joe.get(f"/boxes/{cast.box['ash']}/tray").text
    assert joe.post(f"/asks/{once}", data={"memory": str(memory_id)}).status_code == 303
    assert decided(cast, "ash", "ash") == ["Joe let Sam see ‘Lost tooth’."]
    assert seen_by(cast, "sam", memory_id)


def _only_ask(cast: Cast) -> UUID:
    with cast.acting("kai") as session:
        return session.exec(select(Ask.id)).one()


def _without_ids(page: str) -> list[str]:
    return [line for line in page.splitlines() if 'name="once"' not in line]
