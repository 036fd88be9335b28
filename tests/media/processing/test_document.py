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
from tests.media.processing.looking import copy, report


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


def form(fields: list[str], more: str = "", words: str = "0 0 1 rg") -> bytes:
    """A PDF of one page with these widgets on it (object 3 + n), each at its own height; `more` in the AcroForm."""
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    looks = f"/Tx BMC q BT /F1 24 Tf {words} 4 8 Td (KAI JONES) Tj ET Q EMC"
    stream = f"/Length {len(looks)} >>\nstream\n{looks}\nendstream"
    kids = " ".join(f"{6 + n} 0 R" for n in range(len(fields)))
    resources = "/Resources << /Font << /F1 4 0 R >> >>"
    fonts = "/DR << /Font << /F1 4 0 R >> >> /DA (/F1 24 Tf 0 g)"
    parts = [
        f"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [{kids}] {fonts} {more} >> >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 400] {resources} /Annots [{kids}] >>",
        font,
        f"<< /Type /XObject /Subtype /Form /BBox [0 0 260 35] {resources} {stream}",
        *(f"<< /Type /Annot /Subtype /Widget /F 4 /P 3 0 R {field} >>" for field in fields),
    ]
    return written(parts)


def written(parts: list[str]) -> bytes:
    """A PDF of these objects, the first of them its catalogue."""
    out, places = bytearray(b"%PDF-1.7\n"), []
    for i, part in enumerate(parts, 1):
        places.append(len(out))
        out += f"{i} 0 obj\n{part}\nendobj\n".encode()
    start = len(out)
    out += f"xref\n0 {len(parts) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    out += f"trailer << /Size {len(parts) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def inked(data: bytes, left: float, top: float, right: float, bottom: float) -> bool:
    """Whether anything is drawn in a part of the first page (0 to 1, from the top)."""
    image = pyvips.Image.new_from_buffer(copy(process(data), "page-1.jpg"), "")
    box = (int(image.width * left), int(image.height * top))
    part = image.crop(*box, int(image.width * right) - box[0], int(image.height * bottom) - box[1])
    return bool(part.min() < 128)


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


def test_a_reported_form_shows_the_name_in_it() -> None:
    assert inked(report("d_form_filled.pdf"), 0.1, 0.4, 0.5, 0.56)


LOOKS = "/AP << /N 5 0 R >>"
PLACE = "/Rect [40 300 300 335]"


@pytest.mark.parametrize(
    ("fields", "more"),
    [
        ([f"/FT /Tx /T (name) /V (KAI JONES) {PLACE} {LOOKS}"], ""),
        # A program that leaves the drawing to whoever shows it.
        ([f"/FT /Tx /T (name) /V (KAI JONES) {PLACE} /DA (/F1 24 Tf 0 g)"], "/NeedAppearances true"),
        ([f"/FT /Tx /Ff 4096 /T (name) /V (KAI JONES) {PLACE} {LOOKS}"], ""),
        ([f"/FT /Ch /Ff 131072 /T (who) /Opt [(KAI JONES) (SAM)] /V (KAI JONES) {PLACE} {LOOKS}"], ""),
        ([f"/FT /Btn /T (yes) /V /On /AS /On {PLACE} /AP << /N << /On 5 0 R >> >>"], ""),
        ([f"/FT /Sig /T (signed) {PLACE} {LOOKS}"], ""),
    ],
    ids=["text", "no-appearance", "several-lines", "choice", "tick", "signature"],
)
def test_what_was_filled_in_is_drawn(fields: list[str], more: str) -> None:
    data = form(fields, more)
    assert inked(data, 0.1, 0.15, 0.6, 0.26)
    assert not inked(data, 0.1, 0.4, 0.9, 0.9)


def test_what_is_hidden_or_not_ticked_is_not_drawn() -> None:
    hidden = f"/FT /Tx /T (name) /V (KAI JONES) {PLACE} {LOOKS}"
    assert not inked(form([hidden]).replace(b"/F 4 ", b"/F 2 "), 0.1, 0.15, 0.6, 0.26)
    off = f"/FT /Btn /T (yes) /V /Off /AS /Off {PLACE} /AP << /N << /On 5 0 R >> >>"
    assert not inked(form([off]), 0.1, 0.15, 0.6, 0.26)


def test_fields_wear_no_colour_of_a_program() -> None:
    empty = form([f"/FT /Tx /T (name) {PLACE}"])
    image = pyvips.Image.new_from_buffer(copy(process(empty), "page-1.jpg"), "")
    assert image.min() > 250


def test_a_form_that_acts_does_nothing() -> None:
    script = "/AA << /C << /S /JavaScript /JS (this.getField('name').value = 'x') >> >>"
    acting = form([f"/FT /Tx /T (name) /V (KAI JONES) {PLACE} {LOOKS} {script}"], "/XFA (not really)")
    assert inked(acting, 0.1, 0.15, 0.6, 0.26)
