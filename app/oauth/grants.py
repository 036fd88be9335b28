"""The three ways to tokens: a code, a refresh token, a device's code. Each is good once, whoever else holds it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc8628 import DeviceCodeGrant
from sqlalchemy import update
from sqlmodel import Session, col, select

from app.kit import db
from app.kit.clock import now
from app.kit.ids import fingerprint, new_token
from app.oauth.asking import Asked
from app.oauth.client import OAuthClient
from app.oauth.grant import OAuthGrant
from app.oauth.scopes import in_order
from app.oauth.token import OAuthRequest, OAuthToken
from app.people.viewer import Viewer

CODE_LASTS = timedelta(seconds=60)
POLL_EVERY = timedelta(seconds=5)
METHODS = ["client_secret_basic", "client_secret_post", "none"]


def act_for(session: Session, grant_id: UUID | None, shown: str) -> OAuthGrant | None:
    """Go on as this grant, still showing what was shown. The grant, while it counts."""
    db.become(session, Viewer(door="app", grant_id=grant_id, secret=shown).claims())
    return session.get(OAuthGrant, grant_id, populate_existing=True) if grant_id else None


def end_family(session: Session, grant_id: UUID) -> None:
    """Revoke every token of a grant: something of it was used twice (RFC 9700, 4.14.2)."""
    revoked = update(OAuthToken).where(col(OAuthToken.grant_id) == grant_id, col(OAuthToken.revoked_at).is_(None))
    session.execute(revoked.values(revoked_at=now()).execution_options(synchronize_session=False))


def use_once(session: Session, row: OAuthRequest) -> bool:
    """Take something that is good once: of many at the same moment, exactly one is told True."""
    taken = (
        update(OAuthRequest)
        .where(col(OAuthRequest.id) == row.id, col(OAuthRequest.used_at).is_(None))
        .values(used_at=now())
        .returning(col(OAuthRequest.id))
        .execution_options(synchronize_session=False)
    )
    return session.execute(taken).first() is not None


def held(session: Session, kind: str, shown: str, client: OAuthClient) -> OAuthRequest | None:
    """What this client shows, if it is of this kind and its own."""
    query = select(OAuthRequest).where(
        OAuthRequest.request_print == fingerprint(shown),
        OAuthRequest.kind == kind,
        OAuthRequest.client_id == client.id,
    )
    return session.exec(query).first()


class CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]
    """RFC 6749, 4.1, with PKCE."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def save_authorization_code(self, code: str, request: Asked) -> None:
        """Keep the fingerprint of a code for what was just let in, in the session of the person who did."""
        session: Session = self.server.session
        before = session.info["claims"]
        db.become(session, {**before, "app.secret": fingerprint(code)})
        session.add(
            OAuthRequest(
                client_id=request.client.id,
                kind="code",
                request_print=fingerprint(code),
                details={
                    "redirect_uri": self.redirect_uri,
                    "code_challenge": request.get("code_challenge"),
                    "scope": " ".join(request.user.scopes),
                },
                grant_id=request.user.id,
                expires_at=now() + CODE_LASTS,
            )
        )
        db.become(session, before)

    def generate_authorization_code(self) -> str:
        return new_token()

    def query_authorization_code(self, code: str, client: OAuthClient) -> OAuthRequest | None:
        """Take the code. One that was taken before ends all that came of it (RFC 6749, 4.1.2)."""
        session: Session = self.server.session
        act_for(session, None, code)
        row = held(session, "code", code, client)
        if row is None or row.grant_id is None or row.is_expired():
            return None
        if not use_once(session, row):
            end_family(session, row.grant_id)
            return None
        self.code = code
        return row

    def delete_authorization_code(self, authorization_code: OAuthRequest) -> None:
        """It stays a while, so that a second use of it is noticed."""

    def authenticate_user(self, authorization_code: OAuthRequest) -> OAuthGrant | None:
        self.request.check_resource()
        return act_for(self.server.session, authorization_code.grant_id, self.code)


