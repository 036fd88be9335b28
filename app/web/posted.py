"""What a form posts, read in time that grows with its length alone: things are counted before they are kept."""

import json
import math
import re
from functools import partial
from typing import Any
from urllib.parse import unquote_to_bytes

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

PAIRS_MOST = 1000
"""Fields of one form, and parts of one; a browser sends as many as the page has."""
DEEPEST = 32
URLENCODED = b"application/x-www-form-urlencoded"
MULTIPART = b"multipart/form-data"
# A string, whole or cut off, or one bracket.
_NESTING = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)


class NoForm(Exception):
    """Cannot be read as what it says it is."""


class TooMuch(Exception):
    """More fields or parts than a form of ours could have."""


def pairs_of(content_type: str, body: bytes) -> list[tuple[str, str]]:
    """The texts of a posted form with their names, in order; files are left out. A body that is no form has none.

    Raises NoForm and TooMuch.
    """
    kind, options = parse_options_header(content_type)
    if kind == URLENCODED:
        return urlencoded_pairs(body)
    if kind == MULTIPART:
        return _Multipart(options.get(b"boundary", b"")).read(body)
    return []


def urlencoded_pairs(body: bytes) -> list[tuple[str, str]]:
    """The pairs of an urlencoded body (WHATWG URL, 5.1). Raises TooMuch, by the count of "&" alone."""
    if body.count(b"&") > PAIRS_MOST:
        raise TooMuch
    parts = (part.partition(b"=") for part in body.split(b"&") if part)
    return [(unescaped(name), unescaped(value)) for name, _, value in parts]


def unescaped(data: bytes) -> str:
    """One name or value of an urlencoded body as text."""
    return unquote_to_bytes(data.replace(b"+", b" ")).decode(errors="replace")


def read_json(text: str | bytes) -> Any:
    """JSON (RFC 8259) from outside, at most DEEPEST levels deep, of finite numbers. Raises ValueError for all else."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    depth = 0
    for found in _NESTING.finditer(data):
        mark = found[0]
        if mark in (b"[", b"{"):
            depth += 1
            if depth > DEEPEST:
                raise ValueError("too deep")
        elif mark in (b"]", b"}"):
            depth -= 1
    return json.loads(text, parse_int=_whole, parse_float=_finite, parse_constant=_finite)


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) < 20 else _finite(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("not a number")
    return number


class _Multipart:
    """A multipart/form-data body (RFC 7578) that is here as a whole."""

    def __init__(self, boundary: bytes) -> None:
        self._pairs: list[tuple[str, str]] = []
        self._header = (bytearray(), bytearray())
        self._parts = 0
        self._name: str | None = None
        self._text = bytearray()
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._on_part_begin,
                    "on_header_field": partial(self._on_header, 0),
                    "on_header_value": partial(self._on_header, 1),
                    "on_header_end": self._on_header_end,
                    "on_part_data": self._on_part_data,
                    "on_part_end": self._on_part_end,
                },
            )
        except FormParserError:
            raise NoForm from None

    def read(self, body: bytes) -> list[tuple[str, str]]:
        try:
            self._parser.write(body)
            self._parser.finalize()
        except FormParserError:
            raise NoForm from None
        return self._pairs

    def _on_part_begin(self) -> None:
        self._parts += 1
        if self._parts > PAIRS_MOST:
            raise TooMuch
        self._name = None

    def _on_header(self, which: int, data: bytes, start: int, end: int) -> None:
        self._header[which].extend(data[start:end])

    def _on_header_end(self) -> None:
        name, value = (bytes(part) for part in self._header)
        if name.lower() == b"content-disposition":
            _, options = parse_options_header(value)
            if b"filename" not in options:
                self._name = options.get(b"name", b"").decode(errors="replace")
        for part in self._header:
            part.clear()

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._name is not None:
            self._text.extend(data[start:end])

    def _on_part_end(self) -> None:
        if self._name is not None:
            self._pairs.append((self._name, self._text.decode(errors="replace")))
        self._text.clear()
