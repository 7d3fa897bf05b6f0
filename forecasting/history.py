"""One series as a local model sees it, and the fitted form that all local models share."""

import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from forecasting.panel import CountPanel, Frequency, Quantity, SeriesKey
from forecasting.protocol import Ability, CannotFitError, FitFailure, Forecaster
from forecasting.samples import ForecastSamples
from forecasting.streams import Streams

# A lone count is a spike when it is more than this many times every neighbour on both sides.
SPIKE_TIMES = 8.0
_NEIGHBOURS = 6
_PROBE_DRAWS = 4

Learnt = TypeVar("Learnt")


@dataclass(frozen=True)
class History:
    """One series from its first observed period on; lone spikes are brought down.

    `counts` is 0 where `observed` is false. `known` holds columns over past and future
    periods. [period (+ future)]
    """

    key: SeriesKey
    quantity: Quantity
    freq: Frequency
    periods: NDArray[np.datetime64]
    counts: NDArray[np.float64]
    observed: NDArray[np.bool_]
    known: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    @property
    def values(self) -> NDArray[np.float64]:
        """The observed counts, oldest first."""
        return np.asarray(self.counts[self.observed])

    @property
    def ceiling(self) -> float:
        """Highest mean that a forecast may reach: three times the highest count, and some."""
        return 3.0 * float(self.values.max()) + 5.0

    def future(self, steps: int) -> NDArray[np.datetime64]:
        """First days of the next periods. [step]"""
        return self.freq.after(self.periods[-1].item(), steps)


