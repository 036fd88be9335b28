"""Who else may say who somebody is: the OpenID providers of the settings file."""

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import BaseModel, ConfigDict, SecretStr, field_validator

from app.kit.config import settings
from app.kit.strength import strong

TENANT = "{tenantid}"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_KEY = re.compile(r"[a-z0-9-]{1,32}")
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MICROSOFT = "https://login.microsoftonline.com"
_MICROSOFT_CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad"

PRESETS: dict[str, dict[str, Any]] = {
    "google": {"name": "Google", "issuer": "https://accounts.google.com"},
    "microsoft": {"name": "Microsoft", "tenant": "common"},
    # Apple's client secret is a short-lived JWT that we sign, and its answer is a form.
    "apple": {
        "name": "Apple",
        "issuer": "https://appleid.apple.com",
        "client_proof": "signed_secret",
        "response_mode": "form_post",
    },
    # Medium confidence that it is the same person, no proof of who they are: that is all a box needs.
    "one-login": {
        "name": "GOV.UK One Login",
        "issuer": "https://oidc.account.gov.uk/",
        "client_proof": "private_key_jwt",
        "vtr": ["Cl.Cm"],
    },
}


class Provider(BaseModel):
    """One provider: `key` stands in our addresses, `name` on the button. docs/sign-in-with.md says what each needs.

    `issuer` is compared with what the provider says of itself, to the letter; `{tenantid}` in it is the `tid` of the
    ID token (Microsoft's rule for accounts of any organisation).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    name: str
    issuer: str
    client_id: str
    client_secret: SecretStr = SecretStr("")
    private_key: Path | None = None
    key_id: str = ""
    team_id: str = ""
    tenant: str = ""
    client_proof: Literal["", "private_key_jwt", "signed_secret"] = ""
    response_mode: Literal["", "form_post"] = ""
    vtr: tuple[str, ...] = ()

    @field_validator("key")
    @classmethod
    def _may_stand_in_an_address(cls, key: str) -> str:
        if not _KEY.fullmatch(key):
            raise ValueError("name a provider in small letters, digits and dashes")
        return key

    @field_validator("issuer")
    @classmethod
    def _cannot_be_overheard(cls, issuer: str) -> str:
        if not may_be_asked(issuer, issuer):
            raise ValueError("an issuer is an https address")
        return issuer

    @property
    def discovery_url(self) -> str:
        """Where it describes itself (OpenID Connect Discovery 4)."""
        base = f"{_MICROSOFT}/{self.tenant}/v2.0" if self.tenant else self.issuer.rstrip("/")
        return f"{base}/.well-known/openid-configuration"

    @property
    def redirect_uri(self) -> str:
        """Where it sends people back: an address of its own, so that none can answer for another (RFC 9700 4.4)."""
        return f"{settings().public_url}/sign-in/back/{self.key}"

    def is_issuer(self, said: object) -> bool:
        """Whether this is its name, of any organisation where it speaks for many."""
        if not isinstance(said, str):
            return False
        before, tenant, after = self.issuer.partition(TENANT)
        if not tenant:
            return said == self.issuer
        inside = said.removeprefix(before).removesuffix(after)
        return said == f"{before}{inside}{after}" and bool(_GUID.fullmatch(inside))


def may_be_asked(url: object, issuer: str) -> bool:
    """Whether we ask at this address: https, or plain http on this machine when the issuer itself is there."""
    if not isinstance(url, str):
        return False
    asked, named = urlsplit(url), urlsplit(issuer)
    near = asked.scheme == named.scheme == "http" and {asked.hostname, named.hostname} <= set(_LOOPBACK)
    return bool(asked.hostname) and not asked.username and (asked.scheme == "https" or near)


def providers() -> dict[str, Provider]:
    """The providers by key, in the order of the file. Raises ValueError for a file that says something else."""
    path = settings().sign_in_with
    return _read(path) if path is not None else {}


@lru_cache
def _read(path: Path) -> dict[str, Provider]:
    with path.open("rb") as file:
        return {key: _provider(key, given, path.parent) for key, given in tomllib.load(file).items()}


def _provider(key: str, given: dict[str, Any], folder: Path) -> Provider:
    asked = {**PRESETS.get(key, {}), **given, "key": key}
    if asked.get("tenant"):
        asked["issuer"] = f"{_MICROSOFT}/{_tenant(asked['tenant'])}/v2.0"
    if asked.get("private_key"):
        asked["private_key"] = folder / asked["private_key"]
        asked.setdefault("client_proof", "private_key_jwt")
        if not strong(load_pem_private_key(asked["private_key"].read_bytes(), None)):
            raise ValueError(f"the private key of {key} has under 2048 bits: make a longer one, or one of P-256")
    return Provider(**asked)


def _tenant(tenant: str) -> str:
    if tenant in ("common", "organizations"):
        return TENANT
    if tenant == "consumers":
        return _MICROSOFT_CONSUMERS
    if not _GUID.fullmatch(tenant):
        raise ValueError("a Microsoft tenant is its id, common, organizations or consumers")
    return tenant
