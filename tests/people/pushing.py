"""A push service, as browser makers run one: https, an address for each browser, and bytes that it cannot read.

And browsers with keys of their own, which open what was left for them (RFC 8291), and look who signed it (RFC 8292).
"""

import json
import ssl
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.kit.ids import new_id
from tests.arrivals.amazon import certificate, pem


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def un64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass(frozen=True)
class Posted:
    """One request as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def claims(self) -> dict[str, Any]:
        """What the VAPID token says, its signature checked with the key beside it. Raises InvalidSignature."""
        scheme, _, parts = self.headers["authorization"].partition(" ")
        assert scheme == "vapid"
        named = dict(part.strip().split("=", 1) for part in parts.split(","))
        said, _, signature = named["t"].rpartition(".")
        raw = un64(signature)
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), un64(named["k"]))
        both = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
        key.verify(both, said.encode(), ec.ECDSA(SHA256()))
        header, claims = (json.loads(un64(part)) for part in said.split("."))
        assert header == {"typ": "JWT", "alg": "ES256"}
        return {**claims, "k": named["k"]}


@dataclass
class PushService:
    """`posted` is what came; `answers` says what a path is answered, 201 where it says nothing."""

    origin: str = ""
    authority: Path = Path()
    posted: list[Posted] = field(default_factory=list)
    answers: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class ABrowser:
    """A browser's subscription at a push service."""

    service: PushService
    path: str = field(default_factory=lambda: f"/push/{new_id().hex}")
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    secret: bytes = field(default_factory=lambda: new_id().bytes)

    @property
    def json(self) -> dict[str, Any]:
        """What `PushSubscription.toJSON()` says."""
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": b64(point), "auth": b64(self.secret)}
        return {"endpoint": f"{self.service.origin}{self.path}", "expirationTime": None, "keys": keys}

    @property
    def got(self) -> list[Posted]:
        return [each for each in self.service.posted if each.path == self.path]

    def opened(self, posted: Posted) -> bytes:
        """What is inside, padding and all."""
        opened: bytes = http_ece.decrypt(
            posted.body, private_key=self.key, auth_secret=self.secret, version="aes128gcm"
        )
        return opened

    @property
    def shown(self) -> list[dict[str, str]]:
        """What each message said."""
        return [json.loads(self.opened(each)) for each in self.got]


@contextmanager
def push_service(folder: Path) -> Iterator[PushService]:
    """The service, on this machine, with a certificate that only `authority` speaks for, until the block ends."""
    service = PushService(authority=folder / "authority.pem")
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = certificate(authority_key, "Test authority", authority=True)
    service.authority.write_bytes(pem(authority))
    (folder / "host.pem").write_bytes(pem(certificate(key, "localhost", by=(authority_key, authority)), key))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            service.posted.append(Posted(self.path, headers, body))
            self.send_response(service.answers.get(self.path, 201))
            self.send_header("Location", f"{service.origin}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *said: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(folder / "host.pem")
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    service.origin = f"https://localhost:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
