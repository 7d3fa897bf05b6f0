"""Forecasts from past origins, each seeing only what was known then, and their scores."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from forecasting.errors import InputError
from forecasting.history import quiet
from forecasting.panel import CountPanel
from forecasting.protocol import FitFailure, Forecaster
from forecasting.samples import ForecastSamples
from forecasting.scores import SCORES, Judged, judged, pit, truth_of
from forecasting.streams import Streams

HORIZON_SUM = 0  # the step that stands for the sum over the horizon
Run = Callable[[Callable[[Any], Any], Sequence[Any]], Iterable[Any]]


@dataclass(frozen=True)
class ForecastTask:
    """One model on one panel; can be sent to another process."""

    forecaster: Forecaster
    panel: CountPanel
    steps: int
    draws: int
    streams: Streams


@dataclass(frozen=True)
class Forecast:
    """What one task gave. `samples` leaves out the series that failed."""

    model: str
    samples: ForecastSamples
    failures: tuple[FitFailure, ...]


@dataclass(frozen=True)
class BacktestResult:
    """Every forecast of a backtest, and the tidy table of its scores.

    `scores` has the columns model, series, origin, step, metric, value; step 0 is the sum
    over the horizon. `forecasts[model, origin]` are kept whole.
    """

    origins: tuple[date, ...]
    forecasts: Mapping[tuple[str, date], ForecastSamples]
    failures: tuple[FitFailure, ...]
    scores: pd.DataFrame


def run_serially(function: Callable[[Any], Any], tasks: Sequence[Any]) -> Iterable[Any]:
    """The plainest `run`: one task after the other in this process."""
    return map(function, tasks)


def forecast(task: ForecastTask) -> Forecast:
    """Fit and sample one model. If it raises, every series of the panel is a FitFailure.

    Runs on one thread: sums over several threads can differ in the last digit.
    """
    model = task.forecaster.name
    try:
        with threadpool_limits(1), quiet():
            fitted = task.forecaster.fit(task.panel)
            samples = fitted.sample(steps=task.steps, draws=task.draws, streams=task.streams)
        return Forecast(model, samples, fitted.failures)
    except Exception as error:  # one model must not stop the others
        failures = tuple(FitFailure.of(model, key, error) for key in task.panel.series)
        return Forecast(model, _nothing(task), failures)


def last_origins(
    panel: CountPanel, *, steps: int, count: int, stride: int = 1, least: int = 1
) -> tuple[date, ...]:
    """The last `count` possible origins, oldest first, `stride` periods apart.

    The last one is `steps` periods before the panel's end; at least `least` periods lie up to
    each. Fewer come back, or none, where the panel is too short.
    """
    last = len(panel.periods) - 1 - steps
    ends = [last - stride * i for i in range(count) if last - stride * i >= least - 1]
    return tuple(panel.periods[end].astype("datetime64[D]").item() for end in reversed(ends))


def backtest(
    forecasters: Sequence[Forecaster],
    panel_at: Callable[[date], CountPanel],
    origins: Sequence[date],
    *,
    truth: CountPanel,
    steps: int,
    draws: int,
    streams: Streams,
    run: Run = run_serially,
) -> BacktestResult:
    """Forecast from every origin with every model and score it against `truth`.

    `panel_at(origin)` gives what was known at the origin, so nothing later can leak in.
    `run` maps a function over tasks in order: plain map or a process pool's.
    """
    panels = {origin: panel_at(origin) for origin in origins}
    _no_future(panels)
    tasks = backtest_tasks(forecasters, panels, steps=steps, draws=draws, streams=streams)
    found = list(run(forecast, tasks))
    return collect(found, panels, truth=truth, streams=streams)


def backtest_tasks(
    forecasters: Sequence[Forecaster],
    panels: Mapping[date, CountPanel],
    *,
    steps: int,
    draws: int,
    streams: Streams,
) -> list[ForecastTask]:
    """One task for every model and origin; streams of unlike origins are unlike."""
    return [
        ForecastTask(forecaster, panel, steps, draws, streams.child("origin", str(origin)))
        for forecaster in forecasters
        for origin, panel in panels.items()
    ]


def collect(
    found: Sequence[Forecast],
    panels: Mapping[date, CountPanel],
    *,
    truth: CountPanel,
    streams: Streams,
) -> BacktestResult:
    """Join forecasts (in the order of the tasks) into one result with its scores."""
    kept = {(each.model, each.samples.origin): each.samples for each in found}
    tables = [
        score_table(model, samples, past=panels[origin], truth=truth, streams=streams)
        for (model, origin), samples in kept.items()
        if samples.series
    ]
    columns = ["model", "series", "origin", "step", "metric", "value"]
    return BacktestResult(
        origins=tuple(panels),
        forecasts=kept,
        failures=tuple(failure for each in found for failure in each.failures),
        scores=pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns),
    )


def score_table(
    model: str,
    samples: ForecastSamples,
    *,
    past: CountPanel,
    truth: CountPanel,
    streams: Streams,
) -> pd.DataFrame:
    """Every score of every series and step, and of the sum over the horizon (step 0).

    Periods without a true count are left out; a horizon with one of them has no sum. Scaled
    scores of the sum are over the number of steps times the scale of one.
    """
    came = truth_of(samples, truth)
    by_step = judged(samples, came, past=past)
    steps = len(samples.periods)
    total = judged(samples.over_horizon(), came.sum(axis=1, keepdims=True), past=past)
    total = Judged(
        total.draws, total.truth, steps * by_step.scale, steps**2 * by_step.scale_squared
    )
    rng = streams.rng("pit", str(samples.origin))
    parts = [
        _rows(by_step, np.arange(1, steps + 1), rng),
        _rows(total, np.array([HORIZON_SUM]), rng),
    ]
    table = pd.concat(parts, ignore_index=True)
    names = np.array([str(key) for key in samples.series], dtype=object)
    table.insert(0, "model", model)
    table.insert(1, "series", names[table.pop("row").to_numpy()])
    table.insert(2, "origin", samples.origin)
    return table.dropna(subset="value").reset_index(drop=True)


def summarise(scores: pd.DataFrame) -> pd.DataFrame:
    """Mean of every score by model, steps and horizon sum apart.

    Columns model, of (step or sum), metric, value, forecasts; `rmsse` is the root of the mean
    scaled square.
    """
    table = scores.assign(of=np.where(scores["step"] == HORIZON_SUM, "sum", "step"))
    grouped = table.groupby(["model", "of", "metric"], sort=True)["value"]
    means = grouped.agg(["mean", "size"]).reset_index()
    means = means.rename(columns={"mean": "value", "size": "forecasts"})
    square = means["metric"] == "squared_error_scaled"
    means.loc[square, "value"] = np.sqrt(means.loc[square, "value"])
    means["metric"] = means["metric"].where(~square, "rmsse")
    return means


def _rows(case: Judged, steps: NDArray[np.int64], rng: np.random.Generator) -> pd.DataFrame:
    values = {name: score(case) for name, score in SCORES.items()}
    values["pit"] = pit(case, rng)
    row, step = (grid.ravel() for grid in np.indices(case.truth.shape))
    return pd.concat(
        [
            pd.DataFrame({"row": row, "step": steps[step], "metric": name, "value": value.ravel()})
            for name, value in values.items()
        ],
        ignore_index=True,
    )


def _nothing(task: ForecastTask) -> ForecastSamples:
    panel = task.panel
    return ForecastSamples(
        quantity=panel.quantity,
        origin=panel.origin,
        series=(),
        periods=panel.freq.after(panel.origin, task.steps),
        counts=np.zeros((0, task.draws, task.steps), dtype=np.int64),
    )


def _no_future(panels: Mapping[date, CountPanel]) -> None:
    for origin, panel in panels.items():
        if panel.origin != origin:
            raise InputError(
                f"the panel for origin {origin} ends at {panel.origin}.",
                fix="Hand in a panel that ends exactly at the origin, as CountPanel.until does.",
            )
