"""Made-up seeded counts: seasonal, drifting, over-dispersed, with shocks that series share."""

from datetime import date

import numpy as np

from forecasting.panel import CountPanel, Frequency, Quantity, SeriesKey


def made_up_panel(
    freq: Frequency, *, regions: int, need_groups: int, periods: int, seed: int
) -> CountPanel:
    """A panel of regions x need groups, mean 0.3 to 40 a month whatever the frequency."""
    rng = np.random.default_rng(seed)
    series = tuple(
        SeriesKey(f"region_{r}", f"need_{g}") for r in range(regions) for g in range(need_groups)
    )
    shape = (len(series), periods)
    monthly = np.exp(rng.uniform(np.log(0.3), np.log(40.0), len(series)))
    level = monthly * 12 / freq.per_year
    turn = 2 * np.pi * np.arange(periods) / max(freq.season, 2)
    season = 0.25 * np.sin(turn + rng.uniform(0, 2 * np.pi, (len(series), 1)))
    drift = np.cumsum(rng.normal(0.0, 0.3 / np.sqrt(freq.per_year), shape), axis=1)
    shared = rng.normal(0.0, 0.1, periods)
    mean = level[:, None] * np.exp(season + 0.5 * drift + shared)  # [series, period]
    dispersed = mean * rng.gamma(8.0, 1 / 8.0, shape)
    first = date(2015, 1, 5) if freq is Frequency.WEEK else date(2015, 1, 1)
    ahead = freq.after(first, periods - 1)
    starts = np.concatenate([np.atleast_1d(freq.start(first)), ahead])
    return CountPanel(
        quantity=Quantity.REFERRALS,
        freq=freq,
        as_of=starts[-1].item(),
        series=series,
        periods=starts,
        counts=rng.poisson(dispersed).astype(np.float64),
        observed=np.ones(shape, dtype=np.bool_),
    )
