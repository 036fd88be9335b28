"""Identifiers that sort by time, and secrets that nobody can guess."""

import hashlib
import os
import secrets
import time
from uuid import UUID


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562, 5.7): 48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | (0x7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    return UUID(int=value)


def new_token() -> str:
    """A URL-safe secret of 256 bits."""
    return secrets.token_urlsafe(32)


def fingerprint(secret: str | bytes) -> str:
    """SHA-256 in hex: what is stored of a secret, and what the wall compares with `app.secret`."""
    return hashlib.sha256(secret.encode() if isinstance(secret, str) else secret).hexdigest()
