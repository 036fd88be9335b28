"""What an app holds: tokens, and requests that wait. Only fingerprints of them are stored."""

import hashlib
import hmac
import time
from datetime import datetime
from typing import Any
from uuid import UUID

from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, TokenMixin
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from app.kit.clock import now
from app.kit.columns import Moment, created, moment, one_of
from app.kit.ids import fingerprint, new_id
from app.kit.master import derived_key
from app.oauth.client import OAuthClient, texts


class OAuthToken(SQLModel, TokenMixin, table=True):  # type: ignore[misc]
    """An opaque access or refresh token of a grant. All tokens of one grant are a family."""

    __tablename__ = "oauth_token"
    __table_args__ = (one_of("kind", "access", "refresh"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    grant_id: UUID = Field(foreign_key="oauth_grant.id", index=True)
    client_id: UUID = Field(foreign_key="oauth_client.id", index=True)
    kind: str
    token_print: str = Field(unique=True)
    scopes: list[str] = Field(default_factory=list, sa_column=texts())
    created_at: datetime = created()
    expires_at: datetime = created()
    used_at: Moment = moment()
    revoked_at: Moment = moment()

    # What Authlib asks of a token.

    def check_client(self, client: OAuthClient) -> bool:
        return self.client_id == client.id

    def get_scope(self) -> str:
        return " ".join(self.scopes)

    def get_expires_in(self) -> int:
        return max(0, int(self.expires_at.timestamp() - time.time()))

    def is_expired(self) -> bool:
        return self.expires_at <= now()

    def is_revoked(self) -> bool:
        return self.revoked_at is not None or self.used_at is not None


class OAuthRequest(SQLModel, AuthorizationCodeMixin, table=True):  # type: ignore[misc]
    """Something an app holds that is good once: a pushed request (RFC 9126), a code, a device code (RFC 8628).

    `request_print` is the fingerprint of what the app holds, `user_print` stands for the code a person types. `details`
    are a request's own parameters. `grant_id` is set from the start for a code, and by a person's yes for a device;
    `answered_at` when they said yes or no.
    """

    __tablename__ = "oauth_request"
    __table_args__ = (one_of("kind", "pushed", "code", "device"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    client_id: UUID = Field(foreign_key="oauth_client.id", index=True)
    kind: str
    request_print: str = Field(unique=True)
    user_print: str | None = Field(default=None, unique=True)
    details: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    grant_id: UUID | None = Field(default=None, foreign_key="oauth_grant.id", index=True)
    created_at: datetime = created()
    expires_at: datetime = created()
    answered_at: Moment = moment()
    polled_at: Moment = moment()
    used_at: Moment = moment()

    @property
    def scopes(self) -> list[str]:
        return str(self.details.get("scope", "")).split()

    @property
    def code_challenge(self) -> str:
        return str(self.details["code_challenge"])

    @property
    def code_challenge_method(self) -> str:
        return "S256"

    # What Authlib asks of a code.

    def get_redirect_uri(self) -> str:
        return str(self.details["redirect_uri"])

    def get_scope(self) -> str:
        return " ".join(self.scopes)

    def is_expired(self) -> bool:
        return self.expires_at <= now()


class OAuthUse(SQLModel, table=True):
    """How many requests an app made since `since`: its rate is counted here, for every process alike."""

    __tablename__ = "oauth_use"

    grant_id: UUID = Field(primary_key=True, foreign_key="oauth_grant.id")
    since: datetime = created()
    requests: int = 0


def user_print(letters: str) -> str:
    """What is stored of the code a person types, and what the wall compares: 35 bits could be tried out on a stolen
    table, but for our key.
    """
    return fingerprint(hmac.digest(derived_key("codes of screens"), letters.encode(), hashlib.sha256))
