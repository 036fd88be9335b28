"""The header of a message (RFC 5322), read without opening its body and without ever raising."""

import re
import unicodedata
from dataclasses import dataclass
from email.header import decode_header
from email.message import Message

_END = re.compile(rb"\r?\n\r?\n|\A\r?\n")
_FIELD = re.compile(rb"([\x21-\x39\x3b-\x7e]+)[ \t]*:(.*)", re.DOTALL)
_MAILBOX = re.compile(r"[^<>]*<\s*([^\s<>@,;:\"()]+@[^\s<>@,;:\"()]+)\s*>\s*|\s*([^\s<>@,;:\"()]+@[^\s<>@,;:\"()]+)\s*")
_AGAIN = re.compile(r"^\s*(?:(?:re|fwd?|aw|wg|tr|rv|sv|antw|doorst)\s*:\s*)+", re.IGNORECASE)
_PASSED_ON = re.compile(r"^\s*(?:fwd?|wg|tr|rv|doorst)\s*:", re.IGNORECASE)
THANKS = "thanks."  # how the Message-ID of our own answers begins
HEADER_BYTES = 256 * 1024  # more than any header that a mail program writes
VALUE_BYTES = 8 * 1024  # of one field: what opens encoded words works longer for each the more there are
NAME_LENGTH = 40
TITLE_LENGTH = 120


@dataclass(frozen=True, slots=True)
class Headers:
    """Fields in order, names in lower case, values unfolded."""

    fields: list[tuple[str, bytes]]

    def all(self, name: str) -> list[bytes]:
        """Every value of a field."""
        return [value for each, value in self.fields if each == name]

    def text(self, name: str) -> str:
        """The first value as text, encoded words (RFC 2047) opened; "" when the field is not there."""
        values = self.all(name)
        return decoded(values[0]) if values else ""

    @property
    def sender(self) -> str:
        """The one address in the one From field, in lower case; "" when there are more or fewer, or it is not ASCII."""
        values = self.all("from")
        if len(values) != 1:
            return ""
        value = values[0].decode("ascii", "replace")
        found = _MAILBOX.fullmatch(value) if "\ufffd" not in value.rpartition("<")[2] else None
        address = (found[1] or found[2]).lower() if found else ""
        return address if address.isprintable() else ""

    @property
    def claimed_name(self) -> str:
        """Who it says it is from: letters, marks and spaces only, so that a name cannot carry a link or a message."""
        whole = self.text("from").partition("<")[0].strip().strip("\"'")
        if "@" in whole:
            return ""
        plain = "".join(each for each in whole if each in " .'’-" or unicodedata.category(each)[0] in "LM")
        return " ".join(plain.split())[:NAME_LENGTH].strip()

    @property
    def title(self) -> str:
        """The subject without "Re:" and "Fwd:", on one line."""
        return " ".join(_AGAIN.sub("", self.text("subject")).split())[:TITLE_LENGTH].strip()

    @property
    def forwards(self) -> bool:
        """Whether its writer's program says that it passes another message on."""
        return bool(_PASSED_ON.match(self.text("subject")))

    @property
    def answers(self) -> bool:
        """Whether its writer's program says that it answers another message."""
        return bool(self.all("in-reply-to") or self.all("references") or _AGAIN.match(self.text("subject")))

    @property
    def is_report(self) -> bool:
        """Whether nobody wrote it: an answer while away (RFC 3834), a receipt (RFC 8098), a bounce (RFC 3464)."""
        said = self.text("auto-submitted").lower().startswith("auto-replied") or bool(self.all("x-autoreply"))
        return said or self.text("content-type").lower().startswith("multipart/report")

    @property
    def automatic(self) -> bool:
        """Whether a machine sent it, or a list, or it answers our own answer: what RFC 3834 says not to answer."""
        said = self.text("auto-submitted").lower()
        bulk = self.text("precedence").lower() in ("bulk", "junk", "list")
        lists = any(name.startswith("list-") or name in _MACHINE for name, _ in self.fields)
        about = (*self.all("in-reply-to"), *self.all("references"))
        answers_our_thanks = any(b"<" + THANKS.encode() in value for value in about)
        return (bool(said) and not said.startswith("no")) or bulk or lists or answers_our_thanks


