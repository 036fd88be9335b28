"""Proof that a nine-year-old can read the house, and that nothing in it talks like an office."""

import ast
import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

from app.boxes.our_words import PAIRS_FILE
from app.kit.config import PROJECT
from infra.wordbook import messages
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.web.reading_age import LABEL, hard_words, reading_age, said, syllables, words

OLDEST = 9.0
ALLOWED = json.loads(Path(__file__).with_name("plain_words.json").read_text())
NOT_SAID = [word for pair in json.loads(PAIRS_FILE.read_text()) for word in pair["words"]]
OFFICE = re.compile(rf"\b(?:{'|'.join(re.escape(word.removesuffix('s')) for word in NOT_SAID)})s?\b", re.IGNORECASE)
PATH = re.compile(r"^/(?!media|static|uploads|demo/|me/apps/.*/receipt|sign-out)")
IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[A-Za-z0-9_-]{40,}")


@cache
def english() -> list[str]:
    """Every English form of every message, as it stands in the catalogue."""
    return [form for message in messages() for form in message if form]


def test_syllables_are_those_of_the_spoken_word() -> None:
    known = {
        1: "one keep asked years whole made can't voice changed it's",
        2: "open away people something older minutes isn't couldn't circles little lonely closes stories",
        3: "everything remember video nobody together",
        4: "invitation certificate",
    }
    heard = {word: syllables(word) for listed in known.values() for word in listed.split()}
    assert heard == {word: count for count, listed in known.items() for word in listed.split()}


def test_a_nine_year_old_can_read_every_sentence() -> None:
    allowed = [message for group in ALLOWED["sentences"] for message in group["messages"]]
    long = [form for form in english() if len(words(said(form))) >= LABEL]
    old = {form: round(reading_age([said(form)]), 1) for form in long if reading_age([said(form)]) > OLDEST}
    print(
        f"reading age of {len(long)} sentences: {reading_age(map(said, long)):.1f} together; {len(old)} over 9, allowed"
    )
    assert {form: age for form, age in old.items() if form not in allowed} == {}
    assert [form for form in allowed if form not in old] == [], "allowed, and needs no leave any more"


def test_labels_are_made_of_words_that_a_nine_year_old_knows() -> None:
    allowed = {word for group in ALLOWED["labels"] for word in group["words"]}
    labels = [form for form in english() if len(words(said(form))) < LABEL]
    hard = Counter(word for form in labels for word in hard_words(said(form)))
    print(
        f"labels of one to three words: {len(labels)}; words of three syllables or more in them: {len(hard)}, allowed"
    )
    assert sorted(set(hard) - allowed) == []
    assert sorted(allowed - set(hard)) == [], "allowed, and said nowhere any more"


def test_every_leave_says_why() -> None:
    assert all(len(group["reason"]) > 20 for kind in ALLOWED.values() for group in kind)


def test_no_message_talks_like_an_office() -> None:
    spoken = [form for form in english() if OFFICE.search(said(form))]
    print(f"words of the left column of the voice: {len(NOT_SAID)}; messages with one: {len(spoken)}")
    assert spoken == []


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _strings(part)


def test_nobody_in_the_demo_talks_like_an_office() -> None:
    told: list[str] = []
    for file in sorted((PROJECT / "app" / "demo").rglob("*")):
        if file.suffix == ".toml":
            told += _strings(tomllib.loads(file.read_text()))
        elif file.suffix == ".py":
            tree = ast.parse(file.read_text())
            told += [
                node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and type(node.value) is str
            ]
    spoken = [text for text in told if OFFICE.search(text)]
    print(f"texts of the demo: {len(told)}; with a word of the left column: {len(spoken)}")
    assert spoken == [] and len(told) > 300


def _read(html: str) -> str:
    """What is read or heard of a page: its text and the attributes that are said."""
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", html, flags=re.DOTALL)
    heard = re.findall(r'\b(?:aria-label|alt|title|placeholder|data-[\w-]+)="([^"]*)"', body)
    return unescape(" ".join([re.sub(r"<[^>]+>", " ", body), *heard]))


def test_no_page_talks_like_an_office(client_as: ClientAs, cast: Cast) -> None:
    for kind in ("message", "photo", "life_track", "treasured_thing"):
        cast.memory(kind=kind, audience=("school",))
    cast.gift()
    spoken: list[tuple[str, str]] = []
    walked = 0
    for name in (None, "kai", "ash", "joe", "casey"):
        client, seen = client_as(name), set()
        waiting = ["/sign-in", "/start", "/invitation", "/nonsense"] if name is None else ["/", "/me", "/helping"]
        while waiting:
            path = waiting.pop(0)
            shape = IDS.sub("*", re.sub("=[^&]*", "", path))
            if shape in seen:
                continue
            seen.add(shape)
            page = client.get(path)
            if page.status_code in (302, 303):
                waiting.append(page.headers["location"])
            walked += 1
            spoken += [(path, found) for found in OFFICE.findall(_read(page.text))]
            links = [unescape(link).partition("#")[0] for link in re.findall(r'<a\b[^>]*\bhref="([^"]*)"', page.text)]
            waiting += [link for link in links if PATH.match(link)]
    print(f"pages read for words of the left column: {walked}; found: {len(spoken)}")
    assert spoken == [] and walked > 80
