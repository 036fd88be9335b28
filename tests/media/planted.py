"""Files that say where they were made, with what and whose they are, in every place a format has for it."""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pillow_heif
import pyvips
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo
from PIL.TiffImagePlugin import IFDRational, ImageFileDirectory_v2

from tests.media.hostile.parts import box, chunk, filmed, pdf, synchsafe

OWNER, SERIAL, PLACE = "PLANTED-OWNER-Zq7", "PLANTED-SERIAL-8812093", "PLANTED-PLACE-Rosemount"
LATITUDE, LONGITUDE = 57.14973, -2.09431
ISO_6709 = f"+{LATITUDE}-002.09431/"
# Degrees as a fraction that nothing else has (EXIF keeps them as two numbers of 32 bits).
FRACTIONS = ((571497301, 10000019), (20943107, 10000019))
WORDS = (b"PLANTED", b"57.1497", b"2.0943", b"Rosemount")
TRACES = (
    *WORDS,
    *("PLANTED".encode(coding) for coding in ("utf-16-le", "utf-16-be", "utf-32-le", "cp500")),
    *("57.1497".encode(coding) for coding in ("utf-16-le", "utf-16-be")),
    *(struct.pack(order + "I", number) for order in "<>" for pair in FRACTIONS for number in pair),
)


def traces(data: bytes) -> list[bytes]:
    """What was planted and is in these bytes as it is."""
    return [trace for trace in TRACES if trace in data]


def planted(ffmpeg: str, folder: Path) -> dict[str, bytes]:
    """Name to bytes; each holds at least one of TRACES, some of them compressed."""
    made: dict[str, bytes] = {}
    for make in (_jpegs, _other_pictures, _papers):
        made |= dict(make())
    for maker in (_films, _sounds):
        made |= dict(maker(ffmpeg, folder))
    return made


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


def _saved(form: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture().save(out, form, **options)  # type: ignore[arg-type]
    return out.getvalue()


def _segment(number: int, body: bytes) -> bytes:
    return bytes((0xFF, number)) + struct.pack(">H", len(body) + 2) + body


def _with(jpeg: bytes, *segments: bytes) -> bytes:
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


def _jpegs() -> Iterator[tuple[str, bytes]]:
    plain = _saved("JPEG")
    whole = _saved("JPEG", exif=exif())
    yield "exif.jpg", whole
    yield "xmp.jpg", _with(plain, _segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp()))
    more = b"http://ns.adobe.com/xmp/extension/\0" + b"A" * 32 + struct.pack(">II", len(xmp()), 0) + xmp()
    yield "more-xmp.jpg", _with(plain, _segment(0xE1, more))
    yield "iptc.jpg", _with(plain, _segment(0xED, _iptc()))
    yield "comment.jpg", _with(plain, _segment(0xFE, f"{OWNER} {PLACE} {ISO_6709}".encode()))
    yield "colours.jpg", _saved("JPEG", icc_profile=_icc())
    yield "every-segment.jpg", _with(plain, *(_segment(0xE0 + n, b"MINE\0" + SERIAL.encode()) for n in range(16)))
    yield (
        "credentials.jpg",
        _with(plain, _segment(0xEB, b"JP\0\1\0\0\0\1" + box(b"jumb", box(b"jumd", OWNER.encode())))),
    )
    yield "small-picture.jpg", _with(plain, _segment(0xE0, b"JFXX\0\x10" + whole[:60000]))
    yield "picture-in-exif.jpg", _with(plain, _segment(0xE1, b"Exif\0\0" + _exif_with_picture(whole)))
    yield "two-pictures.jpg", _two_pictures(plain, whole)
    yield "behind.jpg", plain + f"{OWNER} {SERIAL} {ISO_6709}".encode()
    trailer = f"{SERIAL} {PLACE}".encode()
    yield "samsung.jpg", plain + trailer + b"SEFH" + struct.pack("<II", 106, 1) + bytes(12) + b"\x18\0\0\0SEFT"
    yield "turned.jpg", _saved("JPEG", exif=_turned())


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
    return _with(plain, _segment(0xE2, b"MPF\0" + head + rows + struct.pack("<I", 0) + entries)) + whole


