"""The master key, and the keys that are derived from it."""

import os
from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.kit.config import settings
from app.kit.key_file import key_file


@lru_cache
def master_key() -> bytes:
    """32 bytes, from HOLDFAST_MASTER_KEY or from `master.key` in the data folder (made with mode 600 when absent).

    Raises OpenToOthers when other accounts of the machine can read that file, and ValueError for what is no key.
    """
    configured = settings().master_key
    written = configured.get_secret_value() if configured is not None else key_file("master.key", _new)
    key = bytes.fromhex(written)
    if len(key) != 32:
        raise ValueError("The master key must be 64 hex digits")
    return key


def _new() -> str:
    return os.urandom(32).hex()


def derived_key(purpose: str) -> bytes:
    """32 bytes for one purpose (HKDF-SHA256, RFC 5869)."""
    return HKDF(SHA256(), 32, salt=None, info=f"holdfast {purpose}".encode()).derive(master_key())
