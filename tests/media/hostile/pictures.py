"""Pictures that are larger than they look, or never end."""

import struct
import zlib
from collections.abc import Iterator

from PIL import Image

from tests.media.hostile.bait import Bait
from tests.media.hostile.parts import MIB, boxes, chunk, png, saved, tiff


def pictures(whole: dict[str, bytes], bait: Bait) -> Iterator[tuple[str, bytes]]:
    yield "50000-by-50000.png", png(50_000, 50_000, 1, 0)
    yield "50000-and-nothing.png", png(50_000, 50_000, 8, 6, rows=0)
    yield "2-to-the-31.png", png(2**31 - 1, 2**31 - 1, 16, 6, rows=0)
    yield "interlaced.png", png(9000, 9000, 8, 6, interlace=1, rows=3)
    yield "100-megapixels.png", png(10_000, 9_999, 1, 0)
    yield "one-long-line.png", png(99_000_000, 1, 1, 0)
    flat = whole["a.png"]
    for kind, before in ((b"iCCP", b"p\0\0"), (b"zTXt", b"Comment\0\0"), (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0")):
        stuffed = chunk(kind, before + zlib.compress(bytes(200 * MIB), 9))
        yield f"bomb-in-{kind.decode()}.png", flat[:33] + stuffed + flat[33:]
    yield "many-chunks.png", flat[:33] + chunk(b"tEXt", b"a\0b") * 100_000 + flat[33:]
    yield "wrong-sum.png", flat[:29] + b"\0\0\0\0" + flat[33:]
    jpeg = whole["a.jpeg"]
    start = jpeg.index(b"\xff\xc0")
    yield "65500-square.jpeg", jpeg[: start + 5] + struct.pack(">HH", 65500, 65500) + jpeg[start + 9 :]
    yield "9000-square-progressive.jpeg", many_scans(9000)
    yield "endless-comments.jpeg", jpeg[:2] + (b"\xff\xfe\xff\xff" + bytes(65533)) * 300 + jpeg[2:]
    yield "no-end.jpeg", jpeg[:-2] + b"\xff\xd0" * 100_000
    gif = whole["a.gif"]
    yield "65535-square.gif", gif[:6] + b"\xff\xff\xff\xff" + gif[10:]
    yield "60000-frames.gif", many_frames(60_000, 1)
    yield "huge-frames.gif", many_frames(300, 9000)
    yield "endless-comment.gif", gif[:-1] + b"\x21\xfe" + (b"\xff" + bytes(255)) * 40_000
    bmp = whole["a.bmp"]
    for name, wide, high in (("huge", 2**31 - 1, 2**31 - 1), ("upside-down", 30_000, -(2**31)), ("minus", -5, 5)):
        yield f"{name}.bmp", bmp[:18] + struct.pack("<ii", wide, high) + bmp[26:]
    for name in ("a.avif", "a.heic"):
        data = whole[name]
        at = data.index(b"ispe") + 8
        for side in (16_384, 65_535, 2**32 - 1):
            yield f"{side}-square.{name[2:]}", data[:at] + struct.pack(">II", side, side) + data[at + 8 :]
        at = data.index(b"iloc")
        yield f"looks-elsewhere.{name[2:]}", data[: at + 8] + b"\xff" * 24 + data[at + 32 :]
    yield "many-frames.webp", animated_webp()
    webp = whole["a.webp"]
    yield "long.webp", webp[:4] + b"\xff\xff\xff\x7f" + webp[8:]
    yield "boxes-in-boxes.heic", boxes(b"\0\0\0\x18ftypheic\0\0\0\0heicmif1", b"meta", 20_000)


def tiffs(whole: dict[str, bytes], bait: Bait) -> Iterator[tuple[str, bytes]]:
    yield "next-is-itself.tiff", tiff([(256, 3, 1, 9), (257, 3, 1, 9)], after=8)
    yield "inside-is-itself.tiff", tiff([(256, 3, 1, 9), (257, 3, 1, 9), (330, 4, 1, 8), (34665, 4, 1, 8)])
    yield "2-to-the-31.tiff", tiff([(256, 4, 1, 2**31 - 1), (257, 4, 1, 2**31 - 1), (273, 4, 1, 8), (279, 4, 1, 9)])
    yield (
        "a-billion-strips.tiff",
        tiff([(256, 4, 1, 9000), (257, 4, 1, 9000), (273, 4, 2**30, 8), (278, 4, 1, 1), (279, 4, 2**30, 8)]),
    )
    yield (
        "tiles-of-one.tiff",
        tiff(
            [
                (256, 4, 1, 9000),
                (257, 4, 1, 9000),
                (322, 4, 1, 1),
                (323, 4, 1, 1),
                (324, 4, 2**26, 8),
                (325, 4, 2**26, 8),
            ]
        ),
    )
    yield "65535-bands.tiff", tiff([(256, 4, 1, 5000), (257, 4, 1, 5000), (258, 3, 1, 8), (277, 3, 1, 65535)])
    packed = zlib.compress(bytes(99_000_000), 9)
    head = [(256, 4, 1, 9_900), (257, 4, 1, 10_000), (258, 3, 1, 8), (259, 3, 1, 8), (262, 3, 1, 1),
            (273, 4, 1, 122), (277, 3, 1, 1), (278, 4, 1, 10_000), (279, 4, 1, len(packed))]  # fmt: skip
    yield "one-strip-of-99-megapixels.tiff", tiff(head) + packed


def many_scans(side: int) -> bytes:
    """A progressive JPEG that says it is large and begins again and again."""
    small = saved(Image.new("L", (64, 64), 90), "jpeg", progressive=True)
    start = small.index(b"\xff\xc2")
    scans = small[small.index(b"\xff\xda") : -2]
    return small[: start + 5] + struct.pack(">HH", side, side) + small[start + 9 : -2] + scans * 2000 + small[-2:]


def many_frames(count: int, side: int) -> bytes:
    """A GIF whose every frame says it is `side` pixels square."""
    head = b"GIF89a" + struct.pack("<HH", side, side) + b"\x80\0\0" + bytes(3) + b"\xff\xff\xff"
    frame = b"\x2c\0\0\0\0" + struct.pack("<HH", side, side) + b"\0\2\2\x44\1\0"
    return head + frame * count + b"\x3b"


def animated_webp() -> bytes:
    frames = [Image.new("RGB", (2, 2), (shade % 256, shade // 256, 0)) for shade in range(2000)]
    return saved(frames[0], "webp", save_all=True, append_images=frames[1:])
