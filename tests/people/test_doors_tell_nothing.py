"""No door for somebody who is not in tells whether anybody has a box."""

import re
from typing import Any

from app.people.attempts import MOST
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.people.conftest import Browser


def test_asking_for_a_code_says_nothing_of_anyone_and_is_counted(browser: Browser) -> None:
    """There is nothing to type: who somebody is comes from the people who know them."""
    asker = browser(at="203.0.113.200")
    answers = [asker.post("/sign-in/help", data={"email": f"{n}@example.org"}) for n in range(MOST["help"])]
    assert {(answer.status_code, answer.headers["location"]) for answer in answers} == {(303, "/sign-in/help")}
    refused = asker.post("/sign-in/help")
    assert refused.status_code == 429 and "wait ten minutes" in refused.text
    assert browser(at="203.0.113.201").post("/sign-in/help").status_code == 303


def seen(answer: Any, typed: str) -> tuple[int, bytes, list[tuple[str, str]]]:
    """All that can be told an answer by, what was typed left out."""
    headers = [(name, value) for name, value in answer.headers.items() if name not in ("date", "content-length")]
    return answer.status_code, answer.content.replace(typed.encode(), b"..."), sorted(headers)


def test_no_door_tells_whether_somebody_has_a_box(cast: Cast, client_as: ClientAs, browser: Browser) -> None:
    """Links and codes, of someone and of nobody, below the limit and over it: same status, bytes and headers."""
    real = re.findall(r"(?:[0-9A-Z]{4}-){5}[0-9A-Z]{4}", client_as("kai").post("/me/recovery").text)[0]
    link = ("/sign-in/link", "email", cast.email["kai"], "nobody." + cast.email["kai"])
    code = ("/sign-in/recovery", "code", real, "-".join(["0000"] * 4))
    pairs = 0
    for (path, name, known, unknown), tried in ((link, 0), (link, MOST["link"]), (code, MOST["recovery"])):
        client = browser()
        for _ in range(tried):
            client.post(path, data={name: unknown})
        answers = [seen(client.post(path, data={name: typed}), typed) for typed in (known, unknown)]
        pairs += 1
        assert answers[0] == answers[1], (path, tried)
        assert answers[0][0] == (429 if tried else 303)
    print(f"doors: {pairs} pairs of known and unknown, told apart: 0")
