"""Reading a message in a child process that can be ended: nothing a stranger sends holds up what others wait for."""

import logging
from typing import Any, NamedTuple

from app.arrivals.mail.headers import Headers, read_headers
from app.arrivals.mail.letter import Attached, Letter, kept_whole, take_apart
from app.media.processing import cage
from app.media.processing.memory import MemoryOutput
from app.media.processing.outcome import Unreadable

log = logging.getLogger("holdfast.mail")
TASK = f"{__name__}:taken_apart"


class Found(NamedTuple):
    """A letter on its way out of the cage."""

    letter: Letter

    def message(self) -> tuple[dict[str, Any], list[bytes | MemoryOutput]]:
        """Facts for JSON, and the blobs that follow them, in the order in which `read_apart` reads them."""
        letter = self.letter
        facts = {
            "title": letter.title,
            "large": letter.under_the_name,
            "files": [(each.name, each.mime) for each in letter.attached],
        }
        words = [_plain(letter.words), _plain(letter.whole)]
        return facts, [*words, *(each.data for each in letter.attached)]


def taken_apart(raw: bytes) -> Found:
    """The child's side. What it raises is written down by the cage."""
    return Found(take_apart(raw, read_headers(raw)))


def read_apart(raw: bytes, headers: Headers, *, patient: bool) -> Letter:
    """Open a message in the cage. One that takes too long there, or ends its child, is kept whole, as a file.

    Raises Unreadable while `patient`, when the clock ran out: the machine may only be busy.
    """
    try:
        with cage.in_memory(raw, cage.LETTER.source) as file:
            facts, (words, whole, *contents) = cage.run_caged(TASK, file, cage.LETTER, {})
        named = zip(facts["files"], contents, strict=True)
        attached = [Attached(str(name), str(mime), data) for (name, mime), data in named]
        large = [str(each) for each in facts["large"]]
        return Letter(str(facts["title"]), words.decode(), attached, whole.decode(), large)
    except Unreadable as error:
        if error.reason == "timeout" and patient:
            raise
        log.warning("a message could not be taken apart (%s); it is kept whole", error.reason)
    except (KeyError, TypeError, ValueError):
        log.warning("a message was answered with nonsense; it is kept whole")
    return kept_whole(raw, headers)


def _plain(words: str) -> bytes:
    return words.encode("utf-8", "replace")
