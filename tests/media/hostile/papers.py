"""Papers and packages that grow, go in circles or want to do something."""

import zipfile
import zlib
from collections.abc import Iterator

from tests.media.hostile.bait import Bait
from tests.media.hostile.parts import MIB, pdf, zipped


def papers(whole: dict[str, bytes], bait: Bait) -> Iterator[tuple[str, bytes]]:
    packed = bytes(400 * MIB)
    for _ in range(1):
        packed = zlib.compress(packed, 9)
    yield "bomb.pdf", pdf(zlib.compress(packed, 9), b"/Filter [/FlateDecode /FlateDecode]")
    yield "huge-page.pdf", pdf(b"0 0 m 9 9 l S", page=b"/MediaBox [0 0 1000000000 1000000000]")
    yield "thin-page.pdf", pdf(b"0 0 m 9 9 l S", page=b"/MediaBox [0 0 0.001 14400]")
    yield "negative-page.pdf", pdf(b"0 0 m 9 9 l S", page=b"/MediaBox [5 5 1 1]")
    yield "zoomed-page.pdf", pdf(b"0 0 m 9 9 l S", page=b"/MediaBox [0 0 9 9] /UserUnit 1e30")
    yield "script.pdf", pdf(b"", catalog=b"/OpenAction << /S /JavaScript /JS (app.alert(1); this.submitForm('x')) >>")
    yield "launch.pdf", pdf(b"", catalog=b"/OpenAction << /S /Launch /F (/bin/sh) >>")
    link = f"/OpenAction << /S /URI /URI ({bait.url}pdf) >>".encode()
    yield "link.pdf", pdf(b"", catalog=link)
    yield "elsewhere.pdf", pdf(b"", b"/F (%s) /FFilter []" % str(bait.path).encode())
    yield (
        "itself.pdf",
        pdf(
            b"/X Do",
            page=b"/Resources << /XObject << /X 4 0 R >> >>",
            stream=b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 4 0 R >> >>",
        ),
    )
    yield "pages-of-itself.pdf", whole["a.pdf"].replace(b"/Kids [3 0 R]", b"/Kids [2 0 R]")
    yield "many-pages.pdf", whole["a.pdf"].replace(b"/Kids [3 0 R]", b"/Kids [" + b"3 0 R " * 100_000 + b"]")
    yield "many-lines.pdf", pdf(zlib.compress(b"0 0 m 1 1 l 2 0 l h B* " * 1_500_000, 9), b"/Filter /FlateDecode")
    yield "deep.pdf", pdf(b"", page=b"/A " + b"[" * 200_000)
    yield "deep-states.pdf", pdf(b"q " * 2_000_000)
    picture = b"/Type /XObject /Subtype /Image /Width 50000 /Height 50000 /BitsPerComponent 8 /ColorSpace /DeviceRGB"
    picture += b" /Filter /FlateDecode"
    yield (
        "huge-picture.pdf",
        pdf(zlib.compress(bytes(MIB)), page=b"/Resources << /XObject << /X 4 0 R >> >>", stream=picture),
    )
    yield "looking-back.pdf", whole["a.pdf"].replace(b"trailer <<", b"trailer << /Prev 9 ")
    yield (
        "password.pdf",
        pdf(
            b"",
            trailer=b"/Encrypt << /Filter /Standard /V 1 /R 2 /O (%s) /U (%s) /P -4 >> /ID [(a)(a)]"
            % (b"o" * 32, b"u" * 32),
        ),
    )
    yield "far-start.pdf", b" " * 1000 + whole["a.pdf"]
    yield "just-the-name.pdf", b"%PDF-1.7\n%%EOF"


def packages(whole: dict[str, bytes], bait: Bait) -> Iterator[tuple[str, bytes]]:
    yield "bomb.docx", zipped({"[Content_Types].xml": b"<x/>", "word/document.xml": bytes(100 * MIB)})
    yield "many.docx", zipped({f"{number}": b"" for number in range(60_000)})
    yield (
        "up-and-out.docx",
        zipped({"../../../../tmp/harmed": b"x", "[Content_Types].xml": b"", "word/document.xml": b""}),
    )
    docx = whole["a.docx"]
    yield "lies-of-length.docx", docx[:18] + b"\xff" * 8 + docx[26:]
    at = docx.rindex(b"PK\5\6")
    yield "lies-of-number.docx", docx[: at + 8] + b"\xff\xff\xff\xff" + docx[at + 12 :]
    yield "within-itself.docx", docx[: at + 16] + b"\0\0\0\0" + docx[at + 20 :]
    yield (
        "long-mimetype.odt",
        zipped({"mimetype": b"application/vnd.oasis.opendocument.text" * 1_000_000}, zipfile.ZIP_STORED),
    )
    yield (
        "macro.doc",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000) + "WordDocument".encode("utf-16-le") + bytes(2000),
    )
