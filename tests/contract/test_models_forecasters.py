"""One suite that every registered model of counts passes."""

import ast
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

import models
from forecasting.panel import CountPanel, Frequency, Quantity, SeriesKey
from forecasting.protocol import Ability
from forecasting.samples import ForecastSamples
from forecasting.streams import Streams

NAMES = sorted(models.FORECASTERS)
POOLED = ("gradient_boosting", "negbin_levels", "national_share", "quantile_boosting")
LOCAL = [name for name in NAMES if name not in POOLED]
# Neighbours share a need group, so that a pair of them is a nation of two regions.
KEYS = tuple(SeriesKey(region, group) for group in ("x", "y") for region in ("a", "b"))


def rng(seed=1):
    return Streams(seed).rng("test")


def panel(counts, *, freq=Frequency.MONTH, observed=None, quantity=Quantity.REFERRALS, keys=KEYS):
    counts = np.atleast_2d(np.asarray(counts, dtype=np.float64))
    start = date(2015, 1, 1)
    periods = np.concatenate(
        [np.atleast_1d(freq.start(start)), freq.after(start, counts.shape[1] - 1)]
    )
    seen = np.ones(counts.shape, dtype=bool) if observed is None else observed
    return CountPanel(
        quantity, freq, periods[-1].item(), tuple(keys[: len(counts)]), periods,
        np.where(seen, counts, 0.0), seen,
    )  # fmt: skip


def poisson_panel(mean=12.0, *, periods=60, series=4, freq=Frequency.MONTH, seed=1):
    wave = 1 + 0.2 * np.sin(2 * np.pi * np.arange(periods) / max(freq.season, 2))
    return panel(rng(seed).poisson(mean * wave, (series, periods)), freq=freq)


def sample(name, given, *, steps=12, draws=60, seed=3) -> ForecastSamples:
    fitted = models.FORECASTERS[name]().fit(given)
    drawn = fitted.sample(steps=steps, draws=draws, streams=Streams(seed))
    told = {failure.series for failure in fitted.failures}
    assert told.isdisjoint(drawn.series)
    assert told | set(drawn.series) == set(given.series)
    assert all(failure.reason and failure.model == name for failure in fitted.failures)
    return drawn


def sane(drawn, given):
    """Whole, not negative, of the right shape, and within what the history allows."""
    assert np.issubdtype(drawn.counts.dtype, np.integer)
    assert drawn.counts.shape[0] == len(drawn.series)
    assert (drawn.counts >= 0).all()
    if drawn.series:
        rows = [given.series.index(key) for key in drawn.series]
        most = given.counts[rows].max(axis=1)
        assert (drawn.counts.mean(axis=(1, 2)) <= 4 * most + 6).all()


@pytest.fixture(scope="module")
def plain():
    return poisson_panel()


def test_every_model_file_is_registered():
    files = {path.stem for path in Path(models.__file__).parent.glob("*.py")}
    files -= {"__init__", "stay_drift"}  # the latter: what stay models may share
    kept = {module.split(".")[-1] for module in _imported()}
    assert files == kept
    assert {name for name in files if not name.startswith("stay_")} == set(models.FORECASTERS)


def _imported():
    tree = ast.parse(Path(models.__file__).read_text(encoding="utf-8"))
    return [
        node.module
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("models.")
    ]


def test_the_registry_imports_no_slow_library():
    code = "import models, sys; print([m for m in ('statsmodels', 'sklearn', 'prophet', 'pandas')"
    code += " if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize("name", NAMES)
def test_a_model_is_named_as_registered(name):
    assert models.FORECASTERS[name]().name == name


@pytest.mark.parametrize("name", NAMES)
def test_draws_are_whole_of_the_right_shape_and_near_the_history(name, plain):
    drawn = sample(name, plain, steps=15, draws=300)
    assert drawn.counts.shape == (4, 300, 15)
    assert drawn.origin == plain.origin
    assert (drawn.periods == plain.freq.after(plain.origin, 15)).all()
    assert drawn.quantity is plain.quantity
    sane(drawn, plain)
    assert drawn.counts.mean() == pytest.approx(12, rel=0.25)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_draws_and_another_seed_others(name, plain):
    first, again = sample(name, plain), sample(name, plain)
    assert (first.counts == again.counts).all()
    assert (first.counts != sample(name, plain, seed=4).counts).any()


