"""E-mailed links: asked for by anyone, made for someone we know, used once."""

import json
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote
from uuid import UUID

from fastapi import Request
from sqlalchemy import func, text, update
from sqlmodel import Session, col, select

from app.kit import outbox
from app.kit.clock import now
from app.kit.config import settings
from app.kit.ids import fingerprint, new_token
from app.kit.language import ENGLISH, gettext, speak
from app.people.addresses import AUTOMATIC
from app.people.door import presenting
from app.people.person import Person
from app.people.sealed_text import open_text, seal_text
from app.people.sign_in import SignInLink
from app.web import pages

PURPOSE = "link request"
MOST_OPEN = 5
PER = timedelta(hours=1)


@dataclass(frozen=True)
class LinkRequest:
    """Somebody typed this address (in its normal form), in this language, and was on the way to `next_url`."""

    address: str
    next_url: str = "/"
    language: str = ENGLISH

    def seal(self) -> str:
        """The request as a job may carry it: the queue's table and its log are not places for an address."""
        return seal_text(json.dumps([self.address, self.next_url, self.language]), PURPOSE)

    @classmethod
    def open(cls, sealed: str) -> "LinkRequest":
        """The request inside. Raises NotSealedHere."""
        return cls(*json.loads(open_text(sealed, PURPOSE)))


def send_link(session: Session, asked: LinkRequest) -> None:
    """Send a link to the address if it is someone's, in a session of the sign-in door.

    It speaks the language that the person chose, or else the one it was asked for in.
    Nothing happens for an unknown address, nor when MOST_OPEN unused links were made within PER.
    Raises what `kit.outbox.send` raises; then no link was made.
    """
    person = session.exec(select(Person).where(Person.email == asked.address)).first()
    if person is None:
        return
    session.connection().execute(
        text("select pg_advisory_xact_lock(hashtextextended(:person, 0))"), {"person": f"link {person.id}"}
    )
    query = (
        select(func.count())
        .select_from(SignInLink)
        .where(
            SignInLink.person_id == person.id,
            col(SignInLink.used_at).is_(None),
            col(SignInLink.created_at) > now() - PER,
        )
    )
    if session.exec(query).one() >= MOST_OPEN:
        return
    token = new_token()
    minutes = settings().link_minutes
    session.add(
        SignInLink(person_id=person.id, token_print=fingerprint(token), expires_at=now() + timedelta(minutes=minutes))
    )
    session.flush()
    url = f"{settings().public_url}/sign-in/link/{token}"
    if asked.next_url != "/":
        url += f"?next={quote(asked.next_url, safe='')}"
    with speak(person.language or asked.language):
        body = pages.render_text("mail/link.txt", url=url, minutes=minutes)
        outbox.send(asked.address, gettext("Your link is ready"), body, AUTOMATIC)


def link_works(request: Request, session: Session, token: str) -> bool:
    """Whether the link would let someone in now. Looking does not use it: mail scanners look."""
    with presenting(request, session, token):
        query = select(SignInLink.id).where(
            SignInLink.token_print == fingerprint(token),
            col(SignInLink.used_at).is_(None),
            col(SignInLink.expires_at) > now(),
        )
        return session.exec(query).first() is not None


def use_link(request: Request, session: Session, token: str) -> UUID | None:
    """Use the link up and return whose it is, or None when it is unknown, old or used. Of two at once, one gets it."""
    with presenting(request, session, token):
        use = (
            update(SignInLink)
            .where(
                col(SignInLink.token_print) == fingerprint(token),
                col(SignInLink.used_at).is_(None),
                col(SignInLink.expires_at) > now(),
            )
            .values(used_at=now())
            .returning(col(SignInLink.person_id))
        )
        return session.connection().execute(use).scalar_one_or_none()
