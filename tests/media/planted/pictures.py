"""Pictures and papers that tell."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

import pillow_heif
import pyvips
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo
from PIL.TiffImagePlugin import IFDRational, ImageFileDirectory_v2

from tests.media.hostile.parts import box, chunk, pdf
from tests.media.planted.words import FRACTIONS, ISO_6709, OWNER, PLACE, SERIAL


def picture() -> Image.Image:
    return Image.radial_gradient("L").resize((320, 240)).convert("RGB")


def exif() -> bytes:
    """An Exif block with place, serial numbers, names and a maker's note."""
    made = Image.Exif()
    made[0x010F], made[0x0110], made[0x013B], made[0x8298] = "PLANTED-MAKE", "PLANTED-MODEL", OWNER, OWNER
    made[0x010E], made[0x0131], made[0x9C9D] = PLACE, "PLANTED-SOFTWARE", OWNER.encode("utf-16-le")
    details = made.get_ifd(0x8769)
    details[0xA431], details[0xA435], details[0xA430] = SERIAL, SERIAL, OWNER
    details[0x927C], details[0x9286] = b"PLANTED-MAKER-NOTE" * 9, b"ASCII\0\0\0" + PLACE.encode()
    details[0xA420], details[0x9003] = SERIAL, "2019:05:06 07:08:09"
    gps = made.get_ifd(0x8825)
    (gps[1], gps[3]) = ("N", "W")
    (gps[2], gps[4]) = (_degrees(FRACTIONS[0]), _degrees(FRACTIONS[1]))
    gps[0x1C] = b"ASCII\0\0\0" + PLACE.encode()
    return bytes(made.tobytes())


def _degrees(fraction: tuple[int, int]) -> tuple[IFDRational, ...]:
    return (IFDRational(*fraction), IFDRational(0, 1), IFDRational(0, 1))


def xmp() -> bytes:
    return (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        'xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:aux="http://ns.adobe.com/exif/1.0/aux/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" '
        f'exif:GPSLatitude="57,8.9838N" exif:GPSLongitude="2,5.6586W" aux:SerialNumber="{SERIAL}" '
        f'aux:OwnerName="{OWNER}" photoshop:City="{PLACE}" dc:creator="{OWNER}"/></rdf:RDF></x:xmpmeta>'
        '<?xpacket end="w"?>'
    ).encode()


def saved(form: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture().save(out, form, **options)  # type: ignore[arg-type]
    return out.getvalue()


def segment(number: int, body: bytes) -> bytes:
    return bytes((0xFF, number)) + struct.pack(">H", len(body) + 2) + body


def with_segments(jpeg: bytes, *segments: bytes) -> bytes:
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def _iptc() -> bytes:
    """IPTC-IIM: city, by-line, and a place written out, in a Photoshop resource block."""
    said = b"".join(
        b"\x1c\x02" + bytes((number,)) + struct.pack(">H", len(text)) + text.encode()
        for number, text in ((90, PLACE), (80, OWNER), (92, PLACE), (116, OWNER), (120, ISO_6709))
    )
    return b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(said)) + said + b"\0" * (len(said) % 2)


