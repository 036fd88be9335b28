"""A winmail.dat (MS-OXTNEF): what Outlook wraps a letter's files in when it writes to other Outlooks."""

import mimetypes
from typing import Any, NamedTuple

from app.media.processing.memory import MemoryOutput
from app.media.processing.outcome import Unreadable

MOST_FILES = 100
DEEPEST = 2
NAME_LENGTH = 255
LONGEST = 500_000
_LEVELS = (1, 2)  # of the message, of a file (MS-OXTNEF, 2.1.3.3)


class Wrapped(NamedTuple):
    """One file from inside. `mime` is guessed from its name."""

    name: str
    mime: str
    data: bytes


class Winmail(NamedTuple):
    """`words` is the plain body, else `markup` the HTML one; both may be empty: RTF is not read."""

    words: str
    markup: str
    files: list[Wrapped]

    def message(self) -> tuple[dict[str, Any], list[bytes | MemoryOutput]]:
        """Facts for JSON, and the blobs that follow them, in the order `unwrap` reads them."""
        return {"names": [each.name for each in self.files]}, [
            self.words.encode(),
            self.markup.encode(),
            *(each.data for each in self.files),
        ]


def unwrap(data: bytes) -> Winmail:
    """Open it in the cage. Raises Unreadable: it can still be kept as it is."""
    from app.media.processing import cage  # the child imports this module too

    with cage.in_memory(data, cage.WRAPPED.source) as file:
        facts, blobs = cage.run_caged("winmail", file, cage.WRAPPED, {})
    try:
        words, markup, *contents = blobs
        files = [
            Wrapped(name[:NAME_LENGTH], mimetypes.guess_type(name)[0] or "application/octet-stream", content)
            for name, content in zip(facts["names"], contents, strict=True)
        ]
    except (KeyError, TypeError, ValueError):
        raise Unreadable("broken") from None
    return Winmail(words.decode("utf-8", "replace"), markup.decode("utf-8", "replace"), files)


def open_winmail(data: bytes) -> Winmail:
    """The child's side: a message inside is opened too, one level. Raises whatever tnefparse raises."""
    from tnefparse import TNEF

    opened = TNEF(data, do_checksum=False)
    if not opened.objects or any(each.level not in _LEVELS for each in opened.objects):
        raise ValueError("damaged inside")
    found = _gathered(opened, 1)
    return found._replace(files=found.files[:MOST_FILES])


def _gathered(tnef: Any, depth: int) -> Winmail:
    words, markup = _text(tnef.body), _text(tnef.htmlbody)
    files: list[Wrapped] = []
    for each in tnef.attachments:
        inside = getattr(each, "embed", None)
        if inside is not None and depth < DEEPEST:
            opened = _gathered(inside, depth + 1)
            words = "\n\n".join(filter(None, [words, opened.words]))
            files += opened.files
        elif each.data:
            files.append(Wrapped(_text(each.long_filename()).strip("\0 "), "", bytes(each.data)))
    return Winmail(words[:LONGEST], markup[:LONGEST], files)


def _text(found: str | bytes | None) -> str:
    if isinstance(found, bytes):
        try:
            return found.decode().replace("\0", "")
        except UnicodeDecodeError:
            return found.decode("cp1252", "replace").replace("\0", "")
    return (found or "").replace("\0", "").encode("utf-8", "replace").decode()