def _other_pictures() -> Iterator[tuple[str, bytes]]:
    said = PngInfo()
    for name in ("Author", "Comment", "Source", "GPSLatitude"):
        said.add_text(name, f"{OWNER} {ISO_6709}")
    yield "text.png", _saved("PNG", pnginfo=said)
    packed = PngInfo()
    packed.add_text("Comment", f"{OWNER} {PLACE}" * 20, zip=True)
    packed.add_itxt("XML:com.adobe.xmp", xmp().decode(), zip=True)
    yield "packed-text.png", _saved("PNG", pnginfo=packed)
    yield "exif.png", _saved("PNG", exif=exif())
    plain = _saved("PNG")
    raw = f"\nexif\n{len(exif())}\n{exif().hex()}\n".encode()
    profile = b"Raw profile type exif\0\0" + zlib.compress(raw)
    yield (
        "raw-profile.png",
        plain[:33] + chunk(b"zTXt", profile) + chunk(b"tEXt", b"Place\0" + PLACE.encode()) + plain[33:],
    )
    yield "own-chunk.png", plain[:33] + chunk(b"plAc", SERIAL.encode()) + plain[33:] + OWNER.encode()
    yield "both.webp", _saved("WEBP", exif=exif(), xmp=xmp())
    behind = ImageFileDirectory_v2()
    behind[315], behind[270], behind[700], behind[33432] = OWNER, PLACE, xmp(), OWNER
    yield "tags.tiff", _saved("TIFF", tiffinfo=behind)
    yield "exif.tiff", _saved("TIFF", exif=exif())
    pages = io.BytesIO()
    picture().save(pages, "TIFF", save_all=True, append_images=[picture()], description=PLACE)
    yield "pages.tiff", pages.getvalue()
    yield "comment.gif", _saved("GIF", comment=f"{OWNER} {ISO_6709}".encode())
    gif = _saved("GIF")
    magic = b"\1" + bytes(range(255, -1, -1)) + b"\0"
    yield "xmp.gif", gif[:-1] + b"\x21\xff\x0bXMP DataXMP" + xmp() + magic + b"\x3b"
    pillow_heif.register_heif_opener()
    yield "both.heic", _saved("HEIF", exif=exif(), xmp=xmp())
    image = pyvips.Image.new_from_memory(picture().tobytes(), 320, 240, 3, "uchar").copy(interpretation="srgb").copy()
    image.set_type(pyvips.GValue.blob_type, "exif-data", b"Exif\0\0" + exif().removeprefix(b"Exif\0\0"))
    image.set_type(pyvips.GValue.blob_type, "xmp-data", xmp())
    yield "both.avif", image.heifsave_buffer(compression="av1", effort=0, keep="all")
    yield "behind.bmp", _saved("BMP") + f"{OWNER} {SERIAL}".encode()


