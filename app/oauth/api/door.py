"""From a bearer token to a session that acts as the grant it belongs to, and no faster than it may."""

import re
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from sqlalchemy import text
from sqlmodel import Session, select

from app.kit import db
from app.kit.config import settings
from app.kit.db import open_session
from app.kit.ids import fingerprint
from app.oauth.asking import issuer
from app.oauth.grant import OAuthGrant
from app.oauth.scopes import SENDING
from app.oauth.token import OAuthToken
from app.people.viewer import Viewer
from app.web.errors import Refused, TooMany

PER_S = 60
_BEARER = re.compile(r"[Bb]earer ([A-Za-z0-9._~+/=-]{1,512})")
_COUNT = text(
    "insert into oauth_use (grant_id, since, requests) values (:grant, now(), 1) on conflict (grant_id) do update set"
    " requests = case when oauth_use.since <= now() - make_interval(secs => :per) then 1"
    " else oauth_use.requests + 1 end,"
    " since = case when oauth_use.since <= now() - make_interval(secs => :per) then now() else oauth_use.since end"
    " returning requests, ceil(extract(epoch from since - now()) + :per)::int as left_s"
)


@dataclass(frozen=True, slots=True)
class App:
    """The app that asks: `grant` is what it was let do, `scopes` what this token may of that."""

    viewer: Viewer
    grant: OAuthGrant
    scopes: frozenset[str]

    @property
    def grant_id(self) -> UUID:
        return self.grant.id

    @property
    def box_id(self) -> UUID:
        return self.grant.box_id

    def need(self, scope: str) -> None:
        """Raises Refused (403, RFC 6750, 3.1) where this token was not given the permission."""
        if scope not in self.scopes:
            challenge = f'Bearer error="insufficient_scope", scope="{scope}"'
            raise Refused(f"This needs the permission {scope}.", 403, {"WWW-Authenticate": challenge})

    def need_to_send(self) -> None:
        """The same where this token was given no permission to send anything at all."""
        if not self.scopes & set(SENDING):
            self.need(" ".join(SENDING))


def get_app(request: Request) -> App:
    """Who asks, in a transaction of its own that also counts the request.

    Raises Refused: 401 without a token that counts (not one of ours, old, revoked; what it is for stopped, paused or
    over), 429 for too many.
    """
    match = _BEARER.fullmatch(request.headers.get("authorization", ""))
    if match is None:
        raise _stay_out("")
    shown = Viewer(door="app", secret=match.group(1))
    with open_session(shown.claims()) as session:
        token = session.exec(select(OAuthToken).where(OAuthToken.token_print == fingerprint(match.group(1)))).first()
        if token is None or token.kind != "access" or token.is_revoked() or token.is_expired():
            raise _stay_out("invalid_token")
        viewer = Viewer(door="app", grant_id=token.grant_id, scopes=frozenset(token.scopes))
        db.become(session, viewer.claims())
        grant = session.get(OAuthGrant, token.grant_id)
        if grant is None:
            raise _stay_out("invalid_token")
        requests, left_s = session.connection().execute(_COUNT, {"grant": grant.id, "per": PER_S}).one()
    most = settings().app_requests
    request.state.rate = {
        "RateLimit-Policy": f'"requests";q={most};w={PER_S}',
        "RateLimit": f'"requests";r={max(0, most - requests)};t={left_s}',
    }
    if requests > most:
        raise TooMany(left_s, f"That’s more than {most} requests a minute.", request.state.rate)
    return App(viewer, grant, frozenset(token.scopes) & frozenset(grant.scopes))


AskingApp = Annotated[App, Depends(get_app)]


def get_sender(request: Request, app: AskingApp) -> None:
    """Where uploads are sent: by this app, to the box it was let in to. Raises Refused (403), with nothing read."""
    app.need_to_send()
    request.state.sender, request.state.sender_box = app.viewer, app.box_id


def get_api_session(app: AskingApp) -> Iterator[Session]:
    """One request, one transaction, as this app: committed before the answer leaves."""
    with open_session(app.viewer.claims()) as session:
        yield session


ApiSession = Annotated[Session, Depends(get_api_session, scope="function")]


class ApiRoute(APIRoute):
    """Every answer says how many requests are left (draft-ietf-httpapi-ratelimit-headers)."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with the headers added."""
        handler = super().get_route_handler()

        async def counted(request: Request) -> Response:
            response = await handler(request)
            for name, value in getattr(request.state, "rate", {}).items():
                response.headers[name] = value
            return response

        return counted


def _stay_out(error: str) -> Refused:
    where = f"{issuer()}/.well-known/oauth-protected-resource/api/v1"
    challenge = f'Bearer resource_metadata="{where}"' + (f', error="{error}"' if error else "")
    return Refused("This needs a token that counts.", 401, {"WWW-Authenticate": challenge})
