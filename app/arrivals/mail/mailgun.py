"""What a Mailgun route posts in its raw MIME form, read while it comes.

Mailgun signs a timestamp and a token, not the message (Mailgun, "Securing webhooks"): the token is good once, and the
sender check trusts nothing that the form says.
"""

from collections.abc import Mapping
from functools import partial
from urllib.parse import unquote_to_bytes

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from app.arrivals.mail import post

FRESH_S = 12 * 3600  # Mailgun tries again for eight hours
FIELDS_MOST = 100  # it sends about twenty
FIELDS_BYTES = 1024**2
MESSAGE = "body-mime"
LINE_MOST = 64 * 1024
_PROOF = {"timestamp", "token", "signature"}


class NoForm(Exception):
    """Not a form, or more of one than Mailgun would send."""


def is_signed(fields: Mapping[str, str], key: str) -> bool:
    """Whether timestamp and token are signed with this key, and not too long ago."""
    timestamp, token = fields.get("timestamp", ""), fields.get("token", "")
    signature = fields.get("signature", "")
    good = post.is_signed(post.keyed(key, (timestamp + token).encode()), signature)
    return good and bool(token) and post.is_fresh(timestamp, FRESH_S)


class Form:
    """A posted form, urlencoded or multipart (RFC 7578). The message is handed on as it comes; `fields` are the rest.

    Raises NoForm, here and later.
    """

    def __init__(self, content_type: str, key: str) -> None:
        self.fields: dict[str, str] = {}
        self._key = key
        self._bad: bool | None = None
        self._count = 0
        self._naming = True
        self._name, self._value, self._message = bytearray(), bytearray(), bytearray()
        self._header, self._header_value = bytearray(), bytearray()
        self._weight = 0
        self._whole = False
        self._lines = LineEnds()
        kind, options = parse_options_header(content_type)
        self._escaped = kind == b"application/x-www-form-urlencoded"
        self._parser: MultipartParser | None = None
        if kind == b"multipart/form-data" and options.get(b"boundary"):
            self._parser = MultipartParser(
                options[b"boundary"],
                {
                    "on_part_begin": self._on_begin,
                    "on_header_field": partial(self._add, self._header),
                    "on_header_value": partial(self._add, self._header_value),
                    "on_header_end": self._on_header_end,
                    "on_part_data": self._on_data,
                    "on_part_end": self._on_end,
                    "on_end": self._on_whole,
                },
            )
        elif not self._escaped:
            raise NoForm

    def feed(self, data: bytes) -> bytes:
        """Read on. Returns what came of the message."""
        if self._parser is None:
            self._read_escaped(data)
            return self._drained()
        try:
            self._parser.write(data)
        except FormParserError:
            raise NoForm from None
        return self._drained()

    def end(self) -> bytes:
        """Nothing more will come. Returns the rest of the message."""
        if self._parser is None:
            self._on_end()
        elif not self._whole:
            raise NoForm
        return self._drained() + self._lines.end()

    def _read_escaped(self, data: bytes) -> None:
        self._count += data.count(b"&")
        if self._count > FIELDS_MOST:
            raise NoForm
        for position, part in enumerate(data.split(b"&")):
            if position:
                self._on_end()
            value = part
            if self._naming:
                name, equals, value = part.partition(b"=")
                self._add(self._name, name, 0, len(name))
                self._naming = not equals
            if value:
                self._on_data(value, 0, len(value))

    def _on_begin(self) -> None:
        self._count += 1
        if self._count > FIELDS_MOST:
            raise NoForm

    def _drained(self) -> bytes:
        plain = bytes(self._message)
        self._message.clear()
        return self._lines.feed(plain)

    def _add(self, to: bytearray, data: bytes, start: int, end: int) -> None:
        self._weight += end - start
        if self._weight > FIELDS_BYTES:
            raise NoForm
        to += data[start:end]

    def _on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, options = parse_options_header(bytes(self._header_value))
            self._name += options.get(b"name", b"")
        self._header.clear()
        self._header_value.clear()

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        if self._name != MESSAGE.encode():
            self._add(self._value, data, start, end)
        elif self._cannot_be_signed():
            raise NoForm
        elif not self._escaped:
            self._message += data[start:end]
        else:
            self._value += data[start:end]
            # An escape may be cut in two.
            cut = self._value.rfind(b"%", max(0, len(self._value) - 2))
            self._unescape(len(self._value) if cut < 0 else cut)

    def _cannot_be_signed(self) -> bool:
        """Whether what came before the message is signed, and wrongly: nothing that follows could make it good."""
        if self._bad is None and self.fields.keys() >= _PROOF:
            self._bad = not is_signed(self.fields, self._key)
        return bool(self._bad)

    def _unescape(self, count: int) -> None:
        self._message += unquote_to_bytes(bytes(self._value[:count]).replace(b"+", b" "))
        del self._value[:count]

    def _on_end(self) -> None:
        if self._name == MESSAGE.encode():
            self._unescape(len(self._value))
        elif self._escaped:
            name, value = (unquote_to_bytes(bytes(each).replace(b"+", b" ")) for each in (self._name, self._value))
            self.fields[name.decode(errors="replace")] = value.decode(errors="replace")
        else:
            self.fields[self._name.decode(errors="replace")] = self._value.decode(errors="replace")
        self._name.clear()
        self._value.clear()
        self._naming = True

    def _on_whole(self) -> None:
        self._whole = True


class LineEnds:
    """A message whose first line ends with a bare LF gets CRLF everywhere, as it was signed; another is left alone."""

    def __init__(self) -> None:
        self._bare: bool | None = None
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """The next piece, as it should be."""
        data = self._held + data
        self._held = b""
        if self._bare is None and b"\n" in data:
            self._bare = b"\r\n" not in data[: data.index(b"\n") + 1]
        elif self._bare is None and len(data) > LINE_MOST:
            self._bare = False
        if self._bare:
            if data.endswith(b"\r"):
                data, self._held = data[:-1], b"\r"
            return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        if self._bare is None:
            self._held, data = data, b""
        return data

    def end(self) -> bytes:
        """What is left."""
        return self._held
