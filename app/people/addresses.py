"""E-mail addresses: one way to write each, and the proof that its mailbox answers."""

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import Request
from pydantic import AfterValidator
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.kit import outbox
from app.kit.clock import now
from app.kit.config import settings
from app.kit.ids import fingerprint
from app.kit.language import ENGLISH, gettext, speak, speaking
from app.people.challenges import remember
from app.people.door import presenting
from app.people.sealed_text import open_text, seal_text
from app.people.sign_in import Challenge
from app.people.viewer import Viewer
from app.web import pages

PURPOSE = "e-mail proof"
LONGEST = 254
AUTOMATIC = {"Auto-Submitted": "auto-generated"}
_PART = r'[^\s@<>()\[\]\\,:;"\x00-\x1f\x7f]+'
_ADDRESS = re.compile(rf"{_PART}@(?:{_PART}\.{_PART}|localhost)")


# What a mail program makes a link of: an address of a page or of a mailbox.
_LEADS_SOMEWHERE = re.compile(r"[@/\\:@／：]|\w[.。．｡]\w{2}|www", re.IGNORECASE)


class AlreadyUsed(Exception):
    """The address is how someone else comes in."""


def normal_address(typed: str) -> str:
    """The address in lower case, as it is stored and compared. Raises ValueError with a sentence for a person."""
    address = typed.strip().lower()
    if len(address) > LONGEST or not _ADDRESS.fullmatch(address):
        raise ValueError(gettext("Please type a whole email, like kai@example.org."))
    return address


EmailAddress = Annotated[str, AfterValidator(normal_address)]


def name_in_mail(name: str) -> str:
    """A name as our mail may say it; "" for one that leads somewhere: the house mails nobody else's addresses."""
    return "" if _LEADS_SOMEWHERE.search(name) else name


@dataclass(frozen=True)
class Asked:
    """What a letter to a new address is made of: the token of its link, and the language it speaks."""

    address: str
    token: str
    language: str = ENGLISH

    def seal(self) -> str:
        """As a job may carry it: the queue's table and its log are not places for an address."""
        return seal_text(json.dumps([self.address, self.token, self.language]), PURPOSE)


def ask_proof(request: Request, session: Session, address: str) -> Asked:
    """Remember that whoever is signed in wants to come in by this address. It works once, for LINK_MINUTES, for them.

    Raises ValueError for what is not an address.
    """
    normal = normal_address(address)
    lasting = timedelta(minutes=settings().link_minutes)
    token = remember(request, session, "address", seal_text(normal, PURPOSE).encode(), lasting=lasting)
    return Asked(normal, token, speaking())


def asked_for(request: Request, session: Session, token: str) -> str | None:
    """The address that this link would prove now, for whoever asked; None for anybody else, or when it is too old."""
    viewer: Viewer = request.state.viewer
    with presenting(request, session, token):
        query = select(Challenge).where(
            Challenge.token_print == fingerprint(token),
            Challenge.purpose == "address",
            Challenge.person_id == viewer.person_id,
            col(Challenge.expires_at) > now(),
        )
        found = session.exec(query).first()
    return open_text(found.challenge.decode(), PURPOSE) if found else None


def send_proof(sealed: str) -> None:
    """Send the link that proves an address. Raises what `kit.outbox.send` raises."""
    asked = Asked(*json.loads(open_text(sealed, PURPOSE)))
    url = f"{settings().public_url}/me/email/{asked.token}"
    with speak(asked.language):
        body = pages.render_text("mail/email_proof.txt", url=url, minutes=settings().link_minutes)
        outbox.send(asked.address, gettext("Is this your email?"), body, AUTOMATIC)


def use_address(session: Session, address: str) -> None:
    """Let whoever is signed in come in by this proven address from now on; the wall refuses it without a proof of who
    they are. Raises AlreadyUsed."""
    try:
        with session.begin_nested():
            session.connection().execute(text("select wall.use_email(:address)"), {"address": address})
    except IntegrityError:
        raise AlreadyUsed from None
