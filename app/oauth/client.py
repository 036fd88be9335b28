"""A program that may ask to be let in. An administrator registers it; nobody can register themselves."""

import hmac
import ipaddress
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from authlib.oauth2.rfc6749 import ClientMixin
from sqlalchemy import Column, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from app.kit.clock import now
from app.kit.columns import Moment, created, moment
from app.kit.ids import fingerprint, new_id, new_token
from app.oauth.scopes import in_order

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
LONGEST_URI = 500


class BadRedirect(ValueError):
    """An address that nobody may be sent back to."""


def texts() -> Column[list[str]]:
    """A column that holds a list of words."""
    return Column(ARRAY(Text()), nullable=False)


class OAuthClient(SQLModel, ClientMixin, table=True):  # type: ignore[misc]
    """A registered app (RFC 6749, 2). `publisher`, `purpose` and `privacy_url` are shown where it asks.

    `client_print` is the fingerprint of `client_id`: showing the id finds the row. One without a `secret_print` is a
    public client (2.1). `device` lets it use the device grant (RFC 8628).
    """

    __tablename__ = "oauth_client"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    client_id: str
    client_print: str = Field(unique=True)
    secret_print: str = ""
    name: str
    publisher: str
    purpose: str
    privacy_url: str
    redirect_uris: list[str] = Field(default_factory=list, sa_column=texts())
    scopes: list[str] = Field(default_factory=list, sa_column=texts())
    device: bool = False
    created_at: datetime = created()
    ended_at: Moment = moment()

    @property
    def public(self) -> bool:
        return not self.secret_print

    def end(self) -> None:
        """Nothing it holds works from the next request on."""
        self.ended_at = self.ended_at or now()

    # What Authlib asks of a client.

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> None:
        """None: a request always says where it wants the answer (OAuth 2.1)."""
        return

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """The scopes of a request, all of which this client must have been registered for; None refuses them."""
        asked = (scope or "").split()
        return " ".join(in_order(asked)) if asked and set(asked) <= set(self.scopes) else None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Whether it is exactly a registered one; the port of a loopback address may vary (RFC 8252, 7.3)."""
        if redirect_uri in self.redirect_uris:
            return True
        without = _without_loopback_port(redirect_uri)
        return without is not None and without in map(_without_loopback_port, self.redirect_uris)

    def check_client_secret(self, client_secret: str) -> bool:
        return bool(self.secret_print) and hmac.compare_digest(self.secret_print, fingerprint(client_secret))

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return (method == "none") == self.public

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code" and bool(self.redirect_uris)

    def check_grant_type(self, grant_type: str) -> bool:
        if grant_type == DEVICE_GRANT:
            return self.device
        return grant_type == "refresh_token" or (grant_type == "authorization_code" and bool(self.redirect_uris))


def registered(
    *, name: str, publisher: str, purpose: str, privacy_url: str, redirect_uris: list[str], scopes: list[str],
    public: bool = False, device: bool = False,
) -> tuple[OAuthClient, str]:  # fmt: skip
    """A new client and its secret ("" for a public one), which is not kept. Raises ValueError, BadRedirect."""
    if unknown := set(scopes) - set(in_order(scopes)):
        raise ValueError(f"There is no permission called {', '.join(sorted(unknown))}.")
    if not scopes or not (redirect_uris or device):
        raise ValueError("It needs at least one permission, and an address to send people back to.")
    if urlsplit(privacy_url).scheme not in ("https", "http"):
        raise ValueError("The privacy page needs a whole address. It starts with https://")
    for uri in redirect_uris:
        check_redirect(uri)
    client_id, secret = new_id().hex, "" if public else new_token()
    client = OAuthClient(
        client_id=client_id,
        client_print=fingerprint(client_id),
        secret_print=fingerprint(secret) if secret else "",
        name=name,
        publisher=publisher,
        purpose=purpose,
        privacy_url=privacy_url,
        redirect_uris=redirect_uris,
        scopes=in_order(scopes),
        device=device,
    )
    return client, secret


def check_redirect(uri: str) -> None:
    """Whether an address can be registered: https, http on a loopback address, or an app's own scheme that has a dot
    in it (RFC 8252, 7.1–7.3). Raises BadRedirect."""
    try:
        parts = urlsplit(uri)
        plain = uri.isascii() and uri.isprintable() and " " not in uri and "\\" not in uri and len(uri) <= LONGEST_URI
        if not plain or parts.fragment or "#" in uri or parts.username is not None or parts.password is not None:
            raise BadRedirect(f"{uri} cannot be an address to send people back to.")
        if parts.scheme == "https" and parts.hostname:
            return
        if parts.scheme == "http" and is_loopback(parts.hostname):
            return
    except ValueError:
        raise BadRedirect(f"{uri} is not an address.") from None
    if "." not in parts.scheme or parts.netloc:
        raise BadRedirect(f"{uri} must begin with https://")


def is_loopback(host: str | None) -> bool:
    """Whether a host name in an address is this very machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def form_target(redirect_uri: str) -> str:
    """What a Content-Security-Policy calls the place of this address: its origin, or its scheme."""
    parts = urlsplit(redirect_uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"


def _without_loopback_port(uri: str) -> tuple[str, str | None, str] | None:
    """What has to be the same in two loopback addresses; None for any other address."""
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname or ""
    if parts.scheme != "http" or not is_loopback(host):
        return None
    written = f"[{host}]" if ":" in host else host
    expected = f"http://{written}" + (f":{port}" if port is not None else "")
    rest = uri[len(expected) :]
    if port == 0 or not uri.startswith(expected) or (rest and rest[0] not in "/?"):
        return None
    return ("http", host, rest)
