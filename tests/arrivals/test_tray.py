"""New for you: what waits, and what is decided."""

from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from app.boxes.looks import Look
from app.memories.memory import Memory
from tests.arrivals.conftest import Run, Send, address_for, gifts, letter
from tests.boxes.reading import decided
from tests.cast import Cast
from tests.conftest import ClientAs


def state_of(cast: Cast, memory_id: UUID, box: str = "kai") -> str:
    with cast.acting(box) as session:
        return session.get_one(Memory, memory_id).state


def gift_of(cast: Cast, memory_id: UUID) -> UUID:
    with cast.acting("kai") as session:
        gift_id = session.get_one(Memory, memory_id).gift_id
    assert gift_id is not None
    return gift_id


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
    assert decided(cast) == [sentence]
    after = kai.get(answer.headers["location"]).text
    assert "Joe sent" not in after and "Nothing new just now." in after


def test_one_of_several_can_be_kept_alone(
    cast: Cast, client_as: ClientAs, send: Send, run_jobs: Run, trusting: None
) -> None:
    message = letter()
    for name in ("one.pdf", "two.pdf", "three.pdf"):
        message.add_attachment(f"%PDF-{name}".encode(), maintype="application", subtype="pdf", filename=name)
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
