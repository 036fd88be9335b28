"""The job process."""

import asyncio
import logging
from collections.abc import Callable

import procrastinate

import app.models  # every table
import app.tasks  # noqa: F401  # every job
from app.kit.allocator import give_back
from app.kit.jobs import job_app

log = logging.getLogger("holdfast.worker")
RETRY_STALLED_EVERY_S = 10


async def _rescue_stalled(jobs: procrastinate.App) -> None:
    """Give back jobs whose worker died in the middle: their heartbeat stopped. And memory that past jobs used."""
    while True:
        await asyncio.to_thread(give_back)
        stalled = await jobs.job_manager.get_stalled_jobs()
        for job in stalled:
            await jobs.job_manager.retry_job(job)
            log.info("job %s was left by a worker that stopped; it goes on", job.id)
        await asyncio.sleep(RETRY_STALLED_EVERY_S)


async def work(concurrency: int = 2, ready: Callable[[], None] | None = None) -> None:
    """Work on jobs until cancelled; a job that is under way is finished first."""
    jobs = job_app()
    async with jobs.open_async():
        rescue = asyncio.create_task(_rescue_stalled(jobs))
        if ready is not None:
            ready()
        try:
            await jobs.run_worker_async(
                concurrency=concurrency,
                install_signal_handlers=False,
                shutdown_graceful_timeout=30,
                delete_jobs="successful",
                update_heartbeat_interval=5,
                stalled_worker_timeout=15,
            )
        finally:
            rescue.cancel()
