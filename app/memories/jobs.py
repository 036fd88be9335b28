"""Shallow tasks: each loads and calls the verb a handler would."""

from datetime import datetime, time
from uuid import UUID

from app.kit.clock import HOME_ZONE, today
from app.kit.jobs import blueprint, enqueue
from app.media.opening import processing_session
from app.memories import covers, erasing
from app.memories.letter import opening_today
from app.people.push_jobs import something_new

MORNING = time(8)
TELLS_WHEN_READY = covers.show_on_cover
"""Importing this module in the worker is what makes a ready file show on its memory's card."""


@blueprint.periodic(cron="41 * * * *")
@blueprint.task(name="memories.sweep", queue="memories", queueing_lock="memories.sweep", retry=3)
def sweep_hourly(timestamp: int) -> None:
    """A job for every memory whose days to come back are over."""
    with processing_session() as session:
        for memory_id in erasing.overdue(session):
            enqueue(session, erase_memory, memory_id=str(memory_id))


@blueprint.task(name="memories.erase", queue="memories", retry=3)
def erase_memory(memory_id: str) -> None:
    """Erase one memory for good."""
    with processing_session() as session:
        erasing.erase_memory(session, UUID(memory_id))


@blueprint.periodic(cron="3 7-20 * * *")
@blueprint.task(name="memories.letters", queue="memories", queueing_lock="memories.letters", retry=3)
def letters_open(timestamp: int) -> None:
    """Something is new where a letter's day has come. By the hour, in case nobody worked; told once all the same."""
    with processing_session() as session:
        for memory_id in opening_today(session):
            something_new(session, "letter", memory_id, at=datetime.combine(today(), MORNING, HOME_ZONE))
