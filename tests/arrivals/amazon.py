"""Amazon, as far as the mail door meets it: SNS that signs and serves its certificate, and S3 (moto's own server).

Requests reach SNS by its real name through a proxy that ends TLS here, with an authority that the process trusts while
the test runs: host names and certificates are checked as they would be.
"""

import base64
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID
from moto.server import ThreadedMotoServer

from app.kit.clock import now

REGION = "eu-west-2"
HOST = f"sns.{REGION}.amazonaws.com"
TOPIC = f"arn:aws:sns:{REGION}:123456789012:holdfast-mail"
CERTIFICATE = f"https://{HOST}/SimpleNotificationService-{'0a' * 16}.pem"
BUCKET = "holdfast-mail"
_FIELDS = ("Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")


def certificate(
    key: Any, name: str, days: int = 30, by: tuple[Any, x509.Certificate] | None = None, authority: bool = False
) -> x509.Certificate:
    """A certificate for `key` until `days` from now, its own or signed by another."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by[1].subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() - timedelta(days=60))
        .not_valid_after(now() + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    return builder.sign(by[0] if by else key, hashes.SHA256())


def pem(*things: Any) -> bytes:
    """Certificates and keys as text."""
    plain = serialization.NoEncryption()
    return b"".join(
        each.public_bytes(serialization.Encoding.PEM)
        if isinstance(each, x509.Certificate)
        else each.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        for each in things
    )


class Amazon:
    """`pages` are what HOST serves by path; `asked` what was asked of it."""

    def __init__(self, folder: Path) -> None:
        self.key = rsa.generate_private_key(65537, 2048)
        self.pages = {"/" + CERTIFICATE.rpartition("/")[2]: pem(certificate(self.key, "sns.amazonaws.com"))}
        self.asked: list[str] = []
        self.go_on = threading.Event()
        self.go_on.set()
        authority_key = ec.generate_private_key(ec.SECP256R1())
        authority = certificate(authority_key, "Test authority", authority=True)
        host_key = ec.generate_private_key(ec.SECP256R1())
        (folder / "authority.pem").write_bytes(pem(authority))
        (folder / "host.pem").write_bytes(pem(certificate(host_key, HOST, by=(authority_key, authority)), host_key))
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._tls.load_cert_chain(folder / "host.pem")
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.proxy = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            with client, client.makefile("rb") as asked:
                client.settimeout(10)
                target = asked.readline().split()[1].decode()
                while asked.readline().strip():
                    pass
                self.asked.append(target)
                self.go_on.wait(60)
                client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                with self._tls.wrap_socket(client, server_side=True) as secure:
                    path = secure.recv(65536).split()[1].decode()
                    self.asked.append(path)
                    body = self.pages.get(path.partition("?")[0])
                    status = b"200 OK" if body is not None else b"404 Not Found"
                    length = f"\r\nContent-Length: {len(body or b'')}\r\nConnection: close\r\n\r\n"
                    secure.sendall(b"HTTP/1.1 " + status + length.encode() + (body or b""))

    @contextmanager
    def pausing(self) -> Iterator[None]:
        """Whoever asks meanwhile waits, until `go_on` is set."""
        self.go_on.clear()
        try:
            yield
        finally:
            self.go_on.set()

    def signed(self, key: rsa.RSAPrivateKey | None = None, **fields: str) -> dict[str, str]:
        """A message of SNS with these fields changed, signed as Amazon signs (version 2); or with another's key."""
        whole = {
            "Type": "Notification",
            "MessageId": "1",
            "TopicArn": TOPIC,
            "Timestamp": "2026-11-21T12:00:00.000Z",
            "SigningCertURL": CERTIFICATE,
            "SignatureVersion": "2",
            **fields,
        }
        text = "".join(f"{name}\n{whole[name]}\n" for name in _FIELDS if name in whole)
        whole["Signature"] = base64.b64encode(
            (key or self.key).sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        ).decode()
        return whole


def received(key: str, sender: str, *recipients: str) -> str:
    """What SES says of a message that it put into BUCKET."""
    return json.dumps(
        {
            "notificationType": "Received",
            "mail": {"source": sender, "destination": list(recipients), "messageId": key},
            "receipt": {
                "recipients": list(recipients),
                "action": {"type": "S3", "topicArn": TOPIC, "bucketName": BUCKET, "objectKey": key},
            },
        }
    )


@contextmanager
def running(folder: Path, environment: pytest.MonkeyPatch) -> Iterator[tuple[Amazon, Any]]:
    """Amazon and a client of its S3 with an empty BUCKET; while it lasts, this process takes them for the real ones."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    amazon = Amazon(folder)
    try:
        environment.setenv("HTTPS_PROXY", amazon.proxy)
        environment.setenv("SSL_CERT_FILE", str(folder / "authority.pem"))
        host, port = server.get_host_and_port()
        environment.setenv("AWS_ENDPOINT_URL_S3", f"http://{host}:{port}")
        environment.setenv("AWS_ACCESS_KEY_ID", "test")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "test")
        client = boto3.client("s3", region_name=REGION)
        with suppress(client.exceptions.BucketAlreadyOwnedByYou):  # moto's servers of one process share what they hold
            client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        for each in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
            client.delete_object(Bucket=BUCKET, Key=each["Key"])
        yield amazon, client
    finally:
        amazon.close()
        server.stop()
