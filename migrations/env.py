"""Alembic's way in: runs as holdfast_owner on the connection that `holdfast migrate` opened."""

from alembic import context
from sqlmodel import SQLModel

import app.models  # noqa: F401  # registers every table

connection = context.config.attributes["connection"]


def ours(thing: object, name: str | None, kind: str, reflected: bool, compared: object) -> bool:
    return kind != "table" or getattr(thing, "schema", None) is None


context.configure(connection=connection, target_metadata=SQLModel.metadata, include_object=ours, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
