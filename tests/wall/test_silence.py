"""What someone may not see answers as what does not exist: same status, headers and bytes, in the same time (S9)."""

import re
import statistics
import time

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from app.kit.ids import new_id
from tests.wall.access import VIEWERS, access
from tests.wall.places import Places, make_places
from tests.wall.test_routes import browser, call

WITHIN_S = 0.002
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


def medians(client: TestClient, method: str, path: str, names: dict[str, str], tries: int) -> tuple[float, float]:
    """Seconds for what is invisible, and for what is not there; in turns, so that both meet the same machine."""
    (name,) = ids_in(path)
    took: tuple[list[float], list[float]] = ([], [])
    for turn in range(2 * tries):
        which = (turn + turn // 2) % 2
        asked = names if which == 0 else {**names, name: str(new_id())}
        began = time.perf_counter()
        answer = call(client, method, path, asked)
        took[which].append(time.perf_counter() - began)
        assert answer.status_code == 404
    return statistics.median(took[0]), statistics.median(took[1])


@pytest.mark.timeout(1800)
def test_no_more_time_passes_for_what_is_invisible(app: object, request: pytest.FixtureRequest) -> None:
    deep = bool(request.config.getoption("--deep"))
    places = make_places()
    client = browser(app, places, "riley")
    for method, path in TIMED if deep else TIMED[:1]:
        invisible, absent = medians(client, method, path, places.names["kai"], 2000 if deep else 200)
        print(f"silence: {method} {path}: invisible {invisible * 1000:.2f} ms, absent {absent * 1000:.2f} ms (medians)")
        assert abs(invisible - absent) < (WITHIN_S if deep else max(WITHIN_S, absent / 4))
