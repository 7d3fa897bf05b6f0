"""The main forecast: all models, weights from past origins, one pool of joint draws."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain

import pandas as pd

from forecasting.backtest import Forecast, ForecastTask, Run, forecast, last_origins, run_serially
from forecasting.changes import NO_CHANGES, KnownChanges
from forecasting.combine import pool, taken, turns
from forecasting.errors import ComputationError
from forecasting.findings import Finding
from forecasting.panel import CountPanel, SeriesKey
from forecasting.pool_findings import spikes, undone, untested
from forecasting.protocol import FitFailure, Forecaster
from forecasting.samples import ForecastSamples
from forecasting.shared import shared_strength, tie
from forecasting.shocks import learn_shocks, strike
from forecasting.spread import learn_spread, stretch
from forecasting.streams import Streams
from forecasting.thin import complete, split
from forecasting.weights import Weights, learn_weights, trial_losses

# Fewer events than this in a whole history say hardly anything about a season or a trend.
LEAST_EVENTS = 24
_WEIGHT_DRAWS = 500
_LEAST_PERIODS = 6

Forecasts = Mapping[tuple[str, date], Forecast]


@dataclass(frozen=True)
class PooledForecast:
    """The pool and everything it was made of.

    `by_model` holds each model's own draws of the same series: from fit_pool as many as the
    pool takes of them, from fit_pools, which lets each model be judged, all. `losses` is what
    each model's forecasts from past origins cost (empty: equal or given weights). In `failures`
    the sum over a need group's regions can stand as a series of its own, where thin regions
    borrow from it. `findings` names thin, zero, unobserved and spiky series, and series that no
    model could do.
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
    pooled = _fit_last(forecasters, whole, settings=settings, streams=streams, run=run)
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


def _fit_last(
    forecasters: Sequence[Forecaster],
    panel: CountPanel,
    *,
    settings: PoolSettings,
    streams: Streams,
    run: Run,
) -> PooledForecast:
    """The pool at the end of the panel, where a model draws no more than the pool takes of it.

    Drawing is most of the work. So one draw of each model tells which series it can do; then
    weights tell whose turn it is in each draw of the pool, and models draw for their turns.
    """
    past = settings.past_origins(panel)
    panels = {origin: panel.until(origin) for origin in past}
    tasks = [
        ForecastTask(each, panel, settings.steps, 1, _at(panel.origin, streams))
        for each in forecasters
    ]
    found = _ran(
        run, [*tasks, *_trial_tasks(forecasters, panels, settings=settings, streams=streams)]
    )
    made = _Made([found[each.name, panel.origin] for each in forecasters], panel, past)
    weighed = _weigh(made, found, panels, settings=settings, streams=streams)
    with _named(panel.origin):
        whose = turns(made.able, weighed.weights, draws=settings.draws, streams=made.own(streams))
    wanted = [(task, whose.needed.get(task.forecaster.name, 0)) for task in tasks]
    last = _ran(run, [replace(task, draws=draws) for task, draws in wanted if draws])
    made = replace(made, last=[last.get((each.model, panel.origin), each) for each in made.last])
    # A model can fail where it did not with one draw, if it is out of time.
    with _named(panel.origin):
        now = turns(made.able, weighed.weights, draws=settings.draws, streams=made.own(streams))
    samples = taken(made.by_model, now, own=whose.own)
    return _joined(made, samples, weighed, settings=settings, streams=streams)


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
    tried = {day: panel.until(day) for day in sorted({*chain(*past.values())} - set(origins))}
    whole = [
        ForecastTask(each, panels[day], settings.steps, settings.draws, _at(day, streams))
        for day in origins
        for each in forecasters
    ]
    found = _ran(
        run, [*whole, *_trial_tasks(forecasters, tried, settings=settings, streams=streams)]
    )
    panels |= tried
    pools = {}
    for day in origins:
        made = _Made([found[each.name, day] for each in forecasters], panels[day], past[day])
        weighed = _weigh(made, found, panels, settings=settings, streams=streams)
        with _named(day):
            samples = pool(made.by_model, weighed.weights, streams=made.own(streams))
        pools[day] = _joined(made, samples, weighed, settings=settings, streams=streams)
    return pools


