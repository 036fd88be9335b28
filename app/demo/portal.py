"""One app in the demo: a school's portal that Kai let in, for infra/example-app to be."""

from sqlmodel import Session

from app.boxes.box import Box
from app.demo.filling import Filling
from app.kit.db import open_session
from app.kit.ids import fingerprint
from app.oauth.client import OAuthClient
from app.oauth.command import administrator
from app.oauth.granting import let_in

CLIENT_ID = "demo-portal"
SCOPES = ["add:certificate", "add:photo", "add:video", "read:circle", "read:profile"]


def register_portal(session: Session) -> OAuthClient:
    """The demo's portal: public, so that it needs no secret, and at home only on this machine."""
    client = OAuthClient(
        client_id=CLIENT_ID,
        client_print=fingerprint(CLIENT_ID),
        name="Ashwood portal",
        publisher="Ashwood High School",
        purpose="Sends you your certificates.",
        privacy_url="https://ashwood.example/privacy",
        redirect_uris=["http://127.0.0.1/callback"],
        scopes=SCOPES,
    )
    session.add(client)
    return client


def let_portal_in(kai: Filling) -> None:
    """Kai let it send certificates, for a year."""
    with administrator() as session:
        client = register_portal(session)
    with open_session(kai.owner.claims()) as session:
        let_in(session, kai.owner, session.get_one(Box, kai.box.id), client, SCOPES[:1], None, "year")
