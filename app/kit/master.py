"""The master key, and the keys that are derived from it."""

import os
from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.kit.config import settings
from app.kit.key_file import key_file

FILE = "master.key"


class MasterKeyMissing(Exception):
    """There is no master key, or what is there is none; the message says so in one sentence."""


@lru_cache
def master_key() -> bytes:
    """32 bytes, from HOLDFAST_MASTER_KEY or from `master.key` in the data folder.

    Raises MasterKeyMissing, and OpenToOthers when other accounts of the machine can read that file.
    """
    configured = settings().master_key
    if configured is None and not (settings().data / FILE).exists():
        raise MasterKeyMissing(
            f"The master key is missing: HOLDFAST_MASTER_KEY is not set, and there is no {FILE} in"
            f" {settings().data}. Without it nothing in this house opens. Give it back; nothing was changed."
        )
    written = configured.get_secret_value() if configured is not None else key_file(FILE, _new)
    try:
        key = bytes.fromhex(written)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise MasterKeyMissing("The master key must be 64 hex digits, and what is given is not. Nothing was changed.")
    return key


def make_master_key() -> None:
    """Make `master.key` (mode 600) unless there is a key: for the very first start alone."""
    if settings().master_key is None:
        key_file(FILE, _new)


def _new() -> str:
    return os.urandom(32).hex()


def derived_key(purpose: str) -> bytes:
    """32 bytes for one purpose (HKDF-SHA256, RFC 5869)."""
    return HKDF(SHA256(), 32, salt=None, info=f"holdfast {purpose}".encode()).derive(master_key())
