"""Scores against closed forms, quadrature and scoringrules."""

import warnings

import numpy as np
import pytest
from scipy import stats

from forecasting.panel import CountPanel, Frequency, Quantity, SeriesKey
from forecasting.samples import HUB_LEVELS
from forecasting.scores import (
    SCORES,
    Judged,
    coverage,
    crps,
    exceedance,
    log_score,
    mase,
    naive_scale,
    pit,
    quantile_loss,
    wis,
)
from forecasting.streams import Streams


def rng(word="scores"):
    return Streams(1).rng(word)


def case(draws, truth, scale=1.0):
    """One series: draws [draw, step], truth [step]."""
    draws = np.sort(np.asarray(draws, dtype=np.int64), axis=0)[None]
    truth = np.asarray(truth, dtype=np.float64)[None]
    return Judged(draws, truth, np.array([scale]), np.array([scale**2]))


@pytest.fixture(scope="module")
def many():
    return case(rng().poisson(7, (400, 30)), rng("truth").poisson(7, 30))


def test_crps_is_that_of_scoringrules(many):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import scoringrules as sr  # noqa: PLC0415 - slow to import

        theirs = sr.crps_ensemble(many.truth[0], many.draws[0].T.astype(float), estimator="nrg")
    assert crps(many)[0] == pytest.approx(theirs)


def test_crps_of_poisson_draws_is_the_sum_over_thresholds():
    """CRPS = sum over k of (F(k) - 1{y <= k})^2 for whole counts."""
    k = np.arange(0, 80)
    exact = [((stats.poisson.cdf(k, 9) - (y <= k)) ** 2).sum() for y in (3, 9, 20)]
    found = crps(case(rng().poisson(9, (200_000, 3)), [3, 9, 20]))[0]
    assert found == pytest.approx(exact, abs=0.03)


def test_wis_is_the_weighted_mean_of_interval_scores(many):
    """The interval form of Bracher et al.: median and 11 central intervals."""
    q = {level: np.quantile(many.draws[0], level, axis=0, method="inverted_cdf")
         for level in HUB_LEVELS}  # fmt: skip
    alpha = [round(2 * level, 3) for level in HUB_LEVELS if level < 0.5]
    y = many.truth[0]
    total = 0.5 * np.abs(y - q[0.5])
    for a in alpha:
        low, high = q[round(a / 2, 4)], q[round(1 - a / 2, 4)]
        interval = high - low + 2 / a * (np.maximum(low - y, 0) + np.maximum(y - high, 0))
        total = total + a / 2 * interval
    assert wis(many)[0] == pytest.approx(total / (len(alpha) + 0.5))


def test_quantile_loss_is_least_at_the_quantile():
    truth = rng().poisson(10, 4000)
    level = 0.9
    losses = [quantile_loss(case(np.full((1, 4000), k), truth), level).mean() for k in range(5, 20)]
    assert 5 + int(np.argmin(losses)) == stats.poisson.ppf(level, 10)


def test_log_score_of_poisson_draws_is_the_log_probability():
    found = log_score(case(rng().poisson(6, (50_000, 4)), [2, 5, 6, 11]))[0]
    # Smoothing over neighbours blurs a little.
    assert found == pytest.approx(-stats.poisson.logpmf([2, 5, 6, 11], 6), abs=0.12)


def test_log_score_of_an_unseen_count_is_large_but_finite():
    far, near = log_score(case(np.full((1000, 2), 5), [60, 5]))[0]
    assert np.isfinite(far)
    assert far > near + 5


@pytest.mark.parametrize("share", [0.5, 0.8, 0.9, 0.95, 0.99])
def test_coverage_of_a_true_forecast_is_its_share(share):
    number = 4000
    given = case(rng().poisson(2.0, (2000, number)), rng("truth").poisson(2.0, number))
    found = coverage(given, share)[0]
    assert found.mean() == pytest.approx(share, abs=4 * np.sqrt(0.25 / number) + 0.001)


@pytest.mark.parametrize("level", [0.95, 0.99])
def test_exceedance_of_a_true_forecast_is_one_minus_the_level(level):
    number = 20_000
    given = case(rng().poisson(1.0, (500, number)), rng("truth").poisson(1.0, number))
    tolerance = 4 * np.sqrt(level * (1 - level) / number) + 0.002
    assert exceedance(given, level)[0].mean() == pytest.approx(1 - level, abs=tolerance)


def test_pit_of_a_true_forecast_is_uniform_and_of_a_low_one_is_not():
    number = 3000
    truth = rng("truth").poisson(4, number)
    true = pit(case(rng().poisson(4, (999, number)), truth), rng("pit"))[0]
    low = pit(case(rng().poisson(3, (999, number)), truth), rng("pit"))[0]
    assert stats.kstest(true, "uniform").pvalue > 0.001
    assert stats.kstest(low, "uniform").pvalue < 1e-6


@pytest.mark.parametrize(
    "name", ["crps", "wis", "mase", "quantile_loss_95", "squared_error_scaled"]
)
def test_a_perfect_forecast_scores_zero_and_a_wrong_one_more(name):
    perfect = case(np.full((50, 3), 4), [4, 4, 4])
    wrong = case(np.full((50, 3), 4), [9, 0, 5])
    assert SCORES[name](perfect) == pytest.approx(0)
    assert (SCORES[name](wrong) > 0).all()


@pytest.mark.parametrize("name", ["crps", "wis", "log_score"])
def test_the_true_law_scores_best_on_average(name):
    number = 3000
    truth = rng("truth").negative_binomial(3, 0.3, number)
    true = rng().negative_binomial(3, 0.3, (300, number))
    poisson = rng().poisson(7, (300, number))
    wide = rng().negative_binomial(1, 0.125, (300, number))
    best, *others = (SCORES[name](case(d, truth)).mean() for d in (true, poisson, wide))
    assert all(best < other for other in others)


@pytest.mark.parametrize("name", sorted(SCORES))
def test_every_score_has_the_shape_of_the_truth_and_no_value_where_it_is_missing(name):
    given = case(rng().poisson(5, (40, 3)), [4, np.nan, 6])
    value = SCORES[name](given)
    assert value.shape == (1, 3)
    assert np.isnan(value[0]).tolist() == [False, True, False]


@pytest.mark.parametrize("name", sorted(SCORES))
def test_scores_do_not_depend_on_the_units_they_are_scaled_by(name):
    draws, truth = rng().poisson(20, (300, 5)), np.array([10, 18, 20, 22, 35])
    small, large = case(draws, truth, scale=2.0), case(7 * draws, 7 * truth, scale=14.0)
    if "scaled" in name or name == "mase":
        assert SCORES[name](large) == pytest.approx(SCORES[name](small))


def test_mase_of_the_seasonal_naive_forecast_is_one_in_sample():
    counts = rng().poisson(20, (1, 48)).astype(float)
    periods = np.arange("2015-01", "2019-01", dtype="datetime64[M]").astype("datetime64[D]")
    past = CountPanel(
        Quantity.REFERRALS, Frequency.MONTH, periods[-1].item(), (SeriesKey("a", "x"),),
        periods, counts, np.ones((1, 48), dtype=bool),
    )  # fmt: skip
    scale, squared = naive_scale(past)
    naive = Judged(
        counts[:, None, :-12].astype(np.int64), counts[:, 12:], scale, squared
    )  # fmt: skip
    assert mase(naive).mean() == pytest.approx(1)
    assert np.sqrt(SCORES["squared_error_scaled"](naive).mean()) == pytest.approx(1)