@pytest.mark.parametrize("name", NAMES)
def test_fitting_changes_nothing_in_the_panel(name, plain):
    before = plain.counts.copy()
    sample(name, plain)
    assert (plain.counts == before).all()


@pytest.mark.parametrize("name", LOCAL)
def test_permuting_or_leaving_out_series_changes_no_other(name, plain):
    whole = sample(name, plain)
    part = sample(name, plain.select((KEYS[2], KEYS[0])))
    for key in part.series:
        assert (part.of(key) == whole.of(key)).all()


@pytest.mark.parametrize("name", POOLED)
def test_pooled_models_permuted_give_the_same_means(name, plain):
    whole = sample(name, plain, draws=400)
    turned = sample(name, plain.select(KEYS[::-1]), draws=400)
    for key in KEYS:
        assert turned.of(key).mean() == pytest.approx(whole.of(key).mean(), rel=0.05)


@pytest.mark.parametrize("name", NAMES)
def test_a_constant_series_goes_on(name):
    given = panel(np.full((4, 48), 7.0))
    drawn = sample(name, given, draws=300)
    sane(drawn, given)
    for counts in drawn.counts:
        assert counts.mean() == pytest.approx(7, rel=0.2)


@pytest.mark.parametrize("name", NAMES)
def test_a_series_without_events_has_none_or_is_named(name):
    counts = rng().poisson(6, (4, 48)).astype(float)
    counts[1] = 0
    drawn = sample(name, panel(counts))
    if KEYS[1] in drawn.series:
        assert drawn.of(KEYS[1]).mean() < 0.2
    assert KEYS[0] in drawn.series


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("length", [1, 2, 3, 5])
def test_a_very_short_history_is_drawn_or_named(name, length):
    given = panel(rng().poisson(9, (4, length)))
    sane(sample(name, given), given)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("share", [0.1, 0.5])
def test_missing_periods_are_not_zeros(name, share):
    observed = rng(2).random((4, 60)) > share
    given = panel(rng().poisson(20, (4, 60)), observed=observed)
    drawn = sample(name, given, draws=200)
    sane(drawn, given)
    # Read as zeros, half the periods missing would halve the mean.
    assert not drawn.series or drawn.counts.mean() == pytest.approx(20, rel=0.3)


@pytest.mark.parametrize("name", NAMES)
def test_a_series_never_observed_is_named(name):
    observed = np.ones((4, 40), dtype=bool)
    observed[2] = False
    drawn = sample(name, panel(rng().poisson(9, (4, 40)), observed=observed))
    assert KEYS[2] not in drawn.series
    assert KEYS[0] in drawn.series


@pytest.mark.parametrize("name", NAMES)
def test_a_huge_outlier_does_not_run_away(name):
    counts = rng().poisson(5, (4, 60)).astype(float)
    counts[0, 50] = 100_000
    drawn = sample(name, panel(counts), draws=200)
    if KEYS[0] in drawn.series:
        assert drawn.of(KEYS[0]).mean() < 100
    assert drawn.of(KEYS[1]).mean() == pytest.approx(5, rel=0.5)


@pytest.mark.parametrize("name", NAMES)
def test_steep_growth_is_not_carried_on_for_ever(name):
    counts = np.tile(np.exp(np.linspace(0, 6, 36)), (4, 1)).round()
    drawn = sample(name, panel(counts), steps=24, draws=100)
    assert drawn.counts.mean(axis=(0, 1)).max() <= 4 * counts.max() + 6


@pytest.mark.parametrize("name", NAMES)
def test_ten_times_the_counts_give_ten_times_the_mean(name):
    counts = rng().poisson(30, (4, 60))
    small, large = (sample(name, panel(k * counts), draws=300) for k in (1, 10))
    assert large.counts.mean() == pytest.approx(10 * small.counts.mean(), rel=0.1)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("freq", list(Frequency))
