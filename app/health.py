"""`GET /healthz`: the truth about database, store and worker.

It has a thread and a connection of its own, so that slow pages do not make it wait. Whoever asks while it is looking
gets what it finds.
"""

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from functools import lru_cache
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy import Engine, create_engine, text

from app.kit.clock import now
from app.kit.db import role_url
from app.media.store import media_store

router = APIRouter()
WORKER_SILENT = timedelta(seconds=60)
_thread = ThreadPoolExecutor(1, "health")
_looking: Future[dict[str, Any]] | None = None


@lru_cache
def _line() -> Engine:
    return create_engine(role_url("holdfast_web"), pool_size=1, max_overflow=0, pool_pre_ping=True)


def _database_and_worker() -> tuple[str, str]:
    try:
        with _line().connect() as connection:
            heartbeat = connection.execute(text("select max(last_heartbeat) from jobs.procrastinate_workers")).scalar()
    except Exception:  # any failure to reach it is the answer
        return "down", "unknown"
    return "ok", "ok" if heartbeat is not None and now() - heartbeat < WORKER_SILENT else "down"


def _store() -> str:
    try:
        media_store().check()
    except Exception:  # any failure to reach it is the answer
        return "down"
    return "ok"


def _look() -> dict[str, Any]:
    database, worker = _database_and_worker()
    return {"database": database, "store": _store(), "worker": worker}


@router.get("/healthz")
async def healthz() -> JSONResponse:
    """200 when everything a person needs is there, else 503; the body says which part is not."""
    global _looking
    if _looking is None or _looking.done():
        _looking = _thread.submit(_look)
    parts = await asyncio.shield(asyncio.wrap_future(_looking))
    well = all(state == "ok" for state in parts.values())
    return JSONResponse({"status": "ok" if well else "trouble", **parts}, 200 if well else 503)
