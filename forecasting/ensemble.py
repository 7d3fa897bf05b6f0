"""The main forecast: all models, weights from past origins, one pool of joint draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import pandas as pd

from forecasting.backtest import Forecast, ForecastTask, Run, forecast, last_origins, run_serially
from forecasting.changes import NO_CHANGES, KnownChanges
from forecasting.combine import pool
from forecasting.errors import ComputationError
from forecasting.findings import Finding, error, warning
from forecasting.history import without_spikes
from forecasting.panel import CountPanel
from forecasting.protocol import FitFailure, Forecaster
from forecasting.samples import ForecastSamples
from forecasting.shared import shared_strength, tie
from forecasting.shocks import learn_shocks, strike
from forecasting.spread import learn_spread, stretch
from forecasting.streams import Streams
from forecasting.thin import Split, complete, split
from forecasting.weights import Weights, learn_weights, trial_losses

# Fewer events than this in a whole history say hardly anything about a season or a trend.
LEAST_EVENTS = 24
_WEIGHT_DRAWS = 500
_LEAST_PERIODS = 6

Forecasts = Mapping[tuple[str, date], Forecast]


@dataclass(frozen=True)
class PooledForecast:
    """The pool and everything it was made of.

    `by_model` holds each model's own draws of the same series. `losses` is what each model's
    forecasts from past origins cost (empty: equal or given weights). In `failures` the sum over
    a need group's regions can stand as a series of its own, where thin regions borrow from it.
    `findings` names thin, zero, unobserved and spiky series, and series that no model could do.
    """

    samples: ForecastSamples
    by_model: Mapping[str, ForecastSamples]
    weights: Weights
    failures: tuple[FitFailure, ...]
    losses: pd.DataFrame
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class PoolSettings:
    """How far and how often to draw, and how the models are weighed.

    Weights start from `prior` (1 for a model that it does not name) and follow how the models
    did at `weight_origins` past origins, unless `weights` are given.
    """

    steps: int
    draws: int
    weight_origins: int = 6
    prior: Mapping[str, float] = field(default_factory=dict)
    weights: Weights | None = None

    def past_origins(self, panel: CountPanel) -> tuple[date, ...]:
        """Origins that lie a horizon (a year at most) or more back, half a horizon apart."""
        if self.weights is not None or self.weight_origins == 0:
            return ()
        horizon = self.trial_steps(panel)
        least = max(_LEAST_PERIODS, min(2 * panel.freq.season, len(panel.periods) // 2))
        return last_origins(
            panel,
            steps=horizon,
            count=self.weight_origins,
            stride=max(1, horizon // 2),
            least=least,
        )

    def trial_steps(self, panel: CountPanel) -> int:
        """How far a forecast that only serves the weights looks."""
        return min(self.steps, panel.freq.per_year)

    @property
    def trial_draws(self) -> int:
        """How many draws such a forecast has."""
        return min(self.draws, _WEIGHT_DRAWS)


def fit_pool(
    forecasters: Sequence[Forecaster],
    panel: CountPanel,
    *,
    settings: PoolSettings,
    streams: Streams,
    run: Run = run_serially,
    changes: KnownChanges = NO_CHANGES,
) -> PooledForecast:
    """Forecast with every model and pool them.

    Thin series take their share of the national forecast; known changes are taken out of the
    history and put into the draws. `run` maps a function over tasks in
    order: plain map or a process pool's; the draws are the same. Raises ComputationError where
    no model could forecast anything.
    """
    whole, findings = changes.before(panel)
    pools = _fit_pools(
        forecasters, whole, (panel.origin,), settings=settings, streams=streams, run=run
    )
    pooled = pools[panel.origin]
    own = streams.child("changes", panel.origin.isoformat())
    return replace(
        pooled,
        samples=changes.after(pooled.samples, streams=own),
        by_model={name: changes.after(each, streams=own) for name, each in pooled.by_model.items()},
        findings=(*pooled.findings, *findings),
    )


def fit_pools(
    forecasters: Sequence[Forecaster],
    panel: CountPanel,
    origins: Sequence[date],
    *,
    settings: PoolSettings,
    streams: Streams,
    run: Run = run_serially,
    changes: KnownChanges = NO_CHANGES,
) -> dict[date, PooledForecast]:
    """The pool as it would have been at each origin, weights and all, from what was known then.

    Without known changes a model forecasts from an origin once, whether that serves the pool
    there or the weights of a later one; with them the past looks different from each origin.
    Raises as fit_pool.
    """
    if not changes:
        return _fit_pools(forecasters, panel, origins, settings=settings, streams=streams, run=run)
    return {
        origin: fit_pool(
            forecasters,
            panel.until(origin),
            settings=settings,
            streams=streams,
            run=run,
            changes=changes,
        )
        for origin in origins
    }


def _fit_pools(
    forecasters: Sequence[Forecaster],
    panel: CountPanel,
    origins: Sequence[date],
    *,
    settings: PoolSettings,
    streams: Streams,
    run: Run,
) -> dict[date, PooledForecast]:
    panels = {origin: panel.until(origin) for origin in origins}
    past = {origin: settings.past_origins(panels[origin]) for origin in origins}
    trials = sorted({each for dates in past.values() for each in dates} - set(origins))
    panels |= {origin: panel.until(origin) for origin in trials}
    tasks = [
        ForecastTask(
            each,
            panels[origin],
            settings.trial_steps(panel) if trial else settings.steps,
            settings.trial_draws if trial else settings.draws,
            streams.child("origin", origin.isoformat()),
        )
        for dates, trial in ((origins, False), (trials, True))
        for origin in dates
        for each in forecasters
    ]
    found = run(forecast_whole, tasks)
    forecasts = {
        (each.model, task.panel.origin): each for task, each in zip(tasks, found, strict=True)
    }
    return {
        origin: _pooled(
            forecasts,
            panels,
            origin=origin,
            past=past[origin],
            models=[each.name for each in forecasters],
            settings=settings,
            streams=streams,
        )
        for origin in origins
    }


def forecast_whole(task: ForecastTask) -> Forecast:
    """One model's forecast of every series: thin ones from the nation's, shocks shared."""
    panel = task.panel
    parts = split(panel, least_events=LEAST_EVENTS)
    alone = forecast(replace(task, panel=parts.panel))
    strength = shared_strength(panel.select(tuple(k for k in parts.series if k not in parts.zero)))
    tied = tie(
        alone.samples, strength=strength, streams=task.streams.child("tie", task.forecaster.name)
    )
    whole = complete(tied, parts, model=alone.model, streams=task.streams)
    return replace(alone, samples=whole)


def _pooled(
    forecasts: Forecasts,
    panels: Mapping[date, CountPanel],
    *,
    origin: date,
    past: Sequence[date],
    models: Sequence[str],
    settings: PoolSettings,
    streams: Streams,
) -> PooledForecast:
    panel = panels[origin]
    parts = split(panel, least_events=LEAST_EVENTS)
    last = [forecasts[name, origin] for name in models]
    by_model = {each.model: each.samples for each in last}
    trials = _trials(forecasts, panel, past=past, models=models, settings=settings)
    losses = _losses(trials, panels, truth=panel)
    able = [each.model for each in last if each.samples.series or not parts.series]
    families = sorted({key.need_group for key in parts.series}) or [""]
    own = streams.child("origin", origin.isoformat())
    weights = settings.weights
    if weights is None:
        weights = learn_weights(losses, able, families, prior=settings.prior)
        pooled = [pool(each, weights, streams=own) for each in trials.values()]
        weights = replace(weights, spread=learn_spread(pooled, truth=panel))
    try:
        samples = stretch(pool(by_model, weights, streams=own), weights.spread, streams=own)
        samples = strike(samples, learn_shocks(panel), per_year=panel.freq.per_year, streams=own)
    except ComputationError as fault:
        message = f"origin {origin}: {fault.message}"
        raise ComputationError(message, fix="Use other models or a longer history.") from fault
    return PooledForecast(
        samples=samples,
        by_model=by_model,
        weights=weights,
        failures=tuple(failure for each in last for failure in each.failures),
        losses=losses,
        findings=(
            *parts.findings,
            *_spikes(panel),
            *_undone(parts, by_model),
            *_untested(parts, past, settings=settings),
        ),
    )


def _trials(
    forecasts: Forecasts,
    panel: CountPanel,
    *,
    past: Sequence[date],
    models: Sequence[str],
    settings: PoolSettings,
) -> dict[date, dict[str, ForecastSamples]]:
    """What each model that could forecast from a past origin drew there."""
    steps, draws = settings.trial_steps(panel), settings.trial_draws
    return {
        day: drawn
        for day in past
        if (
            drawn := {
                name: cut(found.samples, steps=steps, draws=draws)
                for name in models
                if (found := forecasts[name, day]).samples.series
            }
        )
    }


def _losses(
    trials: Mapping[date, Mapping[str, ForecastSamples]],
    panels: Mapping[date, CountPanel],
    *,
    truth: CountPanel,
) -> pd.DataFrame:
    """What the forecasts from the past origins cost, by what was known since."""
    tables = [
        table
        for day, drawn in trials.items()
        for name, samples in drawn.items()
        if len(table := trial_losses(name, samples, past=panels[day], truth=truth))
    ]
    columns = ["model", "family", "series", "origin", "part", "value"]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)


def cut(samples: ForecastSamples, *, steps: int, draws: int) -> ForecastSamples:
    """The first steps and draws only."""
    return replace(
        samples, periods=samples.periods[:steps], counts=samples.counts[:, :draws, :steps]
    )


def _untested(parts: Split, past: Sequence[date], *, settings: PoolSettings) -> list[Finding]:
    if past or settings.weights or not settings.weight_origins or not parts.panel.series:
        return []
    return [warning("prior_weights", periods=len(parts.panel.periods))]


def _spikes(panel: CountPanel) -> list[Finding]:
    return [
        warning(
            "spike",
            series=str(key),
            count=float(panel.counts[row, at]),
            period=str(panel.periods[at]),
            read_as=float(tamed[at]),
        )
        for row, key in enumerate(panel.series)
        for tamed in [without_spikes(panel.counts[row], panel.observed[row])]
        for at in (tamed < panel.counts[row]).nonzero()[0]
    ]


def _undone(parts: Split, by_model: Mapping[str, ForecastSamples]) -> list[Finding]:
    """Series that no model could do."""
    done = {key for samples in by_model.values() for key in samples.series}
    return [error("no_forecast", series=str(key)) for key in parts.series if key not in done]
