"""E-mail addresses: one way to write each, and the proof that its mailbox answers."""

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from app.kit import outbox
from app.kit.clock import now
from app.kit.config import settings
from app.kit.language import ENGLISH, gettext, speak, speaking
from app.people.person import Person
from app.people.sealed_text import NotSealedHere, open_text, seal_text
from app.web import pages

PURPOSE = "e-mail proof"
LONGEST = 254
AUTOMATIC = {"Auto-Submitted": "auto-generated"}
_PART = r'[^\s@<>()\[\]\\,:;"\x00-\x1f\x7f]+'
_ADDRESS = re.compile(rf"{_PART}@(?:{_PART}\.{_PART}|localhost)")


class AlreadyUsed(Exception):
    """The address is how someone else comes in."""


def normal_address(typed: str) -> str:
    """The address in lower case, as it is stored and compared. Raises ValueError with a sentence for a person."""
    address = typed.strip().lower()
    if len(address) > LONGEST or not _ADDRESS.fullmatch(address):
        raise ValueError(gettext("Please type a whole email, like kai@example.org."))
    return address


EmailAddress = Annotated[str, AfterValidator(normal_address)]


@dataclass(frozen=True)
class Proof:
    """What a proof link says: this person asked to use this address, until then, in this language."""

    person_id: UUID
    address: str
    until: datetime
    language: str = ENGLISH

    def seal(self) -> str:
        """The proof as a token for a link."""
        content = {
            "person": str(self.person_id),
            "address": self.address,
            "until": self.until.isoformat(),
            "language": self.language,
        }
        return seal_text(json.dumps(content), PURPOSE)


def new_proof(person_id: UUID, address: str) -> Proof:
    """A proof that works for LINK_MINUTES. Raises ValueError for what is not an address."""
    return Proof(person_id, normal_address(address), now() + timedelta(minutes=settings().link_minutes), speaking())


def open_proof(token: str) -> Proof | None:
    """The proof inside a token, or None when it is not ours or is too old."""
    try:
        content = json.loads(open_text(token, PURPOSE))
    except NotSealedHere:
        return None
    until = datetime.fromisoformat(content["until"])
    proof = Proof(UUID(content["person"]), content["address"], until, content.get("language", ENGLISH))
    return proof if proof.until > now() else None


def send_proof(token: str) -> None:
    """Send the link that proves an address, unless it is too old by now. Raises what `kit.outbox.send` raises."""
    proof = open_proof(token)
    if proof is not None:
        url = f"{settings().public_url}/me/email/{token}"
        with speak(proof.language):
            body = pages.render_text("mail/email_proof.txt", url=url, minutes=settings().link_minutes)
            outbox.send(proof.address, gettext("Is this your email?"), body, AUTOMATIC)


def use_address(session: Session, person: Person, address: str) -> None:
    """Let the person come in by this proven address from now on. Raises AlreadyUsed."""
    try:
        with session.begin_nested():
            person.email = address
    except IntegrityError:
        session.refresh(person)
        raise AlreadyUsed from None
