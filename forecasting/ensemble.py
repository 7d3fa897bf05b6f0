"""The main forecast: all models, weights from a short backtest, one pool of joint draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from forecasting.backtest import (
    Forecast,
    ForecastTask,
    Run,
    backtest_tasks,
    collect,
    forecast,
    last_origins,
    run_serially,
)
from forecasting.combine import learn_weights, pool
from forecasting.findings import Finding, Severity
from forecasting.history import without_spikes
from forecasting.panel import CountPanel
from forecasting.protocol import FitFailure, Forecaster
from forecasting.samples import ForecastSamples
from forecasting.shared import shared_strength, tie
from forecasting.streams import Streams
from forecasting.thin import Split, complete, split

# Fewer events than this in a whole history say hardly anything about a season or a trend.
LEAST_EVENTS = 24
_WEIGHT_DRAWS = 500
_LEAST_PERIODS = 6


@dataclass(frozen=True)
class PooledForecast:
    """The pool and everything it was made of.

    `by_model` holds each model's own draws of the same series. `weights` sum to 1. `scores`
    is the tidy table of the backtest behind the weights (empty: equal weights); there, and in
    `failures`, the sum over a need group's regions can stand as a series of its own, where
    thin regions borrow from it. `findings` names thin, zero, unobserved and spiky series, and
    series that no model could do.
    """

    samples: ForecastSamples
    by_model: Mapping[str, ForecastSamples]
    weights: Mapping[str, float]
    failures: tuple[FitFailure, ...]
    scores: pd.DataFrame
    findings: tuple[Finding, ...]


def fit_pool(
    forecasters: Sequence[Forecaster],
    panel: CountPanel,
    *,
    steps: int,
    draws: int,
    streams: Streams,
    weight_origins: int = 3,
    run: Run = run_serially,
) -> PooledForecast:
    """Forecast `steps` periods with every model and pool them.

    Weights come from `weight_origins` rolling origins (0: equal weights). Thin series take
    their share of the national forecast. `run` maps a function over tasks in order: plain
    map or a process pool's; the draws are the same. Raises ComputationError where no model
    could forecast anything.
    """
    parts = split(panel, least_events=LEAST_EVENTS)
    origins = _origins(parts.panel, steps=steps, count=weight_origins)
    panels = {origin: parts.panel.until(origin) for origin in origins}
    trial = streams.child("weights")
    final = [ForecastTask(each, parts.panel, steps, draws, streams) for each in forecasters]
    tests = backtest_tasks(
        forecasters,
        panels,
        steps=min(steps, panel.freq.per_year),
        draws=min(draws, _WEIGHT_DRAWS),
        streams=trial,
    )
    found = list(run(forecast, [*final, *tests]))
    last, past = found[: len(final)], found[len(final) :]
    scores = collect(past, panels, truth=parts.panel, streams=trial).scores
    weights = learn_weights(scores, _able(last, parts))
    strength = shared_strength(panel.select(tuple(k for k in parts.series if k not in parts.zero)))
    by_model = {
        each.model: complete(
            tie(each.samples, strength=strength, streams=streams.child("tie", each.model)),
            parts,
            model=each.model,
            streams=streams,
        )
        for each in last
    }
    return PooledForecast(
        samples=pool(by_model, weights, streams=streams),
        by_model=by_model,
        weights={each.name: weights.get(each.name, 0.0) for each in forecasters},
        failures=tuple(failure for each in last for failure in each.failures),
        scores=scores,
        findings=(
            *parts.findings,
            *_spikes(panel),
            *_undone(parts, by_model),
            *_untested(parts, origins, wanted=weight_origins),
        ),
    )


def _origins(panel: CountPanel, *, steps: int, count: int) -> tuple[date, ...]:
    """Origins up to a year apart, so that their horizons overlap as little as can be."""
    horizon = min(steps, panel.freq.per_year)
    least = max(_LEAST_PERIODS, min(2 * panel.freq.season, len(panel.periods) // 2))
    room = len(panel.periods) - horizon - least
    stride = max(1, min(panel.freq.per_year, room // max(count - 1, 1)))
    return last_origins(panel, steps=horizon, count=count, stride=stride, least=least)


def _able(last: Sequence[Forecast], parts: Split) -> list[str]:
    """Models that forecast something (or all of them, where there is nothing to forecast)."""
    return [each.model for each in last if each.samples.series or not parts.panel.series]


def _untested(parts: Split, origins: Sequence[date], *, wanted: int) -> list[Finding]:
    if origins or not wanted or not parts.panel.series:
        return []
    return [
        Finding(
            severity=Severity.WARNING,
            code="equal_weights",
            message=f"{len(parts.panel.periods)} periods are too few to test the models on: "
            "they have equal weights.",
            fix="A longer history lets the models be weighed by how they did.",
        )
    ]


def _spikes(panel: CountPanel) -> list[Finding]:
    return [
        Finding(
            severity=Severity.WARNING,
            code="spike",
            message=f"{key}: {panel.counts[row, at]:.0f} i {panel.periods[at]} er langt over alle "
            f"naboene; modellene leser det som {tamed[at]:.0f}.",
            fix="Undersøk om det er en feil, eller mange registrert på én dag.",
            series=str(key),
        )
        for row, key in enumerate(panel.series)
        for tamed in [without_spikes(panel.counts[row], panel.observed[row])]
        for at in (tamed < panel.counts[row]).nonzero()[0]
    ]


def _undone(parts: Split, by_model: Mapping[str, ForecastSamples]) -> list[Finding]:
    """Series that no model could do."""
    done = {key for samples in by_model.values() for key in samples.series}
    return [
        Finding(
            severity=Severity.ERROR,
            code="no_forecast",
            message=f"{key}: ingen modell klarte serien; det er ingen prognose.",
            fix="Se grunnen for hver modell; lengre historikk hjelper mest.",
            series=str(key),
        )
        for key in parts.series
        if key not in done
    ]
