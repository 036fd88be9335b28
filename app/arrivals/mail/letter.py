"""What is in a message: a title, the words someone wrote, and the things they attached.

It reads what strangers send, so it is called inside the cage alone: see `caged_letter`.
"""

import base64
import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from email.message import Message

from app.arrivals.mail.embedded import pictures_in, uuencoded
from app.arrivals.mail.flowed import unflowed
from app.arrivals.mail.headers import Headers, body_of, plain_text, raw_field
from app.arrivals.mail.html_text import html_text
from app.arrivals.mail.mending import mended
from app.arrivals.mail.own_words import CLOSING, own_words, whole_words
from app.arrivals.mail.parts import (
    after_the_end,
    charset_of,
    children,
    clean_name,
    flattened,
    flows,
    made_up_name,
    name_of,
    parsed,
    payload,
)
from app.media.processing.winmail import open_winmail

MOST_PARTS = 500
DEEPEST = 20
LONGEST = 20_000  # letters of the words that a page shows; the rest is kept as a file
SMALL_PICTURE = 100_000
ICON = 2_000
PIXELS = 8
LOOKS_ALONE = 100_000  # bytes of a winmail.dat without files
TNEF = b"\x78\x9f\x3e\x22"

_SEALS = {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"}
# Other ways to say what the words say: for programs that show mails as pages, for reactions, for other computers.
_SAID_OTHERWISE = {"text/x-amp-html", "text/watch-html", "text/vnd.google.email-reaction+json", "application/applefile"}
_WRAPPED = {"application/ms-tnef", "application/vnd.ms-tnef"}
_CLOSES = re.compile(rf"(?:^|>|\n)\s*{CLOSING}\s*(?:<|\n|$)", re.IGNORECASE)
_CUT_OFF = re.compile(r"att\d{4,6}\.html?", re.IGNORECASE)  # what some relays name the rest of a body after a picture


@dataclass(frozen=True, slots=True)
class Attached:
    """One file as it was attached. `mime` is what the sender says it is."""

    name: str
    mime: str
    data: bytes

    @property
    def print(self) -> str:
        """What tells these bytes from others."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(slots=True)
class Letter:
    """`words` are the writer's own; `whole` is all that was said, "" when the words are all; `attached` in the order
    they came. `under_the_name` are prints of pictures that stand below "Kind regards" and are large for a logo.
    """

    title: str
    words: str
    attached: list[Attached] = field(default_factory=list)
    whole: str = ""
    under_the_name: list[str] = field(default_factory=list)

    def without_logos(self, prints: Collection[str]) -> None:
        """Drop the pictures below the name that came before from the same sender."""
        known = set(prints) & set(self.under_the_name)
        self.attached = [each for each in self.attached if each.print not in known]


def kept_whole(raw: bytes, headers: Headers) -> Letter:
    """A message that nobody can take apart, as one file."""
    return Letter(headers.title, "", [Attached("message.eml", "message/rfc822", raw)])


def take_apart(raw: bytes, headers: Headers) -> Letter:
    """Open a message. Raises many kinds for what nobody should send."""
    if not headers.fields and b"\0" in raw:
        raise ValueError("not a message")
    reading = _Reading()
    message = parsed(mended(raw))
    reading.take(message, 0, opened=False)
    said = reading.text
    if not said and not reading.attached and message.get_content_maintype() != "multipart":
        said = plain_text(body_of(raw))
    words, whole = own_words(said, answers=headers.answers, forwards=headers.forwards), whole_words(said)
    attached = reading.kept()
    if len(words) > LONGEST:
        attached.append(Attached("all-the-words.txt", "text/plain", whole.encode()))
    large = [each.print for each in attached if reading.is_under_the_name(each)]
    return Letter(headers.title, words[:LONGEST].strip(), attached, "" if whole == words else whole, large)


class _Reading:
    """One walk over the parts. `said` holds the pieces of the body in order, each with whether it came as HTML."""

    def __init__(self) -> None:
        self.said: list[tuple[bool, str]] = []
        self.attached: list[Attached] = []
        self._markup = ""
        self._identities: dict[int, str] = {}
        self._places: dict[int, int] = {}
        self._wrapped_words = ""
        self._closing: int | None = None
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
        elif part.get_content_maintype() == "message":
            self._take_unopened(part, kind)
        elif kind not in _SEALS | _SAID_OTHERWISE:
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

    def _take_unopened(self, part: Message, kind: str) -> None:
        """A message of a sort that is not opened: kept as it came when it was attached, else what a machine reports."""
        name = name_of(part)
        if name or str(part.get("content-disposition") or "").lower().startswith("attachment"):
            inside = b"\n".join(flattened(each) for each in children(part)) or payload(part)
            self._attach(Attached(name or "message.eml", kind, inside), part)

    def _take_leaf(self, part: Message, kind: str) -> None:
        name = name_of(part)
        data = payload(part)
        disposition = str(part.get("content-disposition") or "").strip().lower()
        loose = not name and not disposition.startswith("attachment")
        if kind == "text/html" and (loose or _CUT_OFF.fullmatch(name)):
            markup = plain_text(data, charset_of(part))
            for at, (_, mime, picture) in pictures_in(markup):
                self.attached.append(Attached(made_up_name(mime), mime, picture))
                self._places[id(self.attached[-1])] = len(self._markup) + at
            self._markup += markup
            if words := html_text(markup):
                self.said.append((True, words))
        elif kind == "text/plain" and loose:
            is_flowed, delsp = flows(part)
            words, files = uuencoded(plain_text(data, charset_of(part)))
            self.attached += [Attached(clean_name(name) or "file", mime, inside) for name, mime, inside in files]
            if words := (unflowed(words, delsp=delsp) if is_flowed else words).strip("\r\n"):
                self.said.append((False, words))
        elif kind in _WRAPPED or name.lower() == "winmail.dat":
            self._take_wrapped(Attached(name or "winmail.dat", kind, data), part)
        elif kind == "text/calendar" and loose:
            self._take_invitation(Attached("invitation.ics", kind, data), part)
        elif data.strip() and not name.startswith("._"):
            self._attach(Attached(name or made_up_name(kind), kind, data), part)

    def _take_invitation(self, invitation: Attached, part: Message) -> None:
        """A day to put down (RFC 5545): another way to say what the words say, or else its summary is the words."""
        if self.said or self._wrapped_words:
            return
        lines = re.sub(r"\r?\n[ \t]", "", plain_text(invitation.data, charset_of(part))).splitlines()
        self._wrapped_words = "\n\n".join(
            value.replace("\\n", "\n").replace("\\,", ",")
            for name, _, value in (line.partition(":") for line in lines)
            if name.partition(";")[0].upper() in ("SUMMARY", "DESCRIPTION") and value
        )
        self._attach(invitation, part)

    def _take_wrapped(self, wrapped: Attached, part: Message) -> None:
        """What Outlook packed up for other Outlooks; its text counts when the letter says nothing outside."""
        try:
            found = open_winmail(wrapped.data)
        except Exception:  # tnefparse raises many kinds for what is damaged
            self._attach(wrapped, part)
            return
        words = found.words.strip() or html_text(found.markup)
        # Wrapped round nothing but the look of a letter that is said outside too: that is no file of hers.
        whole = wrapped.data.startswith(TNEF) and len(wrapped.data) < LOOKS_ALONE
        if not (words or found.files) and not (self.said and whole):
            self._attach(wrapped, part)
        self._wrapped_words = self._wrapped_words or words
        self.attached += [Attached(clean_name(name) or "file", mime, data) for name, mime, data in found.files]

    def _attach(self, attached: Attached, part: Message) -> None:
        self.attached.append(attached)
        identity = raw_field(part, "content-id").strip("<> ")
        if identity:
            self._identities[id(attached)] = identity

    def kept(self) -> list[Attached]:
        """What was attached, the same bytes once, without pixels and without small pictures below "Kind regards"."""
        only = sum(each.mime.startswith("image/") for each in self.attached) == 1
        once = {each.print: each for each in reversed(self.attached) if not self._is_decoration(each, only)}
        return list(reversed(once.values()))

    def is_under_the_name(self, attached: Attached) -> bool:
        """Whether a picture stands in the HTML below "Kind regards"."""
        identity, place = self._identities.get(id(attached)), self._places.get(id(attached), -1)
        if identity:
            place = self._markup.find(f"cid:{identity}")
        return attached.mime.startswith("image/") and place >= 0 and self._closes_before(place)

    def _closes_before(self, place: int) -> bool:
        if self._closing is None:
            found = _CLOSES.search(self._markup)
            self._closing = found.start() if found else len(self._markup)
        return self._closing < place

    def _is_decoration(self, attached: Attached, only: bool) -> bool:
        """A logo of the signature that the HTML points at, one of several icons, or a pixel that tells who read it."""
        if not attached.mime.startswith("image/"):
            return False
        icon = not only and len(attached.data) < ICON and f"cid:{self._identities.get(id(attached))}" in self._markup
        small = len(attached.data) < SMALL_PICTURE
        return icon or _is_pixel(attached.data) or (small and self.is_under_the_name(attached))


def _is_pixel(data: bytes) -> bool:
    width, height = 0, 0
    if data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) >= 24:
        width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    elif data[:3] == b"GIF" and len(data) >= 10:
        width, height = int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
    return 0 < width <= PIXELS and 0 < height <= PIXELS
