"""Shallow tasks: each loads and calls the verb a handler would."""

import smtplib
from uuid import UUID

from procrastinate import RetryStrategy
from sqlalchemy import text

from app.boxes import invitation as invitations
from app.boxes import letters
from app.boxes.invitation import Invitation
from app.kit.config import settings
from app.kit.db import open_session
from app.kit.jobs import blueprint, enqueue_at
from app.kit.language import ENGLISH, gettext, speak
from app.people.jobs import MailNotTaken
from app.people.person import Person, language_of
from app.people.viewer import Viewer


@blueprint.task(name="boxes.send_invitation", queue="boxes", retry=RetryStrategy(max_attempts=8, exponential_wait=4))
def send_invitation(invitation_id: str, language: str = ENGLISH) -> None:
    """Send the link of an invitation, unless it was accepted, taken back or too old by now; tomorrow, where its address
    had one today.

    It speaks their language where they chose one here, else `language`, that of the one who asks them in.
    """
    try:
        with open_session(Viewer(door="sign_in").claims(), role="holdfast_worker") as session:
            invitation = session.get(Invitation, UUID(invitation_id))
            if invitation is None or not invitation.is_open:
                return
            known = language_of(session, invitations.unseal(invitation).email)
            with speak(known or language):
                later = invitations.send(session, invitation)
            if later is not None:
                enqueue_at(session, later, send_invitation, invitation_id=invitation_id, language=language)
    except smtplib.SMTPRecipientsRefused:
        return
    except (smtplib.SMTPException, OSError) as error:
        raise MailNotTaken(type(error).__name__) from None


@blueprint.task(name="boxes.tell", queue="boxes", retry=RetryStrategy(max_attempts=8, exponential_wait=4))
def tell(person_id: str, what: str, recovery_id: str = "", ready: str = "") -> None:
    """Tell one person, in their language, what became of a way back in, or that they were asked to help with one.

    `what` is a key of letters.LETTERS; `ready` the end of the wait (ISO 8601), `recovery_id` for the link to stop it.
    """
    with open_session(Viewer(door="sign_in").claims(), role="holdfast_worker") as session:
        person = session.get(Person, UUID(person_id))
    if person is None or person.email is None:
        return
    try:
        with speak(person.language or ENGLISH):
            letters.send(person.email, what, recovery_id, ready)
    except smtplib.SMTPRecipientsRefused:
        return
    except (smtplib.SMTPException, OSError) as error:
        raise MailNotTaken(type(error).__name__) from None


@blueprint.periodic(cron="27 * * * *")
@blueprint.task(name="boxes.sweep_recoveries", queue="boxes", queueing_lock="boxes.sweep_recoveries")
def sweep_recoveries(timestamp: int) -> None:
    """Forget ways back in that nobody helped with in time, and the others a month after their time.

    `timestamp` is when it was due.
    """
    over = "expires_at < now() and (begun_at is null or expires_at < now() - interval '30 days')"
    with open_session(Viewer(door="sign_in").claims(), role="holdfast_worker") as session:
        session.connection().execute(text(f"delete from recovery where {over}"))


@blueprint.periodic(cron="17 3 * * *")
@blueprint.task(name="boxes.sweep_invitations", queue="boxes", queueing_lock="boxes.sweep_invitations")
def sweep_invitations(timestamp: int) -> None:
    """Forget invitations, and the addresses in them, a month after their time. `timestamp` is when it was due."""
    with open_session(Viewer(door="sign_in").claims(), role="holdfast_worker") as session:
        session.connection().execute(text("delete from invitation where expires_at < now() - interval '30 days'"))


@blueprint.periodic(cron="7 * * * *")
@blueprint.task(name="boxes.grow_up", queue="boxes", queueing_lock="boxes.grow_up", retry=3)
def grow_up(timestamp: int) -> None:
    """Write down that keepers' part in a box has ended, on the day. `timestamp` is when it was due.

    The wall ends it by its date alone; this only says so, to whose box it is and to nobody else.
    """
    sentence = gettext(
        "You turned %(age)s. Nobody looks after this box with you any more. It’s all yours.", age=settings().adult_age
    )
    with open_session(Viewer(door="processing").claims(), role="holdfast_worker") as session:
        session.connection().execute(text("select wall.grow_up(:sentence)"), {"sentence": sentence})