def _films(ffmpeg: str, folder: Path) -> Iterator[tuple[str, bytes]]:
    source = ["-f", "lavfi", "-i", "testsrc2=s=160x90:r=10:d=0.6", "-f", "lavfi", "-i", "sine=d=0.6"]
    coding = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    tags = ["-metadata", f"location={ISO_6709}", "-metadata", f"title={PLACE}", "-metadata", f"artist={OWNER}"]
    tags += [
        "-metadata",
        f"comment={SERIAL}",
        "-metadata:s:v",
        f"handler_name={OWNER}",
        "-metadata:s:a",
        f"title={PLACE}",
    ]
    apple = "com.apple.quicktime."
    keys = ["-movflags", "use_metadata_tags"]
    for name, value in (("location.ISO6709", ISO_6709), ("make", OWNER), ("model", SERIAL), ("author", OWNER)):
        keys += ["-metadata", f"{apple}{name}={value}"]
    words, chapters = folder / "words.srt", folder / "chapters.txt"
    words.write_text(f"1\n00:00:00,000 --> 00:00:00,500\n{ISO_6709} {PLACE}\n")
    chapters.write_text(f";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=500\ntitle={PLACE}\n")
    note = ["-bsf:v", f"h264_metadata=sei_user_data=086f3693-b7b3-4f2c-9653-21492feee5b8+{SERIAL}"]
    hevc = [
        "-c:v",
        "libx265",
        "-preset",
        "ultrafast",
        "-x265-params",
        "log-level=none",
        "-tag:v",
        "hvc1",
        "-c:a",
        "aac",
    ]
    cover = folder / "cover.jpg"
    cover.write_bytes(_saved("JPEG", exif=exif()))
    every = ["-map", "0", "-map", "1", "-map", "2"]
    made = {
        "tags.mp4": [*source, *coding, *tags],
        "tags.mov": [*source, *coding, *tags],
        "keys.mov": [*source, *coding, *keys],
        "keys-hevc.mov": [*source, *hevc, *keys],
        "place.3gp": [*source, "-c:v", "mpeg4", "-c:a", "aac", *tags],
        "written-track.mp4": [*source, "-i", str(words), *every, *coding, "-c:s", "mov_text"],
        "chapters.mp4": [*source, "-i", str(chapters), "-map_chapters", "2", *coding],
        "note-in-the-pictures.mp4": [*source, *coding, *note],
        "tags.mkv": [*source, "-attach", str(cover), "-metadata:s:t", "mimetype=image/jpeg", *coding, *tags],
        "tags.webm": [*source, "-c:v", "libvpx", "-c:a", "libopus", *tags],
        "tags.avi": [*source, "-c:v", "mpeg4", "-c:a", "libmp3lame", *tags],
        "named.ts": [*source, *coding, "-metadata", f"service_name={PLACE}", "-metadata", f"service_provider={OWNER}"],
        "tags.flv": [*source, "-c:v", "libx264", "-c:a", "aac", *tags],
        "tags.wmv": [*source, "-c:v", "wmv2", "-c:a", "wmav2", *tags],
    }  # fmt: skip
    for name, arguments in made.items():
        yield name, filmed(ffmpeg, folder / name, *arguments)
    film = filmed(ffmpeg, folder / "plain.mp4", *source, *coding)
    yield (
        "boxes.mp4",
        film
        + box(b"udta", box(b"\xa9xyz", struct.pack(">HH", 22, 0x15C7) + ISO_6709.encode()))
        + box(b"uuid", bytes.fromhex("be7acfcb97a942e89c71999491e3afac") + xmp())
        + box(b"free", SERIAL.encode()),
    )
    # 3GPP TS 26.244, 8.10: a name, then longitude, latitude and height as 16.16 fixed point.
    degrees = struct.pack(">iii", round(LONGITUDE * 65536), round(LATITUDE * 65536), 0)
    place = bytes(6) + PLACE.encode() + b"\0\0" + degrees + OWNER.encode() + b"\0\0"
    yield "place-box.mp4", _with_udta(film, box(b"loci", place))
    loose = folder / "loose.h264"
    units = filmed(ffmpeg, folder / "units.h264", *source[:4], *coding[:4])
    # A unit of a type that the standard leaves to anyone (30), before each picture.
    own = b"\0\0\0\1\x1e" + f"{SERIAL} {ISO_6709}".encode()
    loose.write_bytes(re.sub(rb"\x00\x00\x00?\x01[\x25\x41\x65]", lambda found: own + found[0], units))
    yield "beside-the-pictures.mp4", filmed(ffmpeg, folder / "beside.mp4", "-i", str(loose), "-c", "copy")
    yield "behind-the-pictures.mp4", film + box(b"mdat", f"{ISO_6709} {SERIAL}".encode() * 50)
    motion = filmed(ffmpeg, folder / "motion.mp4", *source, *coding, *tags)
    google = b'xmlns:GCamera="http://ns.google.com/photos/1.0/camera/" GCamera:MicroVideo="1" '
    about = xmp().replace(b"aux:OwnerName", google + b"aux:OwnerName")
    yield (
        "motion.jpg",
        _with(_saved("JPEG", exif=exif()), _segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + about)) + motion,
    )


def _with_udta(film: bytes, inside: bytes) -> bytes:
    """The film with one more box at the end of its index, which is the last box of the file."""
    at = film.rindex(b"moov") - 4
    added = box(b"udta", inside)
    return film[:at] + struct.pack(">I", int.from_bytes(film[at : at + 4], "big") + len(added)) + film[at + 4 :] + added


