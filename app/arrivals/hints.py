"""A gentle word about a word: what many young people would rather read. It never stops anyone."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

from app.boxes.our_words import PAIRS_FILE


@dataclass(frozen=True, slots=True)
class Hint:
    """`found` as it was written, and what many `prefer`. `swap`: one can stand where the other stood.

    `own`: what they prefer is the young person's own word.
    """

    found: str
    prefer: str
    swap: bool
    own: bool = False

    @property
    def key(self) -> str:
        """What "Leave it" remembers."""
        return self.found.lower()


@lru_cache
def _pattern() -> tuple[re.Pattern[str], dict[str, tuple[str, bool]]]:
    preferred = {
        word: (entry["prefer"], entry.get("swap", True))
        for entry in json.loads(PAIRS_FILE.read_text())
        for word in entry["words"]
    }
    longest_first = sorted(preferred, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b", re.IGNORECASE), preferred


def hint_for(text: str, left: Collection[str] = (), own: Mapping[str, str] | None = None) -> Hint | None:
    """The first word in `text` that many would rather not read, unless its writer chose to leave it.

    `own`: the words of the young person it is written to (our word -> theirs).
    """
    pattern, preferred = _pattern()
    for match in pattern.finditer(text):
        if match[0].lower() not in left:
            prefer, swap = preferred[match[0].lower()]
            mine = (own or {}).get(prefer) if swap else None
            return Hint(match[0], mine or prefer, swap, mine is not None)
    return None


def swapped(text: str, word: str, own: Mapping[str, str] | None = None) -> str:
    """`text` with every `word` as many prefer it, or as the young person does; a capital stays a capital."""
    pattern, preferred = _pattern()

    def instead(match: re.Match[str]) -> str:
        if match[0].lower() != word.lower():
            return match[0]
        prefer, swap = preferred[match[0].lower()]
        if not swap:
            return match[0]
        prefer = (own or {}).get(prefer, prefer)
        return prefer[:1].upper() + prefer[1:] if match[0][:1].isupper() else prefer

    return pattern.sub(instead, text)
