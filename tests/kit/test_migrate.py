"""Bringing a database to today's shape, again and again."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import String, create_engine, text
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

import app.models  # noqa: F401
from app.kit.db import admin_url
from app.kit.migrate import migrate


def test_a_changed_wall_is_applied_to_a_database_that_is_in_use(database: Path) -> None:
    engine = create_engine(admin_url())
    said = text("select obj_description('wall'::regnamespace, 'pg_namespace')")
    with engine.begin() as connection:
        connection.execute(text("comment on schema wall is 'another day'"))
        connection.execute(text("drop policy owner_sees on memory"))
    migrate()
    with engine.begin() as connection:
        policies = connection.execute(text("select policyname from pg_policies where tablename = 'memory'")).scalars()
        assert "owner_sees" in policies.all()
        assert connection.execute(said).scalar() != "another day"
    engine.dispose()


def types_differ(_context: object, _found: object, _wanted: object, found: object, wanted: object) -> bool | None:
    return False if isinstance(found, String) and isinstance(wanted, AutoString) else None


def test_the_migrations_make_what_the_classes_say(database: Path) -> None:
    engine = create_engine(admin_url())
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": types_differ})
        found = compare_metadata(context, SQLModel.metadata)
    engine.dispose()
    # Alembic cannot compare an index on expressions, and so proposes to make the timeline's again.
    changes = [change for change in found if "ix_memory_timeline" not in str(change)]
    assert [change for change in changes if change[0] != "remove_table" or change[1].name != "alembic_version"] == []
