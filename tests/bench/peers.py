"""Forecasting engines that a user could pick instead, each as its own documentation shows it.

Every engine sees the series up to the origin only. What is below 0 is set to 0, path by path;
quantiles are rounded by the judge, paths are not, since a sum of rounded small numbers is
too small. Gaps: an engine that takes none is given straight lines between observed neighbours,
and the last observed count up to the origin (`filled`). An engine that fails on a series
fails: nothing stands in for it.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from forecasting.backtest import ForecastTask, forecast
from forecasting.history import quiet
from forecasting.panel import CountPanel, Frequency, SeriesKey
from forecasting.streams import Streams
from models import FORECASTERS
from tests.bench.answers import Answer, Answers, Law, failed, from_paths, from_quantiles, truth_of
from tests.bench.lightgbm_quantiles import lightgbm_quantiles
from tests.bench.sets import BenchSet

Array = NDArray[np.float64]
PATHS = 2000


@dataclass(frozen=True)
class Past:
    """One series from its first observed period to the origin. [period]"""

    freq: Frequency
    periods: NDArray[np.datetime64]
    counts: Array
    observed: NDArray[np.bool_]

    @property
    def filled(self) -> Array:
        """Counts without gaps: straight lines, and after the last count the last count."""
        at = np.arange(len(self.counts))
        return np.interp(at, at[self.observed], self.counts[self.observed])


Paths = Callable[[Past, int, int], Array]  # past, steps, seed -> [path, step]


@dataclass(frozen=True)
class Peer:
    """An engine and how it is run. `weekly` false: never on weeks, where it takes hours.

    `edition` is raised when its settings here change, so that kept forecasts are not reused.
    """

    answer: Callable[[CountPanel, Array], Answer]
    package: str
    takes_gaps: bool
    gives_paths: bool = True
    weekly: bool = True
    edition: int = 1

    @property
    def release(self) -> str:
        """What kept forecasts depend on beside the data."""
        return f"{self.package}-{version(self.package)}-{self.edition}-{PATHS}"


def past_of(panel: CountPanel, key: SeriesKey) -> Past:
    """One series. Raises ValueError where nothing was observed."""
    row = panel.series.index(key)
    seen = np.flatnonzero(panel.observed[row])
    if len(seen) == 0:
        raise ValueError("no period of this series was observed")
    since = slice(seen[0], None)
    return Past(
        panel.freq, panel.periods[since], panel.counts[row, since], panel.observed[row, since]
    )


def each_series(paths: Paths) -> Callable[[CountPanel, Array], Answer]:
    """An engine of single series: simulated paths of each, whatever fails named."""

    def answer(panel: CountPanel, truth: Array) -> Answer:
        drawn: dict[SeriesKey, Array] = {}
        failures: dict[SeriesKey, str] = {}
        for seed, key in enumerate(panel.series):
            try:
                drawn[key] = _proper(paths(past_of(panel, key), truth.shape[1], seed))
            except Exception as error:  # a failure of one series is a row of the table
                failures[key] = f"{type(error).__name__}: {error}"
        if not drawn:
            return failed(panel, panel.origin, next(iter(failures.values())), steps=truth.shape[1])
        rows = [panel.series.index(key) for key in drawn]
        steps, sums = from_paths(np.stack(list(drawn.values())), truth[rows])
        return Answer(panel.origin, tuple(drawn), steps, sums, failures)

    return answer


def _proper(paths: Any) -> Array:
    found = np.asarray(paths, dtype=np.float64)
    if not np.isfinite(found).all():
        raise ValueError("a path is no number")
    return np.maximum(found, 0.0)


def plain_model(name: str) -> Callable[[CountPanel, Array], Answer]:
    """One of our own models, alone: no pool, nothing borrowed between series."""

    def answer(panel: CountPanel, truth: Array) -> Answer:
        task = ForecastTask(FORECASTERS[name](), panel, truth.shape[1], PATHS, Streams(1))
        found = forecast(task)
        rows = [panel.series.index(key) for key in found.samples.series]
        steps, sums = from_paths(found.samples.counts, truth[rows])
        failures = {each.series: each.reason for each in found.failures}
        return Answer(panel.origin, found.samples.series, steps, sums, failures)

    return answer


def statsforecast(name: str) -> Paths:
    """An automatic model of statsforecast with the season of the frequency, else its defaults."""

    def paths(past: Past, steps: int, seed: int) -> Array:
        from statsforecast import models

        model = getattr(models, name)(season_length=past.freq.season).fit(past.filled)
        return np.asarray(model.simulate(steps, n_paths=PATHS, seed=seed))

    return paths


def statsmodels_ets(past: Past, steps: int, seed: int) -> Array:
    """ETS(A,Ad,A), without season where two years are not there."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    season = past.freq.season
    seasonal = {"seasonal": "add", "seasonal_periods": season}
    settings = seasonal if 1 < season <= len(past.counts) // 2 else {}
    # With 52 seasonal states to estimate beside the weights, the optimiser gets nowhere.
    start = "heuristic" if season > 12 and settings else "estimated"
    model = ETSModel(
        past.filled,
        error="add",
        trend="add",
        damped_trend=True,
        initialization_method=start,
        **settings,
    )
    found = model.fit(disp=False).simulate(
        steps, anchor="end", repetitions=PATHS, rng=np.random.default_rng(seed)
    )
    return np.asarray(found).T


