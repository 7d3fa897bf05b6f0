"""Shocks: what a panel's past tells of them, and what they do to the draws."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from forecasting.panel import CountPanel, Frequency, Quantity, SeriesKey
from forecasting.samples import ForecastSamples
from forecasting.shocks import Shocks, learn_shocks, strike
from forecasting.streams import Streams

MONTH = Frequency.MONTH
DRAWS, STEPS = 20_000, 12


def rng(word):
    return Streams(1).rng(word)


def panel(mean, *, observed=None):
    """Poisson counts round `mean` [series, period]."""
    counts = rng("counts").poisson(mean).astype(np.float64)
    start = date(2010, 1, 1)
    periods = np.concatenate([[MONTH.start(start)], MONTH.after(start, counts.shape[1] - 1)])
    seen = np.ones(counts.shape, dtype=bool) if observed is None else observed
    keys = tuple(SeriesKey(str(row), "x") for row in range(len(counts)))
    return CountPanel(
        Quantity.REFERRALS, MONTH, periods[-1].item(), keys, periods, counts * seen, seen
    )


def jumpy(*, rate, size, series=30, years=20):
    """Levels that jump up or down by exp(size), `rate` times a year, each series for itself."""
    shape = (series, 12 * years)
    jumps = rng("when").random(shape) < rate / 12
    ways = rng("way").choice([-1.0, 1.0], shape)
    return panel(200 * np.exp(np.cumsum(jumps * ways * size, axis=1)))


def drawn(mean=50.0, *, series=2, quantity=Quantity.REFERRALS):
    counts = rng("draws").poisson(mean, (series, DRAWS, STEPS))
    origin = date(2020, 1, 1)
    keys = tuple(SeriesKey(str(row), "x") for row in range(series))
    return ForecastSamples(quantity, origin, keys, MONTH.after(origin, STEPS), counts)


def struck(samples, shocks):
    return strike(samples, shocks, per_year=12, streams=Streams(3))


# What is learnt


def test_shocks_are_found_as_often_and_as_large_as_they_were():
    found = learn_shocks(jumpy(rate=0.15, size=0.9))
    assert found.rate == pytest.approx(0.15, rel=0.3)
    assert found.size == pytest.approx(0.9, rel=0.15)


def test_a_calm_past_leaves_few_shocks_and_a_short_one_the_belief():
    calm = learn_shocks(panel(np.full((10, 120), 30.0)))
    short = learn_shocks(panel(np.full((10, 8), 30.0)))
    assert calm.rate < 0.25 * short.rate
    assert short.rate == pytest.approx(0.05)


def test_series_shocked_together_are_no_more_evidence_than_one():
    step = np.where(np.arange(120) < 60, 0.0, 1.2) + np.zeros((12, 1))
    shared = learn_shocks(panel(40 * np.exp(step)))
    alone = learn_shocks(panel(40 * np.exp(step[:1])))
    assert shared.rate == pytest.approx(alone.rate, rel=0.5)
    assert shared.together > 0.5


def test_a_change_across_missing_years_is_seen():
    """Two years without a count between a low and a high level."""
    mean = np.where(np.arange(72) < 36, 10.0, 60.0) + np.zeros((4, 1))
    seen = np.ones(mean.shape, dtype=bool)
    seen[:, 24:48] = False
    steady = panel(np.full(mean.shape, 10.0), observed=seen)
    assert learn_shocks(panel(mean, observed=seen)).rate > 2 * learn_shocks(steady).rate


# What they do


def test_as_many_paths_change_as_the_rate_says():
    """Shocks of the half-year before the origin come with the first period."""
    samples, rate = drawn(series=1), 0.2
    moved = (struck(samples, Shocks(rate, 1.0, 0.0)).counts != samples.counts).any(axis=2)
    due = 1 - np.exp(-rate * 1.5)
    assert moved.mean() == pytest.approx(due, abs=4 * np.sqrt(due / DRAWS) + 0.01)


def test_a_shock_multiplies_or_divides_and_half_of_it_is_left_after_two_years():
    """Without chance in the counts: paths struck at the first period, and not again."""
    steps, size = 25, float(np.log(2.0))
    level = np.full((1, DRAWS, steps), 100_000)
    flat = replace(drawn(series=1), periods=MONTH.after(date(2020, 1, 1), steps), counts=level)
    after = struck(flat, Shocks(0.05, size, 0.0)).counts[0] / 100_000
    fading = 0.5 ** (np.arange(steps) / 24)
    up, down = (np.isclose(after, np.exp(way * size * fading), rtol=1e-4) for way in (1, -1))
    struck_first = 1 - np.exp(-0.05 * (0.5 + 1 / 12))
    once = struck_first * np.exp(-0.05 * (steps - 1) / 12)
    for way in (up.all(axis=1), down.all(axis=1)):
        assert way.mean() == pytest.approx(once / 2, abs=4 * np.sqrt(once / 2 / DRAWS))


def test_the_upper_tail_rises_and_the_middle_stays():
    samples = drawn()
    after = struck(samples, Shocks(0.1, 0.7, 0.5))
    low, high = (each.over_horizon().quantile((0.5, 0.99)) for each in (samples, after))
    assert high[..., 0] == pytest.approx(low[..., 0], rel=0.01)
    assert (high[..., 1] > 1.2 * low[..., 1]).all()


def test_shocks_come_to_all_series_at_once_as_far_as_they_are_shared():
    samples = drawn()

    def correlation(together):
        sums = struck(samples, Shocks(0.2, 0.7, together)).counts.sum(axis=2)
        return np.corrcoef(np.log(sums))[0, 1]

    assert correlation(0.9) > 0.7
    assert abs(correlation(0.0)) < 0.05


def test_a_series_left_out_changes_nothing_for_the_others():
    samples, shocks = drawn(), Shocks(0.2, 0.7, 0.4)
    alone = replace(samples, series=samples.series[1:], counts=samples.counts[1:].copy())
    assert (struck(alone, shocks).counts[0] == struck(samples, shocks).counts[1]).all()


def test_stocks_and_panels_without_shocks_stay_as_they_are():
    stock = drawn(quantity=Quantity.OCCUPANCY)
    assert struck(stock, Shocks(0.3, 1.0, 0.5)) is stock
    flow = drawn()
    assert (struck(flow, Shocks(0.0, 1.0, 0.5)).counts == flow.counts).all()
