"""Office files: told apart by what is in them, never converted."""

import io
import zipfile

import pytest

from app.media.processing import Unreadable, process

OOXML = "application/vnd.openxmlformats-officedocument."
ODF = "application/vnd.oasis.opendocument."


def package(*names: str, mimetype: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        if mimetype:
            made.writestr("mimetype", mimetype, compress_type=zipfile.ZIP_STORED)
        for name in names:
            made.writestr(name, "<x/>")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (package("[Content_Types].xml", "word/document.xml"), f"{OOXML}wordprocessingml.document"),
        (package("[Content_Types].xml", "ppt/presentation.xml"), f"{OOXML}presentationml.presentation"),
        (package("[Content_Types].xml", "xl/workbook.xml"), f"{OOXML}spreadsheetml.sheet"),
        (package("content.xml", mimetype=f"{ODF}text"), f"{ODF}text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000) + "WordDocument".encode("utf-16-le"), "application/msword"),
    ],
)
def test_what_it_is(data: bytes, mime: str) -> None:
    outcome = process(data)
    assert (outcome.kind, outcome.mime, outcome.renditions) == ("document", mime, [])


@pytest.mark.parametrize(
    "data",
    [
        package("photos/a.jpg"),
        package("word/document.xml"),
        package("x", mimetype="text/html"),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000),
    ],
)
def test_what_is_no_document_is_other(data: bytes) -> None:
    assert process(data).kind == "other"


def test_a_package_cut_off_is_broken() -> None:
    with pytest.raises(Unreadable) as caught:
        process(package("[Content_Types].xml", "word/document.xml")[:60])
    assert caught.value.reason == "broken"
