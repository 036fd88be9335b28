"""What a Mailgun route posts in its raw MIME form, read while it comes.

Mailgun signs a timestamp and a token, not the message (Mailgun, "Securing webhooks"): the token is good once, and the
sender check trusts nothing that the form says.
"""

from collections.abc import Mapping
from functools import partial
from urllib.parse import unquote_to_bytes

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, QuerystringParser, parse_options_header

from app.arrivals.mail import post

FRESH_S = 12 * 3600  # Mailgun tries again for eight hours
FIELDS_MOST = 1024**2
MESSAGE = "body-mime"


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

    def __init__(self, content_type: str) -> None:
        self.fields: dict[str, str] = {}
        self._name, self._value, self._message = bytearray(), bytearray(), bytearray()
        self._header, self._header_value = bytearray(), bytearray()
        self._weight = 0
        self._whole = False
        self._lines = LineEnds()
        kind, options = parse_options_header(content_type)
        self._escaped = kind == b"application/x-www-form-urlencoded"
        self._parser: MultipartParser | QuerystringParser
        if self._escaped:
            self._parser = QuerystringParser(
                {
                    "on_field_name": partial(self._add, self._name),
                    "on_field_data": self._on_data,
                    "on_field_end": self._on_end,
                }
            )
        elif kind == b"multipart/form-data" and options.get(b"boundary"):
            self._parser = MultipartParser(
                options[b"boundary"],
                {
                    "on_header_field": partial(self._add, self._header),
                    "on_header_value": partial(self._add, self._header_value),
                    "on_header_end": self._on_header_end,
                    "on_part_data": self._on_data,
                    "on_part_end": self._on_end,
                    "on_end": self._on_whole,
                },
            )
        else:
            raise NoForm

    def feed(self, data: bytes) -> bytes:
        """Read on. Returns what came of the message."""
        try:
            self._parser.write(data)
        except FormParserError:
            raise NoForm from None
        return self._drained()

    def end(self) -> bytes:
        """Nothing more will come. Returns the rest of the message."""
        try:
            self._parser.finalize()
        except FormParserError:
            raise NoForm from None
        if not (self._whole or self._escaped):
            raise NoForm
        return self._drained() + self._lines.end()

    def _drained(self) -> bytes:
        plain = bytes(self._message)
        self._message.clear()
        return self._lines.feed(plain)

    def _add(self, to: bytearray, data: bytes, start: int, end: int) -> None:
        self._weight += end - start
        if self._weight > FIELDS_MOST:
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
        elif not self._escaped:
            self._message += data[start:end]
        else:
            self._value += data[start:end]
            # An escape may be cut in two.
            cut = self._value.rfind(b"%", max(0, len(self._value) - 2))
            self._unescape(len(self._value) if cut < 0 else cut)

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