def _sounds(ffmpeg: str, folder: Path) -> Iterator[tuple[str, bytes]]:
    source = ["-f", "lavfi", "-i", "sine=d=0.6:r=44100"]
    tags = ["-metadata", f"title={PLACE}", "-metadata", f"artist={OWNER}", "-metadata", f"comment={SERIAL} {ISO_6709}"]
    cover = folder / "sleeve.jpg"
    cover.write_bytes(_saved("JPEG", exif=exif()))
    sleeve = ["-i", str(cover), "-map", "0:a", "-map", "1:v", "-c:v", "copy", "-disposition:v", "attached_pic"]
    for name, arguments in {
        "id3.mp3": [*source, *sleeve, *tags],
        "tags.m4a": [*source, *tags, "-metadata", f"location={ISO_6709}"],
        "tags.flac": [*source, *sleeve, *tags],
        "tags.ogg": [*source, *tags],
        "tags.opus": [*source, *tags],
        "tags.wav": [*source, *tags, "-write_bext", "1", "-metadata", f"originator={OWNER}"],
        "tags.aiff": [*source, *tags, "-write_id3v2", "1"],
        "tags.wma": [*source, *tags],
    }.items():  # fmt: skip
        yield name, filmed(ffmpeg, folder / name, *arguments)
    mp3 = filmed(ffmpeg, folder / "plain.mp3", *source)
    frames = b"".join(
        kind + struct.pack(">I", len(body)) + b"\0\0" + body
        for kind, body in (
            (b"TXXX", b"\0place\0" + ISO_6709.encode()),
            (b"PRIV", OWNER.encode() + b"\0" + SERIAL.encode()),
            (b"GEOB", b"\0text/plain\0gps.txt\0\0" + ISO_6709.encode()),
            (b"COMM", b"\1eng\xff\xfe\0\0\xff\xfe" + OWNER.encode("utf-16-le")),
        )
    )
    yield "more-id3.mp3", b"ID3\3\0\0" + synchsafe(len(frames)) + frames + mp3
    last = b"TAG" + OWNER.encode().ljust(30, b"\0") + PLACE.encode().ljust(30, b"\0") + bytes(65)
    yield "id3v1.mp3", mp3 + last
    aac = filmed(ffmpeg, folder / "plain.aac", *source, "-c:a", "aac")
    yield "between-the-sounds.aac", _between(aac, f"{SERIAL} {ISO_6709}".encode())
    loose = folder / "between.aac"
    loose.write_bytes(_between(aac, f"{SERIAL} {ISO_6709}".encode()))
    yield "between-the-sounds.m4a", filmed(ffmpeg, folder / "between.m4a", "-i", str(loose), "-c", "copy")
    pictures = ["-f", "lavfi", "-i", "testsrc2=s=160x90:r=10:d=0.6", "-i", str(loose), "-c:a", "copy"]
    coding = ["-c:v", "libx264", "-pix_fmt", "yuv420p"]
    yield "between-the-sounds.mp4", filmed(ffmpeg, folder / "between.mp4", *pictures, *coding)


def _between(adts: bytes, said: bytes) -> bytes:
    """Each AAC frame with a data_stream_element before it (ISO/IEC 14496-3, 4.5.2.1): bytes that no decoder plays."""
    out, at = bytearray(), 0
    extra = bytes((0x81, len(said))) + said
    while at + 7 <= len(adts):
        length = (adts[at + 3] & 3) << 11 | adts[at + 4] << 3 | adts[at + 5] >> 5
        header = bytearray(adts[at : at + 7])
        grown = length + len(extra)
        header[3] = header[3] & 0xFC | grown >> 11
        header[4], header[5] = grown >> 3 & 0xFF, (grown & 7) << 5 | header[5] & 0x1F
        out += header + extra + adts[at + 7 : at + length]
        at += length
    return bytes(out)


def _papers() -> Iterator[tuple[str, bytes]]:
    yield "about.pdf", pdf(b"0 0 m 99 99 l S", trailer=f"/Info << /Author ({OWNER}) /Title ({PLACE}) >>".encode())
    yield "xmp.pdf", pdf(b"0 0 m 99 99 l S", catalog=b"/Metadata 4 0 R") + xmp()
    photo = _saved("JPEG", exif=exif())
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
