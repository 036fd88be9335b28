"""The master key, and the keys that are derived from it."""

import os
from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.kit.config import settings


class OpenToOthers(Exception):
    """The master key lies where others can read it; the message says how to close it."""


@lru_cache
def master_key() -> bytes:
    """32 bytes, from HOLDFAST_MASTER_KEY or from `master.key` in the data folder (made with mode 600 when absent).

    Raises OpenToOthers when other accounts of the machine can read that file, and ValueError for what is no key.
    """
    configured = settings().master_key
    if configured is not None:
        key = bytes.fromhex(configured.get_secret_value())
    else:
        path = settings().data / "master.key"
        if not path.exists():
            settings().data.mkdir(parents=True, exist_ok=True)
            draft = path.with_suffix(f".{os.getpid()}")
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(os.urandom(32).hex())
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(draft, path)
            except FileExistsError:
                pass
            draft.unlink()
        if path.stat().st_mode & 0o077:
            raise OpenToOthers(f"Other accounts can read the master key. Close it: chmod 600 {path}")
        key = bytes.fromhex(path.read_text().strip())
    if len(key) != 32:
        raise ValueError("The master key must be 64 hex digits")
    return key


def derived_key(purpose: str) -> bytes:
    """32 bytes for one purpose (HKDF-SHA256, RFC 5869)."""
    return HKDF(SHA256(), 32, salt=None, info=f"holdfast {purpose}".encode()).derive(master_key())
