"""Papers for the demo box: certificates a school might give, as one-page PDFs and as photos of them on a table.

The PDF (1.4, A4 on its side) is written by hand and uses only the fonts every reader has (Times and Helvetica), so it
is small, its words can be searched and read aloud, and no font file is needed anywhere.
"""

import base64
import math
import random
import zlib
from collections.abc import Sequence
from ctypes import c_float
from functools import cache
from typing import NamedTuple

import pypdfium2
import pyvips

WIDTH, HEIGHT = 842.0, 595.0
MIDDLE = WIDTH / 2
FONTS = {"F1": "Times-Roman", "F2": "Times-Bold", "F3": "Times-Italic", "F4": "Times-BoldItalic", "F5": "Helvetica"}
INK, PAPER, GOLD, PALE = "#22303a", "#fffdf6", "#b88a2e", "#f4e6c0"


class _Colours(NamedTuple):
    deep: str
    bright: str
    ribbon: str


SETS = (
    _Colours("#24553f", "#547a63", "#c8443a"),
    _Colours("#27496d", "#4f97a6", "#d4543c"),
    _Colours("#7a2f4a", "#a8486a", "#2f7484"),
    _Colours("#5a3a78", "#7a4f86", "#e0813a"),
)


def certificate_pdf(
    title: str, name: str, line: str, school: str, seed: int = 0, signed: str = "Class teacher"
) -> bytes:
    """Return a certificate as a one-page PDF 1.4, A4 on its side.

    `title` is the award, `name` who gets it, `line` what for (it is broken into at most three lines), `school` who
    gives it, `signed` what stands under the signature. Letters outside Windows-1252 become `?`. `seed` changes the
    colours, the pattern and the signature.
    """
    dice = random.Random(f"certificate-{seed}")
    page = _Page(dice.choice(SETS))
    _ground(page, dice)
    _border(page)
    _crest(page, MIDDLE, 508)
    page.words(school.upper(), "F5", 12.5, 444, page.colours.deep, spacing=3.2)
    page.words(title, "F4", 50, 384, page.colours.deep, widest=640)
    page.words("is awarded to", "F3", 18, 340, INK)
    page.words(name, "F2", 46, 284, INK, widest=600)
    page.flourish(266)
    for number, words in enumerate(_lines(line, 440)):
        page.words(words, "F3", 21, 228 - number * 27, INK)
    _signature(page, dice, signed)
    _rosette(page, 668, 138)
    return page.pdf(f"{title}, {name}")


def certificate_picture(
    title: str, name: str, line: str, school: str, seed: int = 0, signed: str = "Class teacher", width: int = 1600
) -> bytes:
    """Return a photo of that certificate lying on a table, as a JPEG `width` pixels wide (3:4 as high)."""
    dice = random.Random(f"table-{seed}")
    height = width * 3 // 4
    with pypdfium2.PdfDocument(certificate_pdf(title, name, line, school, seed, signed)) as document:
        bitmap = document[0].render(scale=width / WIDTH, rev_byteorder=True)
        raw, across, down, bands = bytes(bitmap.buffer), bitmap.width, bitmap.height, bitmap.n_channels
        raw = b"".join(raw[row * bitmap.stride : row * bitmap.stride + across * bands] for row in range(down))
    sheet = pyvips.Image.new_from_memory(raw, across, down, bands, "uchar").extract_band(0, n=3)
    inside = base64.b64encode(sheet.copy(interpretation="srgb").pngsave_buffer(compression=1)).decode()
    svg = TABLE.format(
        width=width, height=height, turn=f"{dice.choice((-1, 1)) * dice.uniform(1.2, 3.2):.2f}", sheet=inside
    )
    picture = pyvips.Image.svgload_buffer(svg.encode(), unlimited=True).flatten(background=[255, 255, 255])
    data: bytes = picture.jpegsave_buffer(Q=88, keep="none", optimize_coding=True)
    return data


