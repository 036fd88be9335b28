"""STARTTLS (RFC 3207): the configured certificate, or one of our own, which still keeps passers-by out."""

import os
import ssl
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.kit.clock import now
from app.kit.config import settings
from app.kit.strength import strong

YEARS = 10


def tls_context() -> ssl.SSLContext:
    """A server context, TLS 1.2 or newer. Makes a certificate in the data folder where none is configured."""
    chosen = settings()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    if chosen.mail_tls_cert is not None:
        if not strong(x509.load_pem_x509_certificate(chosen.mail_tls_cert.read_bytes()).public_key()):
            raise ValueError("the RSA key of MAIL_TLS_CERT has under 2048 bits: make a longer one")
        context.load_cert_chain(chosen.mail_tls_cert, chosen.mail_tls_key)
    else:
        context.load_cert_chain(_own(chosen.data / "mail.pem", chosen.mail_domain))
    return context


def _own(path: Path, name: str) -> Path:
    if path.exists():
        return path
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() - timedelta(days=1))
        .not_valid_after(now() + timedelta(days=365 * YEARS))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + certificate.public_bytes(serialization.Encoding.PEM)
    draft = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
    draft.replace(path)
    return path
