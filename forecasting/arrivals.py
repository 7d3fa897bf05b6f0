"""How referrals come within a period, and which of them demand a place."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.errors import InputError


@dataclass(frozen=True)
class ArrivalPattern:
    """What the flow needs beside the counts, for one need group, learnt from the rows.

    `weekday` holds relative weights, Monday first, with mean 1; `holiday` the relative weight
    of a public holiday. `batch[k]` = P(an event brings k + 1 children the same day).
    `demand_share` is the share of referrals that demand a place (the others were withdrawn
    before the day they should have been met); `direct_share` the share of those that do not
    come out of the group that feeds this one; `onward_share` the share of children ready to
    leave who go on to the group that this one feeds.
    """

    need_group: str
    weekday: NDArray[np.float64]
    holiday: float
    batch: NDArray[np.float64]
    demand_share: float
    direct_share: float
    onward_share: float

    def __post_init__(self) -> None:
        if self.weekday.shape != (7,) or (self.weekday < 0).any() or self.weekday.sum() <= 0:
            raise InputError(f"{self.need_group}: weekday weights {self.weekday} are not seven.")
        if (self.batch < 0).any() or not np.isclose(self.batch.sum(), 1):
            raise InputError(f"{self.need_group}: batch sizes {self.batch} do not sum to 1.")
        for name in ("demand_share", "direct_share", "onward_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise InputError(f"{self.need_group}: {name} is {getattr(self, name)}, not 0-1.")
        for array in (self.weekday, self.batch):
            array.setflags(write=False)
