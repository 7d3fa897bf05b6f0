"""The children who really came to one series after an origin, with what is known of their stays."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from forecasting.errors import InputError


@dataclass(frozen=True)
class Came:
    """Real children, residents first, then the others in the order they asked. [child]

    Days count from 0, the day after the origin. `day` is when the child asked for a place (of
    the first `residents`: when they got theirs, below 0), `deadline` the last day on which an
    offer is in time. A stay has `nights` until ready where `known`; where not, it is still
    open after `nights`, or (0) there never was one. `onward` children then go on to the fed
    group, for `next_nights` that are `next_known` or not. `takes` are the places of a child.
    """

    residents: int
    day: NDArray[np.int64]
    deadline: NDArray[np.int64]
    nights: NDArray[np.int64]
    known: NDArray[np.bool_]
    onward: NDArray[np.bool_]
    next_nights: NDArray[np.int64]
    next_known: NDArray[np.bool_]
    takes: NDArray[np.int64]

    def __post_init__(self) -> None:
        arrays = [getattr(self, field.name) for field in fields(self)[1:]]
        sizes = {len(array) for array in arrays}
        if len(sizes) != 1 or self.residents > min(sizes):
            raise InputError(f"{self.residents} residents among children by {sorted(sizes)}.")
        if (self.day[: self.residents] >= 0).any() or (self.day[self.residents :] < 0).any():
            raise InputError("residents came before the origin, all others ask after it.")
        for array in arrays:
            array.setflags(write=False)
