"""Column helpers shared by every table."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, DateTime
from sqlmodel import Field

from app.kit.clock import now


def created() -> Any:
    """A `timestamptz` set when the object is made."""
    return Field(default_factory=now, sa_type=DateTime(timezone=True))


def moment() -> Any:
    """A `timestamptz` that may be empty."""
    return Field(default=None, sa_type=DateTime(timezone=True))


def one_of(column: str, *values: str) -> CheckConstraint:
    """A check that a text column holds one of these words (an enum column would store the member's name)."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} in ({listed})", name=column)


Moment = datetime | None
