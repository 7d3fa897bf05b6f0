"""How an earlier plan's forecast fared: the referrals that came since, against its bands."""

import numpy as np
from numpy.typing import NDArray

from forecasting.panel import CountPanel
from forecasting.samples import WHOLE_NATION
from planning.earlier import Fared
from planning.plan import Bands, Plan

LOW, HIGH = 0.05, 0.95


def fared(earlier: Plan, history: CountPanel) -> tuple[Fared, ...]:
    """Every need group over the nation, then all of them; only what can be compared.

    A month counts where every series of the group is observed in `history` and the earlier plan
    had forecast it, that is after its own data. Nothing where no month has come since.
    """
    found = (_fared(bands, history) for bands in earlier.demand if bands.key.region == WHOLE_NATION)
    return tuple(each for each in found if each.months)


def _fared(bands: Bands, history: CountPanel) -> Fared:
    group = bands.key.need_group
    rows = [at for at, key in enumerate(history.series) if group in (key.need_group, WHOLE_NATION)]
    seen = history.observed[rows].all(axis=0) & bool(rows)  # [period]
    months = bands.periods.astype("datetime64[D]")
    past = history.periods.astype("datetime64[D]")
    _, theirs, ours = np.intersect1d(months, past[seen], return_indices=True)
    came = history.counts[rows][:, seen].sum(axis=0)[ours]  # [month]
    low, high = (_level(bands, level)[theirs] for level in (LOW, HIGH))
    return Fared(
        need_group=group,
        months=len(came),
        came=float(came.sum()),
        expected=float(bands.mean[theirs].sum()),
        below=int((came < low).sum()),
        above=int((came > high).sum()),
    )


def _level(bands: Bands, level: float) -> NDArray[np.float64]:
    return np.asarray(bands.values[bands.levels.index(level)])
