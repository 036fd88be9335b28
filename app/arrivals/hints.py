"""A gentle word about a word: what many young people would rather read. It never stops anyone."""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

WORDS_FILE = Path(__file__).with_name("words.json")


@dataclass(frozen=True, slots=True)
class Hint:
    """`found` as it was written, and what many `prefer`. `swap`: one can stand where the other stood."""

    found: str
    prefer: str
    swap: bool

    @property
    def key(self) -> str:
        """What "Leave it" remembers."""
        return self.found.lower()


@lru_cache
def _pattern() -> tuple[re.Pattern[str], dict[str, tuple[str, bool]]]:
    preferred = {
        word: (entry["prefer"], entry.get("swap", True))
        for entry in json.loads(WORDS_FILE.read_text())
        for word in entry["words"]
    }
    longest_first = sorted(preferred, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b", re.IGNORECASE), preferred


def hint_for(text: str, left: Collection[str] = ()) -> Hint | None:
    """The first word in `text` that many would rather not read, unless its writer chose to leave it."""
    pattern, preferred = _pattern()
    for match in pattern.finditer(text):
        if match[0].lower() not in left:
            return Hint(match[0], *preferred[match[0].lower()])
    return None


def swapped(text: str, word: str) -> str:
    """`text` with every `word` as many prefer it; a capital stays a capital."""
    pattern, preferred = _pattern()

    def instead(match: re.Match[str]) -> str:
        if match[0].lower() != word.lower():
            return match[0]
        prefer, swap = preferred[match[0].lower()]
        if not swap:
            return match[0]
        return prefer[:1].upper() + prefer[1:] if match[0][:1].isupper() else prefer

    return pattern.sub(instead, text)
