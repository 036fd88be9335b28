"""What cannot be done, or is done twice: a clear sentence, one row at most, and nobody else sees more or less."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from app.kit.clock import today
from app.kit.ids import new_id
from app.memories.memory import Memory
from app.story.asks import Ask
from tests.boxes.reading import decided, secret_for
from tests.cast import NAMES, Cast
from tests.conftest import ClientAs


def gone() -> str:
    """A day that is over."""
    return str(today() - timedelta(days=1))


Sight = dict[str, set[UUID]]


def sight(cast: Cast) -> Sight:
    """What everyone sees."""
    found = {}
    for name in NAMES:
        with cast.acting(name) as session:
            found[name] = set(session.exec(select(Memory.id)))
    return found


@pytest.fixture
def filled(cast: Cast) -> Cast:
    """Something for everyone to see."""
    for audience in (("home",), ("school",), ("sam",), ("avery",), ()):
        cast.memory(audience=audience)
    cast.gift("joe")
    cast.memory("ash", box="ash")
    return cast


Try = Callable[[Cast, TestClient, UUID], tuple[str, dict[str, object]]]
REFUSED: dict[str, tuple[Try, str]] = {
    "a circle of another box": (
        lambda cast, kai, memory: (
            f"/memories/{memory}/audience",
            {"start": "people", "circle": [str(cast.circle["home"]), str(cast.circle["joe@ash"])]},
        ),
        "One of those circles isn’t there any more.",
    ),
    "sharing until a day that has gone": (
        lambda cast, kai, memory: (
            f"/memories/{memory}/audience",
            {"start": "people", "circle": str(cast.circle["home"]), "until": "date", "until_day": gone()},
        ),
        "That day has gone.",
    ),
    "letting in until a day that has gone": (
        lambda cast, kai, memory: (
            f"/people/{cast.connection['joe']}/permission",
            {"may_add": "yes", "ends_on": gone()},
        ),
        "That day has gone.",
    ),
    "in a circle until a day that has gone": (
        lambda cast, kai, memory: (
            f"/circles/{cast.circle['school']}/members",
            {"person": str(cast.connection["sam"]), "ends_on": gone()},
        ),
        "That day has gone.",
    ),
    "someone of another box in a circle": (
        lambda cast, kai, memory: (
            f"/circles/{cast.circle['school']}/members",
            {"person": str(cast.connection["joe@ash"])},
        ),
        "Please choose someone from the list.",
    ),
    "asking someone in who is in": (
        lambda cast, kai, memory: (f"/people/{cast.connection['joe']}/invitation", {"way": "code"}),
        "Joe is already in.",
    ),
    "a letter that opens on a day that has gone": (
        lambda cast, kai, memory: ("/add/letter", {"words": "Hello.", "opens_on": gone()}),
        "Pick a day that is still to come.",
    ),
    "leaving one’s own box": (
        lambda cast, kai, memory: (f"/boxes/{cast.box['kai']}/leaving", {}),
        "This is your own box.",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_done_is_said_and_changes_nothing(client_as: ClientAs, filled: Cast, what: str) -> None:
    attempt, sentence = REFUSED[what]
    memory, kai = filled.memory(audience=("patel",)), client_as("kai")
    before = sight(filled)
    path, fields = attempt(filled, kai, memory)
    answer = kai.post(path, data=fields)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert sight(filled) == before
    assert decided(filled) == []


def test_accepting_an_ended_invitation_says_so_and_lets_nobody_in(client_as: ClientAs, filled: Cast) -> None:
    kai, casey, nan = client_as("kai"), client_as("casey"), filled.connection["nan"]
    kai.post(f"/people/{nan}/invitation", data={"way": "code"})
    secret = secret_for(filled, "nan")
    kai.post(f"/people/{nan}/ending")
    before = sight(filled)
    answer = casey.post("/invitation", data={"code": secret})
    assert answer.status_code == 404
    assert "doesn’t work" in answer.text
    assert sight(filled) == before
    assert decided(filled) == ["You asked Nan to come in.", "You took back the invitation to Nan."]


def test_ending_oneself_is_refused(client_as: ClientAs, filled: Cast) -> None:
    joe, before = client_as("joe"), sight(filled)
    for verb in ("ending", "block", "keeping/end"):
        answer = joe.post(f"/boxes/{filled.box['ash']}/people/{filled.connection['joe@ash']}/{verb}")
        assert answer.status_code == 422
        assert "That’s you." in answer.text
    assert sight(filled) == before
    assert decided(filled, "ash", "ash") == []


Tap = Callable[[Cast, UUID, UUID], tuple[str, dict[str, object]]]
TAPS: dict[str, tuple[Tap, str, set[str]]] = {
    "stopping someone": (
        lambda cast, memory, gift: (f"/people/{cast.connection['sam']}/ending", {}),
        "You stopped Sam seeing things.",
        {"sam"},
    ),
    "blocking someone": (
        lambda cast, memory, gift: (f"/people/{cast.connection['sam']}/block", {}),
        "You blocked Sam.",
        {"sam"},
    ),
    "inviting": (
        lambda cast, memory, gift: (
            f"/people/{cast.connection['nan']}/invitation",
            {"way": "code", "once": str(memory)},
        ),
        "You asked Nan to come in.",
        set(),
    ),
    "sharing": (
        lambda cast, memory, gift: (
            f"/memories/{memory}/audience",
            {"start": "people", "circle": str(cast.circle["patel"])},
        ),
        "You let Mrs Patel see ‘A day’.",
        {"patel"},
    ),
    "keeping a gift": (
        lambda cast, memory, gift: (f"/memories/{gift}/keeping", {}),
        "You kept ‘First bike ride’.",
        set(),
    ),
    "not for my box": (
        lambda cast, memory, gift: (f"/memories/{gift}/return", {}),
        "You said ‘First bike ride’ is not for your box.",
        set(),
    ),
    "making a circle": (
        lambda cast, memory, gift: ("/circles", {"name": "Football", "once": str(memory)}),
        "You made a circle called Football.",
        set(),
    ),
    "putting someone in a circle": (
        lambda cast, memory, gift: (
            f"/circles/{cast.circle['school']}/members",
            {"person": str(cast.connection["sam"]), "once": str(memory)},
        ),
        "You put Sam in School.",
        {"sam"},
    ),
    "asking for something": (
        lambda cast, memory, gift: (
            "/asks",
            {"words": "Anyone?", "person": str(cast.connection["sam"]), "once": str(memory)},
        ),
        "You asked Sam for something.",
        set(),
    ),
}


@pytest.mark.parametrize("what", TAPS)
def test_two_taps_at_once_are_one(client_as: ClientAs, filled: Cast, what: str) -> None:
    tap, sentence, concerned = TAPS[what]
    memory, kai = filled.memory(), client_as("kai")
    path, fields = tap(filled, memory, filled.gift("joe"))
    before = sight(filled)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: kai.post(path, data=fields).status_code, range(4)))
    assert answers == [303] * 4
    assert decided(filled) == [sentence]
    after = sight(filled)
    assert {name for name in NAMES if after[name] != before[name]} == concerned


def test_two_taps_at_once_on_an_answer_are_one(client_as: ClientAs, filled: Cast) -> None:
    memory, kai, once = filled.memory(), client_as("kai"), str(new_id())
    client_as("joe").post(f"/boxes/{filled.box['kai']}/asking", data={"once": once, "words": "The dog"})
    with filled.acting("kai") as session:
        once = session.exec(select(Ask.id)).one()
    before = sight(filled)
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(lambda _: kai.post(f"/asks/{once}", data={"memory": str(memory)}).status_code, range(4))
        )
    assert answers == [303] * 4
    assert decided(filled) == ["You let Joe see ‘A day’."]
    after = sight(filled)
    assert {name for name in NAMES if after[name] != before[name]} == {"joe"}


def test_two_taps_at_once_of_a_new_keeper_are_one(client_as: ClientAs, filled: Cast) -> None:
    ash = client_as("ash")
    sam = ash.post("/people", data={"called": "Sam"}).headers["Location"].rpartition("/")[2]
    ash.post(f"/people/{sam}/invitation", data={"way": "code"})
    assert "Sam isn’t let in." in ash.post(f"/people/{sam}/keeping").text
    joe = filled.connection["joe@ash"]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: ash.post(f"/people/{joe}/keeping/end").status_code, range(4)))
    assert answers == [303] * 4
    assert decided(filled, "ash", "ash")[2:] == ["You stopped Joe looking after this box."]


def test_someone_invited_under_a_second_name_stays_who_they_are(client_as: ClientAs, filled: Cast) -> None:
    kai, joe = client_as("kai"), client_as("joe")
    for _ in range(2):  # a new invitation takes the place of the one before, and is said to
        assert kai.post(f"/people/{filled.connection['nan']}/invitation", data={"way": "code"}).status_code == 303
    before, secret = sight(filled), secret_for(filled, "nan")
    joe.post("/invitation", data={"code": secret})
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: joe.post("/invitation/said/acceptance").status_code, range(4)))
    assert answers == [303] * 4
    assert sight(filled) == before
    assert decided(filled) == ["You asked Nan to come in."] * 2


def test_two_taps_at_once_of_leaving_are_one(client_as: ClientAs, filled: Cast) -> None:
    sam, before = client_as("sam"), sight(filled)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: sam.post(f"/boxes/{filled.box['kai']}/leaving").status_code, range(4)))
    assert 303 in answers
    assert set(answers) <= {303, 404}  # who has left is a stranger
    after = sight(filled)
    assert {name for name in NAMES if after[name] != before[name]} == {"sam"}
    assert decided(filled) == ["Sam left this box."]