TABLE = """<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 400 300">
<linearGradient id="wood" x2="1" y2="1">
<stop stop-color="#b98a5a"/><stop offset="1" stop-color="#8a5f3c"/></linearGradient>
<linearGradient id="day" x2="1" y2=".8">
<stop stop-color="#fff6dc" stop-opacity=".4"/><stop offset=".5" stop-color="#fff6dc" stop-opacity="0"/>
<stop offset="1" stop-color="#20140a" stop-opacity=".34"/></linearGradient>
<rect width="400" height="300" fill="url(#wood)"/>
<path d="M0 58h400M0 132h400M0 206h400M0 276h400M90 0v58M270 58v74M60 132v74M310 206v70" stroke="#7a5233"
 stroke-width="2.5"/>
<path d="M0 30c120 8 260-8 400 2M0 96c120-8 280 10 400-2M0 170c140 10 240-10 400 2M0 244c120-8 260 10 400 0" fill="none"
 stroke="#a0743f" stroke-width="1.6"/>
<g transform="rotate({turn} 200 150)">
<path d="M30 36h348v248H30z" fill="#2a1a0c" opacity=".14"/><path d="M28 33h348v247H28z" fill="#2a1a0c" opacity=".22"/>
<image x="27" y="28" width="346" height="244.5" href="data:image/png;base64,{sheet}"/>
<path d="M27 28h346v244.5H27z" fill="url(#day)" opacity=".3"/></g>
<rect width="400" height="300" fill="url(#day)" opacity=".55"/></svg>"""


class _Page:
    """A PDF page being drawn, measured in points from its bottom left corner."""

    def __init__(self, colours: _Colours) -> None:
        self.colours = colours
        self.drawn: list[str] = []

    def shape(self, path: str, fill: str = "", line: str = "", thick: float = 1.0) -> None:
        """Draw a path of PDF operators (`m l c h`), filled, outlined or both with `#rrggbb` colours."""
        paint = {(True, False): "f", (False, True): "S", (True, True): "B"}[bool(fill), bool(line)]
        inks = [f"{_rgb(fill)} rg"] if fill else []
        inks += [f"{_rgb(line)} RG {thick:.2f} w 1 J 1 j"] if line else []
        self.drawn.append(f"{' '.join(inks)} {path} {paint}")

    def words(
        self, text: str, font: str, size: float, y: float, colour: str, *, widest: float = 700, spacing: float = 0,
        middle: float = MIDDLE,
    ) -> None:  # fmt: skip
        """Write one line with its middle at `middle`, smaller when it would be wider than `widest` points."""
        wide = _measure(FONTS[font], text) * size + spacing * (len(text) - 1)
        if wide > widest:
            size, spacing, wide = size * widest / wide, spacing * widest / wide, widest
        letters = text.encode("cp1252", "replace").hex()
        start = f"BT /{font} {size:.2f} Tf {spacing:.2f} Tc {_rgb(colour)} rg {middle - wide / 2:.2f} {y:.2f} Td"
        self.drawn.append(f"{start} <{letters}> Tj ET")

    def flourish(self, y: float) -> None:
        """Draw the line with a diamond that stands under a name."""
        for side in (-1, 1):
            end, bend = MIDDLE + side * 210, MIDDLE + side * 90
            path = f"{MIDDLE + side * 12} {y} m {bend} {y - 7} {bend + side * 40} {y + 9} {end} {y} c"
            self.shape(path, line=GOLD, thick=1.8)
        self.shape(f"{MIDDLE} {y + 5} m {MIDDLE + 6} {y} l {MIDDLE} {y - 5} l {MIDDLE - 6} {y} l h", fill=GOLD)

    def pdf(self, title: str) -> bytes:
        """Return the finished file with its one page, its fonts and its title."""
        content = zlib.compress("\n".join(self.drawn).encode("ascii"), 9)
        fonts = " ".join(f"/{short} {number} 0 R" for number, short in enumerate(FONTS, start=6))
        named = (b"\xfe\xff" + title.encode("utf-16-be")).hex()
        objects = [
            b"<< /Type /Catalog /Pages 2 0 R /Lang (en-GB) /ViewerPreferences << /DisplayDocTitle true >> >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH:.0f} {HEIGHT:.0f}] /Contents 4 0 R "
            f"/Resources << /Font << {fonts} >> >> >>".encode(),
            b"<< /Filter /FlateDecode /Length %d >>\nstream\n%b\nendstream" % (len(content), content),
            f"<< /Title <{named}> >>".encode(),
        ]
        for full in FONTS.values():
            kind = f"<< /Type /Font /Subtype /Type1 /BaseFont /{full} /Encoding /WinAnsiEncoding >>"
            objects.append(kind.encode())
        out, places = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), []
        for number, body in enumerate(objects, start=1):
            places.append(len(out))
            out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
        start, size = len(out), len(objects) + 1
        out += b"xref\n0 %d\n0000000000 65535 f \n" % size
        out += b"".join(b"%010d 00000 n \n" % place for place in places)
        out += b"trailer\n<< /Size %d /Root 1 0 R /Info 5 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start)
        return bytes(out)


