"""Office files: what they are, and nothing of what is in them. They are kept as they came and never converted."""

import zipfile
from io import BytesIO

from app.media.processing.findings import Findings
from app.media.processing.look import NONE_MIME
from app.media.processing.outcome import Unreadable

_OOXML = "application/vnd.openxmlformats-officedocument."
# The part that makes an Office Open XML package (ISO/IEC 29500-2) what it is.
_PARTS = {
    "word/document.xml": f"{_OOXML}wordprocessingml.document",
    "ppt/presentation.xml": f"{_OOXML}presentationml.presentation",
    "xl/workbook.xml": f"{_OOXML}spreadsheetml.sheet",
}
# An OpenDocument package (ISO/IEC 26300-3) says so in its first member, uncompressed.
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
_OPEN_DOCUMENTS = {_OPEN_DOCUMENT + name for name in ("text", "presentation", "spreadsheet")}
# The streams of the older binary formats, as names are written in a compound file ([MS-CFB]).
_STREAMS = {
    "WordDocument": "application/msword",
    "PowerPoint Document": "application/vnd.ms-powerpoint",
    "Workbook": "application/vnd.ms-excel",
}


def open_office(data: bytes, container: str, only_look: bool) -> Findings:
    """Findings for a zip or compound file: a document with its media type, or other. Only tables of contents are read.

    Raises Unreadable: broken.
    """
    mime = _compound(data) if container == "ole" else _package(data)
    return Findings("document", mime) if mime else Findings("other", NONE_MIME)


def _package(data: bytes) -> str:
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            names = set(package.namelist())
            if "mimetype" in names and package.getinfo("mimetype").compress_type == zipfile.ZIP_STORED:
                with package.open("mimetype") as member:
                    said = member.read(100).decode("ascii", "replace").strip()
                return said if said in _OPEN_DOCUMENTS else ""
    except (zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, EOFError, OverflowError):
        raise Unreadable("broken") from None
    if "[Content_Types].xml" not in names:
        return ""
    return next((mime for part, mime in _PARTS.items() if part in names), "")


def _compound(data: bytes) -> str:
    return next((mime for name, mime in _STREAMS.items() if name.encode("utf-16-le") in data), "")
