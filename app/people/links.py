"""E-mailed links: asked for by anyone, made for someone we know, used once.

A link belongs to the browser that asked, which holds a cookie. Opened anywhere else it asks for the number that stands
on the page there, and lets in the browser that it was opened in: whoever sent somebody a link that they asked for
themselves gets nothing by it.
"""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote
from uuid import UUID

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import case, text, update
from sqlmodel import Session, col, select

from app.kit import outbox
from app.kit.clock import now
from app.kit.config import settings
from app.kit.ids import fingerprint, new_token
from app.kit.language import ENGLISH, gettext, speak
from app.kit.master import derived_key
from app.people.addresses import AUTOMATIC
from app.people.door import cookie_name, presenting
from app.people.person import Person
from app.people.sealed_text import open_text, seal_text
from app.people.sign_in import SignInLink
from app.web import pages
from app.web.cookies import set_cookie

PURPOSE = "link request"
MOST_OPEN = 5
MOST_TRIES = 5
ASKING = timedelta(hours=1)


@dataclass(frozen=True)
class LinkRequest:
    """Somebody typed this address (in its normal form), in this language, and was on the way to `next_url`.

    `asked_print` stands for the browser that they did it in, `client_print` for where that is.
    """

    address: str
    next_url: str = "/"
    language: str = ENGLISH
    asked_print: str = ""
    client_print: str = ""

    def seal(self) -> str:
        """The request as a job may carry it: the queue's table and its log are not places for an address."""
        return seal_text(
            json.dumps([self.address, self.next_url, self.language, self.asked_print, self.client_print]), PURPOSE
        )

    @classmethod
    def open(cls, sealed: str) -> "LinkRequest":
        """The request inside. Raises NotSealedHere."""
        return cls(*json.loads(open_text(sealed, PURPOSE)))


def send_link(session: Session, asked: LinkRequest) -> None:
    """Send a link to the address if it is someone's, in a session of the sign-in door.

    It speaks the language that the person chose, or else the one it was asked for in.
    Nothing happens for an unknown address. Of the links that work and were asked for from one place, MOST_OPEN stay,
    the newest; those that were asked for elsewhere are left alone, so that nobody ends what somebody else waits for.
    Raises what `kit.outbox.send` raises; then no link was made.
    """
    person = session.exec(select(Person).where(Person.email == asked.address)).first()
    if person is None or person.mailbox_held_at is not None:
        return
    session.connection().execute(
        text("select pg_advisory_xact_lock(hashtextextended(:person, 0))"), {"person": f"link {person.id}"}
    )
    works = (
        select(SignInLink)
        .where(
            SignInLink.person_id == person.id,
            SignInLink.client_print == asked.client_print,
            col(SignInLink.used_at).is_(None),
            col(SignInLink.expires_at) > now(),
        )
        .order_by(col(SignInLink.id).desc())
        .offset(MOST_OPEN - 1)
    )
    for older in session.exec(works):
        session.delete(older)
    token = new_token()
    minutes = settings().link_minutes
    session.add(
        SignInLink(
            person_id=person.id,
            token_print=fingerprint(token),
            asked_print=asked.asked_print or None,
            client_print=asked.client_print,
            expires_at=now() + timedelta(minutes=minutes),
        )
    )
    session.flush()
    url = f"{settings().public_url}/sign-in/link/{token}"
    if asked.next_url != "/":
        url += f"?next={quote(asked.next_url, safe='')}"
    with speak(person.language or asked.language):
        body = pages.render_text("mail/link.txt", url=url, minutes=minutes)
        outbox.send(asked.address, gettext("Your link is ready"), body, AUTOMATIC)


@dataclass(frozen=True, slots=True)
class Opens:
    """What a link that still works would do: whom it lets in, and what it asks for first.

    `here`: this browser asked for it. `alone`: it is enough by itself; else a printed code goes with it.
    """

    person_id: UUID
    name: str
    alone: bool
    here: bool
    number: str


def asking(request: Request, response: Response) -> str:
    """Mark this browser as the one that asks for a link; what stands for it, for LinkRequest."""
    secret = request.cookies.get(_cookie()) or new_token()
    set_cookie(response, _cookie(), secret, seconds=int(ASKING.total_seconds()))
    return fingerprint(secret)


def number_here(request: Request) -> str | None:
    """The number that stands on the page of the browser that asked; None where none was asked for."""
    secret = request.cookies.get(_cookie())
    return _number(fingerprint(secret)) if secret else None


def link_opens(request: Request, session: Session, token: str) -> Opens | None:
    """What the link would do now, None for one that does nothing. Looking does not use it: mail scanners look."""
    with presenting(request, session, token):
        row = session.connection().execute(text("select * from wall.link_opens()")).first()
    if row is None or row.asked is None:
        return None
    secret = request.cookies.get(_cookie())
    here = secret is not None and hmac.compare_digest(fingerprint(secret), row.asked)
    return Opens(row.person, row.name, row.alone, here, _number(row.asked))


def wrong_number(request: Request, session: Session, token: str) -> None:
    """Count a number that was wrong: after MOST_TRIES the link is finished. It lasts only if the request ends well."""
    with presenting(request, session, token):
        tried = update(SignInLink).where(col(SignInLink.token_print) == fingerprint(token))
        more = case((col(SignInLink.tries) + 1 >= MOST_TRIES, now()), else_=col(SignInLink.used_at))
        session.connection().execute(tried.values(tries=col(SignInLink.tries) + 1, used_at=more))


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


def _number(asked_print: str) -> str:
    """Four figures that stand for a browser, and from which nobody can work out what it holds."""
    digest = hmac.digest(derived_key("number of a link"), asked_print.encode(), hashlib.sha256)
    return f"{int.from_bytes(digest[:8], 'big') % 10_000:04}"


def _cookie() -> str:
    return f"{cookie_name()}-link"
