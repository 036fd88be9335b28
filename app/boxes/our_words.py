"""Our words, for each of which a young person may have their own. The list is data: word_pairs.json and HOUSE_WORDS."""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from app.kit.language import N_, gettext
from app.web.forms import Typed

PAIRS_FILE = Path(__file__).with_name("word_pairs.json")
MOST_LETTERS = 40
# The names that things have on screen, which no other list has.
HOUSE_WORDS = (
    N_("box"),
    N_("memory"),
    N_("journey"),
    N_("chapter"),
    N_("circle"),
    N_("pod walk"),
    N_("life track"),
    N_("treasured thing"),
)
# A word goes into the midst of a sentence of ours, so it is letters and what joins them, and never markup.
_WORD = re.compile(r"[^\W_]+(?:[ ’-][^\W_]+)*")


@lru_cache
def our_words() -> tuple[str, ...]:
    """Every word of ours that can be replaced, in English: what many young people prefer, then the house's own."""
    pairs = json.loads(PAIRS_FILE.read_text())
    return tuple(dict.fromkeys([*(pair["prefer"] for pair in pairs if pair.get("swap", True)), *HOUSE_WORDS]))


def read_own_words(fields: Typed) -> tuple[dict[str, str], dict[str, str]]:
    """Our word -> theirs as typed in fields "word-0" …, and one sentence per field that cannot be a word."""
    own, errors = {}, {}
    for number, ours in enumerate(our_words()):
        typed = " ".join(str(fields.get(f"word-{number}") or "").replace("'", "’").split())
        if not typed or typed == ours:
            continue
        if len(typed) > MOST_LETTERS or not _WORD.fullmatch(typed):
            errors[f"word-{number}"] = gettext("Please use a short word or two, with letters only.")
        own[ours] = typed
    return own, errors


def shown_own_words(own: Mapping[str, str]) -> Typed:
    """The other way round: what the fields hold."""
    return {f"word-{number}": own.get(ours, "") for number, ours in enumerate(our_words())}
