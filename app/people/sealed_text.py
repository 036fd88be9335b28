"""A few words sealed into a string that may lie where others can read it: a job's arguments, a link."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.kit import base64url
from app.kit.master import derived_key

_NONCE = 12


class NotSealedHere(Exception):
    """The string was not made by `seal_text` for this purpose, or was changed."""


def seal_text(text: str, purpose: str) -> str:
    """URL-safe base64 of nonce + AES-256-GCM ciphertext, under a key of this purpose alone."""
    nonce = os.urandom(_NONCE)
    sealed = nonce + AESGCM(derived_key(f"sealed text: {purpose}")).encrypt(nonce, text.encode(), None)
    return base64url.encode(sealed)


def open_text(sealed: str, purpose: str) -> str:
    """The words inside. Raises NotSealedHere."""
    try:
        raw = base64url.decode(sealed)
        return AESGCM(derived_key(f"sealed text: {purpose}")).decrypt(raw[:_NONCE], raw[_NONCE:], None).decode()
    except (InvalidTag, ValueError):
        raise NotSealedHere from None
