"""Shallow tasks: each calls the verb that a command calls."""

from app.kit.jobs import blueprint
from app.media.jobs import Patience
from app.operate.sweep import sweep


@blueprint.periodic(cron="41 3 * * *")
@blueprint.task(name="operate.sweep", queue="upkeep", queueing_lock="operate.sweep", retry=Patience())
def sweep_nightly(timestamp: int) -> None:
    """Set aside bytes that nobody names. `timestamp` is when it was due."""
    sweep()
