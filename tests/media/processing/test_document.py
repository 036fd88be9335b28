"""Documents, and everything that is kept without being opened."""

import io
import os
import zipfile
from collections.abc import Callable
from typing import Any

import pypdfium2
import pytest
import pyvips

from app.media.processing import Unreadable, examine, process
from tests.media.processing.conftest import assert_clean


def pdf(sizes: list[tuple[int, int]], **info: str) -> bytes:
    """A PDF with a page of each size (points), the lower half of each one black."""
    parts = ["<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(len(sizes)))
    parts.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(sizes)} >>")
    parts.append("<< " + " ".join(f"/{name} ({value})" for name, value in info.items()) + " >>")
    for i, (width, height) in enumerate(sizes):
        box = f"/MediaBox [0 0 {width} {height}]"
        parts.append(f"<< /Type /Page /Parent 2 0 R {box} /Contents {5 + 2 * i} 0 R /Resources << >> >>")
        drawing = f"0 0 0 rg 0 0 {width} {height // 2} re f"
        parts.append(f"<< /Length {len(drawing)} >>\nstream\n{drawing}\nendstream")
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for i, part in enumerate(parts):
        places.append(len(out))
        out += f"{i + 1} 0 obj\n{part}\nendobj\n".encode()
    start = len(out)
    out += f"xref\n0 {len(parts) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    out += f"trailer << /Size {len(parts) + 1} /Root 1 0 R /Info 3 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


A4 = (595, 842)


def test_the_first_pages_become_pictures(exiftool: Callable[[bytes], dict[str, Any]]) -> None:
    outcome = process(pdf([A4] * 7, Author="Mrs Patel", Title="Swimming"))
    assert (outcome.kind, outcome.mime, outcome.pages) == ("document", "application/pdf", 7)
    names = {rendition.name for rendition in outcome.renditions}
    assert names == {f"page-{n}{s}.{e}" for n in range(1, 6) for s in ("", "-256") for e in ("avif", "jpg")}
    first = next(rendition for rendition in outcome.renditions if rendition.name == "page-1.jpg")
    assert first.width == 1024 and abs(first.height - 1449) <= 1
    image = pyvips.Image.new_from_buffer(first.data, "")
    assert min(image.getpoint(500, 200)) > 245 and max(image.getpoint(500, 1200)) < 10
    small = next(rendition for rendition in outcome.renditions if rendition.name == "page-1-256.jpg")
    assert max(small.width, small.height) == 256
    assert outcome.preview is not None and len(outcome.preview) <= 400
    assert_clean(outcome, exiftool)
    assert not any(b"Patel" in rendition.data for rendition in outcome.renditions)


@pytest.mark.parametrize("size", [(10, 14_000), (14_000, 10), (14_400, 14_400), (3, 3)])
def test_strange_pages(size: tuple[int, int]) -> None:
    outcome = process(pdf([size]))
    assert all(r.width <= 1024 and r.height <= 4096 for r in outcome.renditions)
    assert len(outcome.renditions) == 4


def test_a_locked_document_is_kept_without_pictures() -> None:
    # The standard security handler (ISO 32000-1, 7.6.3) with keys that no password gives.
    lock = f"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <{os.urandom(32).hex()}> /U <{os.urandom(32).hex()}> >>"
    data = pdf([A4]).replace(b"/Info 3 0 R", f"/Info 3 0 R {lock} /ID [<00> <00>]".encode())
    with pytest.raises(pypdfium2.PdfiumError):
        pypdfium2.PdfDocument(data)
    outcome = process(data)
    assert (outcome.kind, outcome.mime, outcome.renditions, outcome.pages) == ("document", "application/pdf", [], None)


@pytest.mark.parametrize("data", [b"%PDF-1.7\n", b"%PDF-1.4\n" + os.urandom(3000), pdf([])])
def test_a_broken_document(data: bytes) -> None:
    with pytest.raises(Unreadable) as caught:
        process(data)
    assert caught.value.reason == "broken"


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "Dear Kai")
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"<!doctype html><script>alert(1)</script>",
        b"ffconcat version 1.0\nfile '/etc/passwd'\n",
        b"MZ" + bytes(300),
        b"x",
        b"Dear Kai, well done.",
        zipped(),
        b"ID3" + bytes(100),
        b"\xff\xfb" + b"not really music " * 400,
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
        b"\x00\x00\x00\x18ftypcrx " + bytes(3000),
    ],
    ids=lambda data: data[:12].hex(),
)
def test_anything_else_is_kept_and_not_opened(data: bytes) -> None:
    outcome = process(data)
    assert (outcome.kind, outcome.mime) == ("other", "application/octet-stream")
    assert outcome.renditions == [] and outcome.preview is None
    assert examine(data).kind == "other"
