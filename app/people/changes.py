"""What opens the door was changed: everybody who should know is told, and for seven days it can be taken back."""

import hashlib
import hmac
from datetime import timedelta
from uuid import UUID

from fastapi import Request
from sqlalchemy import text
from sqlmodel import Session, col, select

from app.kit import base64url, noticed, outbox
from app.kit.clock import now
from app.kit.config import settings
from app.kit.ids import fingerprint, new_id
from app.kit.jobs import enqueue
from app.kit.language import ENGLISH, N_, gettext, speak
from app.kit.master import derived_key
from app.people.addresses import AUTOMATIC
from app.people.door import presenting
from app.people.person import Person
from app.people.push_jobs import alert
from app.people.sign_in import WayChange
from app.web import pages

LATE = timedelta(days=90)
SAID = {
    "email": N_("A new email can open it now."),
    "passkey": N_("A phone was added that opens it."),
    "passkey removed": N_("A phone was taken away. It doesn’t open it any more."),
    "codes": N_("New codes were made. The old ones stopped."),
    "account": N_("One more account can open it now."),
    "account removed": N_("One of your accounts can’t open it now."),
    "phones": N_("Phones were locked out."),
    "trusted": N_("Someone was asked to help with coming back in."),
    "trusted removed": N_("One person can’t help you back in now."),
    "links": N_("What a link in an email may do was changed."),
    "handed over": N_("Who runs the box was changed."),
}
"""What may be changed -> the sentence that says so."""


def begin(session: Session, what: str, *, by_mail: bool = True) -> None:
    """Begin a change `what` (a key of SAID), as the person whose way in it is. All phones are told, and the address
    they had before: but for `by_mail=False`, where someone else reads it.

    The wall refuses it (ProgrammingError) without a proof, and tells the address all the same where a link sent there
    was the proof.
    """
    change_id = new_id()
    given = {"what": what, "id": change_id, "undo": fingerprint(undo_token(change_id)), "by_mail": by_mail}
    session.connection().execute(text("select wall.change_ways(:what, :id, :undo, :by_mail)"), given)
    change = session.get_one(WayChange, change_id)
    taken = what == "phones" or what.endswith("removed")
    noticed.note("way_removed" if taken else "way_added", what, person=change.person_id, session=session)
    enqueue(session, alert, person_id=str(change.person_id))
    if change.by_mail:
        from app.people.jobs import tell_change

        enqueue(session, tell_change, change_id=str(change_id))


def undo_token(change_id: UUID) -> str:
    """The secret in the letter that takes this change back. It is worked out again when the letter is written."""
    return base64url.encode(hmac.digest(derived_key("take a change back"), change_id.bytes, hashlib.sha256))


def send_letter(session: Session, change_id: UUID) -> None:
    """Tell the address that was there before, in a session of the sign-in door. Raises what `outbox.send` raises."""
    change = session.get(WayChange, change_id)
    if change is None or change.email_before is None or not change.by_mail:
        return
    person = session.get_one(Person, change.person_id)
    with speak(person.language or ENGLISH):
        url = f"{settings().public_url}/not-me/{undo_token(change_id)}"
        body = pages.render_text("mail/way_changed.txt", said=gettext(SAID[change.what]), url=url)
        outbox.send(change.email_before, gettext("Something was changed"), body, AUTOMATIC)


def of_late(session: Session, person_id: UUID) -> list[WayChange]:
    """What was changed in the last LATE, newest first."""
    query = select(WayChange).where(WayChange.person_id == person_id, col(WayChange.at) > now() - LATE)
    return list(session.exec(query.order_by(col(WayChange.at).desc())))


def can_take_back(session: Session, change_id: UUID | None = None) -> str | None:
    """What this browser may take back (a key of SAID): the change named by id, or inside `presenting` the letter's."""
    row = session.connection().execute(text("select what from wall.can_take_back(:id)"), {"id": change_id}).first()
    return str(row.what) if row else None


def take_back(session: Session, change_id: UUID | None = None) -> bool:
    """Take it back: every way in and every sign-in made since ends. It lets nobody in. Whether there was one."""
    taken = session.connection().execute(text("select wall.take_back(:id)"), {"id": change_id}).scalar_one()
    if taken is not None:
        noticed.note("way_removed", "taken back", person=taken, session=session)
        enqueue(session, alert, person_id=str(taken))
    return taken is not None


def presented(request: Request, session: Session, token: str) -> str | None:
    """What the link in a letter would take back now."""
    with presenting(request, session, token):
        return can_take_back(session)
