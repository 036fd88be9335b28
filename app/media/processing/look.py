"""A first guess at what a file is, from its first bytes. The guess only picks a decoder; the decoder decides."""

from typing import Literal, NamedTuple

HEAD = 4096

Decoder = Literal["photo", "sound_or_video", "document", "office", "none"]


class Guess(NamedTuple):
    """`decoder`: who should try. `container`: its format. `sure`: a signature so long that failure means broken."""

    decoder: Decoder
    container: str
    sure: bool = True


OTHER = Guess("none", "")
NONE_MIME = "application/octet-stream"

_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_AVIF_BRANDS = {b"avif", b"avis"}
_QUICKTIME_ATOMS = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}
_PREFIXES = (
    (b"\xff\xd8\xff", Guess("photo", "jpeg")),
    (b"\x89PNG\r\n\x1a\n", Guess("photo", "png")),
    (b"GIF87a", Guess("photo", "gif")),
    (b"GIF89a", Guess("photo", "gif")),
    (b"II*\0", Guess("photo", "tiff")),
    (b"MM\0*", Guess("photo", "tiff")),
    (b"II+\0", Guess("photo", "tiff")),
    (b"MM\0+", Guess("photo", "tiff")),
    (b"\x1aE\xdf\xa3", Guess("sound_or_video", "matroska")),
    (b"OggS", Guess("sound_or_video", "ogg")),
    (b"fLaC", Guess("sound_or_video", "flac")),
    (b"#!AMR", Guess("sound_or_video", "amr")),
    (b"caff", Guess("sound_or_video", "caf")),
    (b"FLV\1", Guess("sound_or_video", "flv")),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c", Guess("sound_or_video", "asf")),
    (b"\0\0\1\xba", Guess("sound_or_video", "mpeg")),
    (b"RF64", Guess("sound_or_video", "wav")),
    (b"BW64", Guess("sound_or_video", "wav")),
    (b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00", Guess("sound_or_video", "w64")),
    (b".snd\0\0", Guess("sound_or_video", "au")),
    (b"\x0b\x77", Guess("sound_or_video", "ac3", sure=False)),
    (b"\x1f\x07\x00\x3f", Guess("sound_or_video", "dv", sure=False)),
    (b"\x1f\x07\x00\xbf", Guess("sound_or_video", "dv", sure=False)),
    (b"PK\3\4", Guess("office", "zip")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Guess("office", "ole")),
    (b"ID3", Guess("sound_or_video", "mp3", sure=False)),
)

# container: mime of a picture or document, or (mime with pictures, mime with sound alone)
_MIMES: dict[str, tuple[str, str]] = {
    "mp4": ("video/mp4", "audio/mp4"),
    "quicktime": ("video/quicktime", "audio/mp4"),
    "3gp": ("video/3gpp", "audio/3gpp"),
    "matroska": ("video/webm", "audio/webm"),
    "ogg": ("video/ogg", "audio/ogg"),
    "flac": ("audio/flac", "audio/flac"),
    "amr": ("audio/amr", "audio/amr"),
    "caf": ("audio/x-caf", "audio/x-caf"),
    "flv": ("video/x-flv", "audio/x-flv"),
    "asf": ("video/x-ms-wmv", "audio/x-ms-wma"),
    "mpeg": ("video/mpeg", "audio/mpeg"),
    "mpegts": ("video/mp2t", "audio/mp2t"),
    "avi": ("video/x-msvideo", "audio/x-msvideo"),
    "wav": ("audio/wav", "audio/wav"),
    "aiff": ("audio/aiff", "audio/aiff"),
    "mp3": ("audio/mpeg", "audio/mpeg"),
    "aac": ("audio/aac", "audio/aac"),
    "w64": ("audio/x-w64", "audio/x-w64"),
    "au": ("audio/basic", "audio/basic"),
    "ac3": ("audio/ac3", "audio/ac3"),
    "dv": ("video/dv", "audio/dv"),
}


# Transport streams: as broadcast, with the hour before each packet (AVCHD, Blu-ray), with check bytes behind.
_PACKETS = ((188, 0), (192, 4), (204, 0))


def mime_of(container: str, pictures: bool) -> str:
    """The media type of a sound or video container, with or without moving pictures."""
    return _MIMES[container][0 if pictures else 1]


def guess(head: bytes) -> Guess:
    """Which decoder should try a file that begins with `head` (up to HEAD bytes)."""
    for prefix, found in _PREFIXES:
        if head.startswith(prefix):
            return found
    if head[4:8] == b"ftyp":
        return _iso_media(head)
    if head[4:8] in _QUICKTIME_ATOMS:
        return Guess("sound_or_video", "quicktime")
    if head.startswith(b"RIFF"):
        formats = {b"WEBP": Guess("photo", "webp"), b"WAVE": Guess("sound_or_video", "wav")}
        return formats.get(head[8:12], Guess("sound_or_video", "avi") if head[8:11] == b"AVI" else OTHER)
    if head.startswith(b"FORM") and head[8:12] in (b"AIFF", b"AIFC"):
        return Guess("sound_or_video", "aiff")
    if head.startswith(b"BM") and head[14:18] in (b"\x0c\0\0\0", b"\x28\0\0\0", b"\x6c\0\0\0", b"\x7c\0\0\0"):
        return Guess("photo", "bmp")
    if b"%PDF-" in head[:1024]:
        return Guess("document", "pdf")
    if any(_packets(head, length, start) for length, start in _PACKETS):
        return Guess("sound_or_video", "mpegts", sure=False)
    if len(head) > 4 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return Guess("sound_or_video", "aac" if head[1] & 0xF6 == 0xF0 else "mp3", sure=False)
    return OTHER


def _packets(head: bytes, length: int, start: int) -> bool:
    return len(head) > start + 2 * length and {head[start + n * length] for n in range(3)} == {0x47}


def _iso_media(head: bytes) -> Guess:
    length = min(int.from_bytes(head[:4], "big"), len(head))
    brands = [head[8:12]] + [head[at : at + 4] for at in range(16, length - 3, 4)]
    if brands[0] in _AVIF_BRANDS:
        return Guess("photo", "avif")
    if brands[0] in _HEIF_BRANDS:
        return Guess("photo", "avif" if _AVIF_BRANDS & set(brands) and b"heic" not in brands else "heic")
    if brands[0] in (b"crx ", b"jxl ", b"jp2 ", b"jpx "):
        return OTHER
    if brands[0] == b"qt  ":
        return Guess("sound_or_video", "quicktime")
    return Guess("sound_or_video", "3gp" if brands[0].startswith(b"3g") else "mp4")
