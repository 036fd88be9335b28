"""Reading a message as the cage does, in this process."""

from app.arrivals.mail.headers import read_headers
from app.arrivals.mail.letter import Letter, kept_whole, take_apart


def read_letter(raw: bytes) -> Letter:
    headers = read_headers(raw)
    try:
        return take_apart(raw, headers)
    except Exception:
        return kept_whole(raw, headers)
