"""The parts of a message as the email package has them, and what it leaves to others. Nothing here raises."""

import mimetypes
import re
from email.message import Message
from email.parser import BytesFeedParser
from email.policy import compat32
from pathlib import PurePath

from app.arrivals.mail.headers import decoded, plain_text

NAME_LENGTH = 255
PIECE = 64 * 1024


def parsed(raw: bytes) -> Message:
    """A message taken apart as far as it goes."""
    # Piece by piece: given at once, the parser holds it several times over.
    parser = BytesFeedParser(policy=compat32)
    for at in range(0, len(raw), PIECE):
        parser.feed(raw[at : at + PIECE])
    message: Message = parser.close()
    return message


def children(part: Message) -> list[Message]:
    """The parts of a multipart, or the one message inside; [] of anything else."""
    found = part.get_payload()
    if isinstance(found, list):
        return [each for each in found if isinstance(each, Message)]
    if part.get_content_maintype() != "multipart":
        return []
    # The boundary it announces never comes: go by the one that does, or else it is text.
    first = re.match(r"\s*--(\S[^\r\n]*)\r?\nContent-", str(found), re.IGNORECASE)
    if first:
        return _reparsed(str(found), first[1].rstrip())
    return [parsed(b"\r\n" + str(found).encode("utf-8", "surrogateescape"))] if str(found).strip() else []


def after_the_end(part: Message) -> list[Message]:
    """Parts that follow the last boundary, where an inner multipart used the same one."""
    boundary, rest = part.get_boundary(), part.epilogue
    if not isinstance(boundary, str) or not isinstance(rest, str) or f"\n--{boundary}" not in f"\n{rest}":
        return []
    return _reparsed(rest, boundary)


def _reparsed(text: str, boundary: str) -> list[Message]:
    quoted = boundary.replace("\\", "\\\\").replace('"', '\\"')
    whole = f'Content-Type: multipart/mixed; boundary="{quoted}"\r\n\r\n{text}'
    found = parsed(whole.encode("utf-8", "surrogateescape")).get_payload()
    return [each for each in found if isinstance(each, Message)] if isinstance(found, list) else []


def payload(part: Message) -> bytes:
    """The bytes of a leaf with its transfer encoding undone, where it can be."""
    try:
        data = part.get_payload(decode=True)
    except Exception:  # malformed transfer encodings; the bytes as they came are better than none
        data = None
    if isinstance(data, bytes):
        return data
    raw = part.get_payload()
    return raw.encode("utf-8", "surrogateescape") if isinstance(raw, str) else b""


def flattened(part: Message) -> bytes:
    """A part written out again."""
    try:
        return part.as_bytes()
    except Exception:  # a part that parses need not be writable again
        return b"".join(f"{name}: {value}\n".encode("utf-8", "replace") for name, value in part.raw_items())


def charset_of(part: Message) -> str | None:
    """The charset that a part claims."""
    found = part.get_content_charset()
    return found if isinstance(found, str) else None


def flows(part: Message) -> tuple[bool, bool]:
    """Whether a text part is format=flowed, and whether with DelSp=yes (RFC 3676)."""
    try:
        said = {name: str(part.get_param(name) or "").lower() for name in ("format", "delsp")}
    except Exception:  # parameters that contradict each other
        return False, False
    return said["format"] == "flowed", said["delsp"] == "yes"


def name_of(part: Message) -> str:
    """The file's own name without folders or control characters, "" when it has none."""
    for about in ("content-disposition", "content-type"):
        value = next((str(value) for name, value in part.raw_items() if name.lower() == about), "")
        if not value.isascii():  # bytes that RFC 2047 wants encoded
            part.replace_header(about, plain_text(value.encode("utf-8", "surrogateescape")))
    try:
        found = part.get_filename() or ""
    except Exception:  # RFC 2231 parameters that contradict each other
        found = ""
    return clean_name(decoded(found.encode("utf-8", "surrogateescape")))


def clean_name(found: str) -> str:
    """A file's name without folders, line ends and what could not be read; its ending survives when it is too long."""
    name = PurePath(found.replace("\\", "/").replace("\n", " ").replace("\ufffd", "")).name.strip(" .")
    if len(name) > NAME_LENGTH:
        suffix = PurePath(name).suffix[:12]
        name = name[: NAME_LENGTH - len(suffix)] + suffix
    return name


def made_up_name(kind: str) -> str:
    """What a file without a name is called."""
    return "file" + (mimetypes.guess_extension(kind) or "")