def _trial_tasks(
    forecasters: Sequence[Forecaster],
    panels: Mapping[date, CountPanel],
    *,
    settings: PoolSettings,
    streams: Streams,
) -> list[ForecastTask]:
    """Forecasts from past origins that only serve the weights."""
    return [
        ForecastTask(
            each, panel, settings.trial_steps(panel), settings.trial_draws, _at(day, streams)
        )
        for day, panel in panels.items()
        for each in forecasters
    ]


def _at(origin: date, streams: Streams) -> Streams:
    return streams.child("origin", origin.isoformat())


def _ran(run: Run, tasks: Sequence[ForecastTask]) -> dict[tuple[str, date], Forecast]:
    found = run(forecast_whole, tasks)
    return {(each.model, task.panel.origin): each for task, each in zip(tasks, found, strict=True)}


@contextmanager
def _named(origin: date) -> Iterator[None]:
    """Says at which origin there was no forecast."""
    try:
        yield
    except ComputationError as error:
        message = f"origin {origin}: {error.message}"
        raise ComputationError(message, fix="Use other models or a longer history.") from error


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


@dataclass(frozen=True)
class _Made:
    """The models' forecasts from the end of a panel, and the past origins they are weighed by."""

    last: Sequence[Forecast]
    panel: CountPanel
    past: Sequence[date]

    @property
    def by_model(self) -> dict[str, ForecastSamples]:
        return {each.model: each.samples for each in self.last}

    @property
    def able(self) -> dict[str, Collection[SeriesKey]]:
        return {each.model: each.samples.rows for each in self.last}

    def own(self, streams: Streams) -> Streams:
        return _at(self.panel.origin, streams)


@dataclass(frozen=True)
class _Weighed:
    """Weights, and the losses they were learnt from."""

    weights: Weights
    losses: pd.DataFrame


def _weigh(
    made: _Made,
    forecasts: Forecasts,
    panels: Mapping[date, CountPanel],
    *,
    settings: PoolSettings,
    streams: Streams,
) -> _Weighed:
    """The given weights, or those learnt from the past origins."""
    panel, models = made.panel, [each.model for each in made.last]
    trials = _trials(forecasts, panel, past=made.past, models=models, settings=settings)
    losses = _losses(trials, panels, truth=panel)
    if settings.weights is not None:
        return _Weighed(settings.weights, losses)
    series = split(panel, least_events=LEAST_EVENTS).series
    able = [each.model for each in made.last if each.samples.series or not series]
    families = sorted({key.need_group for key in series}) or [""]
    weights = learn_weights(losses, able, families, prior=settings.prior)
    pooled = [pool(each, weights, streams=made.own(streams)) for each in trials.values()]
    return _Weighed(replace(weights, spread=learn_spread(pooled, truth=panel)), losses)


def _joined(
    made: _Made,
    samples: ForecastSamples,
    weighed: _Weighed,
    *,
    settings: PoolSettings,
    streams: Streams,
) -> PooledForecast:
    """The pool's draws stretched and struck by shocks, with what it was made of."""
    panel, own = made.panel, made.own(streams)
    parts = split(panel, least_events=LEAST_EVENTS)
    samples = stretch(samples, weighed.weights.spread, streams=own)
    samples = strike(samples, learn_shocks(panel), per_year=panel.freq.per_year, streams=own)
    tried = made.past or settings.weights or not settings.weight_origins
    return PooledForecast(
        samples=samples,
        by_model=made.by_model,
        weights=weighed.weights,
        failures=tuple(failure for each in made.last for failure in each.failures),
        losses=weighed.losses,
        findings=(
            *parts.findings,
            *spikes(panel),
            *undone(parts, made.by_model),
            *(() if tried else untested(parts)),
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
