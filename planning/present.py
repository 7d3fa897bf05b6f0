"""Today's children in the plan: how many there are, and the places that they take in it."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from forecasting.panel import SeriesKey
from planning.evidence import Evidence
from planning.plan import Present
from planning.still_here import StillHere
from planning.window import Window


def present(series: Iterable[SeriesKey], evidence: Evidence, window: Window) -> tuple[Present, ...]:
    """Today's children of each series; 0 where there are none."""
    return tuple(_present(key, evidence, window) for key in series)


def _present(key: SeriesKey, evidence: Evidence, window: Window) -> Present:
    nights = evidence.residents.nights.get(key)
    if nights is None or not len(nights):
        return Present(key, 0, 0.0)
    survival = evidence.laws[key.need_group].of(key.region)
    # As the plan has it: one who has stayed longer than the law knows leaves within a night.
    here = StillHere(np.minimum(nights, _oldest(survival)), survival)
    ahead = (window.first - evidence.as_of).days
    days = [here.expected(night) for night in range(ahead, ahead + window.days)]
    return Present(key, len(nights), float(np.mean(days)))


def _oldest(survival: NDArray[np.float64]) -> int:
    return int(np.flatnonzero(survival > 0)[-1])
