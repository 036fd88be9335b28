"""What someone may not see answers as what does not exist: same status, headers and bytes, in the same time (S9)."""

import re
import time
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from app.kit.db import engine
from app.kit.ids import new_id
from app.web import beat
from tests.conftest import REAL_BEAT_S
from tests.wall.access import VIEWERS, access
from tests.wall.places import Places, make_places
from tests.wall.test_routes import browser, call

PAIRS = 150
# One of each noun, and how it is asked for.
TIMED = (
    ("GET", "/memories/{memory_id}"),
    ("GET", "/media/{file_id}/{name}"),
    ("GET", "/boxes/{box_id}"),
    ("GET", "/people/{connection_id}"),
    ("GET", "/circles/{circle_id}"),
    ("GET", "/journey/chapters/{chapter_id}"),
    ("POST", "/gifts/{gift_id}/keeping"),
    ("POST", "/knocks/{knock_id}/turning-away"),
    ("HEAD", "/uploads/{upload_id}"),
    ("POST", "/me/devices/{sign_in_id}/end"),
)


def ids_in(path: str) -> list[str]:
    return re.findall(r"{(\w+_id)}", path)


def seen(answer: Response, asked: str) -> tuple[int, bytes, list[tuple[str, str]]]:
    """All that a viewer can tell an answer by; where it repeats the id that was asked for, that is left out."""
    headers = [(name, value.replace(asked, "…")) for name, value in answer.headers.items() if name != "date"]
    return answer.status_code, answer.content.replace(asked.encode(), b"..."), sorted(headers)


def hidden_from(who: str, letter: str, path: str, name: str, places: Places) -> str | None:
    """A real id for this place in the path that this viewer may not see, if there is one."""
    if letter in "-?" or (letter == "x" and "{box_id}" in path and name != "box_id"):
        return places.names[VIEWERS[who][1]][name]
    return places.names["ash"][name] if who == "owner" and letter == "+" else None


def test_an_invisible_id_answers_as_a_nonsense_id(app: object) -> None:
    places = make_places()
    clients = {who: browser(app, places, name) for who, (name, _box) in VIEWERS.items()}
    pairs, told_apart = 0, []
    for (method, path), rule in access().items():
        for who, letter in zip(VIEWERS, rule, strict=True):
            names = places.names[VIEWERS[who][1]]
            for name in ids_in(path):
                hidden = hidden_from(who, letter, path, name, places)
                if hidden is None:
                    continue
                real = seen(call(clients[who], method, path, {**names, name: hidden}), hidden)
                for nonsense in (str(new_id()), "nothing-at-all")[: 1 if letter == "+" else 2]:
                    pairs += 1
                    other = seen(call(clients[who], method, path, {**names, name: nonsense}), nonsense)
                    if other != real:
                        told_apart.append((method, path, who, name, nonsense, real[0], other[0]))
    print(f"silence: {pairs} pairs of an invisible and a nonsense id, told apart: {len(told_apart)}")
    assert told_apart == []
    assert pairs > 1000


def checked_out() -> int:
    """Connections that somebody has just now."""
    return int(engine("holdfast_web").pool.checkedout())  # type: ignore[attr-defined]


def took(client: TestClient, method: str, path: str, names: dict[str, str], hidden: bool) -> float:
    """Seconds for what is invisible, or for what is not there."""
    (name,) = ids_in(path)
    asked = names if hidden else {**names, name: str(new_id())}
    began = time.perf_counter()
    answer = call(client, method, path, asked)
    seconds = time.perf_counter() - began
    assert answer.status_code == 404
    return seconds


@pytest.fixture
def riley(app: object, monkeypatch: pytest.MonkeyPatch) -> tuple[TestClient, dict[str, str]]:
    """Somebody who asks for what is Kai's, of a house that keeps time."""
    monkeypatch.setattr(beat, "BEAT_S", REAL_BEAT_S)
    places = make_places()
    return browser(app, places, "riley"), places.names["kai"]


def test_nothing_says_sooner_than_the_beat_that_it_is_not_there(riley: tuple[TestClient, dict[str, str]]) -> None:
    client, names = riley
    too_soon = [
        (method, path, hidden)
        for method, path in TIMED
        for hidden in (True, False)
        if took(client, method, path, names, hidden) < REAL_BEAT_S
    ]
    assert too_soon == []


def test_who_waits_for_the_beat_holds_no_connection(
    riley: tuple[TestClient, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, names = riley
    monkeypatch.setattr(beat, "BEAT_S", 2.0)
    held: list[int] = []
    with ThreadPoolExecutor(1) as thread:
        asked = thread.submit(took, client, "GET", "/memories/{memory_id}", names, True)
        while wait([asked], timeout=0.01).not_done:
            held.append(checked_out())
    assert held[-1] == 0 and held.count(0) > len(held) / 2


@pytest.mark.deep
@pytest.mark.timeout(1800)
def test_no_more_time_passes_for_what_is_invisible(riley: tuple[TestClient, dict[str, str]]) -> None:
    """Pairs of tries, in turns, and which of a pair was the slower: a busy machine is as busy for both."""
    client, names = riley
    for method, path in TIMED:
        slower = 0
        for turn in range(PAIRS):
            first, second = (took(client, method, path, names, hidden) for hidden in (turn % 2 == 0, turn % 2 == 1))
            slower += (first > second) == (turn % 2 == 0)
        z = (slower - PAIRS / 2) / (PAIRS / 4) ** 0.5
        print(f"silence: {method} {path}: the invisible one is the slower in {slower} of {PAIRS} pairs (z {z:+.1f})")
        assert abs(z) < 4.5