def without_spikes(counts: NDArray[np.float64], observed: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Counts with lone spikes brought down to `SPIKE_TIMES` the highest neighbour. [period]

    A surge lasts more than one period, so its counts are one another's neighbours and stay.
    """
    at = np.flatnonzero(observed)
    values = counts[at]
    if len(values) < 4:
        return counts
    padded = np.pad(values, _NEIGHBOURS, constant_values=-1.0)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * _NEIGHBOURS + 1).copy()
    windows[:, _NEIGHBOURS] = -1.0  # the count itself is no neighbour
    limit = SPIKE_TIMES * (windows.max(axis=1) + 1.0)
    tamed = counts.copy()
    tamed[at] = np.minimum(values, limit)
    return tamed


def history(panel: CountPanel, key: SeriesKey) -> History | None:
    """The history of one series; None where no period was observed."""
    row = panel.rows[key]
    seen = np.flatnonzero(panel.observed[row])
    if len(seen) == 0:
        return None
    first = seen[0]
    observed = panel.observed[row, first:]
    return History(
        key=key,
        quantity=panel.quantity,
        freq=panel.freq,
        periods=panel.periods[first:],
        counts=without_spikes(np.where(observed, panel.counts[row, first:], 0.0), observed),
        observed=observed,
        known={name: column[row, first:] for name, column in panel.known.items()},
    )


class SeriesLaw(Protocol):
    """What a local model learnt about one series."""

    def draw(self, rng: np.random.Generator, *, steps: int, draws: int) -> NDArray[np.int64]:
        """Whole counts for the periods after the history's last. [draw, step]"""
        ...


@dataclass(frozen=True)
class ZeroLaw:
    """The law of a series that never had an event: none will come."""

    def draw(
        self,
        rng: np.random.Generator,  # noqa: ARG002 - the protocol's argument
        *,
        steps: int,
        draws: int,
    ) -> NDArray[np.int64]:
        """Zeros. [draw, step]"""
        return np.zeros((draws, steps), dtype=np.int64)


@dataclass(frozen=True)
class LocalFitted:
    """Laws of single series, each drawn from its own stream."""

    model: str
    quantity: Quantity
    freq: Frequency
    last_period: np.datetime64
    laws: Mapping[SeriesKey, SeriesLaw]
    failures: tuple[FitFailure, ...]

    def sample(self, *, steps: int, draws: int, streams: Streams) -> ForecastSamples:
        """Draws of whole counts; series are drawn independently of one another."""
        drawn = [
            law.draw(streams.rng(self.model, str(key)), steps=steps, draws=draws)
            for key, law in self.laws.items()
        ]
        origin = self.last_period.astype("datetime64[D]").item()
        return ForecastSamples(
            quantity=self.quantity,
            origin=origin,
            series=tuple(self.laws),
            periods=self.freq.after(origin, steps),
            counts=np.stack(drawn) if drawn else np.zeros((0, draws, steps), dtype=np.int64),
        )


def fit_each(
    model: Forecaster, panel: CountPanel, fit_one: Callable[[History], SeriesLaw]
) -> LocalFitted:
    """Fit every series alone; whatever goes wrong with one becomes its FitFailure.

    `fit_one` raises CannotFitError for a series that it cannot do; what the model's ability
    rules out never reaches it.
    """
    laws: dict[SeriesKey, SeriesLaw] = {}
    failures: list[FitFailure] = []
    with quiet():
        for key in panel.series:
            try:
                laws[key] = _law(panel, key, ability=model.ability, fit_one=fit_one)
            except Exception as error:  # any fault of one series must not stop the others
                failures.append(FitFailure.of(model.name, key, error))
    return LocalFitted(
        model=model.name,
        quantity=panel.quantity,
        freq=panel.freq,
        last_period=panel.periods[-1],
        laws=laws,
        failures=tuple(failures),
    )


def fit_together(
    model: Forecaster,
    panel: CountPanel,
    *,
    learn: Callable[[], Learnt],
    law: Callable[[History, Learnt], SeriesLaw],
) -> LocalFitted:
    """Learn once from all series, then fit each with that.

    If learning fails, that is the reason of every series' FitFailure.
    """
    try:
        with quiet():
            learnt = learn()
    except Exception as error:  # told for every series below
        caught = error

        def refuse(_seen: History) -> SeriesLaw:
            raise caught

        return fit_each(model, panel, refuse)
    return fit_each(model, panel, lambda seen: law(seen, learnt))


def _law(
    panel: CountPanel,
    key: SeriesKey,
    *,
    ability: Ability,
    fit_one: Callable[[History], SeriesLaw],
) -> SeriesLaw:
    seen = history(panel, key)
    if seen is None:
        raise CannotFitError("nothing_observed", "no period of this series was observed")
    if not seen.values.any():
        return ZeroLaw()
    _require(seen, ability)
    law = fit_one(seen)
    # A law that cannot draw is a failed fit; find out here, where it can still be named.
    probe = law.draw(Streams(0).rng(str(key)), steps=max(2, panel.freq.season), draws=_PROBE_DRAWS)
    if probe.min() < 0 or probe.max() > 100 * seen.ceiling:
        low, high = int(probe.min()), int(probe.max())
        raise CannotFitError(
            "wild_draws", f"draws run from {low} to {high}", lowest=low, highest=high
        )
    return law


def _require(seen: History, ability: Ability) -> None:
    if seen.freq not in ability.frequencies:
        freq = seen.freq.value
        raise CannotFitError(
            "other_periods", f"counts by {freq} are not what the model can do", freq=freq
        )
    if len(seen.values) < ability.least_observed:
        raise CannotFitError(
            "few_observed",
            f"{len(seen.values)} observed periods, but the model needs {ability.least_observed}",
            observed=len(seen.values),
            needed=ability.least_observed,
        )
    missing = 1 - len(seen.values) / len(seen.counts)
    if missing > ability.most_missing:
        raise CannotFitError(
            "many_missing",
            f"{missing:.0%} of periods are missing, more than {ability.most_missing:.0%}",
            missing=missing,
            most=ability.most_missing,
        )


@contextmanager
def quiet() -> Iterator[None]:
    """Keep libraries from warning and logging about single fits; failures are rows instead."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        # Recorded, not only ignored: statsmodels turns its own warnings on when imported.
        with warnings.catch_warnings(record=True), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
