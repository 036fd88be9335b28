"""A pooled connection never carries one viewer's identity into another's transaction."""

import os
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from app.kit.db import become, role_url
from app.memories.memory import Memory
from app.people.viewer import Viewer
from tests.cast import Cast, make_cast

CONNECTIONS, THREADS = 5, 12


def _one(pool: Engine, who: UUID | None, own: UUID | None, chance: random.Random) -> int:
    """One transaction of one viewer, which may fail, be taken back or cancelled. Returns how many rows were wrong."""
    wrong = 0
    with Session(pool, info={"claims": Viewer(who).claims()}) as session:
        ending = chance.choice(("commit", "commit", "rollback", "error", "cancelled", "again", "nothing"))
        if ending == "nothing":
            return 0
        wrong += _strangers(session, own)
        if ending == "error":
            with pytest.raises(DBAPIError):
                session.connection().execute(text("select 1 / 0"))
        elif ending == "cancelled":
            session.connection().execute(text("set local statement_timeout = '1ms'"))
            with pytest.raises(DBAPIError):
                session.connection().execute(text("select pg_sleep(0.1)"))
        elif ending == "again":
            session.commit()
            wrong += _strangers(session, own)
            become(session, Viewer().claims())
            wrong += len(session.exec(select(Memory.id)).all())
        if ending == "commit":
            session.commit()
    return wrong


def _strangers(session: Session, own: UUID | None) -> int:
    return sum(box_id != own for box_id in session.exec(select(Memory.box_id)))


@pytest.mark.skipif("FAKETIME" in os.environ, reason="PostgreSQL ends no statement in time under another clock")
def test_interleaved_transactions_never_see_a_row_of_another(database: Path, request: pytest.FixtureRequest) -> None:
    rounds = 10_000 if request.config.getoption("--deep") else 1_500
    casts: list[Cast] = [make_cast() for _ in range(3)]
    viewers: list[tuple[UUID | None, UUID | None]] = [(None, None)]
    for cast in casts:
        for owner in ("kai", "riley"):
            cast.memory(owner, box=owner)
            viewers.append((cast.person[owner], cast.box[owner]))
        viewers.append((cast.person["casey"], None))
    pool = create_engine(role_url("holdfast_web"), pool_size=CONNECTIONS, max_overflow=0, pool_timeout=60)
    chance = random.Random(7)
    tasks = [(*chance.choice(viewers), random.Random(n)) for n in range(rounds)]
    with ThreadPoolExecutor(THREADS) as threads:
        wrong = sum(threads.map(lambda task: _one(pool, *task), tasks))
    with pool.connect() as connection:
        left = connection.execute(text("select current_setting('app.person', true)")).scalar()
    pool.dispose()
    print(f"pool: {rounds} transactions over {CONNECTIONS} connections, rows under the wrong identity: {wrong}")
    assert wrong == 0
    assert not left
