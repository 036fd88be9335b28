"""Jobs on the same PostgreSQL, enqueued inside the transaction that makes them needed."""

import threading
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import procrastinate
from procrastinate.manager import JobManager
from sqlmodel import Session

from app.kit.db import role_url

Task = procrastinate.tasks.Task[..., Any, ...]


class Lane(NamedTuple):
    """Jobs that wait for one another and for nobody else: of these queues, so many at once."""

    queues: list[str]
    at_once: int


# What somebody is waiting for at a door never stands behind what a stranger sent or a film that takes an hour.
LANES = {
    "notices": Lane(["people", "push", "boxes", "thanks"], 2),
    "mail": Lane(["mail"], 2),
    "mail_large": Lane(["mail_large"], 1),
    "media": Lane(["media"], 2),
    "media_long": Lane(["media_long"], 1),
    "upkeep": Lane(["memories", "oauth", "upkeep"], 1),
}
AT_ONCE = sum(lane.at_once for lane in LANES.values())

blueprint = procrastinate.Blueprint()
# Adding a blueprint renames its tasks. Two requests that both did it, being the first, would enqueue by names that no
# worker knows.
_making = threading.Lock()


def enqueue(session: Session, task: Task, **arguments: Any) -> None:
    """Put a job in the queue in this session's transaction: it exists if and only if the transaction commits.

    Arguments must be ids, never personal text: they are kept in the queue's table and in its log.
    """
    enqueue_at(session, None, task, **arguments)


def enqueue_at(session: Session, when: datetime | None, task: Task, **arguments: Any) -> None:
    """As `enqueue`, for a job that waits until `when`."""
    session.flush()
    job_app()
    deferrer = task.configure(connection=session.connection().connection.driver_connection, schedule_at=when)
    deferrer.job_manager = _enqueuer()
    deferrer.defer(**arguments)


@lru_cache
def _enqueuer() -> JobManager:
    """Writes on the connection it is given. The worker's own connector, if open here too, is async and cannot."""
    return JobManager(procrastinate.SyncPsycopgConnector())


def job_app() -> procrastinate.App:
    """The one Procrastinate app of this process; its tasks are registered by importing the slices' `jobs` modules."""
    with _making:
        return _job_app()


@lru_cache
def _job_app() -> procrastinate.App:
    url = role_url("holdfast_worker").set(drivername="postgresql").render_as_string(hide_password=False)
    connector = procrastinate.PsycopgConnector(conninfo=url, min_size=1, max_size=2 * len(LANES) + 2)
    app = procrastinate.App(connector=connector)
    app.add_tasks_from(blueprint, namespace="holdfast")
    return app
