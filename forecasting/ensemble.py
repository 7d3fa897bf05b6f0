"""The main forecast: all models, weights from past origins, one pool of joint draws."""

from collections.abc import Iterator, Mapping, Sequence
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
from forecasting.panel import CountPanel
from forecasting.pool_findings import spikes, undone, untested
from forecasting.protocol import FitFailure, Forecaster
from forecasting.samples import ForecastSamples
from forecasting.shared import shared_strength, tie
from forecasting.shocks import learn_shocks, strike
from forecasting.spread import stretch
from forecasting.streams import Streams
from forecasting.thin import complete, split
from forecasting.trials import Forecasts, Trials, trials_of
from forecasting.weights import Weights

# Fewer events than this in a whole history say hardly anything about a season or a trend.
LEAST_EVENTS = 24
_WEIGHT_DRAWS = 500
_LEAST_PERIODS = 6


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

    def tried(
        self,
        forecasts: Forecasts,
        past: Mapping[date, CountPanel],
        *,
        truth: CountPanel,
        models: Sequence[str],
    ) -> Trials:
        """The forecasts from the past origins, as the weights take them."""
        steps, draws = self.trial_steps(truth), self.trial_draws
        return trials_of(forecasts, past, truth=truth, models=models, steps=steps, draws=draws)


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

    Drawing is most of the work. Weights and the series that each model can do say whose turn it
    is in each draw. What a model can do is known when it has done it, so the first time it is
    guessed, and where the guess was wrong the models draw anew: how the guess was made changes
    no draw.
    """
    past = {day: panel.until(day) for day in settings.past_origins(panel)}
    tasks = _trial_tasks(forecasters, past, settings=settings, streams=streams)
    names, own = [each.name for each in forecasters], _at(panel.origin, streams)
    series = split(panel, least_events=LEAST_EVENTS).series
    trials = settings.tried(_ran(run, tasks), past, truth=panel, models=names)
    able, made = trials.able(names, series), dict[str, Forecast]()
    for _ in range(2):
        weights = settings.weights or trials.weights(
            able, series, prior=settings.prior, streams=own
        )
        with _named(panel.origin):
            whose = turns(able, weights, draws=settings.draws, streams=own)
        wanted = {name: max(1, whose.needed.get(name, 0)) for name in names}
        short = [
            ForecastTask(each, panel, settings.steps, wanted[each.name], own)
            for each in forecasters
            if each.name not in made or made[each.name].samples.draws != wanted[each.name]
        ]
        made |= {name: each for (name, _day), each in _ran(run, short).items()}
        guess, able = able, {name: made[name].samples.rows for name in names}
        if all(set(guess[name]) == set(able[name]) for name in names):
            break
    with _named(panel.origin):
        whose = turns(able, weights, draws=settings.draws, streams=own)
    last = [made[name] for name in names]
    samples = taken({each.model: each.samples for each in last}, whose, own=whose.own)
    return _joined(last, samples, weights, trials=trials, settings=settings, streams=own)


def _fit_pools(
    forecasters: Sequence[Forecaster],
    panel: CountPanel,
    origins: Sequence[date],
    *,
    settings: PoolSettings,
    streams: Streams,
    run: Run,
) -> dict[date, PooledForecast]:
    past = {origin: settings.past_origins(panel.until(origin)) for origin in origins}
    panels = {day: panel.until(day) for day in sorted({*origins, *chain(*past.values())})}
    tried = {day: each for day, each in panels.items() if day not in origins}
    whole = [
        ForecastTask(each, panels[day], settings.steps, settings.draws, _at(day, streams))
        for day in origins
        for each in forecasters
    ]
    tested = _trial_tasks(forecasters, tried, settings=settings, streams=streams)
    found, pools = _ran(run, [*whole, *tested]), {}
    for day in origins:
        last, own = [found[each.name, day] for each in forecasters], _at(day, streams)
        known = {each: panels[each] for each in past[day]}
        names = [each.model for each in last]
        trials = settings.tried(found, known, truth=panels[day], models=names)
        by_model = {each.model: each.samples for each in last}
        series = split(panels[day], least_events=LEAST_EVENTS).series
        able = {name: samples.rows for name, samples in by_model.items()}
        weights = settings.weights or trials.weights(
            able, series, prior=settings.prior, streams=own
        )
        with _named(day):
            samples = pool(by_model, weights, streams=own)
        pools[day] = _joined(last, samples, weights, trials=trials, settings=settings, streams=own)
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


def _joined(
    last: Sequence[Forecast],
    samples: ForecastSamples,
    weights: Weights,
    *,
    trials: Trials,
    settings: PoolSettings,
    streams: Streams,
) -> PooledForecast:
    """The pool's draws stretched and struck by shocks, with what it was made of."""
    panel = trials.truth
    parts = split(panel, least_events=LEAST_EVENTS)
    by_model = {each.model: each.samples for each in last}
    samples = stretch(samples, weights.spread, streams=streams)
    samples = strike(samples, learn_shocks(panel), per_year=panel.freq.per_year, streams=streams)
    tried = settings.past_origins(panel) or settings.weights or not settings.weight_origins
    return PooledForecast(
        samples=samples,
        by_model=by_model,
        weights=weights,
        failures=tuple(failure for each in last for failure in each.failures),
        losses=trials.losses,
        findings=(
            *parts.findings,
            *spikes(panel),
            *undone(parts, by_model),
            *(() if tried else untested(parts)),
        ),
    )
