"""A winmail.dat (MS-OXTNEF): what Outlook wraps a letter's files in when it writes to other Outlooks."""

import mimetypes
from typing import Any, NamedTuple

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


def open_winmail(data: bytes) -> Winmail:
    """Inside the cage: a message inside is opened too, one level.

    Raises whatever tnefparse raises, and ValueError for more files or letters than are read: it is kept as it came.
    """
    from tnefparse import TNEF

    opened = TNEF(data, do_checksum=False)
    if not opened.objects or any(each.level not in _LEVELS for each in opened.objects):
        raise ValueError("damaged inside")
    found = _gathered(opened, 1)
    if len(found.files) > MOST_FILES or max(len(found.words), len(found.markup)) > LONGEST:
        raise ValueError("too much inside")
    return found


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
            name = _text(each.long_filename()).strip("\0 ")[:NAME_LENGTH]
            mime = mimetypes.guess_type(name)[0] or "application/octet-stream"
            files.append(Wrapped(name, mime, bytes(each.data)))
    return Winmail(words, markup, files)


def _text(found: str | bytes | None) -> str:
    if isinstance(found, bytes):
        try:
            return found.decode().replace("\0", "")
        except UnicodeDecodeError:
            return found.decode("cp1252", "replace").replace("\0", "")
    return (found or "").replace("\0", "").encode("utf-8", "replace").decode()
