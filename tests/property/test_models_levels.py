"""Levels, seasonal factors and noise from past errors: what they must recover, and never use."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.error_noise import Errors, noise_from_errors
from forecasting.factors import places, season_factors
from forecasting.level_laws import USUAL, level_laws
from forecasting.levels import candidate_weights, faded_years, follow, judge
from forecasting.noise import CountNoise, level_paths, whole_counts
from forecasting.panel import CountPanel, Frequency, Quantity, SeriesKey
from forecasting.samples import WHOLE_NATION
from forecasting.streams import Streams
from models.national_share import NationalShare

MONTH = Frequency.MONTH
ANCHORS = np.array([1, 3, 6, 12])


def periods(size, freq=MONTH):
    return np.concatenate([[freq.start(date(2010, 1, 1))], freq.after(date(2010, 1, 1), size - 1)])


def panel(counts, *, keys=None, observed=None, freq=MONTH):
    counts = np.atleast_2d(np.asarray(counts, dtype=np.float64))
    seen = np.ones(counts.shape, dtype=bool) if observed is None else observed
    keys = keys or tuple(SeriesKey(str(row), "x") for row in range(len(counts)))
    when = periods(counts.shape[1], freq)
    return CountPanel(
        Quantity.REFERRALS, freq, when[-1].item(), keys, when, np.where(seen, counts, 0.0), seen
    )


def rng(name, seed=1):
    return Streams(seed).rng(name)


def factors(counts, *, groups=None):
    counts = np.asarray(counts, dtype=np.float64)
    return season_factors(
        counts,
        np.ones(counts.shape),
        place=places(periods(counts.shape[1]), MONTH),
        freq=MONTH,
        groups=groups or ["x"] * len(counts),
        events=40.0,
    )


# Seasons


def test_a_season_is_recovered_and_has_mean_one():
    wave = 1 + 0.5 * np.sin(2 * np.pi * np.arange(120) / 12)
    found = factors(rng("season").poisson(60 * wave, (5, 120))).by_place
    assert found.mean(axis=1) == pytest.approx(np.ones(5))
    assert found.mean(axis=0) == pytest.approx(wave[:12], abs=0.08)


def test_rare_counts_have_next_to_no_season_of_their_own():
    found = factors(rng("rare").poisson(0.2, (1, 60))).by_place
    assert np.abs(found - 1).max() < 0.15


@settings(max_examples=15, deadline=None)
@given(st.integers(24, 83), st.integers(0, 500))
def test_the_left_out_factor_of_a_period_does_not_know_its_count(at, count):
    """Only through the centred level, a year wide, can a count reach its own factor."""
    counts = rng("loo").poisson(30, (3, 108)).astype(np.float64)
    other = counts.copy()
    other[0, at] = count
    near, far = factors(counts, groups=["x", "y", "z"]), factors(other, groups=["x", "y", "z"])
    moved = abs(near.left_out[0, at] - far.left_out[0, at])
    direct = abs(near.by_place[0] - far.by_place[0]).max()
    assert moved <= 0.5 * direct + 0.02
    assert (near.left_out[1:] == far.left_out[1:]).all()


def test_weeks_start_the_year_at_the_same_place():
    weeks = periods(600, Frequency.WEEK)
    place = places(weeks, Frequency.WEEK)
    assert place.min() == 0
    assert place.max() == 51
    first = np.array([np.datetime64(f"{week.astype(object).year}-01-01") for week in weeks])
    assert (place == np.minimum((weeks - first).astype(int) // 7, 51)).all()


# Levels


def wandering():
    walk = np.exp(np.cumsum(rng("walk").normal(0, 0.15, (6, 180)), axis=1))
    return np.rint(50 * walk)


@pytest.mark.parametrize(
    ("counts", "quick"),
    [(wandering(), True), (rng("flat").poisson(5, (6, 180)).astype(np.float64), False)],
    ids=["wandering", "steady"],
)
def test_weights_are_shares_and_favour_what_forecast_best(counts, quick):
    """Where the level wanders the last counts tell more than the long mean, and vice versa."""
    seen, season = np.ones(counts.shape), np.ones(counts.shape)
    levels = follow(counts, seen, season=season, freq=MONTH)
    found = judge(levels, counts, seen, season=season, anchors=ANCHORS, half_life_years=4.0)
    weights = candidate_weights(found, panel_evidence=30.0, temper=0.4)
    assert weights.sum(axis=2) == pytest.approx(np.ones(weights.shape[:2]))
    ages = np.array([each.half_life for each in levels.candidates])
    mean_age = (weights[:, 0] * ages).sum(axis=1).mean()
    assert (mean_age < ages.mean()) if quick else (mean_age > ages.mean())


def test_a_trend_fades():
    steps = np.array([12, 24, 1200])
    years = faded_years(steps, MONTH)
    assert years[0] == pytest.approx(0.5 / np.log(2))
    assert years[2] == pytest.approx(1 / np.log(2))


def test_a_missing_period_leaves_the_level_and_makes_it_less_sure():
    counts = rng("gap").poisson(20, (1, 96))
    seen = np.ones((1, 96), dtype=bool)
    seen[0, -12:] = False
    whole = level_laws(panel(counts), USUAL)
    gapped = level_laws(panel(counts, observed=seen), USUAL)
    (key,) = whole
    drawn = [laws[key].draw(rng("draw"), steps=3, draws=4000) for laws in (whole, gapped)]
    assert drawn[1].mean() == pytest.approx(20, rel=0.15)
    assert gapped[key].gap == 12
    assert gapped[key].noise.after(12, per_year=12).level_now > gapped[key].noise.level_now


# Noise


@pytest.mark.parametrize(("scatter", "level", "year"), [(1.0, 0.1, 0.1), (3.0, 0.2, 0.3)])
def test_noise_is_recovered_from_the_errors_it_made(scatter, level, year):
    """Counts drawn with a known noise round a known mean, from 400 independent origins."""
    series, origins, steps = 6, 400, 12
    noise = CountNoise(dispersion=scatter, level_now=level, level_year=year)
    came = np.stack(
        [
            whole_counts(
                rng("noise", row),
                50 * level_paths(rng("path", row), noise, steps=steps, draws=origins, per_year=12),
                scatter,
            )
            for row in range(series)
        ]
    )
    errors = Errors(
        came.astype(np.float64), np.full(came.shape, 50.0), np.ones(came.shape), np.ones(origins)
    )
    found = noise_from_errors(errors, ANCHORS, per_year=12, panel_evidence=1.5)
    assert np.mean([each.dispersion for each in found]) == pytest.approx(scatter, rel=0.3)
    total = [np.hypot(each.level_now, each.level_year) for each in found]
    assert np.mean(total) == pytest.approx(np.hypot(level, year), rel=0.25)


# The nation and its regions


def nation(*, with_total=False):
    regions = tuple(SeriesKey(name, "x") for name in ("a", "b", "c"))
    counts = rng("nation").poisson([[30], [15], [5]], (3, 84))
    if not with_total:
        return panel(counts, keys=regions)
    thin = rng("thin").poisson(2, 84)
    total = SeriesKey(WHOLE_NATION, "x")
    return panel(np.vstack([counts, counts.sum(axis=0) + thin]), keys=(*regions, total))


def test_regions_have_their_shares_of_the_nation():
    drawn = NationalShare().fit(nation()).sample(steps=12, draws=800, streams=Streams(1))
    means = drawn.counts.mean(axis=(1, 2))
    assert means == pytest.approx([30, 15, 5], rel=0.15)


def test_a_total_that_holds_more_than_its_regions_is_not_shared_out_whole():
    """The total of the panel has a thin region beside the three: 52 a month, not 50."""
    drawn = (
        NationalShare().fit(nation(with_total=True)).sample(steps=12, draws=800, streams=Streams(1))
    )
    total = drawn.of(SeriesKey(WHOLE_NATION, "x"))
    rest = total - drawn.counts[:3].sum(axis=0)
    assert (rest >= 0).all()
    assert rest.mean() == pytest.approx(2, rel=0.5)


def test_a_need_group_of_one_region_is_a_failure_with_the_reason():
    lone = replace(nation(), series=(*nation().series[:2], SeriesKey("c", "y")))
    fitted = NationalShare().fit(lone)
    assert [each.series.need_group for each in fitted.failures] == ["y"]
    assert "no other region" in fitted.failures[0].reason
    assert fitted.failures[0].cause == "lone_region"
