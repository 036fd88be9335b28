"""Bringing a database to today's shape, again and again."""

from pathlib import Path

from sqlalchemy import create_engine, text

from app.kit.db import admin_url
from app.kit.migrate import migrate


def test_a_changed_wall_is_applied_to_a_database_that_is_in_use(database: Path) -> None:
    engine = create_engine(admin_url())
    with engine.begin() as connection:
        connection.execute(text("comment on schema wall is 'another day'"))
        connection.execute(text("drop policy owner_sees on memory"))
    migrate()
    with engine.begin() as connection:
        policies = connection.execute(text("select policyname from pg_policies where tablename = 'memory'")).scalars()
        assert "owner_sees" in policies.all()
        assert connection.execute(text("select obj_description('wall'::regnamespace, 'pg_namespace')")).scalar() != "another day"
    engine.dispose()
