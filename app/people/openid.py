"""OpenID Connect 1.0, our side: code flow with PKCE (S256), state and nonce. Of what is said, only who it is counts."""

import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from typing import Any

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import import_key

from app.kit import base64url, noticed
from app.kit.ids import new_token
from app.kit.language import speaking
from app.kit.strength import strong
from app.people.providers import TENANT, Provider, may_be_asked
from app.web.posted import read_json

ASYMMETRIC = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
LEEWAY = 60  # seconds that clocks may differ
SECONDS = 8.0  # to wait for a provider
KEEP = 3600.0  # seconds for which what it says of itself is believed
OLDEST = 600  # seconds ago that an ID token for a code of today can have been made
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
Json = dict[str, Any]


class NotSure(Exception):
    """What came back does not prove who it is. `reason` is a word for the log and says nothing of anybody."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotReached(Exception):
    """The provider did not answer, or not in words we know."""


@dataclass(frozen=True)
class Asked:
    """What one question to a provider goes by, all made from the token that only the asking browser holds."""

    token: str

    @property
    def state(self) -> str:
        return self._part("state")

    @property
    def nonce(self) -> str:
        return self._part("nonce")

    @property
    def verifier(self) -> str:
        """The code verifier: 43 characters (RFC 7636 4.1)."""
        return self._part("verifier")

    def _part(self, name: str) -> str:
        print_ = hmac.digest(self.token.encode(), f"openid {name}".encode(), hashlib.sha256)
        return base64url.encode(print_)


@dataclass(frozen=True)
class Identity:
    """Who a provider says it is: the issuer's own name, and the subject, which is meaningful to that issuer alone."""

    issuer: str
    subject: str


def going_url(provider: Provider, asked: Asked) -> str:
    """The address at the provider to send the browser to. Raises NotReached."""
    about = _about(provider)
    more: Json = {"nonce": asked.nonce}
    if provider.response_mode:
        more["response_mode"] = provider.response_mode
    if provider.vtr:
        more |= {"vtr": json.dumps(provider.vtr), "ui_locales": "cy" if speaking() == "cy" else "en"}
    with OAuth2Client(
        provider.client_id, scope="openid", redirect_uri=provider.redirect_uri, code_challenge_method="S256"
    ) as client:
        url, _ = client.create_authorization_url(
            about["authorization_endpoint"], state=asked.state, code_verifier=asked.verifier, **more
        )
    return str(url)


def check_sender(provider: Provider, issuer: str) -> None:
    """Whether the answer is this provider's own (RFC 9207). Raises NotSure, NotReached."""
    advertised = _about(provider).get("authorization_response_iss_parameter_supported") is True
    if (issuer or advertised) and not provider.is_issuer(issuer):
        raise NotSure("issuer of the answer")


