"""`holdfast app add | list | remove`: which programs may ask to be let in. An administrator's to say."""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine
from sqlmodel import Session, col, select

from app.kit.db import admin_url
from app.oauth.client import OAuthClient, registered

Say = Callable[[str], None]


def run(chosen: argparse.Namespace, say: Say) -> None:
    """Do what was chosen on the command line. Raises ValueError with a sentence for whoever typed it."""
    {"add": add, "list": show, "remove": remove}[chosen.app](chosen, say)


def add(chosen: argparse.Namespace, say: Say) -> None:
    """Register an app, and say its secret once."""
    client, secret = registered(
        name=chosen.name,
        publisher=chosen.publisher,
        purpose=chosen.purpose,
        privacy_url=chosen.privacy,
        redirect_uris=chosen.redirect,
        scopes=chosen.scope,
        public=chosen.public,
        device=chosen.device,
    )
    with administrator() as session:
        session.add(client)
    say(f"client_id      {client.client_id}")
    say(f"client_secret  {secret or '(none: it is public)'}")
    if secret:
        say("The secret is not kept here. Give it to whoever runs the app, and to nobody else.")


def show(_chosen: argparse.Namespace, say: Say) -> None:
    """Every app, the removed ones too."""
    with administrator() as session:
        clients = session.exec(select(OAuthClient).order_by(col(OAuthClient.id))).all()
    for client in clients:
        ended = f", removed on {client.ended_at:%d %B %Y}" if client.ended_at else ""
        say(f"{client.client_id}  {client.name}, by {client.publisher}{ended}")
        say(f"    may ask for {', '.join(client.scopes)}")
        say(f"    {', '.join(client.redirect_uris) or 'on a screen, with a code'}")
    if not clients:
        say("No app is registered.")


def remove(chosen: argparse.Namespace, say: Say) -> None:
    """Nothing it holds works any more; what it sent stays."""
    with administrator() as session:
        client = session.exec(select(OAuthClient).where(OAuthClient.client_id == chosen.client_id)).first()
        if client is None:
            raise ValueError("There is no app with this id.")
        client.end()
    say(f"{client.name} is out.")


@contextmanager
def administrator() -> Iterator[Session]:
    """A session past the wall, committed at its end: nobody else registers apps."""
    engine = create_engine(admin_url())
    try:
        with Session(engine, expire_on_commit=False) as session:
            yield session
            session.commit()
    finally:
        engine.dispose()
