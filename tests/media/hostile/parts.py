"""Formats by hand: what a file that no honest program makes is put together from."""

import io
import struct
import subprocess
import zipfile
import zlib
from pathlib import Path

from PIL import Image

MIB = 1024 * 1024


def png(width: int, height: int, depth: int, colour: int, interlace: int = 0, rows: int | None = None) -> bytes:
    """A PNG of that size, all black; only the first `rows` lines of it are there."""
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    bands = {0: 1, 2: 3, 6: 4}[colour]
    line = 1 + (width * bands * depth + 7) // 8
    squeeze = zlib.compressobj(9)
    body = b"".join(squeeze.compress(bytes(line)) for _ in range(height if rows is None else rows)) + squeeze.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk of a PNG, with its sum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def tiff(entries: list[tuple[int, int, int, int]], after: int = 0) -> bytes:
    """A little-endian TIFF with one directory of (tag, type, count, value), and where the next one is."""
    rows = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + rows + struct.pack("<I", after)


def pdf(
    content: bytes, about: bytes = b"", *, page: bytes = b"/MediaBox [0 0 200 200]", catalog: bytes = b"",
    stream: bytes = b"", trailer: bytes = b"",
) -> bytes:  # fmt: skip
    """A PDF of one page with this content stream."""
    box = b"" if b"/MediaBox" in page else b"/MediaBox [0 0 200 200]"
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R " + catalog + b" >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R " + box + page + b" >>",
        b"<< /Length %d " % len(content) + about + stream + b" >>\nstream\n" + content + b"\nendstream",
    ]
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + part + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out) + b"trailer << /Size 5 /Root 1 0 R " + trailer + b" >>\nstartxref\n%d\n%%%%EOF\n" % start


def saved(picture: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form.upper(), **options)  # type: ignore[arg-type]
    return out.getvalue()


def filmed(ffmpeg: str, path: Path, *arguments: str) -> bytes:
    subprocess.run([ffmpeg, "-nostdin", "-v", "error", "-y", *arguments, str(path)], check=True)
    return path.read_bytes()


def zipped(members: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return out.getvalue()


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + kind + body


def boxes(head: bytes, kind: bytes, deep: int) -> bytes:
    return head + b"".join(struct.pack(">I", (deep - number) * 8) + kind for number in range(deep))


def synchsafe(number: int) -> bytes:
    return bytes((number >> shift) & 0x7F for shift in (21, 14, 7, 0))


def patched(data: bytes, after: bytes, by: int, value: bytes) -> bytes:
    at = data.index(after) + by
    return data[:at] + value + data[at + len(value) :]
