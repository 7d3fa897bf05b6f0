"""Marked breaks, breaks that the counts suggest, and a population that counts follow."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.breaks import Break, ahead, mended, suggested
from forecasting.changes import KnownChanges
from forecasting.ensemble import PoolSettings, fit_pool, fit_pools
from forecasting.exposure import Exposure
from forecasting.panel import CountPanel, Frequency, Quantity, SeriesKey
from forecasting.streams import Streams
from models import FORECASTERS

KEYS = tuple(SeriesKey(region, group) for group in ("x", "y") for region in ("a", "b"))
DAY = date(2018, 7, 1)
QUICK = tuple(FORECASTERS[name]() for name in ("recent_mean_negbin", "seasonal_naive"))
LAW = Break(DAY, "ny lov")


def panel(counts, *, freq=Frequency.MONTH, start=date(2015, 1, 1)):
    counts = np.asarray(counts, dtype=np.float64)
    periods = np.concatenate([[freq.start(start)], freq.after(start, counts.shape[1] - 1)])
    return CountPanel(
        Quantity.REFERRALS, freq, periods[-1].item(), KEYS[: len(counts)], periods, counts,
        np.ones(counts.shape, dtype=bool),
    )  # fmt: skip


def stepped(factor=2.0, *, mean=20.0, periods=72, series=4, seed=1):
    """Poisson counts that from DAY on are `factor` times as many."""
    at = (DAY.year - 2015) * 12 + DAY.month - 1
    level = np.where(np.arange(periods) < at, 1.0, factor)
    return panel(Streams(seed).rng("counts").poisson(mean * level, (series, periods)))


def before_and_after(whole):
    at = int(np.searchsorted(whole.periods, np.datetime64(DAY)))
    return whole.counts[:, :at].mean(), whole.counts[:, at:].mean()


# Marked breaks


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_a_marked_break_is_taken_out_of_the_history(factor):
    mean, (finding,) = mended(stepped(factor), (LAW,))
    low, high = before_and_after(mean)
    assert low == pytest.approx(high, rel=0.15)  # shrunk a little: not every change is the break
    assert finding.values["note"] == "ny lov"
    assert finding.values["seen"] == pytest.approx(factor, rel=0.15)


def test_only_the_series_named_are_touched():
    whole, _ = mended(stepped(), (replace(LAW, region="a", need_group="x"),))
    assert (whole.counts[1:] == stepped().counts[1:]).all()
    assert (whole.counts[0] != stepped().counts[0]).any()


def test_a_break_where_nothing_happened_changes_little():
    flat = stepped(1.0)
    whole, _ = mended(flat, (LAW,))
    assert whole.counts.sum() == pytest.approx(flat.counts.sum(), rel=0.1)


def test_the_planners_belief_leads_while_there_are_few_counts():
    """Two months after the break, a sure belief decides; without one the step is left alone."""
    short = stepped(1.0).until(date(2018, 8, 1))
    believed, _ = mended(short, (replace(LAW, effect=2.0, uncertainty=0.01),))
    at = int(np.searchsorted(short.periods, np.datetime64(DAY)))
    ratio = believed.counts[:, :at].sum() / short.counts[:, :at].sum()
    assert ratio == pytest.approx(2, rel=0.1)


def test_a_break_outside_the_history_changes_nothing_and_is_told():
    whole = stepped()
    for day in (date(2010, 1, 1), date(2030, 1, 1)):
        same, (finding,) = mended(whole, (replace(LAW, day=day),))
        assert (same.counts == whole.counts).all()
        assert finding.values["day"] == day.isoformat()


def test_a_break_ahead_moves_the_draws_by_the_belief():
    flat = stepped(1.0)
    coming = Break(date(2021, 4, 1), "egenandel", region="a", effect=1.5, uncertainty=0.05)
    drawn = fit_pool(
        QUICK, flat, settings=PoolSettings(12, 800, weight_origins=0), streams=Streams(1)
    ).samples
    moved = ahead(drawn, (coming,), streams=Streams(2))
    after = drawn.periods >= np.datetime64(coming.day)
    row = drawn.series.index(KEYS[0])
    ratio = moved.counts[row][:, after].mean() / drawn.counts[row][:, after].mean()
    assert ratio == pytest.approx(1.5, rel=0.03)
    assert (moved.counts[row][:, ~after] == drawn.counts[row][:, ~after]).all()
    assert (moved.of(KEYS[1]) == drawn.of(KEYS[1])).all()


def test_a_marked_break_helps_every_kind_of_model_right_after_it():
    """Half a year after a doubling, the forecast of each quick model comes nearer to what comes."""
    known = stepped(2.0, mean=15).until(date(2018, 12, 1))
    wanted = PoolSettings(12, 300, weight_origins=0)
    plain = fit_pool(QUICK, known, settings=wanted, streams=Streams(1))
    marked = fit_pool(
        QUICK, known, settings=wanted, streams=Streams(1), changes=KnownChanges((LAW,))
    )
    for model in QUICK:
        off = [abs(each.by_model[model.name].counts.mean() - 30) for each in (plain, marked)]
        assert off[1] < 0.6 * off[0]


# Breaks that the counts suggest


def test_a_doubling_is_offered_once_near_its_day_and_not_applied():
    whole = stepped(2.0, mean=30)
    found = suggested(whole, ())
    assert [each.series for each in found] == [str(key) for key in KEYS]
    for each in found:
        year = int(str(each.values["month"])[:4])
        assert year in (2018, 2019)
    assert suggested(whole, (LAW,)) == ()


@pytest.mark.parametrize(("mean", "dispersion"), [(2.0, 1.5), (10.0, 2.0), (40.0, 3.0)])
def test_steady_counts_seldom_look_broken(mean, dispersion):
    """At most one series in twenty, beside chance (300 series, two standard errors)."""
    rng = Streams(7).rng("steady")
    counts = rng.poisson(rng.gamma(mean / (dispersion - 1), dispersion - 1, (300, 96)))
    keys = tuple(SeriesKey(str(row), "x") for row in range(300))
    whole = replace(panel(counts[:4]), series=keys, counts=counts * 1.0, observed=counts >= 0)
    assert len(suggested(whole, ())) <= 300 * 0.05 + 2 * np.sqrt(300 * 0.05 * 0.95)


# Population


def people(growth):
    years = np.arange(2010, 2022)
    return Exposure({"a": years}, {"a": 1000 * np.exp(growth * (years - 2010))})


@settings(max_examples=20, deadline=None)
@given(st.floats(-0.05, 0.05))
def test_a_history_that_follows_the_population_becomes_level(growth):
    """Counts in step with the population are, at the origin's population, the same all along."""
    exposure, flat = people(growth), panel(np.full((2, 72), 100.0))
    years = 2015 + np.arange(72) / 12
    grown = replace(flat, counts=100 * np.exp(growth * (years - years[-1])) * np.ones((2, 1)))
    level = exposure.at_origin(grown)
    assert level.counts[0] == pytest.approx(np.full(72, 100), rel=0.002)
    assert (level.counts[1] == grown.counts[1]).all()  # region b has no population


