"""Forecasts from past origins: who could make them, what they cost, and the weights they give."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd

from forecasting.backtest import Forecast
from forecasting.combine import pool
from forecasting.panel import CountPanel, SeriesKey
from forecasting.samples import ForecastSamples
from forecasting.spread import learn_spread
from forecasting.streams import Streams
from forecasting.weights import Weights, learn_weights, trial_losses

Forecasts = Mapping[tuple[str, date], Forecast]
Able = Mapping[str, Collection[SeriesKey]]


@dataclass(frozen=True)
class Trials:
    """What each model that could forecast from a past origin drew there, and what that cost.

    `truth` is what is known since: the panel that the weights are for.
    """

    drawn: Mapping[date, Mapping[str, ForecastSamples]]
    losses: pd.DataFrame
    truth: CountPanel

    def able(self, models: Sequence[str], series: Collection[SeriesKey]) -> Able:
        """The series that each model did at the last past origin; all where it had none."""
        last = self.drawn[max(self.drawn)] if self.drawn else {}
        done = {key for samples in last.values() for key in samples.series}
        fresh = [key for key in series if key not in done]
        return {
            name: [*(key for key in series if key in last[name].rows), *fresh]
            if name in last
            else fresh
            for name in models
        }

    def weights(
        self,
        able: Able,
        series: Sequence[SeriesKey],
        *,
        prior: Mapping[str, float],
        streams: Streams,
    ) -> Weights:
        """Weights of the models that can do something, and the pool's stretch."""
        names = [name for name, keys in able.items() if keys or not series]
        families = sorted({key.need_group for key in series}) or [""]
        found = learn_weights(self.losses, names, families, prior=prior)
        pooled = [pool(each, found, streams=streams) for each in self.drawn.values()]
        return replace(found, spread=learn_spread(pooled, truth=self.truth))


def trials_of(
    forecasts: Forecasts,
    past: Mapping[date, CountPanel],
    *,
    truth: CountPanel,
    models: Sequence[str],
    steps: int,
    draws: int,
) -> Trials:
    """The forecasts from the past origins (with what was known there), cut to the same size."""
    drawn = {
        day: made
        for day in past
        if (
            made := {
                name: cut(found.samples, steps=steps, draws=draws)
                for name in models
                if (found := forecasts[name, day]).samples.series
            }
        )
    }
    tables = [
        table
        for day, made in drawn.items()
        for name, samples in made.items()
        if len(table := trial_losses(name, samples, past=past[day], truth=truth))
    ]
    columns = ["model", "family", "series", "origin", "part", "value"]
    losses = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)
    return Trials(drawn, losses, truth)


def cut(samples: ForecastSamples, *, steps: int, draws: int) -> ForecastSamples:
    """The first steps and draws only."""
    return replace(
        samples, periods=samples.periods[:steps], counts=samples.counts[:, :draws, :steps]
    )