def test_every_frequency(name, freq):
    length = {"D": 100, "W": 120, "MS": 40, "QS": 20, "YS": 14}[freq.value]
    given = poisson_panel(15, periods=length, series=2, freq=freq)
    drawn = sample(name, given, steps=5, draws=100)
    assert drawn.series == given.series
    sane(drawn, given)
    assert drawn.counts.mean() == pytest.approx(15, rel=0.35)


@pytest.mark.parametrize("name", NAMES)
def test_occupancy_that_hardly_moves(name):
    walk = 80 + np.cumsum(rng().integers(-1, 2, (2, 60)), axis=1)
    given = panel(walk, quantity=Quantity.OCCUPANCY)
    drawn = sample(name, given, draws=200)
    sane(drawn, given)
    assert drawn.quantity is Quantity.OCCUPANCY
    assert drawn.counts.mean() == pytest.approx(walk[:, -6:].mean(), rel=0.2)


@pytest.mark.parametrize("name", NAMES)
def test_a_season_comes_again(name):
    month = np.arange(96) % 12
    mean = np.where(month < 6, 30.0, 10.0)
    drawn = sample(name, panel(rng().poisson(mean, (4, 96))), steps=12, draws=200)
    by_step = drawn.counts.mean(axis=(0, 1))
    assert by_step[1:5].mean() > 1.5 * by_step[7:11].mean()


def test_known_columns_move_the_regression():
    """A column that doubles the counts in the past doubles them ahead."""
    column = np.zeros((4, 72))
    column[:, ::5] = 1.0
    counts = rng().poisson(20 * (1 + column[:, :60]))
    given = panel(counts)
    given = CountPanel(
        given.quantity, given.freq, given.as_of, given.series, given.periods,
        given.counts, given.observed, {"campaign": column},
    )  # fmt: skip
    mean = sample("negbin_glm", given, steps=12, draws=400).counts.mean(axis=(0, 1))
    on = column[0, 60:] == 1
    assert mean[on].mean() > 1.5 * mean[~on].mean()


# What a model says it can do


@pytest.mark.parametrize("name", NAMES)
def test_fewer_periods_than_a_model_needs_are_named(name):
    least = models.FORECASTERS[name]().ability.least_observed
    short = panel(rng().poisson(9, (2, max(least - 1, 1))) + 1)
    fitted = models.FORECASTERS[name]().fit(short)
    if least > 1:
        assert {failure.series for failure in fitted.failures} == set(short.series)


@pytest.mark.parametrize("name", NAMES)
def test_more_gaps_than_a_model_takes_are_named(name):
    most = models.FORECASTERS[name]().ability.most_missing
    seen = np.ones((2, 60), dtype=bool)
    seen[:, 2:58:2] = False  # nearly half
    fitted = models.FORECASTERS[name]().fit(panel(rng().poisson(9, (2, 60)), observed=seen))
    assert bool(fitted.failures) == (most < 0.45)
    assert all("missing" in failure.reason for failure in fitted.failures)


@pytest.mark.parametrize("name", NAMES)
def test_columns_known_ahead_matter_to_those_that_say_so(name, plain):
    column = np.where(np.arange(60 + 12) % 5 == 0, 1.0, 0.0)
    told = replace(
        plain,
        counts=plain.counts * (1 + column[:60]),
        known={"busy": np.tile(column, (len(plain.series), 1))},
    )
    uses = models.FORECASTERS[name]().ability.uses_known
    with_column, without = sample(name, told), sample(name, replace(told, known={}))
    assert (with_column.counts != without.counts).any() == uses


def test_a_frequency_that_a_model_cannot_do_is_a_failure_with_the_reason(plain):
    @dataclass(frozen=True)
    class Yearly(models.RecentMeanNegBin):
        ability: ClassVar[Ability] = Ability(frequencies=(Frequency.YEAR,))

    fitted = Yearly().fit(plain)
    assert {failure.series for failure in fitted.failures} == set(plain.series)
    assert "MS" in fitted.failures[0].reason


def test_the_table_of_models_in_the_docs_names_every_one():
    text = (Path(models.__file__).parent.parent / "docs" / "method.md").read_text("utf-8")
    for name, model in models.FORECASTERS.items():
        row = next(line for line in text.splitlines() if line.startswith(f"| `{name}` |"))
        assert row.rstrip(" |").endswith("yes" if model().ability.uses_known else "no")
