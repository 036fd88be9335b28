"""Choosing who can see, and the sentence that says what will happen."""

import re
from datetime import timedelta

import pytest

from app.boxes.connection import Connection
from app.kit.clock import today
from app.memories.memory import Memory
from app.web.words import day
from tests.cast import Cast
from tests.conftest import ClientAs

SAY = re.compile(r'<p class="say[^"]*"[^>]*><svg.*?</svg><span>(.*?)</span></p>', re.DOTALL)


def sentence(client_as: ClientAs, path: str, fields: dict[str, object]) -> str:
    answer = client_as("kai").post(path, data=fields, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    found = SAY.search(answer.text)
    assert found is not None and "<html" not in answer.text
    return found[1]


def test_the_sentence_says_what_the_wall_then_does(client_as: ClientAs, cast: Cast) -> None:
    memory_id, until = cast.memory(), today() + timedelta(days=30)
    fields = {"start": "people", "circle": str(cast.circle["home"]), "until": "date", "until_day": until.isoformat()}
    said = sentence(client_as, f"/memories/{memory_id}/audience/sentence", fields)
    assert said == f"Joe and Sam can see this until {day(until)}. Nobody else can."
    assert client_as("joe").get(f"/memories/{memory_id}").status_code == 404, "asking changes nothing"
    answer = client_as("kai").post(f"/memories/{memory_id}/audience", data=fields)
    assert answer.status_code == 303
    assert said in client_as("kai").get(answer.headers["Location"]).text
    for name, status in {"joe": 200, "sam": 200, "patel": 404, "avery": 404, "casey": 404}.items():
        assert client_as(name).get(f"/memories/{memory_id}").status_code == status


def test_people_who_lose_sight_of_it_are_named(client_as: ClientAs, cast: Cast) -> None:
    memory_id = cast.memory(audience=("school", "joe"))
    fields = {"start": "people", "circle": str(cast.circle["joe"]), "until": "change"}
    said = sentence(client_as, f"/memories/{memory_id}/audience/sentence", fields)
    assert said == "Joe can see this. Mrs Patel can’t any more. Nobody else can."


def test_someone_who_has_ended_is_not_promised(client_as: ClientAs, cast: Cast) -> None:
    memory_id = cast.memory(audience=("joe",))
    with cast.acting("kai") as session:
        session.get_one(Connection, cast.connection["joe"]).state = "ended"
    page = client_as("kai").get(f"/memories/{memory_id}").text
    assert "Just me" in page and "Joe can see" not in page
    fields = {"start": "people", "circle": str(cast.circle["joe"]), "until": "change"}
    said = sentence(client_as, f"/memories/{memory_id}/audience/sentence", fields)
    assert said == "Only you can see this for now. There is nobody in what you picked yet."


def test_just_me_takes_it_back(client_as: ClientAs, cast: Cast) -> None:
    memory_id = cast.memory(audience=("joe",))
    client_as("kai").post(f"/memories/{memory_id}/audience", data={"start": "me", "circle": str(cast.circle["joe"])})
    assert client_as("joe").get(f"/memories/{memory_id}").status_code == 404


def test_it_ends_by_itself_after_the_last_day(client_as: ClientAs, cast: Cast) -> None:
    memory_id = cast.memory(audience=("joe",), audience_until=today() - timedelta(days=1))
    assert client_as("joe").get(f"/memories/{memory_id}").status_code == 404
    page = client_as("kai").get(f"/memories/{memory_id}").text
    assert "Just me" in page


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"until": "date", "until_day": "2020-01-01"}, "That day has gone."),
        ({"until": "date", "until_day": ""}, "Until which day?"),
        ({"until": "date", "until_day": "soon"}, "Please pick a day"),
        ({"until": "change", "circle": "01890000-0000-7000-8000-000000000000"}, "One of those circles"),
        ({"until": "change", "circle": "rubbish"}, "Please choose from the list."),
    ],
)
def test_what_cannot_be_used_is_said_and_changes_nothing(
    client_as: ClientAs, cast: Cast, fields: dict[str, str], wrong: str
) -> None:
    memory_id = cast.memory()
    sent = {"start": "people", "circle": str(cast.circle["joe"]), **fields}
    answer = client_as("kai").post(f"/memories/{memory_id}/audience", data=sent)
    assert answer.status_code == 422
    assert wrong in answer.text
    with cast.acting("kai") as session:
        assert session.get_one(Memory, memory_id).audience == []


def test_choosing_is_for_those_who_run_the_box(client_as: ClientAs, cast: Cast) -> None:
    memory_id = cast.memory(audience=("joe",))
    fields = {"start": "people", "circle": str(cast.circle["sam"])}
    for path in ("audience", "audience/sentence"):
        assert client_as("joe").post(f"/memories/{memory_id}/{path}", data=fields).status_code == 403
        assert client_as("casey").post(f"/memories/{memory_id}/{path}", data=fields).status_code == 404
    assert client_as("joe").get(f"/memories/{memory_id}/audience").status_code == 403
    with cast.acting("kai") as session:
        assert session.get_one(Memory, memory_id).audience == [cast.circle["joe"]]


def test_kept_together_is_always_said_and_one_tap_away(client_as: ClientAs, cast: Cast) -> None:
    memory_id = cast.memory("ash", box="ash")
    ash = client_as("ash")
    page = ash.get(f"/memories/{memory_id}?said=kept").text
    assert "Only you and Joe can see this. Nobody else can." in page
    assert "because this box is kept together" in page
    assert client_as("joe").get(f"/memories/{memory_id}").status_code == 200
    assert ash.post(f"/memories/{memory_id}/only-me").status_code == 303
    assert client_as("joe").get(f"/memories/{memory_id}").status_code == 404
    assert "Only you can see this. Nobody else can." in ash.get(f"/memories/{memory_id}?said=kept").text
    assert ash.post(f"/memories/{memory_id}/only-me", data={"off": "1"}).status_code == 303
    assert client_as("joe").get(f"/memories/{memory_id}").status_code == 200