def test_draws_grow_with_the_population_and_its_uncertainty():
    drawn = fit_pool(
        QUICK, panel(np.full((2, 72), 400.0)), settings=PoolSettings(24, 500, weight_origins=0),
        streams=Streams(1),
    ).samples  # fmt: skip
    moved = people(0.05).ahead(drawn, streams=Streams(1))
    ratio = moved.of(KEYS[0])[:, -1].mean() / drawn.of(KEYS[0])[:, -1].mean()
    assert ratio == pytest.approx(np.exp(0.05 * 2), rel=0.01)
    assert (moved.of(KEYS[1]) == drawn.of(KEYS[1])).all()


def test_a_population_told_later_is_not_used():
    """A jump in the population after the origin changes nothing at the origin."""
    flat, known = panel(np.full((2, 60), 50.0)), people(0.01)
    persons = known.persons["a"].copy()
    persons[-1] *= 3  # 2021, and the panel ends in 2019
    later = replace(known, persons={"a": persons})
    assert (known.at_origin(flat).counts == later.at_origin(flat).counts).all()


# No leakage, changes and all


@pytest.mark.parametrize("names", [("negbin_levels", "national_share"), ("negbin_glm", "ets")])
@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 999))
def test_what_comes_later_changes_no_forecast(names, seed):
    """Every count after the origin is changed; weights, spread, breaks and draws stay."""
    models = tuple(FORECASTERS[name]() for name in names)
    whole, origin = stepped(), date(2019, 6, 1)
    later = whole.periods > np.datetime64(origin)
    noise = Streams(seed).rng("later").poisson(60, whole.counts.shape)
    other = replace(whole, counts=np.where(later, noise, whole.counts))
    wanted = PoolSettings(6, 60, weight_origins=2)
    changes = KnownChanges((LAW,), people(0.01))
    first, second = (
        fit_pools(models, each, (origin,), settings=wanted, streams=Streams(1), changes=changes)[
            origin
        ]
        for each in (whole, other)
    )
    assert (first.samples.counts == second.samples.counts).all()
    assert first.weights == second.weights
