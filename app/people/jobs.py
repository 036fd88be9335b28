"""Shallow tasks: each loads and calls the verb a handler would."""

import smtplib
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from fastapi import Request
from procrastinate import RetryStrategy
from sqlalchemy import delete
from sqlmodel import Session, col

from app.kit.clock import now
from app.kit.db import open_session
from app.kit.jobs import blueprint, enqueue
from app.kit.language import speaking
from app.people import addresses, changes, links
from app.people.attempts import Attempt, client_print
from app.people.sign_in import Challenge, ExternalWay, Passkey, RecoveryCode, SignIn, SignInLink, WayChange
from app.people.viewer import Viewer

_DOOR = Viewer(door="sign_in").claims()
ENDED: tuple[Any, ...] = (Passkey, ExternalWay, RecoveryCode)
KEPT_ENDED, KEPT_CHANGES = timedelta(days=8), timedelta(days=30)
_AGAIN = RetryStrategy(max_attempts=5, exponential_wait=4)


class MailNotTaken(Exception):
    """The mail server could not take a message now. Says nothing of whom it was for: a job's error is logged."""


def ask_for_link(request: Request, session: Session, address: str, next_url: str, asked_print: str) -> None:
    """Send a sign-in link if the address (in its normal form) is someone's. The asking is the same if it is not.

    `asked_print` is that of the browser that asks (links.asking).
    """
    asked = links.LinkRequest(address, next_url, speaking(), asked_print, client_print(request))
    enqueue(session, send_link, sealed=asked.seal())


def ask_to_prove(request: Request, session: Session, address: str) -> None:
    """Send a link to the address; when whoever asks opens it, they come in by that address from then on.

    Raises ValueError for what is not an address.
    """
    enqueue(session, send_proof, sealed=addresses.ask_proof(request, session, address).seal())


@blueprint.task(name="people.send_link", queue="people", retry=_AGAIN)
def send_link(sealed: str) -> None:
    """`sealed` is a LinkRequest: an address must not lie open in the queue."""
    asked = links.LinkRequest.open(sealed)

    def send() -> None:
        with open_session(_DOOR, role="holdfast_worker") as session:
            links.send_link(session, asked)

    _mailing(send)


@blueprint.task(name="people.send_proof", queue="people", retry=_AGAIN)
def send_proof(sealed: str) -> None:
    """`sealed` is a sealed addresses.Asked."""
    _mailing(lambda: addresses.send_proof(sealed))


@blueprint.task(name="people.tell_change", queue="people", retry=_AGAIN)
def tell_change(change_id: str) -> None:
    """Tell the address that was there before that a way in was changed, and how to take it back."""

    def send() -> None:
        with open_session(_DOOR, role="holdfast_worker") as session:
            changes.send_letter(session, UUID(change_id))

    _mailing(send)


@blueprint.periodic(cron="*/15 * * * *")
@blueprint.task(name="people.sweep", queue="people", queueing_lock="people.sweep")
def sweep(timestamp: int) -> None:
    """Remove what has run out: challenges, links, sign-ins, counted tries, and ways in that ended. `timestamp` is when
    it was due."""
    with open_session(_DOOR, role="holdfast_worker") as session:
        for run_out in (
            delete(Challenge).where(col(Challenge.expires_at) < now()),
            delete(SignInLink).where(col(SignInLink.expires_at) < now()),
            delete(SignIn).where(col(SignIn.expires_at) < now()),
            delete(Attempt).where(col(Attempt.at) < now() - timedelta(hours=1)),
            *(delete(way).where(col(way.ended_at) < now() - KEPT_ENDED) for way in ENDED),
            delete(WayChange).where(col(WayChange.at) < now() - KEPT_CHANGES),
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
