"""What is in a message: a title, the words someone wrote, and the things they attached. It never raises."""

import base64
import logging
import mimetypes
import re
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from pathlib import PurePath

from app.arrivals.mail.headers import Headers, body_of, decoded, plain_text, raw_field, read_headers
from app.arrivals.mail.html_text import html_text
from app.arrivals.mail.own_words import own_words

log = logging.getLogger("holdfast.mail")

MOST_PARTS = 500
DEEPEST = 20
SMALL_PICTURE = 24 * 1024
PIXELS = 8
NAME_LENGTH = 120

_SEALS = {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"}
_ABOUT_DELIVERY = {"message/delivery-status", "message/disposition-notification", "text/rfc822-headers"}
_CUT_OFF = re.compile(r"att\d{4,6}\.html?", re.IGNORECASE)  # what some relays name the rest of a body after a picture


@dataclass(frozen=True, slots=True)
class Attached:
    """One file as it was attached. `mime` is what the sender says it is."""

    name: str
    mime: str
    data: bytes


@dataclass(slots=True)
class Letter:
    """`words` are the writer's own; `attached` in the order they came."""

    title: str
    words: str
    attached: list[Attached] = field(default_factory=list)


def read_letter(raw: bytes) -> Letter:
    """Open a message. One that cannot be taken apart is kept whole, as a file."""
    headers = read_headers(raw)
    try:
        return _read(raw, headers)
    except Exception as error:  # the email package raises many kinds for what nobody should send
        log.warning("a message could not be taken apart (%s); it is kept whole", type(error).__name__)
        return Letter(headers.title, "", [Attached("message.eml", "message/rfc822", raw)])


def _read(raw: bytes, headers: Headers) -> Letter:
    if not headers.fields and b"\0" in raw:
        raise ValueError("not a message")
    reading = _Reading()
    message = _parsed(raw)
    reading.take(message, 0, opened=False)
    words = own_words(reading.text)
    if not words and not reading.attached and message.get_content_maintype() != "multipart":
        words = own_words(plain_text(body_of(raw)))
    return Letter(headers.title, words, [each for each in reading.attached if not reading.is_decoration(each)])


def _parsed(raw: bytes) -> Message:
    return BytesParser(policy=compat32).parsebytes(raw)


class _Reading:
    """One walk over the parts. `said` holds the pieces of the body in order, each with whether it came as HTML."""

    def __init__(self) -> None:
        self.said: list[tuple[bool, str]] = []
        self.attached: list[Attached] = []
        self._markup = ""
        self._identities: dict[int, str] = {}
        self._parts = 0

    @property
    def text(self) -> str:
        return "\n\n".join(text for _, text in self.said)

    def take(self, part: Message, depth: int, opened: bool) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS or depth > DEEPEST:
            raise ValueError("too many parts")
        kind = part.get_content_type()
        if kind == "message/rfc822":
            self._take_forwarded(part, depth, opened)
        elif part.get_content_maintype() == "multipart":
            before, self.said = self.said, []
            for each in _children(part) + _after_the_end(part):
                self.take(each, depth + 1, opened)
            if kind == "multipart/alternative" and any(not is_html for is_html, _ in self.said):
                self.said = [piece for piece in self.said if not piece[0]]
            self.said = before + self.said
        elif kind not in _SEALS | _ABOUT_DELIVERY:
            self._take_leaf(part, kind)

    def _take_forwarded(self, part: Message, depth: int, opened: bool) -> None:
        """A message inside: opened when it is the first of its kind on the way down, else kept whole."""
        inside = _children(part)
        if str(part.get("content-transfer-encoding") or "").strip().lower() == "base64" and inside:
            inside = [_parsed(base64.b64decode(_payload(inside[0]), validate=False))]
        if not inside:
            return
        if opened:
            self._attach(Attached(_name(part) or "message.eml", "message/rfc822", _flattened(inside[0])), part)
            return
        before, self.said = self.said, []
        self.take(inside[0], depth + 1, opened=True)
        found = "\n\n".join(filter(None, [raw_field(inside[0], "subject"), own_words(self.text)]))
        self.said = [*before, (False, found)] if found else before

    def _take_leaf(self, part: Message, kind: str) -> None:
        name = _name(part)
        data = _payload(part)
        disposition = str(part.get("content-disposition") or "").strip().lower()
        loose = not name and not disposition.startswith("attachment")
        if kind == "text/html" and (loose or _CUT_OFF.fullmatch(name)):
            markup = plain_text(data, _charset(part))
            self._markup += markup
            if words := html_text(markup):
                self.said.append((True, words))
        elif kind == "text/plain" and loose:
            if words := plain_text(data, _charset(part)).strip():
                self.said.append((False, words))
        elif data.strip() and not (kind == "text/calendar" and loose):
            self._attach(Attached(name or _made_up_name(kind), kind, data), part)

    def _attach(self, attached: Attached, part: Message) -> None:
        self.attached.append(attached)
        identity = raw_field(part, "content-id").strip("<> ")
        if identity:
            self._identities[id(attached)] = identity

    def is_decoration(self, attached: Attached) -> bool:
        """A logo of the signature that the HTML points at, or a pixel that tells who read it."""
        if not attached.mime.startswith("image/"):
            return False
        if _is_pixel(attached.data):
            return True
        identity = self._identities.get(id(attached))
        return bool(identity) and len(attached.data) < SMALL_PICTURE and f"cid:{identity}" in self._markup


def _children(part: Message) -> list[Message]:
    found = part.get_payload()
    if isinstance(found, list):
        return [each for each in found if isinstance(each, Message)]
    if part.get_content_maintype() != "multipart":
        return []
    # The boundary it announces never comes: go by the one that does, or else it is text.
    first = re.match(r"\s*--(\S[^\r\n]*)\r?\nContent-", str(found), re.IGNORECASE)
    if first:
        return _reparsed(str(found), first[1].rstrip())
    return [_parsed(b"\r\n" + str(found).encode("utf-8", "surrogateescape"))] if str(found).strip() else []


def _after_the_end(part: Message) -> list[Message]:
    """Parts that follow the last boundary, where an inner multipart used the same one."""
    boundary, rest = part.get_boundary(), part.epilogue
    if not isinstance(boundary, str) or not isinstance(rest, str) or f"\n--{boundary}" not in f"\n{rest}":
        return []
    return _reparsed(rest, boundary)


def _reparsed(text: str, boundary: str) -> list[Message]:
    quoted = boundary.replace("\\", "\\\\").replace('"', '\\"')
    whole = f'Content-Type: multipart/mixed; boundary="{quoted}"\r\n\r\n{text}'
    found = _parsed(whole.encode("utf-8", "surrogateescape")).get_payload()
    return [each for each in found if isinstance(each, Message)] if isinstance(found, list) else []


def _payload(part: Message) -> bytes:
    try:
        data = part.get_payload(decode=True)
    except Exception:  # malformed transfer encodings; the bytes as they came are better than none
        data = None
    if isinstance(data, bytes):
        return data
    raw = part.get_payload()
    return raw.encode("utf-8", "surrogateescape") if isinstance(raw, str) else b""


def _flattened(part: Message) -> bytes:
    try:
        return part.as_bytes()
    except Exception:  # a part that parses need not be writable again
        return b"".join(f"{name}: {value}\n".encode("utf-8", "replace") for name, value in part.raw_items())


def _charset(part: Message) -> str | None:
    found = part.get_content_charset()
    return found if isinstance(found, str) else None


def _name(part: Message) -> str:
    """The file's own name without folders or control characters, "" when it has none."""
    try:
        found = part.get_filename() or ""
    except Exception:  # RFC 2231 parameters that contradict each other
        found = ""
    plain = (
        decoded(found.encode("utf-8", "surrogateescape")).replace("\\", "/").replace("\n", " ").replace("\ufffd", "")
    )
    name = PurePath(plain).name.strip(" .")
    if len(name) > NAME_LENGTH:
        suffix = PurePath(name).suffix[:12]
        name = name[: NAME_LENGTH - len(suffix)] + suffix
    return name


def _made_up_name(kind: str) -> str:
    return "file" + (mimetypes.guess_extension(kind) or "")


def _is_pixel(data: bytes) -> bool:
    width, height = 0, 0
    if data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) >= 24:
        width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    elif data[:3] == b"GIF" and len(data) >= 10:
        width, height = int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
    return 0 < width <= PIXELS and 0 < height <= PIXELS