def _icc() -> bytes:
    """A colour profile with something else for a description."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    at = profile.index("sRGB".encode("utf-16-be"))
    planted_here = "PLANTED".encode("utf-16-be")
    return profile[:at] + planted_here + profile[at + len(planted_here) :]


def jpegs() -> Iterator[tuple[str, bytes]]:
    plain = saved("JPEG")
    whole = saved("JPEG", exif=exif())
    yield "exif.jpg", whole
    yield "xmp.jpg", with_segments(plain, segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp()))
    more = b"http://ns.adobe.com/xmp/extension/\0" + b"A" * 32 + struct.pack(">II", len(xmp()), 0) + xmp()
    yield "more-xmp.jpg", with_segments(plain, segment(0xE1, more))
    yield "iptc.jpg", with_segments(plain, segment(0xED, _iptc()))
    yield "comment.jpg", with_segments(plain, segment(0xFE, f"{OWNER} {PLACE} {ISO_6709}".encode()))
    yield "colours.jpg", saved("JPEG", icc_profile=_icc())
    yield (
        "every-segment.jpg",
        with_segments(plain, *(segment(0xE0 + n, b"MINE\0" + SERIAL.encode()) for n in range(16))),
    )
    yield (
        "credentials.jpg",
        with_segments(plain, segment(0xEB, b"JP\0\1\0\0\0\1" + box(b"jumb", box(b"jumd", OWNER.encode())))),
    )
    yield "small-picture.jpg", with_segments(plain, segment(0xE0, b"JFXX\0\x10" + whole[:60000]))
    yield "picture-in-exif.jpg", with_segments(plain, segment(0xE1, b"Exif\0\0" + _exif_with_picture(whole)))
    yield "two-pictures.jpg", _two_pictures(plain, whole)
    yield "behind.jpg", plain + f"{OWNER} {SERIAL} {ISO_6709}".encode()
    trailer = f"{SERIAL} {PLACE}".encode()
    yield "samsung.jpg", plain + trailer + b"SEFH" + struct.pack("<II", 106, 1) + bytes(12) + b"\x18\0\0\0SEFT"
    yield "turned.jpg", saved("JPEG", exif=_turned())


def _turned() -> bytes:
    made = Image.Exif()
    made.load(exif())
    made[0x0112] = 6
    return bytes(made.tobytes())


def _exif_with_picture(whole: bytes) -> bytes:
    """A TIFF whose second directory is a thumbnail, which has an Exif block of its own."""
    ifd0 = struct.pack("<H", 0) + struct.pack("<I", 14)
    ifd1 = (
        struct.pack("<H", 2) + struct.pack("<HHII", 0x0201, 4, 1, 44) + struct.pack("<HHII", 0x0202, 4, 1, len(whole))
    )
    return b"II*\0\x08\0\0\0" + ifd0 + ifd1 + struct.pack("<I", 0) + whole


def _two_pictures(plain: bytes, whole: bytes) -> bytes:
    """CIPA DC-007 (MPF): a second picture behind the first, with metadata of its own."""
    entries = struct.pack("<IIIHH", 0x20030000, len(plain), 0, 0, 0) + struct.pack("<IIIHH", 2, len(whole), 9999, 0, 0)
    head = b"II*\0\x08\0\0\0" + struct.pack("<H", 3)
    rows = struct.pack("<HHI4s", 0xB000, 7, 4, b"0100") + struct.pack("<HHII", 0xB001, 4, 1, 2)
    rows += struct.pack("<HHII", 0xB002, 7, len(entries), 8 + 2 + 36 + 4)
    return with_segments(plain, segment(0xE2, b"MPF\0" + head + rows + struct.pack("<I", 0) + entries)) + whole


def other_pictures() -> Iterator[tuple[str, bytes]]:
    said = PngInfo()
    for name in ("Author", "Comment", "Source", "GPSLatitude"):
        said.add_text(name, f"{OWNER} {ISO_6709}")
    yield "text.png", saved("PNG", pnginfo=said)
    packed = PngInfo()
    packed.add_text("Comment", f"{OWNER} {PLACE}" * 20, zip=True)
    packed.add_itxt("XML:com.adobe.xmp", xmp().decode(), zip=True)
    yield "packed-text.png", saved("PNG", pnginfo=packed)
    yield "exif.png", saved("PNG", exif=exif())
    plain = saved("PNG")
    raw = f"\nexif\n{len(exif())}\n{exif().hex()}\n".encode()
    profile = b"Raw profile type exif\0\0" + zlib.compress(raw)
    yield (
        "raw-profile.png",
        plain[:33] + chunk(b"zTXt", profile) + chunk(b"tEXt", b"Place\0" + PLACE.encode()) + plain[33:],
    )
    yield "own-chunk.png", plain[:33] + chunk(b"plAc", SERIAL.encode()) + plain[33:] + OWNER.encode()
    yield "both.webp", saved("WEBP", exif=exif(), xmp=xmp())
    behind = ImageFileDirectory_v2()
    behind[315], behind[270], behind[700], behind[33432] = OWNER, PLACE, xmp(), OWNER
    yield "tags.tiff", saved("TIFF", tiffinfo=behind)
    yield "exif.tiff", saved("TIFF", exif=exif())
    pages = io.BytesIO()
    picture().save(pages, "TIFF", save_all=True, append_images=[picture()], description=PLACE)
    yield "pages.tiff", pages.getvalue()
    yield "comment.gif", saved("GIF", comment=f"{OWNER} {ISO_6709}".encode())
    gif = saved("GIF")
    magic = b"\1" + bytes(range(255, -1, -1)) + b"\0"
    yield "xmp.gif", gif[:-1] + b"\x21\xff\x0bXMP DataXMP" + xmp() + magic + b"\x3b"
    pillow_heif.register_heif_opener()
    yield "both.heic", saved("HEIF", exif=exif(), xmp=xmp())
    image = pyvips.Image.new_from_memory(picture().tobytes(), 320, 240, 3, "uchar").copy(interpretation="srgb").copy()
    image.set_type(pyvips.GValue.blob_type, "exif-data", b"Exif\0\0" + exif().removeprefix(b"Exif\0\0"))
    image.set_type(pyvips.GValue.blob_type, "xmp-data", xmp())
    yield "both.avif", image.heifsave_buffer(compression="av1", effort=0, keep="all")
    others = {"save_all": True, "append_images": [picture().rotate(90)], "duration": 200}
    yield "moving.gif", saved("GIF", comment=f"{OWNER} {ISO_6709}".encode(), **others)
    yield "moving.webp", saved("WEBP", exif=exif(), xmp=xmp(), **others)
    yield "moving.png", saved("PNG", pnginfo=said, exif=exif(), **others)
    yield "moving.avif", saved("AVIF", exif=exif(), xmp=xmp(), **others)
    long = saved("PNG", pnginfo=said, exif=exif())
    yield "cut-off.png", long[: len(long) - 2000]
    yield "behind.bmp", saved("BMP") + f"{OWNER} {SERIAL}".encode()


def papers() -> Iterator[tuple[str, bytes]]:
    yield "about.pdf", pdf(b"0 0 m 99 99 l S", trailer=f"/Info << /Author ({OWNER}) /Title ({PLACE}) >>".encode())
    yield "xmp.pdf", pdf(b"0 0 m 99 99 l S", catalog=b"/Metadata 4 0 R") + xmp()
    photo = saved("JPEG", exif=exif())
    stream = b"/Type /XObject /Subtype /Image /Width 320 /Height 240 /BitsPerComponent 8 /ColorSpace /DeviceRGB"
    stream += b" /Filter /DCTDecode"
    yield "photo.pdf", pdf(photo, stream, page=b"/Resources << /XObject << /X 4 0 R >> >>")
    for ending, part in (("docx", "word/document.xml"), ("pptx", "ppt/presentation.xml"), ("xlsx", "xl/workbook.xml")):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as package:
            package.writestr("[Content_Types].xml", "<Types/>")
            package.writestr(part, "<x/>")
            package.writestr("docProps/core.xml", f"<creator>{OWNER}</creator><place>{PLACE}</place>")
            package.writestr("media/image1.jpeg", photo)
        yield f"about.{ending}", out.getvalue()
    yield "page.html", f"<meta name=author content='{OWNER}'><p>{ISO_6709}".encode()
    yield (
        "drawing.svg",
        f"<svg xmlns='http://www.w3.org/2000/svg'><metadata>{OWNER} {ISO_6709}</metadata></svg>".encode(),
    )
