"""Someone who has no way in yet, and starts here."""

import hashlib
import hmac
from datetime import timedelta
from uuid import UUID

from sqlmodel import Session

from app.boxes.once import added
from app.kit import db
from app.kit.clock import now
from app.kit.language import gettext
from app.kit.master import derived_key
from app.people.person import Person
from app.people.viewer import Viewer
from app.web.errors import Refused

AGAIN_WITHIN = timedelta(minutes=10)


def newcomer(session: Session, once: UUID, name: str, secret: str | None = None) -> Person:
    """The person that this form makes, and a session that acts as them (and still presents `secret`).

    The same form sent again within ten minutes is the same person: a browser that was tapped twice only keeps the last
    answer's cookie. The id is worked out from `once` with a key of ours, so that nobody can name someone else's.
    Raises Refused for an older form.
    """
    digest = hmac.digest(derived_key("newcomers"), once.bytes, hashlib.sha256)
    person = Person(id=UUID(bytes=digest[:16]), name=name)
    db.become(session, Viewer(person.id, secret=secret).claims())
    if added(session, person):
        return person
    person = session.get_one(Person, person.id)
    if now() - person.created_at > AGAIN_WITHIN:
        raise Refused(gettext("This page is old, and what was on it is done already."))
    return person
