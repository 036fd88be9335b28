"""A header costs time in step with its length, and no more than so much of it is read."""

import pytest

from app.arrivals.mail.checks import check
from app.arrivals.mail.headers import HEADER_BYTES, read_headers
from app.arrivals.mail.opening import content_print
from tests.web.test_posted import grows_in_step


@pytest.mark.parametrize("piece", [b"\r\n bb", b"\n\t", b"a:b\r\n", b"\r\nX: y", b"x", b" ", b":"])
def test_a_megabyte_of_header_costs_in_step_with_a_kilobyte(piece: bytes) -> None:
    grows_in_step(lambda length: read_headers(b"X-B: a" + piece * (length // len(piece))))


def test_folded_lines_are_one_value_and_what_is_beyond_the_bound_is_not_read() -> None:
    assert read_headers(b"Subject: a\r\n b\r\n\tc\r\n\r\n").title == "a b c"
    assert len(read_headers(b"X: a" + b"\r\n bb" * 500_000 + b"\r\n\r\n").all("x")[0]) < HEADER_BYTES


@pytest.mark.parametrize(("one", "other"), [(b"one text", b"another"), (b"a\nb", b"a\nc"), (b"\0", b"\1")])
def test_mails_without_a_header_are_not_copies_of_one_another(one: bytes, other: bytes) -> None:
    assert content_print(one, read_headers(one)) != content_print(other, read_headers(other))


def test_a_header_beyond_the_bound_proves_nobody() -> None:
    raw = b"From: a@b.example\r\n" + b"X: a\r\n" * 50_000 + b"From: c@d.example\r\n\r\nHello"
    found = check(raw, peer="192.0.2.1", helo="", envelope_from="a@b.example")
    assert (found.proven, found.why) == (False, "header")


@pytest.mark.parametrize("word", [b"=?a?q??=", b"=?a?b?YQ==?= ", b"=?utf-8?q?a?=\r\n "])
def test_encoded_words_cost_in_step_with_their_number(word: bytes) -> None:
    """What opens them works as long again for each that is already there."""
    grows_in_step(lambda length: read_headers(b"Subject: " + word * (length // len(word))).title)
    assert read_headers(b"Subject: A day out =?utf-8?q?in_Wales?=").title == "A day out in Wales"
