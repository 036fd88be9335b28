"""Messages of Amazon SNS: only what Amazon signed for our topic (SNS developer guide, "Verifying the signatures")."""

import base64
import binascii
import re
import threading
import time
from collections import deque

import httpx2
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from app.kit import noticed
from app.kit.clock import now
from app.kit.strength import strong
from app.web.posted import read_json

SECONDS = 10
ASKED_MOST = 6
"""Certificates that are asked for in a minute, whoever names them."""
SIGNATURE_BYTES = (256, 384, 512)  # RSA of 2048 bits and more
CERTIFICATE_BYTES = 64 * 1024
KNOWN_MOST = 8
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:([a-z0-9-]+):\d{12}:[A-Za-z0-9_.-]+")


class NotSigned(Exception):
    """Not something that Amazon SNS sent for this topic."""


class Busy(Exception):
    """Certificates were asked for too often; SNS brings its message again."""


def region_of(topic: str) -> str:
    """The region in a topic's ARN. Raises NotSigned when it is none."""
    found = _TOPIC.fullmatch(topic)
    if found is None:
        raise NotSigned
    return found[1]


def read(body: bytes, topic: str) -> dict[str, str]:
    """The fields of a message. Raises NotSigned, and httpx2.HTTPError or Busy where no certificate can be had now."""
    try:
        found = read_json(body)
        fields = {name: value for name, value in found.items() if isinstance(value, str)}
        signature = base64.b64decode(fields["Signature"], validate=True)
        names = _SIGNED[fields["Type"]]
        whole = "".join(f"{name}\n{fields[name]}\n" for name in names if name != "Subject" or name in fields)
        where = fields["SigningCertURL"]
    except (ValueError, KeyError, AttributeError, binascii.Error):
        raise NotSigned from None
    # Version 1 is SHA-1: infra/ses sets the topic to 2.
    if fields["TopicArn"] != topic or fields.get("SignatureVersion") != "2" or len(signature) not in SIGNATURE_BYTES:
        raise NotSigned
    if not re.fullmatch(_host(topic) + r"/SimpleNotificationService-[0-9a-f]{1,64}\.pem", where):
        raise NotSigned
    certificate = certificates.get(where)
    key = certificate.public_key()
    if not certificate.not_valid_before_utc <= now() <= certificate.not_valid_after_utc:
        raise NotSigned
    if not isinstance(key, rsa.RSAPublicKey) or not strong(key):
        raise NotSigned
    try:
        key.verify(signature, whole.encode(), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        raise NotSigned from None
    return fields


def confirm(fields: dict[str, str]) -> None:
    """Say yes to a SubscriptionConfirmation. Raises NotSigned for an address that is not Amazon's; httpx2.HTTPError."""
    where = fields["SubscribeURL"]
    if not re.fullmatch(_host(fields["TopicArn"]) + r"/\?Action=ConfirmSubscription&[!-~]{1,2000}", where):
        raise NotSigned
    httpx2.get(where, timeout=SECONDS, follow_redirects=False).raise_for_status()


def _host(topic: str) -> str:
    """Amazon's own host for this topic's region, as a pattern: nobody else is ever asked for anything."""
    return rf"https://sns\.{re.escape(region_of(topic))}\.amazonaws\.com(?:\.cn)?"


class Certificates:
    """Those that Amazon showed so far; a new one is asked for by one at a time, and ASKED_MOST times a minute."""

    def __init__(self) -> None:
        self._known: dict[str, x509.Certificate] = {}
        self._asked: deque[float] = deque(maxlen=ASKED_MOST)
        self._one = threading.Lock()

    def get(self, where: str) -> x509.Certificate:
        """The certificate at this address. Raises NotSigned, Busy and httpx2.HTTPError."""
        if where in self._known:
            return self._known[where]
        if not self._one.acquire(blocking=False):
            raise Busy
        try:
            moment = time.monotonic()
            if len(self._asked) == ASKED_MOST and moment - self._asked[0] < 60:
                raise Busy
            self._asked.append(moment)
            answer = httpx2.get(where, timeout=SECONDS, follow_redirects=False).raise_for_status()
            found = x509.load_pem_x509_certificate(answer.content[:CERTIFICATE_BYTES])
        except ValueError:
            raise NotSigned from None
        except httpx2.HTTPError as error:
            noticed.tls_failed(error, "amazon")
            raise
        finally:
            self._one.release()
        if len(self._known) >= KNOWN_MOST:
            self._known.clear()
        self._known[where] = found
        return found


certificates = Certificates()
