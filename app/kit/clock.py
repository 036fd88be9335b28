"""Time, always with a zone."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

HOME_ZONE = ZoneInfo("Europe/London")


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The day it is where the people are; the wall's `wall.today()` says the same."""
    return datetime.now(HOME_ZONE).date()
