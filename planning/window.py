"""The days that a plan is for: a calendar year, or the months after an origin."""

from dataclasses import dataclass
from datetime import date, timedelta

from forecasting.errors import UsageError


@dataclass(frozen=True)
class Window:
    """The days `first` to `last`, both counted."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise UsageError(
                f"days from {self.first} to {self.last}.", fix="Let them end after they begin."
            )

    @classmethod
    def of_year(cls, year: int, *, begins: date | None = None) -> "Window":
        """A calendar year; with `begins` the rest of it from that day."""
        return cls(begins or date(year, 1, 1), date(year, 12, 31))

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.last - self.first).days + 1

    @property
    def middle(self) -> date:
        """The last day of the first half: 1 July of a calendar year."""
        return self.first + timedelta(days=self.days // 2 - 1)
