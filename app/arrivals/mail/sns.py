"""Messages of Amazon SNS: only what Amazon signed for our topic (SNS developer guide, "Verifying the signatures")."""

import base64
import binascii
import re
from functools import lru_cache

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
CERTIFICATE_BYTES = 64 * 1024
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:([a-z0-9-]+):\d{12}:[A-Za-z0-9_.-]+")


class NotSigned(Exception):
    """Not something that Amazon SNS sent for this topic."""


def region_of(topic: str) -> str:
    """The region in a topic's ARN. Raises NotSigned when it is none."""
    found = _TOPIC.fullmatch(topic)
    if found is None:
        raise NotSigned
    return found[1]


def read(body: bytes, topic: str) -> dict[str, str]:
    """The fields of a message. Raises NotSigned, and httpx2.HTTPError when the certificate cannot be had just now."""
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
    if fields["TopicArn"] != topic or fields.get("SignatureVersion") != "2":
        raise NotSigned
    if not re.fullmatch(_host(topic) + r"/SimpleNotificationService-[0-9a-f]{1,64}\.pem", where):
        raise NotSigned
    certificate = _certificate(where)
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


@lru_cache(maxsize=8)
def _certificate(where: str) -> x509.Certificate:
    try:
        answer = httpx2.get(where, timeout=SECONDS, follow_redirects=False).raise_for_status()
    except httpx2.HTTPError as error:
        noticed.tls_failed(error, "amazon")
        raise
    try:
        return x509.load_pem_x509_certificate(answer.content[:CERTIFICATE_BYTES])
    except ValueError:
        raise NotSigned from None