class OnlyS256(CodeChallenge):  # type: ignore[misc]
    """RFC 7636 as RFC 9700 asks for it: always there, and never `plain`."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: CodeGrant, redirect_uri: str) -> None:
        """Raises InvalidRequestError."""
        asked: Asked = grant.request
        if asked.get("code_challenge_method") != "S256" or len(asked.get("code_challenge")) != 43:
            raise InvalidRequestError("PKCE is needed, with code_challenge_method=S256.")
        super().validate_code_challenge(grant, redirect_uri)


class RefreshGrant(RefreshTokenGrant):  # type: ignore[misc]
    """RFC 6749, 6, with a new refresh token each time."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def validate_token_request(self) -> None:
        """Look before taking: a mistake in the request costs a client nothing, a second use ends the family."""
        session: Session = self.server.session
        client = self._validate_request_client()
        shown = self.request.get("refresh_token")
        if not shown:
            raise InvalidRequestError("Missing 'refresh_token' in request.")
        act_for(session, None, shown)
        query = select(OAuthToken).where(
            OAuthToken.token_print == fingerprint(shown),
            OAuthToken.kind == "refresh",
            OAuthToken.client_id == client.id,
        )
        row = session.exec(query).first()
        if row is None or row.is_expired() or row.revoked_at is not None:
            raise InvalidGrantError()
        self._validate_token_scope(row)
        self.request.check_resource()
        grant = act_for(session, row.grant_id, shown)
        if grant is None:
            raise InvalidGrantError("This is paused, stopped or over.")
        taken = (
            update(OAuthToken)
            .where(col(OAuthToken.id) == row.id, col(OAuthToken.used_at).is_(None))
            .values(used_at=now())
            .returning(col(OAuthToken.id))
            .execution_options(synchronize_session=False)
        )
        if session.execute(taken).first() is None:
            end_family(session, row.grant_id)
            raise InvalidGrantError("This was used before, so all that came of it has ended.")
        self.request.client, self.request.refresh_token, self.grant = client, row, grant

    def authenticate_user(self, refresh_token: OAuthToken) -> OAuthGrant:
        return self.grant

    def issue_token(self, user: OAuthGrant, refresh_token: OAuthToken) -> dict[str, Any]:
        """What was asked for, and never more than is allowed by now."""
        asked = self.request.payload.scope or refresh_token.get_scope()
        return self.generate_token(user=user, scope=" ".join(in_order(set(asked.split()))))  # type: ignore[no-any-return]

    def revoke_old_credential(self, refresh_token: OAuthToken) -> None:
        """It was taken already."""


class DeviceGrant(DeviceCodeGrant):  # type: ignore[misc]
    """RFC 8628: for a screen in a school that nobody signs in at."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def authenticate_token_endpoint_client(self) -> OAuthClient:
        self.asker: OAuthClient = super().authenticate_token_endpoint_client()
        return self.asker  # type: ignore[no-any-return]

    def query_device_credential(self, device_code: str) -> "_Credential":
        """What this client holds. Raises InvalidGrantError for what it does not, or used already."""
        self.request.check_resource()
        session: Session = self.server.session
        act_for(session, None, device_code)
        row = held(session, "device", device_code, self.asker)
        if row is None or row.used_at is not None:
            raise InvalidGrantError()
        self.code, self.row = device_code, row
        return _Credential(row, self.asker)

    def query_user_grant(self, user_code: str) -> tuple[OAuthGrant | None, bool] | None:
        """None while nobody has answered; a yes is taken at once."""
        if self.row.answered_at is None:
            return None
        session: Session = self.server.session
        if self.row.grant_id is None:
            return None, False
        grant = act_for(session, self.row.grant_id, self.code)
        if grant is None or not use_once(session, self.row):
            raise InvalidGrantError()
        return grant, True

    def should_slow_down(self, credential: "_Credential") -> bool:
        last, credential.row.polled_at = credential.row.polled_at, now()
        return last is not None and now() - last < POLL_EVERY


class _Credential:
    """A device request as Authlib reads one."""

    def __init__(self, row: OAuthRequest, client: OAuthClient) -> None:
        self.row = row
        self.client = client

    def get_client_id(self) -> str:
        return self.client.client_id

    def get_scope(self) -> str:
        return self.row.get_scope()

    def get_user_code(self) -> str:
        return ""

    def is_expired(self) -> bool:
        return self.row.is_expired()