_LATIN = {"us-ascii", "ascii", "iso-8859-1", "latin1", "latin-1", "iso-8859-15", "windows-1252", "cp1252"}
_NO_CHARSETS = {"punycode", "idna", "unicode_escape", "raw_unicode_escape"}  # Python's own, and slow on purpose
# What is said to be the smaller is often the larger (WHATWG Encoding, 4.2).
_WIDER = {
    "gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "shift_jis": "cp932", "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949", "iso-8859-9": "cp1254", "iso-8859-11": "cp874", "tis-620": "cp874",
}  # fmt: skip
_MACHINE = {"x-auto-response-suppress", "x-autoreply", "x-autorespond", "feedback-id", "x-loop", "mailing-list"}


def read_headers(raw: bytes) -> Headers:
    """The header of a raw message, its first HEADER_BYTES; lines that are no fields are left out."""
    end = _END.search(raw)
    block = raw[: end.start()] if end else raw
    found: list[tuple[str, list[bytes]]] = []
    for line in re.split(rb"\r?\n", block[:HEADER_BYTES]):
        if line[:1] in (b" ", b"\t") and found:
            found[-1][1].append(line.strip())
        elif match := _FIELD.fullmatch(line):
            found.append((match[1].decode("ascii").lower(), [match[2].strip()]))
    fields = [(name, b" ".join(lines)) for name, lines in found]
    return Headers(fields)


def body_of(raw: bytes) -> bytes:
    """What comes after the header; b"" when nothing does."""
    end = _END.search(raw)
    return raw[end.end() :] if end else b""


def decoded(value: bytes | str) -> str:
    """A header value as text, its first VALUE_BYTES: encoded words opened, other bytes taken as UTF-8 or Windows-1252,
    no controls."""
    value = value[:VALUE_BYTES]
    if isinstance(value, bytes):
        value = plain_text(value)
    try:
        parts = decode_header(value)
    except Exception:  # email.errors.HeaderParseError, and binascii.Error from words that only look encoded
        parts = [(value, None)]
    text = "".join(part if isinstance(part, str) else plain_text(part, charset) for part, charset in parts)
    return "".join(each for each in text if _is_shown(each)).strip()


def _is_shown(character: str) -> bool:
    """No controls and no overrides of direction, but what joins letters and faces, and the tags that flags end in."""
    return (
        unicodedata.category(character)[0] != "C"
        or character in "\t\n\u200c\u200d"
        or 0xE0020 <= ord(character) <= 0xE007F
    )


def plain_text(data: bytes, charset: str | None = None) -> str:
    """Bytes as text in the charset they claim, or UTF-8, or Windows-1252; never raises.

    A claim of Latin letters is believed only where the bytes are not UTF-8: the two are hardly ever both right. Text
    with a few broken characters stays in the charset in which the others make sense.
    """
    claimed = (charset or "").lower()
    claimed = "" if claimed.replace("-", "_") in _NO_CHARSETS else claimed
    claims = ("utf-8", claimed) if claimed in _LATIN else (_WIDER.get(claimed, claimed), "utf-8")
    for each in filter(None, claims):
        try:
            return data.decode(each)
        except (LookupError, UnicodeError, ValueError):
            continue
    for each in filter(None, claims):
        try:
            text = data.decode(each, "replace")
        except (LookupError, UnicodeError, ValueError):
            continue
        if 2 * text.count("\ufffd") < sum(character > "\x7f" for character in text):
            return text
    return data.decode("cp1252", "replace")


def raw_field(message: Message, name: str) -> str:
    """A field of a parsed part as text; "" when it is not there."""
    for each, value in message.raw_items():
        if each.lower() == name:
            return decoded(str(value).encode("utf-8", "surrogateescape"))
    return ""
