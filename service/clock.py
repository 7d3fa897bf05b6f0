"""The day and the moment, for the only room that may ask."""

from datetime import UTC, date, datetime


def today() -> date:
    """The day where this machine stands."""
    return datetime.now().astimezone().date()


def now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)
