"""Documents: a PDF's first pages as pictures."""

import time
from contextlib import suppress

import pypdfium2
import pyvips

from app.media.processing.findings import Findings
from app.media.processing.outcome import Unreadable
from app.media.processing.pictures import add_sizes, fit

MOST_PAGES = 5
WIDTH = 1024
_TALLEST = 4 * WIDTH
_PATIENCE = 10.0


def open_document(data: bytes, container: str, only_look: bool) -> Findings:
    """Findings for a PDF: its number of pages, and pictures of the first five (1024 pixels wide, and within 256 × 256).

    A PDF with a password is a document without pictures. Raises Unreadable: broken.
    """
    findings = Findings("document", f"application/{container}")
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD:
            return findings
        raise Unreadable("broken") from None
    pages = len(document)
    if not pages:
        raise Unreadable("broken")
    findings.facts["pages"] = pages
    # What was filled in is drawn only where forms were got ready before the page is opened.
    with suppress(pypdfium2.PdfiumError):
        document.init_forms()
    enough = time.monotonic() + _PATIENCE
    for number in range(1, min(pages, MOST_PAGES) + 1):
        if only_look or (number > 1 and time.monotonic() > enough):
            break
        try:
            image = _picture(document, number - 1)
        except pypdfium2.PdfiumError:
            if number == 1:
                raise Unreadable("broken") from None
            break
        if number == 1:
            findings.facts |= {"width": image.width, "height": image.height}
        add_sizes(findings, image, [(_TALLEST, f"page-{number}"), (256, f"page-{number}-256")])
    return findings


def _picture(document: pypdfium2.PdfDocument, index: int) -> pyvips.Image:
    page = document[index]
    width, height = page.get_size()
    if width <= 0 or height <= 0:
        raise Unreadable("broken")
    scale = min(WIDTH / width, _TALLEST / height)
    bitmap = page.render(scale=scale, rev_byteorder=True, prefer_bgrx=True)
    image = pyvips.Image.new_from_memory(bytes(bitmap.buffer), bitmap.stride // 4, bitmap.height, 4, "uchar")
    return fit(image.extract_band(0, n=3).copy(interpretation="srgb"), _TALLEST)