def prophet(past: Past, steps: int, seed: int) -> Array:
    """Prophet with its defaults."""
    from prophet import Prophet

    model = Prophet(uncertainty_samples=PATHS)
    frame = pd.DataFrame({"ds": past.periods.astype("datetime64[ns]"), "y": past.counts})
    model.fit(frame[past.observed], seed=seed)
    ahead = past.freq.after(past.periods[-1].item(), steps).astype("datetime64[ns]")
    np.random.seed(seed)  # Prophet has no other way to fix its draws
    return np.asarray(model.predictive_samples(pd.DataFrame({"ds": ahead}))["yhat"]).T


def _lightgbm(panel: CountPanel, truth: Array) -> Answer:
    quantiles = lightgbm_quantiles(panel, steps=truth.shape[1])
    law: Law = from_quantiles(quantiles, truth)
    return Answer(panel.origin, panel.series, law, None, {})


PEERS: dict[str, Peer] = {
    "seasonal_naive": Peer(plain_model("seasonal_naive"), "plassplan", takes_gaps=True),
    "recent_mean_negbin": Peer(plain_model("recent_mean_negbin"), "plassplan", takes_gaps=True),
    "statsmodels_ets": Peer(each_series(statsmodels_ets), "statsmodels", takes_gaps=False),
    "prophet_default": Peer(each_series(prophet), "prophet", takes_gaps=True),
    "auto_ets": Peer(each_series(statsforecast("AutoETS")), "statsforecast", takes_gaps=False),
    "auto_theta": Peer(each_series(statsforecast("AutoTheta")), "statsforecast", takes_gaps=False),
    "dot": Peer(
        each_series(statsforecast("DynamicOptimizedTheta")), "statsforecast", takes_gaps=False
    ),
    "auto_ces": Peer(each_series(statsforecast("AutoCES")), "statsforecast", takes_gaps=False),
    "auto_arima": Peer(
        each_series(statsforecast("AutoARIMA")), "statsforecast", takes_gaps=False, weekly=False
    ),
    "lightgbm_quantile": Peer(_lightgbm, "lightgbm", takes_gaps=True, gives_paths=False, edition=2),
}


def able(name: str, bench: BenchSet) -> bool:
    """Whether the engine is run on the set at all."""
    return PEERS[name].weekly or bench.panel.freq is not Frequency.WEEK


def run_peer(name: str, bench: BenchSet) -> Answers:
    """The engine's forecasts from every origin, on one thread."""
    started = cpu_seconds()
    with threadpool_limits(1), quiet():
        answers = tuple(_at(PEERS[name], bench, origin) for origin in bench.dates)
    return Answers(name, answers, cpu_seconds() - started)


def _at(peer: Peer, bench: BenchSet, origin: date) -> Answer:
    panel, truth = bench.panel.until(origin), truth_of(bench, origin)
    try:
        return peer.answer(panel, truth)
    except Exception as error:  # an engine of whole panels fails on all series at once
        return failed(panel, origin, f"{type(error).__name__}: {error}", steps=bench.horizon)


def cpu_seconds() -> float:
    """Processor seconds of this process and of those it has started and waited for."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system
