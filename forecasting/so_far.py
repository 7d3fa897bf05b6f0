"""What has come in a year that has begun, by what is known on a day in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from forecasting.errors import InputError
from forecasting.panel import CountPanel, Quantity, SeriesKey


@dataclass(frozen=True)
class Met:
    """Children of one series whose last day for an offer has passed.

    `to_meet` demanded a place (contract 3); `not_offered` of them had no offer in time from
    anyone, `single_purchase` had one in time that was bought for that child alone. A plan
    promises committed places, so both were not offered one of these in time.
    """

    to_meet: int
    not_offered: int
    single_purchase: int

    def __post_init__(self) -> None:
        if min(self.not_offered, self.single_purchase) < 0 or self.missed > self.to_meet:
            raise InputError(
                f"{self.not_offered} children without an offer and {self.single_purchase} in "
                f"single purchases, of {self.to_meet}."
            )

    @property
    def missed(self) -> int:
        """Children without a committed place in time: what a plan counts as not offered."""
        return self.not_offered + self.single_purchase

    def __add__(self, other: "Met") -> "Met":
        return Met(
            self.to_meet + other.to_meet,
            self.not_offered + other.not_offered,
            self.single_purchase + other.single_purchase,
        )


@dataclass(frozen=True)
class SoFar:
    """What has come from the day `first` to `as_of`, both counted, per planned series.

    `referrals` are whole months, as known on `as_of`, with the history before `first`;
    `occupancy` places in use per day from `first` on [day]; `met` who was to be met in these
    days.
    """

    first: date
    as_of: date
    referrals: CountPanel
    occupancy: Mapping[SeriesKey, NDArray[np.int64]]
    met: Mapping[SeriesKey, Met]

    def __post_init__(self) -> None:
        if self.referrals.quantity is not Quantity.REFERRALS:
            raise InputError(
                f"referrals are awaited, but these counts are of {self.referrals.quantity}."
            )
        days = (self.as_of - self.first).days + 1
        for key, used in self.occupancy.items():
            if len(used) != days:
                raise InputError(f"{key}: {len(used)} days of occupancy for {days} days.")
            used.setflags(write=False)
