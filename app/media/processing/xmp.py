"""The day in an XMP packet (ISO 16684-1), read without an XML parser: what is a date there looks like one."""

import re
from datetime import datetime

from app.media.processing.dates import read_when
from app.media.processing.exif import Taken

_MOST = 1024 * 1024
_SAID = r"""{name}\s*(?:=\s*["']|>\s*)([0-9][0-9T:.,+\-Z ]{{7,40}})"""
_ORIGINAL = [re.compile(_SAID.format(name=name)) for name in ("DateTimeOriginal", "photoshop:DateCreated")]
_CHANGED = re.compile(_SAID.format(name="xmp:ModifyDate"))


def read_xmp(packet: bytes) -> Taken:
    """When the picture was taken, and when it was last changed. Where is not asked: it is not what EXIF says twice."""
    text = packet[:_MOST].replace(b"\0", b"").decode("utf-8", "replace")
    for sought in _ORIGINAL:
        for found in sought.finditer(text):
            when = _when(found[1])
            if when is not None:
                return Taken(when)
    changed = _CHANGED.search(text)
    return Taken(changed_on=_when(changed[1]) if changed else None)


def _when(text: str) -> datetime | None:
    # A zone says how far the clock of the place is ahead; none ahead is UTC, which programs write for anywhere.
    when = read_when(text)
    return when.replace(tzinfo=None) if when and when.utcoffset() else when
