"""The authorization server: Authlib's core, for Starlette and for the wall.

One is made for each request, around its session. It knows a client by what is shown (its id), and everything else by
the code or token that is shown: the wall opens just the row that holds its fingerprint.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AuthorizationServer, InvalidRequestError
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from fastapi.responses import JSONResponse, Response
from sqlmodel import Session, select

from app.kit import db, noticed
from app.kit.clock import now
from app.kit.ids import fingerprint, new_token
from app.oauth.asking import Asked, InteractionRequired, RequestNotSupported, issuer, resource
from app.oauth.client import OAuthClient
from app.oauth.grant import OAuthGrant
from app.oauth.grants import METHODS, CodeGrant, DeviceGrant, OnlyS256, RefreshGrant, act_for, end_family
from app.oauth.scopes import ONCE, SCOPES, in_order
from app.oauth.token import OAuthToken

ACCESS_LASTS = timedelta(minutes=10)
REFRESH_LASTS = timedelta(days=90)
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache", "Referrer-Policy": "no-referrer"}


def find_client(session: Session, client_id: str) -> OAuthClient | None:
    """A registered client that has not ended, by its id."""
    before = session.info["claims"]
    db.become(session, {**before, "app.secret": fingerprint(client_id)})
    query = select(OAuthClient).where(OAuthClient.client_print == fingerprint(client_id))
    client = session.exec(query).first()
    db.become(session, before)
    return client if client is not None and client.ended_at is None else None


class Server(AuthorizationServer):  # type: ignore[misc]
    """Authlib's server around one session: a person's at the authorization endpoint, nobody's at the others."""

    def __init__(self, session: Session) -> None:
        super().__init__(scopes_supported=list(SCOPES))
        self.session = session
        self.register_grant(CodeGrant, [OnlyS256(required=True)])
        self.register_grant(RefreshGrant)
        self.register_grant(DeviceGrant)
        self.register_endpoint(Revocation)
        self.register_endpoint(Introspection)
        self.register_token_generator("default", self._new_tokens)

    def query_client(self, client_id: str) -> OAuthClient | None:
        return find_client(self.session, client_id)

    def create_oauth2_request(self, request: Asked) -> Asked:
        return request

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""

    def consent(self, asked: Asked) -> CodeGrant:
        """Check a request that a person is to decide about. Its `redirect_uri` and `client` are right when it returns.

        Raises OAuth2Error; one with a `redirect_uri` may be told there, any other is for the person alone.
        """
        asked.check_plain()
        grant: CodeGrant = self.get_consent_grant(asked)
        try:
            if asked.get("request"):
                raise RequestNotSupported
            if asked.get("response_mode") not in ("", "query"):
                raise InvalidRequestError("The only response_mode is query.")
            if "none" in asked.get("prompt").split():
                raise InteractionRequired
            asked.check_resource()
        except OAuth2Error as error:
            error.redirect_uri, error.state = grant.redirect_uri, asked.payload.state
            raise
        return grant

    def handle_error_response(self, request: Asked | None, error: OAuth2Error) -> Response:
        note_error(error)
        said: Response = super().handle_error_response(request, error)
        return said

    def handle_response(self, status: int, body: Any, headers: Sequence[tuple[str, str]]) -> Response:
        """An answer as Starlette sends it; one that goes to a client's address says who sent it (RFC 9207)."""
        given: Mapping[str, str] = dict(headers) | NO_STORE
        if "Location" in given:
            place = add_params_to_uri(given["Location"], [("iss", issuer())])
            return Response(status_code=303, headers={**given, "Location": place})
        return JSONResponse(body, status, headers={k: v for k, v in given.items() if k.lower() != "content-type"})

    def _new_tokens(
        self,
        grant_type: str,
        client: OAuthClient,
        user: OAuthGrant,
        scope: str,
        expires_in: int | None,
        include_refresh_token: bool,
    ) -> dict[str, Any]:
        """Opaque tokens. An access token never outlives what was allowed; "once" has no refresh token."""
        lasts = ONCE if user.length == "once" else ACCESS_LASTS
        ends = min(now() + lasts, user.ends_at)
        tokens = {
            "access_token": new_token(),
            "token_type": "Bearer",
            "expires_in": max(1, int((ends - now()).total_seconds())),
            "scope": " ".join(in_order(set((scope or "").split()) & set(user.scopes))),
        }
        if include_refresh_token and user.length != "once":
            tokens["refresh_token"] = new_token()
        return tokens

    def save_token(self, token: dict[str, Any], request: Asked) -> None:
        """Their fingerprints."""
        grant: OAuthGrant = request.user
        scopes = token["scope"].split()
        about = {"grant_id": grant.id, "client_id": request.client.id, "scopes": scopes}
        expires_at = now() + timedelta(seconds=token["expires_in"])
        self.session.add(
            OAuthToken(**about, kind="access", token_print=fingerprint(token["access_token"]), expires_at=expires_at)
        )
        if "refresh_token" in token:
            last = min(now() + REFRESH_LASTS, grant.ends_at)
            self.session.add(
                OAuthToken(**about, kind="refresh", token_print=fingerprint(token["refresh_token"]), expires_at=last)
            )
        self.session.flush()


def note_error(error: OAuth2Error) -> None:
    """An app that is not who it says, or shows what opens nothing, is noticed."""
    if error.error in ("invalid_client", "invalid_grant"):
        noticed.note("not_let_in", "app")


def _shown_token(session: Session, shown: str) -> OAuthToken | None:
    act_for(session, None, shown)
    return session.exec(select(OAuthToken).where(OAuthToken.token_print == fingerprint(shown))).first()


class Revocation(RevocationEndpoint):  # type: ignore[misc]
    """RFC 7009. A refresh token ends its whole family."""

    CLIENT_AUTH_METHODS = METHODS

    def query_token(self, token_string: str, token_type_hint: str | None) -> OAuthToken | None:
        return _shown_token(self.server.session, token_string)

    def revoke_token(self, token: OAuthToken, request: Asked) -> None:
        token.revoked_at = token.revoked_at or now()
        if token.kind == "refresh":
            end_family(self.server.session, token.grant_id)


class Introspection(IntrospectionEndpoint):  # type: ignore[misc]
    """RFC 7662: a confidential client may ask about its own tokens."""

    CLIENT_AUTH_METHODS = METHODS[:2]

    def query_token(self, token_string: str, token_type_hint: str | None) -> OAuthToken | None:
        return _shown_token(self.server.session, token_string)

    def check_permission(self, token: OAuthToken, client: OAuthClient, request: Asked) -> bool:
        """Its own, and what it is for is not stopped, paused or over."""
        self.client_id, shown = client.client_id, request.get("token")
        return token.check_client(client) and act_for(self.server.session, token.grant_id, shown) is not None

    def introspect_token(self, token: OAuthToken) -> dict[str, Any]:
        return {
            "active": True,
            "client_id": self.client_id,
            "token_type": "Bearer" if token.kind == "access" else "refresh_token",
            "scope": token.get_scope(),
            "sub": str(token.grant_id),
            "aud": resource(),
            "iss": issuer(),
            "iat": int(token.created_at.timestamp()),
            "exp": int(token.expires_at.timestamp()),
        }
