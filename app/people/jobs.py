"""Shallow tasks: each loads and calls the verb a handler would."""

import smtplib
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from procrastinate import RetryStrategy
from sqlalchemy import delete
from sqlmodel import Session, col

from app.kit.clock import now
from app.kit.db import open_session
from app.kit.jobs import blueprint, enqueue
from app.kit.language import speaking
from app.people import addresses, links
from app.people.attempts import Attempt
from app.people.sign_in import Challenge, SignIn, SignInLink
from app.people.viewer import Viewer

_DOOR = Viewer(door="sign_in").claims()
_AGAIN = RetryStrategy(max_attempts=5, exponential_wait=4)


class MailNotTaken(Exception):
    """The mail server could not take a message now. Says nothing of whom it was for: a job's error is logged."""


def ask_for_link(session: Session, address: str, next_url: str = "/") -> None:
    """Send a sign-in link if the address (in its normal form) is someone's. The asking is the same if it is not."""
    enqueue(session, send_link, sealed=links.LinkRequest(address, next_url, speaking()).seal())


def ask_to_prove(session: Session, person_id: UUID, address: str) -> None:
    """Send a link to the address; when this person opens it, they come in by that address from then on.

    Raises ValueError for what is not an address.
    """
    enqueue(session, send_proof, token=addresses.new_proof(person_id, address).seal())


@blueprint.task(name="people.send_link", queue="people", retry=_AGAIN)
def send_link(sealed: str) -> None:
    """`sealed` is a LinkRequest: an address must not lie open in the queue."""
    asked = links.LinkRequest.open(sealed)

    def send() -> None:
        with open_session(_DOOR, role="holdfast_worker") as session:
            links.send_link(session, asked)

    _mailing(send)


@blueprint.task(name="people.send_proof", queue="people", retry=_AGAIN)
def send_proof(token: str) -> None:
    """`token` is a sealed Proof, as it stands in the link."""
    _mailing(lambda: addresses.send_proof(token))


@blueprint.periodic(cron="*/15 * * * *")
@blueprint.task(name="people.sweep", queue="people", queueing_lock="people.sweep")
def sweep(timestamp: int) -> None:
    """Remove what has run out: challenges, links, sign-ins and counted tries. `timestamp` is when it was due."""
    with open_session(_DOOR, role="holdfast_worker") as session:
        for run_out in (
            delete(Challenge).where(col(Challenge.expires_at) < now()),
            # Used ones stay for the hour in which links are counted.
            delete(SignInLink).where(col(SignInLink.expires_at) < now() - links.PER),
            delete(SignIn).where(col(SignIn.expires_at) < now()),
            delete(Attempt).where(col(Attempt.at) < now() - timedelta(hours=1)),
        ):
            session.connection().execute(run_out)


def _mailing(send: Callable[[], None]) -> None:
    """Errors of mail servers hold the address they are about. One that is refused for good is not tried again."""
    try:
        send()
    except smtplib.SMTPRecipientsRefused:
        return
    except (smtplib.SMTPException, OSError) as error:
        raise MailNotTaken(type(error).__name__) from None
