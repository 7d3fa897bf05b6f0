"""A plan's places against the register of places: which of them have been opened?"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from forecasting.panel import SeriesKey
from forecasting.places import Form, Register
from planning.plan import Plan


@dataclass(frozen=True)
class Opened:
    """Committed places of one form in one series: what the plan has, and what the register has.

    Places that are more than the plan's in one row do not stand in for those lacking in another:
    they are in another region, for other children, or bought in another way.
    """

    key: SeriesKey
    form: Form
    planned: int
    there: int

    @property
    def opened(self) -> int:
        """The plan's places that are there."""
        return min(self.planned, self.there)

    @property
    def lacking(self) -> int:
        """The plan's places that are not there."""
        return self.planned - self.opened

    @property
    def more(self) -> int:
        """Places that are there, and are not the plan's."""
        return self.there - self.opened


def opened_places(plan: Plan, register: Register, *, day: date) -> tuple[Opened, ...]:
    """Every series and committed form that the plan or the register has places of on a day.

    Call-off is counted in whole places on both sides, whatever its availability.
    """
    rows = (
        Opened(
            line.key,
            line.form,
            planned=line.places,
            there=register.places(line.key, line.form, day=day),
        )
        for line in plan.lines
        if line.form.committed
    )
    return tuple(row for row in rows if row.planned or row.there)


def summed(rows: Collection[Opened]) -> tuple[int, int, int, int, int]:
    """Places planned, there, opened, lacking and more of several rows: each is a plain sum."""
    return (
        sum(row.planned for row in rows),
        sum(row.there for row in rows),
        sum(row.opened for row in rows),
        sum(row.lacking for row in rows),
        sum(row.more for row in rows),
    )
