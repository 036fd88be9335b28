"""What is in a message: a title, the words someone wrote, and the things they attached. It never raises."""

import base64
import logging
import re
from dataclasses import dataclass, field
from email.message import Message

from app.arrivals.mail.headers import Headers, body_of, plain_text, raw_field, read_headers
from app.arrivals.mail.html_text import html_text
from app.arrivals.mail.mending import mended
from app.arrivals.mail.own_words import own_words
from app.arrivals.mail.parts import (
    after_the_end,
    charset_of,
    children,
    clean_name,
    flattened,
    made_up_name,
    name_of,
    parsed,
    payload,
)
from app.media.processing import Unreadable
from app.media.processing.winmail import unwrap

log = logging.getLogger("holdfast.mail")

MOST_PARTS = 500
DEEPEST = 20
SMALL_PICTURE = 24 * 1024
PIXELS = 8
LOOKS_ALONE = 100_000  # bytes of a winmail.dat without files

_SEALS = {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"}
_ABOUT_DELIVERY = {"message/delivery-status", "message/disposition-notification", "text/rfc822-headers"}
_WRAPPED = {"application/ms-tnef", "application/vnd.ms-tnef"}
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
    message = parsed(mended(raw))
    reading.take(message, 0, opened=False)
    words = own_words(reading.text, forwards=headers.forwards)
    if not words and not reading.attached and message.get_content_maintype() != "multipart":
        words = own_words(plain_text(body_of(raw)))
    return Letter(headers.title, words, [each for each in reading.attached if not reading.is_decoration(each)])


class _Reading:
    """One walk over the parts. `said` holds the pieces of the body in order, each with whether it came as HTML."""

    def __init__(self) -> None:
        self.said: list[tuple[bool, str]] = []
        self.attached: list[Attached] = []
        self._markup = ""
        self._identities: dict[int, str] = {}
        self._wrapped_words = ""
        self._parts = 0

    @property
    def text(self) -> str:
        """All that was said, in order; what was said twice, once."""
        once = {" ".join(text.split()): text for _, text in reversed(self.said)}
        return "\n\n".join(reversed(once.values())) or self._wrapped_words

    def take(self, part: Message, depth: int, opened: bool) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS or depth > DEEPEST:
            raise ValueError("too many parts")
        kind = part.get_content_type()
        if kind == "message/rfc822":
            self._take_forwarded(part, depth, opened)
        elif part.get_content_maintype() == "multipart":
            before, self.said = self.said, []
            for each in children(part) + after_the_end(part):
                self.take(each, depth + 1, opened)
            if kind == "multipart/alternative" and any(not is_html for is_html, _ in self.said):
                self.said = [piece for piece in self.said if not piece[0]]
            self.said = before + self.said
        elif kind not in _SEALS | _ABOUT_DELIVERY:
            self._take_leaf(part, kind)

    def _take_forwarded(self, part: Message, depth: int, opened: bool) -> None:
        """A message inside: opened when it is the first of its kind on the way down, else kept whole."""
        inside = children(part)
        whole = b""
        if str(part.get("content-transfer-encoding") or "").strip().lower() == "base64" and inside:
            whole = base64.b64decode(payload(inside[0]), validate=False)
            inside = [parsed(mended(whole))]
        if not inside:
            return
        if opened:
            whole = whole or flattened(inside[0])
            self._attach(Attached(name_of(part) or "message.eml", "message/rfc822", whole), part)
            return
        before, self.said = self.said, []
        self.take(inside[0], depth + 1, opened=True)
        found = "\n\n".join(filter(None, [raw_field(inside[0], "subject"), own_words(self.text)]))
        self.said = [*before, (False, found)] if found else before

    def _take_leaf(self, part: Message, kind: str) -> None:
        name = name_of(part)
        data = payload(part)
        disposition = str(part.get("content-disposition") or "").strip().lower()
        loose = not name and not disposition.startswith("attachment")
        if kind == "text/html" and (loose or _CUT_OFF.fullmatch(name)):
            markup = plain_text(data, charset_of(part))
            self._markup += markup
            if words := html_text(markup):
                self.said.append((True, words))
        elif kind == "text/plain" and loose:
            if words := plain_text(data, charset_of(part)).strip():
                self.said.append((False, words))
        elif kind in _WRAPPED or name.lower() == "winmail.dat":
            self._take_wrapped(Attached(name or "winmail.dat", kind, data), part)
        elif data.strip() and not (kind == "text/calendar" and loose):
            self._attach(Attached(name or made_up_name(kind), kind, data), part)

    def _take_wrapped(self, wrapped: Attached, part: Message) -> None:
        """What Outlook packed up for other Outlooks; its text counts when the letter says nothing outside."""
        try:
            found = unwrap(wrapped.data)
        except Unreadable:
            self._attach(wrapped, part)
            return
        words = found.words.strip() or html_text(found.markup)
        # Wrapped round nothing but the look of a letter that is said outside too: that is no file of hers.
        if not (words or found.files) and not (self.said and len(wrapped.data) < LOOKS_ALONE):
            self._attach(wrapped, part)
        self._wrapped_words = self._wrapped_words or words
        self.attached += [Attached(clean_name(name) or "file", mime, data) for name, mime, data in found.files]

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


def _is_pixel(data: bytes) -> bool:
    width, height = 0, 0
    if data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) >= 24:
        width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    elif data[:3] == b"GIF" and len(data) >= 10:
        width, height = int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
    return 0 < width <= PIXELS and 0 < height <= PIXELS
