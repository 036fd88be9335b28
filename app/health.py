"""`GET /healthz`: the truth about database, store and worker."""

from datetime import timedelta
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy import text

from app.kit.clock import now
from app.kit.db import engine
from app.media.store import media_store

router = APIRouter()
WORKER_SILENT = timedelta(seconds=60)


def _database_and_worker() -> tuple[str, str]:
    try:
        with engine("holdfast_web").connect() as connection:
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


@router.get("/healthz")
def healthz() -> JSONResponse:
    """200 when everything a person needs is there, else 503; the body says which part is not."""
    database, worker = _database_and_worker()
    parts: dict[str, Any] = {"database": database, "store": _store(), "worker": worker}
    well = all(state == "ok" for state in parts.values())
    return JSONResponse({"status": "ok" if well else "trouble", **parts}, 200 if well else 503)
