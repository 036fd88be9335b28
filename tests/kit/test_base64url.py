"""Bytes as letters for addresses and headers (RFC 4648 §5)."""

import pytest

from app.kit import base64url


def test_any_bytes_come_back_and_the_letters_fit_an_address() -> None:
    for length in range(80):
        data = bytes((length * 37 + at * 91) % 256 for at in range(length))
        text = base64url.encode(data)
        assert base64url.decode(text) == data and text.replace("-", "").replace("_", "").isalnum() is bool(length)
    assert base64url.encode(b"\xfb\xff\xfe") == "-__-"  # with neither "+" nor "/" nor "="


@pytest.mark.parametrize("text", ["A", "AA AA", "AAAA\n", "AA==AA", "AA%3D", "né"])
def test_what_is_no_base64url_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        base64url.decode(text)
