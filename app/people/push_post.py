"""One message to one browser: encrypted for it alone (RFC 8291), signed by us (VAPID, RFC 8292), posted (RFC 8030)."""

import ipaddress
import json
import socket
import ssl
import time
from email.utils import parseaddr
from functools import lru_cache
from urllib.parse import urlsplit

import http_ece
import httpx2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey

from app.kit import base64url, noticed
from app.kit.config import settings
from app.kit.key_file import key_file
from app.kit.language import gettext, speak
from app.people.push import PushSubscription
from app.web.app_look import app_name, look_named, looking_like

PADDED = 512
"""Bytes of every message before it is sealed, whatever it says and in whatever language."""
DAY = 24 * 3600
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052
# What the standard library takes for public and no push service has (IANA, special-purpose addresses): IPv4-compatible,
# translated, local-use NAT64, site-local, segment routing, documentation, and the old relay of 6to4.
_SPECIAL = [
    ipaddress.ip_network(each)
    for each in ("::/96", "::ffff:0:0:0/96", "64:ff9b:1::/48", "fec0::/10", "5f00::/16", "3fff::/20", "192.88.99.0/24")
]
SECONDS = 10
_HEADERS = {
    "TTL": str(3 * DAY),  # a phone that was off for days still hears that someone comes back in as its person
    "Topic": "new",  # of several that wait for a phone, the push service keeps the last
    "Urgency": "normal",
    "Content-Encoding": "aes128gcm",
    "Content-Type": "application/octet-stream",
}


class NotNow(Exception):
    """The push service could not take it; it may later. Says nothing of whom it was for: a job's error is logged."""


class Gone(Exception):
    """That browser is not to be told any more, or never was one."""


class NotTaken(Exception):
    """The push service will not take it, now or later."""


@lru_cache
def push_key() -> ec.EllipticCurvePrivateKey:
    """Our key, from HOLDFAST_PUSH_KEY or from `push.key` in the data folder (made with mode 600 when absent).

    Raises OpenToOthers, and ValueError for what is no key.
    """
    configured = settings().push_key
    written = configured.get_secret_value() if configured is not None else key_file("push.key", _new_key)
    return ec.derive_private_key(int.from_bytes(base64url.decode(written)), ec.SECP256R1())


def public_key() -> str:
    """What browsers know us by: the `applicationServerKey`, base64url of the uncompressed point."""
    return base64url.encode(push_key().public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def post(subscription: PushSubscription) -> None:
    """Say that there is something new, and no more. Raises NotNow, Gone or NotTaken."""
    endpoint = subscription.endpoint
    headers = {**_HEADERS, "Host": urlsplit(endpoint).netloc, "Authorization": authorization(endpoint)}
    host = urlsplit(endpoint).hostname or ""
    try:
        url = httpx2.URL(endpoint).copy_with(host=_address_of(endpoint))
        with (
            httpx2.Client(verify=_tls(), trust_env=False, follow_redirects=False, timeout=SECONDS) as client,
            client.stream("POST", url, content=sealed(subscription), headers=headers,
                          extensions={"sni_hostname": host}) as answer,
        ):  # fmt: skip
            status = answer.status_code
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        noticed.tls_failed(error, "push")
        raise NotNow(type(error).__name__) from None
    if status in (404, 410):
        raise Gone
    if status == 429 or status >= 500:
        raise NotNow(str(status))
    if not 200 <= status < 300:
        raise NotTaken(str(status))


def sealed(subscription: PushSubscription) -> bytes:
    """Neutral words under the name that the app has on that phone, of one length, as only its browser can open them."""
    with speak(subscription.language), looking_like(look_named(subscription.called)):
        said = {"title": app_name(), "body": gettext("Something new"), "lang": subscription.language}
    message: bytes = http_ece.encrypt(
        json.dumps(said).encode().ljust(PADDED),  # white space after JSON means nothing
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=subscription.p256dh,
        auth_secret=subscription.auth,
        version="aes128gcm",
    )
    return message


def authorization(endpoint: str) -> str:
    """The header that says who we are to the push service of this address, for twelve hours (RFC 8292 §3)."""
    parts = urlsplit(endpoint)
    ours = settings().public_url
    contact = ours if ours.startswith("https://") else f"mailto:{parseaddr(settings().mail_from)[1]}"
    claims = {"aud": f"https://{parts.netloc}", "exp": int(time.time()) + DAY // 2, "sub": contact}
    token = jwt.encode({"alg": "ES256", "typ": "JWT"}, claims, ECKey.import_key(push_key()))
    return f"vapid t={token}, k={public_key()}"


def _address_of(endpoint: str) -> str:
    """The IP address to go to: looked up once, so that what was judged is what is asked.

    Whoever subscribes names the address. It must not lead to this machine or its neighbours.
    Raises Gone for one that does, NotNow when the name is not known now.
    """
    parts = urlsplit(endpoint)
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, ValueError):
        raise NotNow("name") from None
    addresses = [str(each[4][0]) for each in found]
    if settings().push_own_ca is None and not all(map(is_public, addresses)):
        raise Gone
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, also by the IPv4 address inside an IPv6 one."""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        translated = ipaddress.IPv4Address(found.packed[-4:]) if found in _NAT64 else None
        found = found.ipv4_mapped or found.sixtofour or translated or found
    special = any(found in network for network in _SPECIAL if network.version == found.version)
    return found.is_global and not found.is_multicast and not special


def _tls() -> ssl.SSLContext:
    context = httpx2.create_ssl_context(trust_env=False)
    own = settings().push_own_ca
    if own is not None:
        context.load_verify_locations(own)
    return context


def _new_key() -> str:
    return base64url.encode(ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value.to_bytes(32))