def _rgb(colour: str) -> str:
    return " ".join(f"{int(colour[at : at + 2], 16) / 255:.3f}" for at in (1, 3, 5))


@cache
def _measure(font: str, text: str) -> float:
    """Return how wide `text` is in one of the standard fonts, in ems, asked of PDFium's own copy of that font."""
    raw = pypdfium2.raw
    with pypdfium2.PdfDocument.new() as document:
        face = raw.FPDFText_LoadStandardFont(document, font.encode())
        width, total = c_float(), 0.0
        for letter in text:
            raw.FPDFFont_GetGlyphWidth(face, ord(letter), 1000.0, width)
            total += width.value / 1000
        raw.FPDFFont_Close(face)
    return total


def _lines(text: str, widest: float) -> list[str]:
    """Break words into at most three lines of about the same length, each about `widest` points or less."""
    whole = _measure("Times-Italic", text) * 21
    even = min(max(whole / math.ceil(whole / widest) * 1.1, whole / 3), widest) if whole > widest else widest
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and len(lines) < 3 and _measure("Times-Italic", longer) * 21 > even:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _polygon(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.2f} {y:.2f} {'l' if n else 'm'}" for n, (x, y) in enumerate(points)) + " h"


def _circle(x: float, y: float, r: float) -> str:
    k = r * 0.5523
    return (
        f"{x + r:.2f} {y:.2f} m {x + r:.2f} {y + k:.2f} {x + k:.2f} {y + r:.2f} {x:.2f} {y + r:.2f} c "
        f"{x - k:.2f} {y + r:.2f} {x - r:.2f} {y + k:.2f} {x - r:.2f} {y:.2f} c "
        f"{x - r:.2f} {y - k:.2f} {x - k:.2f} {y - r:.2f} {x:.2f} {y - r:.2f} c "
        f"{x + k:.2f} {y - r:.2f} {x + r:.2f} {y - k:.2f} {x + r:.2f} {y:.2f} c h"
    )


def _star(x: float, y: float, outer: float, inner: float, points: int) -> str:
    rays = [(outer if n % 2 == 0 else inner, math.pi / 2 + n * math.pi / points) for n in range(points * 2)]
    return _polygon([(x + r * math.cos(a), y + r * math.sin(a)) for r, a in rays])


def _rectangle(inset: float) -> str:
    return f"{inset} {inset} {WIDTH - 2 * inset} {HEIGHT - 2 * inset} re"


def _ground(page: _Page, dice: random.Random) -> None:
    """Fill the page and draw the fine waves that stand behind the words, as on a banknote."""
    page.shape(_rectangle(0), fill=PAPER)
    turns, depth = dice.choice((5, 6, 7)), dice.uniform(26, 40)
    for number in range(15):
        middle, shift = 90 + number * 30, number * 0.7
        points = [(x, middle + depth * math.sin(x / WIDTH * math.tau * turns / 2 + shift)) for x in range(40, 803, 14)]
        page.shape(_polygon(points).removesuffix(" h"), line=PALE, thick=0.9)


