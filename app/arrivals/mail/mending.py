"""What mail programs get wrong, put right before the parser looks: it stops at the first header line it cannot read."""

import re

MOST_BOUNDARIES = 100

_HEADER_ENDS = re.compile(rb"(?:\r?\n|\A)\r?\n")
_SPACE_BEFORE_COLON = re.compile(rb"(?m)^([\x21-\x39\x3b-\x7e]+)[ \t]+:")
_NAME_NOT_ASCII = re.compile(rb"(?m)^[\x21-\x39\x3b-\x7e]*[\x80-\xff][^\s:]*[ \t]*:")
_EMPTY_FOLD = re.compile(rb"(?m)^[ \t]+\r?\n(?=[ \t]+\S)")
_BOUNDARY = re.compile(rb"""boundary[ \t]*=[ \t]*(?:"([^"\r\n]{1,20000})"|([^\s;"]{1,200}))""", re.IGNORECASE)


def mended(raw: bytes) -> bytes:
    """The message with its header in today's syntax (RFC 5322, 4.5 says how it was) and plain boundary lines.

    RFC 2046, 5.1.1: what follows a boundary on its line, after white space, says nothing.
    """
    ends = _HEADER_ENDS.search(raw)
    at = ends.start() if ends else len(raw)
    header = _SPACE_BEFORE_COLON.sub(rb"\1:", raw[:at])
    header = _EMPTY_FOLD.sub(b"", _NAME_NOT_ASCII.sub(b"X-Unreadable:", header))
    return _plain_boundaries(header + raw[at:])


def _plain_boundaries(raw: bytes) -> bytes:
    found: dict[bytes, None] = {}
    for match in _BOUNDARY.finditer(raw):
        found[(match[1] or match[2]).rstrip()] = None
        if len(found) >= MOST_BOUNDARIES:
            break
    found.pop(b"", None)
    if not found:
        return raw
    longest_first = b"|".join(re.escape(each) for each in sorted(found, key=len, reverse=True))
    line = re.compile(rb"(?m)^(--(?:%b))(?:[ \t]*(--)|[ \t])[^\r\n]*(\r?)$" % longest_first)
    plain = line.sub(lambda match: match[1] + (match[2] or b"") + match[3], raw)
    # A part without header or body: the parser would take the next boundary for its text.
    empty = re.compile(rb"(?m)^(--(?:%b)(\r?\n))(?=--(?:%b)(?:--)?\r?$)" % (longest_first, longest_first))
    return empty.sub(rb"\1\2", plain)