def prove(provider: Provider, asked: Asked, code: str) -> Identity:
    """Redeem the code and check the ID token (OpenID Connect Core 3.1.3.7). Raises NotSure, NotReached."""
    about = _about(provider)
    secret, method, more = _how_we_prove_it(provider, about)
    try:
        with OAuth2Client(provider.client_id, secret, token_endpoint_auth_method=method, timeout=SECONDS) as client:
            answer = client.fetch_token(
                about["token_endpoint"],
                grant_type="authorization_code",
                code=code,
                code_verifier=asked.verifier,
                redirect_uri=provider.redirect_uri,
                **more,
            )
    except OAuthError:
        raise NotSure("code") from None
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
        noticed.tls_failed(error, "provider")
        raise NotReached from None
    id_token = answer.get("id_token")
    if not isinstance(id_token, str):
        raise NotSure("no ID token")
    try:
        claims = _claims(provider, about, id_token)
        claims.params |= {"nonce": asked.nonce, "access_token": answer.get("access_token")}
        claims.validate(leeway=LEEWAY)
    except (JoseError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise NotSure(getattr(error, "claim", None) or type(error).__name__) from None
    if claims["iat"] < time.time() - OLDEST - LEEWAY:
        raise NotSure("iat")
    if provider.vtr and claims.get("vot") not in provider.vtr:
        raise NotSure("vot")
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise NotSure("sub")
    return Identity(claims["iss"], subject)


def _claims(provider: Provider, about: Json, id_token: str) -> CodeIDToken:
    """The claims of a token with a good signature, yet to be validated."""
    header = jws.extract_compact(id_token.encode()).headers()
    algorithm = header.get("alg")
    if algorithm not in ASYMMETRIC or algorithm not in about.get("id_token_signing_alg_values_supported", ["RS256"]):
        raise NotSure("alg")
    key = _signing_key(about, header.get("kid"), fresh=False) or _signing_key(about, header.get("kid"), fresh=True)
    if key is None:
        raise NotSure("kid")
    signing = import_key(key)
    if not strong(signing.public_key):
        raise NotSure("key")
    token = jwt.decode(id_token, signing, algorithms=[algorithm])
    tenant = str(token.claims.get("tid", ""))
    issuer = provider.issuer.replace(TENANT, tenant)
    if not provider.is_issuer(issuer) or key.get("issuer", issuer).replace(TENANT, tenant) != issuer:
        raise NotSure("iss")
    options = {
        "iss": {"essential": True, "value": issuer},
        "aud": {"essential": True, "value": provider.client_id},
    }
    return CodeIDToken(token.claims, token.header, options, {"client_id": provider.client_id})


def _signing_key(about: Json, kid: object, *, fresh: bool) -> Json | None:
    """The key of this id, or the only one where the token names none (Core 10.1). Keys change: looked up anew once."""
    listed = _document(about["jwks_uri"], fresh=fresh).get("keys")
    keys = [key for key in listed if key.get("use", "sig") == "sig"] if isinstance(listed, list) else []
    fitting = [key for key in keys if key.get("kid") == kid] if kid is not None else keys
    return fitting[0] if len(fitting) == 1 else None


def _how_we_prove_it(provider: Provider, about: Json) -> tuple[str | None, str, Json]:
    """How we say who we are at the token endpoint: secret, Authlib's name of the method, more parameters."""
    if provider.client_proof == "signed_secret":
        signed = _signed(provider, {"iss": provider.team_id, "aud": provider.issuer})
        return signed, "client_secret_post", {}
    if provider.client_proof == "private_key_jwt":
        claims = {"iss": provider.client_id, "aud": about["token_endpoint"], "jti": new_token()}
        return None, "none", {"client_assertion_type": _ASSERTION, "client_assertion": _signed(provider, claims)}
    secret = provider.client_secret.get_secret_value()
    if not secret:
        return None, "none", {}
    known = about.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    return secret, "client_secret_basic" if "client_secret_basic" in known else "client_secret_post", {}


def _signed(provider: Provider, claims: Json) -> str:
    """A JWT about ourselves that works for five minutes, signed with the provider's own private key (PEM)."""
    assert provider.private_key is not None
    pem = load_pem_private_key(provider.private_key.read_bytes(), None)
    elliptic = isinstance(pem, EllipticCurvePrivateKey)
    header = {"alg": "ES256" if elliptic else "PS256"}
    if provider.key_id:
        header["kid"] = provider.key_id
    now = int(time.time())
    key = import_key(provider.private_key.read_bytes(), "EC" if elliptic else "RSA")
    told = {**claims, "sub": provider.client_id, "iat": now, "exp": now + 300}
    return jwt.encode(header, told, key, algorithms=[header["alg"]])


def _about(provider: Provider) -> Json:
    """What the provider says of itself, which must be in its own name and ask us nowhere unsafe. Raises NotReached."""
    about = _document(provider.discovery_url)
    places = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    if about.get("issuer") != provider.issuer or not all(
        may_be_asked(about.get(place), provider.issuer) for place in places
    ):
        raise NotReached
    return about


_read: dict[str, tuple[float, Json]] = {}


def _document(url: str, *, fresh: bool = False) -> Json:
    """The JSON object at an address, read again after KEEP seconds or when asked for fresh. Raises NotReached."""
    at, known = _read.get(url, (0.0, {}))
    if known and not fresh and time.monotonic() - at < KEEP:
        return known
    try:
        answer = httpx2.get(url, timeout=SECONDS, headers={"Accept": "application/json"}).raise_for_status()
        found = read_json(answer.content)
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
        noticed.tls_failed(error, "provider")
        raise NotReached from None
    if not isinstance(found, dict):
        raise NotReached
    _read[url] = time.monotonic(), found
    return found