def _border(page: _Page) -> None:
    page.shape(_rectangle(22), line=page.colours.deep, thick=12)
    page.shape(_rectangle(22), line=GOLD, thick=1.6)
    page.shape(_rectangle(38), line=GOLD, thick=1.2)
    page.shape(_rectangle(44), line=page.colours.deep, thick=0.7)
    for x, y in ((44, 44), (WIDTH - 44, 44), (44, HEIGHT - 44), (WIDTH - 44, HEIGHT - 44)):
        across, up = (1 if x < MIDDLE else -1), (1 if y < HEIGHT / 2 else -1)
        for number, (long, thin) in enumerate(((64, 15), (52, 12), (64, 15))):
            turn = math.radians(12 + number * 33)
            tip = x + across * long * math.cos(turn), y + up * long * math.sin(turn)
            side = -across * thin * math.sin(turn), up * thin * math.cos(turn)
            half = (x + tip[0]) / 2, (y + tip[1]) / 2
            leaf = f"{x:.1f} {y:.1f} m {half[0] + side[0]:.1f} {half[1] + side[1]:.1f} {tip[0]:.1f} {tip[1]:.1f} v "
            leaf += f"{half[0] - side[0]:.1f} {half[1] - side[1]:.1f} {x:.1f} {y:.1f} v h"
            page.shape(leaf, fill=page.colours.bright if number % 2 else page.colours.deep)
        page.shape(_circle(x, y, 9), fill=GOLD)
        page.shape(_circle(x, y, 4.5), fill=PAPER)


def _crest(page: _Page, x: float, y: float) -> None:
    """Draw the school's badge, a shield with a leaf, its middle at `x`, `y`."""

    def shield(grow: float) -> str:
        w, top, low = 24 * grow, 26 * grow, 30 * grow
        return (
            f"{x - w:.1f} {y + top:.1f} m {x + w:.1f} {y + top:.1f} l {x + w:.1f} {y - 2:.1f} l "
            f"{x + w:.1f} {y - low * 0.55:.1f} {x + w * 0.5:.1f} {y - low * 0.9:.1f} {x:.1f} {y - low:.1f} c "
            f"{x - w * 0.5:.1f} {y - low * 0.9:.1f} {x - w:.1f} {y - low * 0.55:.1f} {x - w:.1f} {y - 2:.1f} c h"
        )

    page.shape(shield(1.12), fill=GOLD)
    page.shape(shield(1.0), fill=page.colours.deep)
    leaf = f"{x} {y + 20} m {x + 17} {y + 8} {x + 14} {y - 10} {x} {y - 16} c "
    page.shape(leaf + f"{x - 14} {y - 10} {x - 17} {y + 8} {x} {y + 20} c h", fill=PALE)
    veins = f"{x} {y + 15} m {x} {y - 24} l"
    for up in (8, 0, -8):
        veins += f" {x} {y + up - 3} m {x + 8} {y + up + 2} l {x} {y + up - 3} m {x - 8} {y + up + 2} l"
    page.shape(veins, line=page.colours.deep, thick=1.8)


def _signature(page: _Page, dice: random.Random, signed: str) -> None:
    x, y = 118.0, 128.0
    path = f"{x} {y} m"
    for _ in range(dice.choice((6, 7, 8))):
        up, down, on = dice.uniform(9, 34), dice.uniform(4, 16), dice.uniform(11, 20)
        path += f" {x + 3:.1f} {y + up:.1f} {x + on:.1f} {y + up:.1f} {x + on * 0.7:.1f} {y - down * 0.4:.1f} c"
        path += f" {x + on * 0.6:.1f} {y - down:.1f} {x + on:.1f} {y - 2:.1f} {x + on + 3:.1f} {y + 2:.1f} c"
        x += on + 3
    page.shape(path + f" {x + 26:.1f} {y + 16:.1f} {x + 30:.1f} {y - 12:.1f} {x - 70:.1f} {y - 9:.1f} c",
               line="#2b4a8a", thick=1.7)  # fmt: skip
    page.shape("100 112 m 300 112 l", line=INK, thick=0.8)
    page.words(signed, "F3", 14, 95, INK, middle=200, widest=200)


def _rosette(page: _Page, x: float, y: float) -> None:
    ribbon = page.colours.ribbon
    for side in (-1, 1):
        ends = [(4, -20), (44, -30), (54, -92), (34, -78), (18, -96)]
        page.shape(_polygon([(x + side * across, y + up) for across, up in ends]), fill=ribbon)
    page.shape(_star(x, y, 57, 49, 20), fill="#c9962c")
    page.shape(_star(x, y + 1.5, 54, 47, 20), fill="#e3b23c")
    page.shape(_circle(x, y, 39), fill="#f4d27a", line="#c9962c", thick=2)
    page.shape(_circle(x, y, 33), line="#c9962c", thick=0.9)
    page.shape(_star(x, y - 1, 25, 11, 5), fill="#a8741a")
