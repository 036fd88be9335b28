"""The job process."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import procrastinate

import app.models  # every table
import app.tasks  # noqa: F401  # every job
from app.kit.allocator import give_back
from app.kit.jobs import AT_ONCE, LANES, job_app

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


async def work(ready: Callable[[], None] | None = None) -> None:
    """Work on jobs, in every lane at once, until cancelled; a job that is under way is finished first.

    Raises what ended a lane, after the others were ended too.
    """
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(AT_ONCE + 4, "job"))
    jobs = job_app()
    async with jobs.open_async():
        if ready is not None:
            ready()
        parts = [_rescue_stalled(jobs), *(_keep_lane(jobs, name) for name in LANES)]
        running = [asyncio.create_task(part) for part in parts]
        try:
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in running:
                task.cancel()
            ended = await asyncio.gather(*running, return_exceptions=True)
    for error in ended:
        if isinstance(error, Exception):
            raise error


async def _keep_lane(jobs: procrastinate.App, name: str) -> None:
    lane = LANES[name]
    await jobs.run_worker_async(
        queues=lane.queues,
        name=name,
        concurrency=lane.at_once,
        install_signal_handlers=False,
        shutdown_graceful_timeout=30,
        delete_jobs="successful",
        update_heartbeat_interval=5,
        stalled_worker_timeout=15,
    )
