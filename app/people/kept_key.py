"""The lock on what someone made with no signal, while it waits on their phone.

The phone holds only the public half of a person's P-256 key pair, so that it can close a capture without asking
anybody; the private half is derived here, from the master key, and stays here. Each capture has a key pair of its own
(ECDH, SP 800-56A), whose private half the phone forgets at once, and AES-256-GCM takes HKDF-SHA256 (RFC 5869) of what
the two share. A phone where nobody is signed in therefore holds bytes that nobody can open.
"""

from functools import lru_cache
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.kit import base64url
from app.kit.master import derived_key

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256 (SP 800-186, 3.2.1.3)
_CURVE = ec.SECP256R1()


class NotAHalf(Exception):
    """What came is not the public half of a key on P-256."""


def _private(person_id: UUID) -> ec.EllipticCurvePrivateKey:
    number = int.from_bytes(derived_key(f"kept on a phone: {person_id}"), "big") % (_ORDER - 1) + 1
    return ec.derive_private_key(number, _CURVE)


@lru_cache(maxsize=4096)
def lock_of(person_id: UUID) -> str:
    """The public half, for the person's own phone: an uncompressed point, URL-safe base64. It names nobody."""
    point = _private(person_id).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64url.encode(point)


def key_of(person_id: UUID, capture_id: UUID, half: str) -> str:
    """The 32-byte key of one capture, URL-safe base64, from its public `half` (as lock_of's). Raises NotAHalf."""
    try:
        public = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, base64url.decode(half))
    except ValueError:
        raise NotAHalf from None
    shared = _private(person_id).exchange(ec.ECDH(), public)
    key = HKDF(SHA256(), 32, salt=None, info=f"holdfast kept {capture_id}".encode()).derive(shared)
    return base64url.encode(key)
