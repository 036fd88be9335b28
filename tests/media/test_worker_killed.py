"""`kill -9` of the worker in the middle of its work; and of web, worker and PostgreSQL, again and again."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlmodel import col, select

from app.media.intake import attach
from app.media.media_file import MediaFile
from app.media.opening import processing_session
from app.media.store import media_store
from tests.cast import Cast
from tests.machine import until


@contextmanager
def worker_process(data: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "worker"], env={**os.environ, "HOLDFAST_DATA": str(data)}
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_every_file_is_opened_although_the_worker_was_killed(cast: Cast, database: Path, corpora: Path) -> None:
    photos = sorted((corpora / "photos-with-location").glob("DSCN*.jpg"))[:6]
    memory_id = cast.memory(kind="photo")
    with cast.acting("kai") as session:
        ids = [
            attach(
                session,
                box_id=cast.box["kai"],
                memory_id=memory_id,
                added_by=cast.person["kai"],
                name=path.name,
                mime="image/jpeg",
                chunks=[path.read_bytes()],
                position=position,
            ).id
            for position, path in enumerate(photos)
        ]

    def ready() -> list[MediaFile]:
        with processing_session() as session:
            query = select(MediaFile).where(col(MediaFile.id).in_(ids), MediaFile.state == "ready")
            return list(session.exec(query).all())

    with worker_process(database) as worker:
        until(ready, 30)
        os.kill(worker.pid, signal.SIGKILL)
    assert len(ready()) < len(ids)
    with worker_process(database):
        until(lambda: len(ready()) == len(ids), 90)
    for media_file in ready():
        stored = set(filter(lambda key, file_id=media_file.id: file_id.hex in key, media_store().keys()))
        assert stored == {each["key"] for each in media_file.renditions}


def torture(data: Path, count: int, kills: int, seconds: float) -> None:
    """`count` uploads and their jobs, while web, worker and PostgreSQL of a world of their own are killed."""
    environment = {**os.environ, "HOLDFAST_DATA": str(data)}
    command = [sys.executable, "-m", "tests.media.killing", str(count), str(kills)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=seconds, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    print(", ".join(f"{name}: {value}" for name, value in found.items()))
    assert (found["uploads"], found["files finished"]) == (count, count)
    assert sum(found["kills"].values()) == kills
    nothing = {
        "acknowledged and lost": 0,
        "memories twice": 0,
        "rows without sound bytes": [],
        "files not finished exactly once": 0,
        "files not ready": 0,
        "jobs left": 0,
        "orphans after the sweep": 0,
    }
    assert {name: found[name] for name in nothing} == nothing


@pytest.mark.timeout(400)
def test_nothing_acknowledged_is_lost_when_everything_is_killed(tmp_path: Path) -> None:
    torture(tmp_path / "data", 60, 9, 360)


@pytest.mark.deep
@pytest.mark.timeout(6000)
@pytest.mark.parametrize(("count", "kills"), [(300, 45), (2000, 300)])
def test_nothing_acknowledged_is_lost_in_the_long_run(tmp_path: Path, count: int, kills: int) -> None:
    torture(tmp_path / "data", count, kills, 5900)
