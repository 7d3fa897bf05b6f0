"""Joint draws of future counts; draw d belongs together over series and steps."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from forecasting.errors import ComputationError, InputError
from forecasting.panel import Quantity, SeriesKey

# The 23 quantile levels of the forecast hubs (contract: forecast files).
HUB_LEVELS: tuple[float, ...] = (
    0.01,
    0.025,
    *(round(0.05 * i, 2) for i in range(1, 20)),
    0.975,
    0.99,
)

WHOLE_NATION = "alle"


@dataclass(frozen=True)
class ForecastSamples:
    """Draws of whole counts, [series, draw, step], for the periods after `origin`.

    Draw `d` is one possible future of all series together: add draws first, then take
    quantiles. `periods[step]` are the first days of the forecast periods.
    """

    quantity: Quantity
    origin: date
    series: tuple[SeriesKey, ...]
    periods: NDArray[np.datetime64]
    counts: NDArray[np.int64]

    def __post_init__(self) -> None:
        expected = (len(self.series), len(self.periods))
        if self.counts.ndim != 3 or (self.counts.shape[0], self.counts.shape[2]) != expected:
            raise InputError(
                f"samples of {expected[0]} series x {expected[1]} steps got counts of shape "
                f"{self.counts.shape}; the order is [series, draw, step]."
            )
        if not np.issubdtype(self.counts.dtype, np.integer) or (self.counts < 0).any():
            raise InputError("samples must be whole counts from 0 up.")
        self.counts.setflags(write=False)

    @cached_property
    def rows(self) -> Mapping[SeriesKey, int]:
        """Where each series stands."""
        return {key: row for row, key in enumerate(self.series)}

    @property
    def draws(self) -> int:
        """Number of joint draws."""
        return int(self.counts.shape[1])

    def halves(self) -> tuple["ForecastSamples", "ForecastSamples"]:
        """Every other draw, and the rest: two sets of draws of the same forecast."""
        one, two = (replace(self, counts=self.counts[:, at::2].copy()) for at in (0, 1))
        return one, two

    def of(self, key: SeriesKey) -> NDArray[np.int64]:
        """Draws of one series. [draw, step] Raises ComputationError where it has none."""
        if key not in self.rows:
            raise ComputationError(
                f"{key}: there is no forecast, since every model failed.",
                fix="See the reasons of each model; a longer history helps most.",
            )
        return np.asarray(self.counts[self.rows[key]])

    def quantile(self, levels: Sequence[float]) -> NDArray[np.float64]:
        """Smallest counts reached with at least these probabilities. [series, step, level]

        Counts are whole, so a quantile is one of the draws (numpy's inverted_cdf).
        """
        values = np.quantile(self.counts, np.asarray(levels), axis=1, method="inverted_cdf")
        return np.asarray(np.moveaxis(values, 0, -1), dtype=np.float64)

    def total(self, by: Callable[[SeriesKey], SeriesKey] | None = None) -> "ForecastSamples":
        """Series added draw by draw; `by` names the sum each series goes into (default: one)."""
        name = by or (lambda _key: SeriesKey(WHOLE_NATION, WHOLE_NATION))
        sums: dict[SeriesKey, NDArray[np.int64]] = {}
        for key, counts in zip(self.series, self.counts, strict=True):
            target = name(key)
            sums[target] = sums[target] + counts if target in sums else counts.copy()
        return replace(self, series=tuple(sums), counts=np.stack(list(sums.values())))

    def over_horizon(self) -> "ForecastSamples":
        """Steps added draw by draw: the sum over the whole horizon, as one step."""
        return replace(
            self,
            periods=self.periods[:1].copy(),
            counts=self.counts.sum(axis=2, keepdims=True),
        )
