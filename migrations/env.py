"""Alembic's way in: runs as holdfast_owner on the connection that `holdfast migrate` opened."""

from typing import Any

from alembic import context
from sqlalchemy import String
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

import app.models  # noqa: F401  # registers every table

TEXT = (String, AutoString)

connection = context.config.attributes["connection"]


def ours(thing: object, name: str | None, kind: str, reflected: bool, compared: object) -> bool:
    """The queue's tables are its own."""
    return kind != "table" or getattr(thing, "schema", None) is None


def differs(_context: object, _found: object, _wanted: object, found: object, wanted: object) -> bool | None:
    """Every text is `text`, whatever the class calls it."""
    return False if isinstance(found, TEXT) and isinstance(wanted, TEXT) else None


def written(kind: str, thing: Any, _context: object) -> str | bool:
    return "sa.Text()" if kind == "type" and isinstance(thing, TEXT) else False


context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    include_object=ours,
    compare_type=differs,
    render_item=written,
)
with context.begin_transaction():
    context.run_migrations()
