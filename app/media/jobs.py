"""Shallow tasks: each loads and calls the verb a handler would."""

import logging
from typing import Any
from uuid import UUID

from procrastinate import BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.jobs import Job
from procrastinate.tasks import Task
from sqlalchemy.exc import InterfaceError, OperationalError

from app.kit.jobs import blueprint, enqueue
from app.kit.store import StoreError
from app.media import opening, share, sweep
from app.media.names import sort_of
from app.media.scanning import ScannerDown

log = logging.getLogger("holdfast.media")
TROUBLE = (StoreError, OperationalError, InterfaceError, ScannerDown)
MOST_TRIES = 3
# About sixteen hours of trouble; then the hourly sweep begins anew.
MOST_PATIENCE = 40
# More tries than patience allows: the file takes its worker down with it.
DEADLY = 60
LONGEST_WAIT_S = 30 * 60
# Reading what is kept comes after everything that somebody waits for.
UNHURRIED = -10
CHECKED_AT_ONCE = 20


class Patience(BaseRetryStrategy):
    """Again after 2, 4, 8 … seconds, at most half an hour; longest while store, database or virus check are in
    trouble.
    """

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Procrastinate asks after every failure; None gives up."""
        if job.attempts + 1 >= (MOST_PATIENCE if isinstance(exception, TROUBLE) else MOST_TRIES):
            return None
        return RetryDecision(retry_in={"seconds": min(LONGEST_WAIT_S, 2 ** min(job.attempts + 1, 20))})


def _open(context: JobContext, file_id: str) -> None:
    tried = context.job.attempts
    if tried >= DEADLY:
        opening.fail(UUID(file_id), "broken")
        return
    last_try = tried + 1 >= MOST_TRIES
    try:
        opening.open_file(UUID(file_id), last_try=last_try)
    except TROUBLE:
        raise
    except Exception as error:
        log.warning("a file could not be opened: %s", type(error).__name__)
        if not last_try:
            raise
        opening.fail(UUID(file_id), "broken")


@blueprint.task(name="media.process", queue="media", priority=10, retry=Patience(), pass_context=True)
def process_file(context: JobContext, file_id: str) -> None:
    """Open a file that waits."""
    _open(context, file_id)


@blueprint.task(name="media.process_long", queue="media_long", retry=Patience(), pass_context=True)
def process_long_file(context: JobContext, file_id: str) -> None:
    """As `media.process`, after everything that is quicker."""
    _open(context, file_id)


def task_for(mime: str, name: str) -> Task[..., Any, ...]:
    """The task that opens a file. What its sender calls it decides only whose turn comes first."""
    long = mime.startswith("video/") or sort_of(name) == "video"
    return process_long_file if long else process_file


@blueprint.periodic(cron="23 * * * *")
@blueprint.task(name="media.sweep", queue="upkeep", queueing_lock="media.sweep", retry=Patience())
def sweep_hourly(timestamp: int) -> None:
    """Uploads nobody finished; files whose job was lost."""
    sweep.sweep_uploads()
    with opening.processing_session() as session:
        for file_id in sweep.forgotten_files(session):
            enqueue(session, process_long_file, file_id=str(file_id))


@blueprint.periodic(cron="11 2 * * *")
@blueprint.task(name="media.check_share", queue="upkeep", queueing_lock="media.check_share", retry=Patience())
def check_daily(timestamp: int) -> None:
    """Have today's share of the files read, on whichever workers there are."""
    with opening.processing_session() as session:
        due = [str(file_id) for file_id in share.due_today(session)]
        for at in range(0, len(due), CHECKED_AT_ONCE):
            enqueue(session, check_files, file_ids=due[at : at + CHECKED_AT_ONCE])


@blueprint.task(name="media.check", queue="upkeep", priority=UNHURRIED, retry=Patience())
def check_files(file_ids: list[str]) -> None:
    """Are these files still as they were stored?"""
    for file_id in file_ids:
        for found in share.check(UUID(file_id)):
            log.error("file %s is damaged: %s, %s", file_id, found.stored.what, found.reason)
