"""The noise that count models share, against closed forms."""

from datetime import date

import numpy as np
import pytest

from forecasting.history import History
from forecasting.noise import CountNoise, dispersion, level_paths, whole_counts, yearly_drift
from forecasting.panel import Frequency, Quantity, SeriesKey
from forecasting.streams import Streams

NUMBER = 40_000


def rng(word="noise"):
    return Streams(1).rng(word)


def history(counts, freq=Frequency.MONTH):
    start = date(2000, 1, 1)
    periods = np.concatenate([np.atleast_1d(freq.start(start)), freq.after(start, len(counts) - 1)])
    return History(
        SeriesKey("a", "x"), Quantity.REFERRALS, freq, periods, np.asarray(counts, dtype=float),
        np.ones(len(counts), dtype=bool),
    )  # fmt: skip


@pytest.mark.parametrize("mean", [0.3, 4.0, 60.0])
@pytest.mark.parametrize("ratio", [0.25, 1.0, 1.7, 5.0])
def test_whole_counts_have_the_mean_and_variance_they_are_asked_for(mean, ratio):
    drawn = whole_counts(rng(), np.full(NUMBER, mean), ratio)
    error = np.sqrt(max(ratio, 1) * mean / NUMBER)
    assert drawn.mean() == pytest.approx(mean, abs=5 * error)
    if ratio >= 1:
        assert drawn.var() == pytest.approx(ratio * mean, rel=0.1)
    else:  # binomial, with a whole number of trials
        trials = np.ceil(mean / (1 - ratio))
        assert drawn.var() == pytest.approx(mean * (1 - mean / trials), rel=0.1)


def test_levels_have_mean_one_and_the_stated_spread():
    noise = CountNoise(dispersion=1.0, level_now=0.1, level_year=0.2)
    paths = level_paths(rng(), noise, steps=24, draws=NUMBER, per_year=12)
    assert paths.mean(axis=0) == pytest.approx(np.ones(24), abs=0.01)
    assert np.log(paths).std(axis=0)[[11, 23]] == pytest.approx(
        [np.hypot(0.1, 0.2), np.hypot(0.1, 0.2 * np.sqrt(2))], rel=0.03
    )


def test_a_year_sum_is_wider_than_independent_months():
    """Var = 12 x phi x mean + (12 x mean)^2 x var(mean level): here a level known from now on."""
    noise = CountNoise(dispersion=1.5, level_now=0.2, level_year=0.0)
    total = noise.draw(rng(), np.full(12, 10.0), draws=NUMBER, per_year=12).sum(axis=1)
    level = np.exp(0.2**2) - 1
    # The level multiplies the mean, so phi x mean keeps its mean.
    assert total.var() == pytest.approx(12 * 15 + 120**2 * level, rel=0.05)


@pytest.mark.parametrize("ratio", [1.0, 3.0])
def test_dispersion_is_found_and_one_outlier_hardly_moves_it(ratio):
    counts = whole_counts(rng(), np.full(2000, 12.0), ratio).astype(float)
    assert dispersion(counts, np.full(2000, 12.0)) == pytest.approx(ratio, rel=0.12)
    counts[7] = 1e6
    assert dispersion(counts, np.full(2000, 12.0)) == pytest.approx(ratio, rel=0.15)


def test_drift_is_found_in_drifting_levels_and_not_in_chance():
    years = 40
    steady = rng().poisson(50, 12 * years)
    level = np.exp(np.cumsum(rng("level").normal(0, 0.3, years)))
    level /= level.mean()
    moving = rng().poisson(200 * np.repeat(level, 12))
    assert yearly_drift(history(steady), scatter=1.0) < 0.12
    assert yearly_drift(history(moving), scatter=1.0) == pytest.approx(0.3, rel=0.5)
