"""Files that stand in the text of a mail itself: uuencoded ones, and pictures in `data:` addresses."""

import base64
import binascii
import mimetypes
import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

MOST = 200
_BEGIN = re.compile(r"begin [0-7]{3,4} (\S[^\n]{0,200})")
_DATA = re.compile(r"""\bsrc\s*=\s*["']?data:(image/[a-z0-9.+-]{1,40})((?:;[a-z0-9=-]{1,40}){0,3}),""", re.IGNORECASE)
_ENDS = re.compile(r"""["'\s>]""")


class Embedded(NamedTuple):
    """One file; `name` is "" where the text gives none."""

    name: str
    mime: str
    data: bytes


def uuencoded(text: str) -> tuple[str, list[Embedded]]:
    """The text without the files that stand in it between `begin 644 name` and `end`, and these files."""
    if "begin " not in text:
        return text, []
    kept: list[str] = []
    files: list[Embedded] = []
    lines = text.split("\n")
    ends = [at for at, line in enumerate(lines) if line.strip() == "end"]
    at = 0
    while at < len(lines):
        begins = _BEGIN.fullmatch(lines[at].strip())
        while ends and ends[0] < at:
            ends.pop(0)
        data = _undone(lines[at + 1 : ends[0]]) if begins and ends and len(files) < MOST else None
        if begins and data:
            name = begins[1].strip()
            files.append(Embedded(name, mimetypes.guess_type(name)[0] or "application/octet-stream", data))
            at = ends.pop(0) + 1
        else:
            kept.append(lines[at])
            at += 1
    return "\n".join(kept), files


def _undone(lines: list[str]) -> bytes | None:
    try:
        return b"".join(binascii.a2b_uu(line.rstrip("\r")) for line in lines if line.strip())
    except (binascii.Error, ValueError):
        return None


def pictures_in(markup: str) -> Iterator[tuple[int, Embedded]]:
    """Pictures that HTML carries in its own `data:` addresses, each with where it stands.

    Raises ValueError past MOST.
    """
    for count, found in enumerate(_DATA.finditer(markup)):
        if count == MOST:
            raise ValueError("too many pictures")
        end = _ENDS.search(markup, found.end())
        written = markup[found.end() : end.start() if end else len(markup)]
        try:
            data = base64.b64decode(written) if "base64" in found[2].lower() else unquote_to_bytes(written)
        except (binascii.Error, ValueError):
            continue
        if data:
            yield found.start(), Embedded("", found[1].lower(), data)
