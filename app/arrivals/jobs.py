"""Shallow tasks: each loads and calls the verb a handler would."""

from typing import Any
from uuid import UUID

from procrastinate import JobContext, RetryStrategy
from procrastinate.tasks import Task

from app.arrivals.mail import opening, scrubbing, sweeping, thanks
from app.arrivals.mail.opening import MAIL_DOOR
from app.kit.db import open_session
from app.kit.jobs import blueprint, enqueue

# 4, 16, 64 … seconds; the hourly look then begins anew.
_AGAIN = RetryStrategy(max_attempts=7, exponential_wait=4)
PATIENT_TRIES = 5
LARGE = 1024 * 1024


@blueprint.task(name="mail.open", queue="mail", priority=20, retry=_AGAIN, pass_context=True)
def open_mail(context: JobContext, message_id: str) -> None:
    """Check a message's sender; open it into the tray, or let it knock."""
    _open(context, message_id)


@blueprint.task(name="mail.open_large", queue="mail_large", retry=_AGAIN, pass_context=True)
def open_large_mail(context: JobContext, message_id: str) -> None:
    """As `mail.open`, where no small one has to wait for it."""
    _open(context, message_id)


def task_for(size: int) -> Task[..., Any, ...]:
    """The task that opens a message of so many bytes."""
    return open_large_mail if size > LARGE else open_mail


def _open(context: JobContext, message_id: str) -> None:
    if opening.open_or_knock(UUID(message_id), patient=context.job.attempts < PATIENT_TRIES):
        with open_session(MAIL_DOOR, role="holdfast_worker") as session:
            enqueue(session, thank_sender, message_id=message_id)


@blueprint.task(name="mail.thank", queue="thanks", retry=_AGAIN)
def thank_sender(message_id: str) -> None:
    """Answer a sender we know."""
    thanks.thank(UUID(message_id))


@blueprint.periodic(cron="17 * * * *")
@blueprint.task(name="mail.look_again", queue="upkeep", queueing_lock="mail.look_again")
def look_again(timestamp: int) -> None:
    """Messages whose job was lost. `timestamp` is when it was due."""
    for message_id, size in sweeping.forgotten():
        with open_session(MAIL_DOOR, role="holdfast_worker") as session:
            enqueue(session, task_for(size), message_id=str(message_id))


@blueprint.periodic(cron="11 4 * * *")
@blueprint.task(name="mail.sweep", queue="upkeep", queueing_lock="mail.sweep", retry=_AGAIN)
def sweep(timestamp: int) -> None:
    """Knocks go back; what is not wanted is erased. `timestamp` is when it was due."""
    sweeping.send_back()
    sweeping.let_go()
    sweeping.erase_returned()
    sweeping.forget_posts()


@blueprint.periodic(cron="53 2 * * *")
@blueprint.task(name="mail.check", queue="upkeep", priority=-10, queueing_lock="mail.check", retry=_AGAIN)
def check(timestamp: int) -> None:
    """Are the messages still as they came? `timestamp` is when it was due."""
    scrubbing.check_share()
