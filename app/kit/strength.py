"""How strong a key of somebody else must be before we believe what it signed."""

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

LEAST_RSA_BITS = 2048
"""112 bits of security (SP 800-57 part 1, table 2). Every elliptic curve that is taken here has 128 or more."""


def strong(key: object) -> bool:
    """Whether this public or private key is anything but an RSA key that is too short."""
    return not isinstance(key, RSAPublicKey | RSAPrivateKey) or key.key_size >= LEAST_RSA_BITS
