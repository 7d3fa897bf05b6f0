"""An earlier plan beside a new one: what changed since, and how the earlier one fared."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Reason(StrEnum):
    """Why a need group has other places than in an earlier plan.

    DEMAND: other referrals are forecast. CHOICES: another level, assurance, discipline or
    another of the planner's choices. PRICES: they change forms and cost, and the number of places
    only where houses leave a choice (in REST). REST: stays, today's residents, the share
    that needs a place, closures, and the program itself, which a stored plan does not hold.
    """

    DEMAND = "demand"
    CHOICES = "choices"
    PRICES = "prices"
    REST = "rest"


@dataclass(frozen=True)
class Since:
    """One need group over the nation; `before` and the steps add up to `now`."""

    need_group: str
    before: int
    steps: tuple[tuple[Reason, int], ...]
    now: int


@dataclass(frozen=True)
class Fared:
    """Referrals of one need group over the nation, or of all, against the earlier plan.

    Over the whole `months` that have come since the earlier plan's data: `came`, the `expected`
    mean, and in how many months the number lay `below` the 5 % or `above` the 95 % quantile. A
    good plan has one month in ten outside.
    """

    need_group: str
    months: int
    came: float
    expected: float
    below: int
    above: int


@dataclass(frozen=True)
class Earlier:
    """The plan that a new one was compared with: its year and data, changes, and how it fared."""

    year: int
    as_of: date
    since: tuple[Since, ...]
    fared: tuple[Fared, ...]
