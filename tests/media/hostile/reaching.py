"""Files that would run a script in a browser, or read what is outside the cage."""

import struct
import zlib
from collections.abc import Iterator

from tests.media.hostile.bait import Bait
from tests.media.hostile.parts import box, chunk, synchsafe, zipped

SCRIPT = "<script>window.HARMED = true; fetch('/harmed'); document.title = 'harmed'</script>"


def scripts(whole: dict[str, bytes], bait: Bait) -> Iterator[tuple[str, bytes]]:
    page = f"<!DOCTYPE html><html><body>{SCRIPT}<img src=x onerror='window.HARMED=1'></body></html>".encode()
    drawn = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" onload="HARMED=1">{SCRIPT}'
    )
    yield "page.html", page
    yield "page-called.jpeg", page
    yield "page-called.mp4", page
    yield "drawing.svg", f"{drawn}<image xlink:href='file://{bait.path}'/><use href='{bait.url}#a'/></svg>".encode()
    yield "drawing-called.png", f"{drawn}</svg>".encode()
    packed = zlib.compressobj(9, zlib.DEFLATED, 31)
    yield "drawing.svgz", packed.compress(f"{drawn}</svg>".encode()) + packed.flush()
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    yield "laughs.svg", f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]><svg>&l9;</svg>'.encode()
    inside = f'<!DOCTYPE x [<!ENTITY secret SYSTEM "file://{bait.path}">]><svg>&secret;</svg>'
    yield "secret.svg", inside.encode()
    yield "script.xhtml", b'<html xmlns="http://www.w3.org/1999/xhtml">' + SCRIPT.encode() + b"</html>"
    yield "archive.mhtml", b"MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n" + page
    jpeg, png_, gif = whole["a.jpeg"], whole["a.png"], whole["a.gif"]
    comment = b"\xff\xfe" + struct.pack(">H", len(page) + 2) + page
    yield "page-in-a-comment.jpeg", jpeg[:2] + comment + jpeg[2:]
    yield "page-behind.jpeg", jpeg + page
    yield "page-behind.png", png_ + page
    yield "page-in-text.png", png_[:33] + chunk(b"tEXt", b"Comment\0" + page) + png_[33:]
    yield "package-behind.png", png_ + zipped({"a.html": page})
    yield "package-behind.jpeg", jpeg + zipped({"META-INF/MANIFEST.MF": b"Main-Class: A"})
    yield "also-javascript.gif", b"GIF89a=1;window.HARMED=1;/*" + gif[27:] + b"*/"
    yield "also-javascript.bmp", b"BM=1;window.HARMED=1;//" + whole["a.bmp"][23:]
    yield "page-first.pdf", page + b"\n" + whole["a.pdf"]
    yield "page-behind.gif", gif + page
    yield "page-in-a-box.mp4", box(b"free", page) + whole["a.mp4"]
    yield "page-in-a-box.mov", whole["a.mov"] + box(b"uuid", bytes(16) + page)
    tag = b"TXXX" + struct.pack(">I", len(page)) + b"\0\0" + page
    yield "page-in-a-tag.mp3", b"ID3\3\0\0" + synchsafe(len(tag)) + tag + whole["a.mp3"]
    yield "page-behind.webm", whole["a.webm"] + page
    yield "film-in-a-picture.jpeg", jpeg + whole["a.mp4"]
    yield "utf-7.html", b"+ADw-script+AD4-window.HARMED=1+ADw-/script+AD4-"
    yield "utf-16.html", page.decode().encode("utf-16")


def playlists(whole: dict[str, bytes], bait: Bait) -> Iterator[tuple[str, bytes]]:
    for number, place in enumerate((str(bait.path), f"file://{bait.path}", f"{bait.url}a.ts", "/etc/passwd")):
        hls = (
            f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:2,\n{place}\n#EXT-X-ENDLIST\n".encode()
        )
        for ending in ("mp4", "avi"):
            yield f"playlist-{number}.{ending}", hls
        yield f"playlist-behind-{number}.mp4", b"\0\0\0\x18ftypisom\0\0\0\0isomiso2" + hls
        yield f"playlist-in-avi-{number}.avi", b"RIFF" + struct.pack("<I", 300) + b"AVI GAB2\0\2\0\0\0" + hls
        yield f"concat-{number}.mp4", f"ffconcat version 1.0\nfile '{place}'\n".encode()
        yield f"elsewhere-{number}.mov", elsewhere(whole["a.mov"], place.encode())
        yield (
            f"elsewhere-{number}.mpd",
            f"<MPD xmlns='urn:mpeg:dash:schema:mpd:2011'><BaseURL>{place}</BaseURL></MPD>".encode(),
        )
        yield (
            f"elsewhere-{number}.sdp",
            f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nm=audio 5004 RTP/AVP 0\na=control:{place}\n".encode(),
        )
    yield (
        "key.m3u8",
        f'#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="{bait.url}key"\n#EXTINF:2,\nconcat:{bait.path}|{bait.url}\n'.encode(),
    )


def elsewhere(film: bytes, place: bytes) -> bytes:
    """A film whose pictures lie in another file: QuickTime's data reference."""
    reference = b"\0\0\0\0\0\0\0\1" + box(b"url ", b"\0\0\0\0" + place + b"\0")
    at = film.index(b"dref") - 4
    end = at + int.from_bytes(film[at : at + 4], "big")
    grown = box(b"dref", reference)
    made = bytearray(film[:at] + grown + film[end:])
    for kind in (b"dinf", b"minf", b"mdia", b"trak", b"moov"):
        place_of = made.rindex(kind, 0, at) - 4
        length = int.from_bytes(made[place_of : place_of + 4], "big") + len(grown) - (end - at)
        made[place_of : place_of + 4] = struct.pack(">I", length)
    return bytes(made)
