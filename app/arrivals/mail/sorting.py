"""Which kind of memory each attached file becomes."""

import mimetypes
import re
from collections.abc import Sequence
from pathlib import PurePath

from app.arrivals.mail.letter import Attached, Letter
from app.arrivals.receive import GiftItem, SentFile
from app.media.names import moving_halves
from app.media.processing.look import HEAD, guess

PIECE = 1024 * 1024
_PAPER = re.compile(
    r"certificat|award|diploma|merit|prize|achievement|star of the|pupil of|reader of the|commendation", re.IGNORECASE
)
_NAMED_BY_A_MACHINE = re.compile(
    r"(?:img|dscn?|dscf|pxl|image|photo|video|vid|aud|ptt|scan|file|document|mvimg|screenshot|whatsapp \w+)?"
    r"[\W_\d]*(?:wa\d+|at [\d. ]+|copy|effects|edited|hdr|burst\d*|mp|ts|night|portrait)*[\W_\d]*",
    re.IGNORECASE,
)


def items_of(letter: Letter) -> list[GiftItem]:
    """One item for each attached file, a photo with its film; the words go with the first. No file is a message."""
    if not letter.attached:
        return [GiftItem("message", title=letter.title, words=letter.words or letter.title)]
    together = _with_moving_halves(letter.attached)
    alone = len(together) == 1
    return [
        GiftItem(
            kind_of(files[0], letter.title),
            title=letter.title if alone else title_of(files[0]) or letter.title,
            words=letter.words if position == 0 else "",
            files=[sent for file in files for sent in _sent(file)],
        )
        for position, files in enumerate(together)
    ]


def _with_moving_halves(attached: Sequence[Attached]) -> list[list[Attached]]:
    """Each file, and behind a photo the short film that its phone keeps beside it."""
    halves = moving_halves([file.name for file in attached])
    stem = [PurePath(file.name).stem.casefold() for file in attached]
    return [
        [file, *(attached[half] for half in sorted(halves) if stem[half] == stem[place])]
        for place, file in enumerate(attached)
        if place not in halves
    ]


def kind_of(file: Attached, title: str) -> str:
    """ "photo", "video", "voice", "message" for a name or a date to put down, or, for papers and all else,
    "certificate". First bytes count before the name."""
    found = guess(file.data[:HEAD])
    claimed = file.mime if file.mime != "application/octet-stream" else mimetypes.guess_type(file.name)[0] or ""
    if found.decoder == "photo":
        return "certificate" if _PAPER.search(f"{title} {file.name}") else "photo"
    if found.decoder == "sound_or_video":
        return "voice" if claimed.startswith("audio/") or found.container in _SOUNDS else "video"
    if found.decoder == "none" and claimed.startswith(("image/", "video/", "audio/")):
        return {"image": "photo", "video": "video", "audio": "voice"}[claimed.partition("/")[0]]
    return "message" if claimed in _TO_PUT_DOWN or file.name.lower().endswith((".vcf", ".ics")) else "certificate"


_TO_PUT_DOWN = {"text/vcard", "text/x-vcard", "text/directory", "text/calendar", "application/ics"}
_SOUNDS = {"mp3", "aac", "wav", "flac", "amr", "aiff", "caf", "w64", "au", "ac3"}


def title_of(file: Attached) -> str:
    """A file's name as a title; "" when a camera or a scanner gave it."""
    stem = " ".join(re.sub(r"[_\-+]+", " ", PurePath(file.name).stem).split())
    return "" if _NAMED_BY_A_MACHINE.fullmatch(stem) else stem[:120]


def _sent(file: Attached) -> Sequence[SentFile]:
    pieces = (file.data[at : at + PIECE] for at in range(0, len(file.data), PIECE))
    return (SentFile(file.name, file.mime, pieces),)
