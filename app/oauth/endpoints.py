"""What programs call: tokens, pushed requests, revocation, introspection, device codes, and what there is (RFC 8414).

They carry their own proof and no cookie, and so are exempt from the cross-site guard.
"""

import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError, InvalidScopeError, UnauthorizedClientError
from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from sqlmodel import Session

from app.kit import db
from app.kit.clock import now
from app.kit.db import open_session
from app.kit.ids import fingerprint, new_token
from app.oauth.asking import REQUEST_URI, Asked, as_details, issuer, resource
from app.oauth.client import DEVICE_GRANT, OAuthClient
from app.oauth.grants import METHODS, POLL_EVERY
from app.oauth.scopes import SCOPES
from app.oauth.server import NO_STORE, Server, note_error
from app.oauth.token import OAuthRequest, user_print
from app.people.attempts import WAIT_S, may_try
from app.people.viewer import Viewer
from app.web.errors import TooMany
from app.web.forms import Fields, Typed

router = APIRouter()
EXEMPT = ("/oauth/token", "/oauth/par", "/oauth/revocation", "/oauth/introspection", "/oauth/device_authorization")
# Time enough to sign in by a link that comes by e-mail.
PUSHED_LASTS = timedelta(minutes=10)
DEVICE_LASTS = timedelta(minutes=10)
# RFC 8628, 6.1: twenty letters, none a vowel and none that looks like another.
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"


def get_app_session(request: Request) -> Iterator[Session]:
    """One request, one transaction, as nobody: what is shown says who asks."""
    request.state.viewer = Viewer(door="app")
    with open_session(request.state.viewer.claims()) as session:
        yield session


AppSession = Annotated[Session, Depends(get_app_session, scope="function")]


@router.post("/oauth/token")
def token(request: Request, session: AppSession, fields: Fields) -> Response:
    """Tokens for a code, a refresh token or a device's code (RFC 6749, 3.2)."""
    return _answer(request, fields, Server(session).create_token_response)


@router.post("/oauth/revocation")
def revocation(request: Request, session: AppSession, fields: Fields) -> Response:
    """RFC 7009."""
    return _answer(request, fields, lambda asked: Server(session).create_endpoint_response("revocation", asked))


@router.post("/oauth/introspection")
def introspection(request: Request, session: AppSession, fields: Fields) -> Response:
    """RFC 7662."""
    return _answer(request, fields, lambda asked: Server(session).create_endpoint_response("introspection", asked))


@router.post("/oauth/par")
def push(request: Request, session: AppSession, fields: Fields) -> Response:
    """A request pushed beforehand, so that none of it passes through the person's browser (RFC 9126)."""

    def keep(asked: Asked) -> Response:
        if asked.get("request_uri"):
            raise InvalidRequestError("A pushed request holds no request_uri.")
        server = Server(session)
        client = server.authenticate_client(asked, METHODS, "par")
        if asked.get("client_id") != client.client_id:
            raise InvalidRequestError("The client_id is not the one that asks.")
        server.consent(asked)
        details, shown = as_details(asked), new_token()
        _may_keep(request, session, client)
        _keep(session, shown, OAuthRequest(
            client_id=client.id, kind="pushed", request_print=fingerprint(shown), details=details,
            expires_at=now() + PUSHED_LASTS,
        ))  # fmt: skip
        pushed = {"request_uri": REQUEST_URI + shown, "expires_in": int(PUSHED_LASTS.total_seconds())}
        return JSONResponse(pushed, 201, headers=NO_STORE)

    return _answer(request, fields, keep)


@router.post("/oauth/device_authorization")
def device(request: Request, session: AppSession, fields: Fields) -> Response:
    """A code to type on another screen (RFC 8628, 3.1)."""

    def keep(asked: Asked) -> Response:
        client = Server(session).authenticate_client(asked, METHODS, "device_authorization")
        if not client.check_grant_type(DEVICE_GRANT):
            raise UnauthorizedClientError()
        scope = client.get_allowed_scope(asked.payload.scope)
        if scope is None:
            raise InvalidScopeError()
        asked.check_resource()
        _may_keep(request, session, client)
        shown, letters = new_token(), "".join(secrets.choice(LETTERS) for _ in range(8))
        _keep(session, shown, OAuthRequest(
            client_id=client.id, kind="device", request_print=fingerprint(shown), user_print=user_print(letters),
            details={"scope": scope, "client_id": client.client_id}, expires_at=now() + DEVICE_LASTS,
        ))  # fmt: skip
        code = f"{letters[:4]}-{letters[4:]}"
        return JSONResponse(
            {
                "device_code": shown,
                "user_code": code,
                "verification_uri": f"{issuer()}/device",
                "verification_uri_complete": f"{issuer()}/device/{code}",
                "expires_in": int(DEVICE_LASTS.total_seconds()),
                "interval": int(POLL_EVERY.total_seconds()),
            },
            headers=NO_STORE,
        )

    return _answer(request, fields, keep)


@router.get("/.well-known/oauth-authorization-server")
def metadata() -> JSONResponse:
    """RFC 8414. There is no registration endpoint: an administrator registers apps."""
    at = issuer()
    return JSONResponse(
        {
            "issuer": at,
            "authorization_endpoint": f"{at}/oauth/authorize",
            "token_endpoint": f"{at}/oauth/token",
            "pushed_authorization_request_endpoint": f"{at}/oauth/par",
            "revocation_endpoint": f"{at}/oauth/revocation",
            "introspection_endpoint": f"{at}/oauth/introspection",
            "device_authorization_endpoint": f"{at}/oauth/device_authorization",
            "scopes_supported": list(SCOPES),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token", DEVICE_GRANT],
            "token_endpoint_auth_methods_supported": METHODS,
            "revocation_endpoint_auth_methods_supported": METHODS,
            "introspection_endpoint_auth_methods_supported": METHODS[:2],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            "protected_resources": [resource()],
            "ui_locales_supported": ["en-GB"],
        }
    )


@router.get("/.well-known/oauth-protected-resource/api/v1")
def resource_metadata() -> JSONResponse:
    """RFC 9728: whose tokens the API takes."""
    return JSONResponse(
        {
            "resource": resource(),
            "authorization_servers": [issuer()],
            "scopes_supported": list(SCOPES),
            "bearer_methods_supported": ["header"],
        }
    )


def _answer(request: Request, fields: Typed, answer: Any) -> Response:
    """Read the form, answer, and turn what is wrong into what RFC 6749, 5.2 says: never a redirect."""
    pairs = [(name, one) for name, value in fields.items() for one in (value if isinstance(value, list) else [value])]
    try:
        asked = Asked(request.method, request.url.path, pairs, request.headers)
        asked.check_plain()
        asked.check_proof()
        said: Response = answer(asked)
        return said
    except OAuth2Error as error:
        error.redirect_uri = None
        note_error(error)
        status, body, headers = error()
        kept = {name: value for name, value in headers if name.lower() != "content-type"}
        return JSONResponse(body, status, headers={**kept, **NO_STORE})


def _may_keep(request: Request, session: Session, client: OAuthClient) -> None:
    """Count one more request of this app that is to wait here; one that keeps no secret also by where it comes from.

    Raises TooMany.
    """
    here = not client.public or may_try(request, session, "app", about=client.client_id)
    if not (here and may_try(request, session, "app anywhere", by=client.id)):
        raise TooMany(WAIT_S, headers=NO_STORE)


def _keep(session: Session, shown: str, row: OAuthRequest) -> None:
    before = session.info["claims"]
    db.become(session, Viewer(door="app", secret=shown).claims())
    session.add(row)
    db.become(session, before)
