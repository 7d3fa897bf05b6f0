"""Whether stays grow shorter or longer from year to year, and how sure that is."""

from dataclasses import dataclass
from itertools import pairwise
from math import log

import numpy as np
from numpy.typing import NDArray

from forecasting.stays import StayTable

# Nights at which the hazard may change level: the law's shape, apart from its drift.
_AGES = (0, 7, 14, 30, 60, 120, 240, 480, 100_000)
# Years looked at, back from the data date; the fewest ended stays and years that say anything.
_YEARS, _LEAST_ENDED, _LEAST_YEARS = 5, 60, 3
# No drift is believed to be faster: a quarter a year.
_FASTEST = log(1.25)


@dataclass(frozen=True)
class Drift:
    """Yearly change of the log hazard of leaving (above 0: stays grow shorter), and its error."""

    slope: float
    error: float


def drift(stays: StayTable) -> Drift:
    """Slope over calendar years beside age, by Poisson regression of ends on nights at risk.

    Piecewise exponential model (Holford 1980; Laird & Olivier 1981) with statsmodels, shrunk
    towards none by how sure it is (positive-part James-Stein): chance is no trend.
    """
    from statsmodels.api import GLM, families  # slow to import
    from statsmodels.tools.sm_exceptions import PerfectSeparationError

    year, age, ends, nights = _cells(stays)
    used = nights > 0
    year, age, ends, nights = year[used], age[used], ends[used], nights[used]
    ages = np.unique(age[ends > 0])
    used = np.isin(age, ages)
    year, age, ends, nights = year[used], age[used], ends[used], nights[used]
    if ends.sum() < _LEAST_ENDED or len(np.unique(year)) < _LEAST_YEARS:
        return Drift(0.0, 0.0)
    design = np.column_stack([age[:, None] == ages, year - year.mean()]).astype(float)
    try:
        fitted = GLM(ends, design, family=families.Poisson(), offset=np.log(nights)).fit()
    except (PerfectSeparationError, np.linalg.LinAlgError):
        return Drift(0.0, 0.0)
    slope, error = float(fitted.params[-1]), float(fitted.bse[-1])
    if not (np.isfinite(slope) and np.isfinite(error)) or slope == 0:
        return Drift(0.0, 0.0)
    kept = max(0.0, 1 - (error / slope) ** 2)
    return Drift(float(np.clip(kept * slope, -_FASTEST, _FASTEST)), kept * error)


Cells = tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]


def _cells(stays: StayTable) -> Cells:
    """Year before the data date (0: the last), age class, ends and nights at risk. [cell]"""
    lived = (np.datetime64(stays.as_of) - stays.started.astype("datetime64[D]")).astype(np.int64)
    rows = []
    for back in range(_YEARS):
        opens, closes = lived - 365 * (back + 1), lived - 365 * back  # age at both ends of it
        for i, (low, high) in enumerate(pairwise(_AGES)):
            since = np.maximum(np.maximum(stays.entry, opens), low)
            until = np.minimum(np.minimum(stays.nights, closes), high)
            ended = stays.ended & (stays.nights > since) & (stays.nights <= until)
            rows.append((-back, i, ended.sum(), np.maximum(until - since, 0).sum()))
    year, age, ends, nights = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    return year, age.astype(np.int64), ends, nights
