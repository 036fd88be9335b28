"""Bytes as letters that an address, a header or JSON can hold: base64url without padding (RFC 4648 §5, RFC 7515 §2)."""

from base64 import b64decode, urlsafe_b64encode


def encode(data: bytes) -> str:
    """The bytes as letters, digits, "-" and "_": four for every three."""
    return urlsafe_b64encode(data).decode().rstrip("=")


def decode(text: str) -> bytes:
    """The bytes again; padding is taken too. Raises ValueError for what is none, a line end too."""
    return b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
