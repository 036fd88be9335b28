"""Shallow tasks: each loads and calls the verb a handler would."""

from uuid import UUID

from app.kit.jobs import blueprint, enqueue
from app.media.opening import processing_session
from app.memories import covers, erasing

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
