"""Noise of a model that gives one series' means but says nothing of past errors."""

import numpy as np

from forecasting.history import History
from forecasting.level_laws import USUAL, level_laws
from forecasting.noise import CountNoise, yearly_drift
from forecasting.panel import CountPanel, Quantity

# Share of a year-to-year change that is there from the first period on; the rest grows.
# Chosen so that the variance of the first year's mean log level is the measured one.
_NOW_SHARE = 0.6
_YEAR_SHARE = 1.2


def count_noise(seen: History, *, scatter: float, weight: float) -> CountNoise:
    """Noise of a forecast whose level rests on `weight` events (sum of weighted counts).

    A stock moves by small steps from where it stands, and its year-to-year changes say little
    of that: its noise is what following its level would have cost in the past.
    """
    if seen.quantity is Quantity.OCCUPANCY and seen.freq.per_year > 1:
        followed = _followed(seen)
        if followed is not None:
            return followed
    drift = yearly_drift(seen, scatter=scatter)
    sampling = scatter / max(weight, 1.0)
    return CountNoise(
        dispersion=scatter,
        level_now=float(np.sqrt(min(_NOW_SHARE * drift**2 + sampling, 1.0))),
        level_year=float(np.sqrt(_YEAR_SHARE) * drift),
    )


def _followed(seen: History) -> CountNoise | None:
    """Noise of the series' own levels (forecasting/error_noise.py); None for too few counts."""
    last = seen.periods[-1].astype("datetime64[D]").item()
    alone = CountPanel(
        quantity=seen.quantity,
        freq=seen.freq,
        as_of=last,
        series=(seen.key,),
        periods=seen.periods,
        counts=seen.counts[None],
        observed=seen.observed[None],
    )
    law = level_laws(alone, USUAL).get(seen.key)
    return law.noise if law else None
