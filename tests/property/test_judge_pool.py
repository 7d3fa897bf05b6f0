"""Backtest, pool and ensemble: no leakage, the same bytes, and draws that add up."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.backtest import HORIZON_SUM, backtest, last_origins, score_table, summarise
from forecasting.combine import pool, taken, turns
from forecasting.ensemble import PoolSettings, fit_pool, fit_pools
from forecasting.errors import ComputationError, InputError
from forecasting.history import without_spikes
from forecasting.panel import CountPanel, Frequency, Quantity, SeriesKey
from forecasting.protocol import FitFailure
from forecasting.samples import WHOLE_NATION, ForecastSamples
from forecasting.shared import shared_strength, tie
from forecasting.spread import learn_spread, stretch
from forecasting.streams import Streams
from forecasting.weights import Weights, learn_weights, trial_losses
from models.negbin_glm import NegBinGlm
from models.negbin_levels import NegBinLevels
from models.recent_mean_negbin import RecentMeanNegBin
from models.seasonal_naive import SeasonalNaive

KEYS = tuple(SeriesKey(region, "x") for region in ("a", "b", "c"))
QUICK = (RecentMeanNegBin(), SeasonalNaive())


def panel(counts, *, keys=KEYS, observed=None):
    counts = np.asarray(counts, dtype=np.float64)
    freq, start = Frequency.MONTH, date(2015, 1, 1)
    periods = np.concatenate([[freq.start(start)], freq.after(start, counts.shape[1] - 1)])
    seen = np.ones(counts.shape, dtype=bool) if observed is None else observed
    return CountPanel(
        Quantity.REFERRALS, freq, periods[-1].item(), tuple(keys[: len(counts)]), periods,
        np.where(seen, counts, 0.0), seen,
    )  # fmt: skip


def poisson(mean=9.0, *, periods=60, series=3, seed=1):
    return panel(Streams(seed).rng("panel").poisson(mean, (series, periods)))


def samples(values, *, draws=100, keys=KEYS, steps=2):
    counts = np.stack([np.full((draws, steps), value) for value in values])
    periods = np.array(["2020-01-01", "2020-02-01"], dtype="datetime64[D]")[:steps]
    return ForecastSamples(Quantity.REFERRALS, date(2019, 12, 1), keys, periods, counts)


@dataclass(frozen=True)
class Broken:
    """A model that raises in `fit`."""

    name: str = "broken"

    def fit(self, panel):
        raise RuntimeError("no luck")


@dataclass(frozen=True)
class Truth:
    """A model that knows the future: what a perfect forecast scores."""

    future: CountPanel
    name: str = "truth"

    def fit(self, panel):
        return replace(self, future=self.future)

    failures = ()

    def sample(self, *, steps, draws, streams):
        whole = self.future
        periods = whole.periods[-steps:]
        counts = np.repeat(whole.counts[:, None, -steps:], draws, axis=1).astype(np.int64)
        origin = whole.periods[-steps - 1].item()
        return ForecastSamples(whole.quantity, origin, whole.series, periods, counts)


def shares(**of_models):
    return Weights({"x": of_models})


def run_backtest(whole, models=QUICK, *, origins=None, steps=6, streams=None):
    origins = origins or last_origins(whole, steps=steps, count=3, stride=3)
    return backtest(
        models, whole.until, origins, truth=whole, steps=steps, draws=80,
        streams=streams or Streams(5),
    )  # fmt: skip


# Backtest


def test_the_last_origin_lies_a_horizon_before_the_end():
    whole = poisson(periods=30)
    origins = last_origins(whole, steps=6, count=3, stride=2)
    assert origins == tuple(whole.periods[i].item() for i in (19, 21, 23))
    assert last_origins(whole, steps=30, count=3) == ()


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 3))
def test_changing_the_future_changes_no_forecast(seed, back):
    whole = poisson()
    origin = last_origins(whole, steps=6, count=3, stride=3)[-back]
    later = whole.periods > np.datetime64(origin)
    noise = Streams(seed).rng("future").poisson(50, whole.counts.shape)
    other = replace(whole, counts=np.where(later, noise, whole.counts))
    first = run_backtest(whole, origins=(origin,))
    second = run_backtest(other, origins=(origin,))
    for key, forecast in first.forecasts.items():
        assert (forecast.counts == second.forecasts[key].counts).all()


def test_a_panel_that_reaches_past_its_origin_is_refused():
    whole = poisson()
    origin = last_origins(whole, steps=6, count=1)[0]
    with pytest.raises(InputError, match="ends at"):
        backtest(
            QUICK, lambda _origin: whole, (origin,), truth=whole, steps=6, draws=10,
            streams=Streams(1),
        )  # fmt: skip


def test_every_forecast_is_kept_and_scored_by_step_and_sum():
    whole = poisson()
    result = run_backtest(whole)
    assert set(result.forecasts) == {(m.name, o) for m in QUICK for o in result.origins}
    crps = result.scores[result.scores["metric"] == "crps"]
    assert len(crps) == 2 * 3 * 3 * (6 + 1)
    assert set(crps["step"]) == {HORIZON_SUM, 1, 2, 3, 4, 5, 6}
    assert list(result.scores) == ["model", "series", "origin", "step", "metric", "value"]


def test_a_perfect_model_scores_best_and_zero():
    whole = poisson()
    origins = last_origins(whole, steps=6, count=1)
    result = run_backtest(whole, (*QUICK, Truth(whole)), origins=origins)
    table = summarise(result.scores)
    crps = table[table["metric"] == "crps_scaled"].pivot_table(
        index="model", columns="of", values="value"
    )
    assert crps.loc["truth"].tolist() == pytest.approx([0, 0])
    assert (crps.drop("truth") > 0).all(axis=None)


def test_a_missing_truth_is_not_scored_and_has_no_sum():
    observed = np.ones((3, 60), dtype=bool)
    observed[1, 57] = False
    whole = panel(poisson().counts, observed=observed)
    result = run_backtest(whole, origins=last_origins(whole, steps=6, count=1))
    crps = result.scores.query("metric == 'crps' and series == 'b/x'")
    assert sorted(set(crps["step"])) == [1, 2, 3, 5, 6]


def test_a_model_that_raises_is_a_failure_for_each_series_and_the_rest_goes_on():
    result = run_backtest(poisson(), (*QUICK, Broken()))
    assert {f.reason for f in result.failures} == {"RuntimeError: no luck"}
    assert len(result.failures) == 3 * 3
    assert set(result.scores["model"]) == {model.name for model in QUICK}


# Pool


def test_a_pool_of_identical_models_is_the_model():
    given_ = run_backtest(poisson()).forecasts
    one = next(iter(given_.values()))
    assert (pool({"a": one, "b": one}, shares(a=0.3, b=0.7), streams=Streams(1)).counts
            == one.counts).all()  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0.01, 1), min_size=2, max_size=4), st.integers(0, 99))
def test_each_model_gets_its_share_of_draws_the_same_for_all_series(raw, seed):
    weights = {str(i): value / sum(raw) for i, value in enumerate(raw)}
    by_model = {str(i): samples([i, i, i]) for i in range(len(raw))}
    pooled = pool(by_model, shares(**weights), streams=Streams(seed))
    assert (pooled.counts == pooled.counts[:1]).all()
    for i in range(len(raw)):
        share = (pooled.counts[0, :, 0] == i).sum()
        assert abs(share - 100 * weights[str(i)]) <= 1


def test_a_series_that_a_model_failed_comes_from_the_others_by_their_weights():
    by_model = {
        "a": samples([1, 1], keys=KEYS[:2]),
        "b": samples([2, 2, 2]),
        "c": samples([3, 3, 3]),
    }
    pooled = pool(by_model, shares(a=0.5, b=0.3, c=0.2), streams=Streams(1))
    share = {value: (pooled.of(KEYS[2])[:, 0] == value).mean() for value in (1, 2, 3)}
    assert share[1] == 0
    assert share[2] == pytest.approx(0.6, abs=0.02)
    # The draws that were not the failing model's stay with their model.
    same = pooled.of(KEYS[0])[:, 0] != 1
    assert (pooled.of(KEYS[0])[same] == pooled.of(KEYS[2])[same]).all()


def test_no_model_at_all_is_an_error():
    with pytest.raises(ComputationError, match="no model"):
        pool(
            {
                "a": replace(
                    samples([1], keys=KEYS[:1]),
                    series=(),
                    counts=samples([1], keys=KEYS[:1]).counts[:0],
                )
            },
            shares(a=1.0),
            streams=Streams(1),
        )


def losses(whole, models):
    origins = last_origins(whole, steps=6, count=2, stride=6)
    found = run_backtest(whole, models, origins=origins).forecasts
    tables = [
        trial_losses(name, drawn, past=whole.until(origin), truth=whole)
        for (name, origin), drawn in found.items()
    ]
    return pd.concat(tables)


def test_weights_sum_to_one_and_favour_the_better_model():
    whole = poisson()
    table = losses(whole, (*QUICK, Truth(whole)))
    shifted = table.assign(value=table["value"] + 0.2)  # a loss of 0 has no ratio
    names = ["recent_mean_negbin", "seasonal_naive", "truth"]
    weights = learn_weights(shifted, names, ["x"], prior={}).by_family["x"]
    assert sum(weights.values()) == pytest.approx(1, abs=1e-5)
    assert max(weights, key=weights.get) == "truth"
    (first, *_) = shifted["origin"].unique()
    few = learn_weights(shifted[shifted["origin"] == first], names, ["x"], prior={})
    assert few.by_family["x"]["truth"] < weights["truth"]  # less evidence, nearer to equal


def test_a_family_leans_to_what_did_better_there():
    better = {("a", "x"), ("b", "y")}
    rows = [
        (model, family, f"{i}", date(2020, 1, 1), part, 1.0 - 0.2 * ((model, family) in better))
        for model in ("a", "b")
        for family in ("x", "y")
        for i in range(40)
        for part in ("periods", "sum", "sum_above")
    ]
    table = pd.DataFrame(rows, columns=["model", "family", "series", "origin", "part", "value"])
    table["series"] = table["family"] + table["series"]
    found = learn_weights(table, ["a", "b"], ["x", "y"], prior={})
    assert found.by_family["x"]["a"] > 0.55
    assert found.by_family["y"]["a"] < 0.45
    assert found.overall["a"] == pytest.approx(0.5)


def test_without_losses_weights_are_the_prior():
    none = losses(poisson(), QUICK).iloc[:0]
    assert learn_weights(none, ["a", "b"], ["x"], prior={}).by_family == {"x": {"a": 0.5, "b": 0.5}}
    told = learn_weights(none, ["a", "b"], ["x"], prior={"a": 3.0})
    assert told.by_family == {"x": {"a": 0.75, "b": 0.25}}


# Ensemble


def test_regions_add_up_to_the_nation_draw_by_draw():
    result = fit_pool(QUICK, poisson(), settings=PoolSettings(6, 100), streams=Streams(2))
    total = result.samples.total()
    assert (total.counts[0] == result.samples.counts.sum(axis=0)).all()
    assert sum(result.weights.overall.values()) == pytest.approx(1, abs=1e-5)
    assert set(result.by_model) == {model.name for model in QUICK}


def test_the_pool_of_a_backtest_is_the_pool_of_a_forecast():
    """Equal weights; draws of equal laws, since a forecast draws no more than it takes."""
    whole, wanted = poisson(), PoolSettings(6, 500, weight_origins=2)
    origins = last_origins(whole, steps=6, count=3, stride=3)
    pools = fit_pools(QUICK, whole, origins, settings=wanted, streams=Streams(2))
    for origin in origins:
        alone = fit_pool(QUICK, whole.until(origin), settings=wanted, streams=Streams(2))
        assert alone.weights == pools[origin].weights
        mine, theirs = (
            each.samples.over_horizon().counts[:, :, 0] for each in (alone, pools[origin])
        )
        error = np.sqrt((mine.var(axis=1) + theirs.var(axis=1)) / wanted.draws)
        assert (abs(mine.mean(axis=1) - theirs.mean(axis=1)) < 4 * error).all()


def test_a_forecast_draws_from_each_model_only_its_turns():
    wanted = PoolSettings(6, 1000, weights=shares(recent_mean_negbin=0.3, seasonal_naive=0.7))
    result = fit_pool(QUICK, poisson(), settings=wanted, streams=Streams(2))
    drawn = {name: each.draws for name, each in result.by_model.items()}
    assert drawn == {"recent_mean_negbin": 300, "seasonal_naive": 700}
    assert result.samples.draws == 1000
    # No path of a model stands in the pool twice.
    assert len(np.unique(result.samples.counts.transpose(1, 0, 2).reshape(1000, -1), axis=0)) > 990


def test_families_of_unlike_weights_share_the_paths_of_a_model():
    """Draw d is one path of the model in both families, so that they belong together."""
    keys = (KEYS[0], SeriesKey("b", "y"))
    weights = Weights({"x": {"a": 0.5, "b": 0.5}, "y": {"a": 0.8, "b": 0.2}})
    whose = turns({"a": keys, "b": keys}, weights, draws=100, streams=Streams(1))
    assert whose.needed == {"a": 80, "b": 50}
    numbered = {
        name: replace(samples([0, 0], draws=draws, keys=keys), counts=np.tile(first, (2, 1, 2)))
        for name, draws, start in (("a", 80, 0), ("b", 50, 1000))
        for first in [np.arange(start, start + draws)[:, None]]
    }
    one, other = taken(numbered, whose, own=whose.own).counts[:, :, 0]
    assert len(set(one)) == len(set(other)) == 100  # no path twice
    same = (one < 1000) == (other < 1000)
    assert same.sum() == 70
    assert (one[same] == other[same]).all()


@dataclass(frozen=True)
class FailsAtLast:
    """A model that could forecast from every past origin, and cannot from the last one."""

    periods: int
    name: str = "fails_at_last"

    def fit(self, panel):
        if len(panel.periods) == self.periods:
            raise RuntimeError("no luck")
        return replace(RecentMeanNegBin(), name=self.name).fit(panel)


def test_a_model_that_fails_only_at_the_last_origin_is_named_and_its_draws_are_others():
    models, wanted = (*QUICK, FailsAtLast(60)), PoolSettings(6, 200, weight_origins=2)
    result = fit_pool(models, poisson(), settings=wanted, streams=Streams(2))
    assert {failure.model for failure in result.failures} == {"fails_at_last"}
    assert sum(each.draws for each in result.by_model.values() if each.series) == 200
    assert result.samples.series == KEYS


def test_stored_weights_draw_the_same_though_nothing_is_known_of_who_will_fail():
    models, wanted = (*QUICK, FailsAtLast(60)), PoolSettings(6, 200, weight_origins=2)
    learnt = fit_pool(models, poisson(), settings=wanted, streams=Streams(2))
    stored = replace(wanted, weights=learnt.weights)
    again = fit_pool(models, poisson(), settings=stored, streams=Streams(2))
    assert again.samples.counts.tobytes() == learnt.samples.counts.tobytes()


def test_given_weights_are_used_as_they_are():
    given_ = shares(recent_mean_negbin=0.25, seasonal_naive=0.75)
    wanted = PoolSettings(6, 100, weights=given_)
    result = fit_pool(QUICK, poisson(), settings=wanted, streams=Streams(2))
    assert result.weights is given_
    assert result.losses.empty
    assert "prior_weights" not in {finding.code for finding in result.findings}


def test_two_processes_give_the_same_bytes():
    models, wanted = (*QUICK, NegBinGlm()), PoolSettings(4, 50)
    alone = fit_pool(models, poisson(), settings=wanted, streams=Streams(2))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as workers:
        both = fit_pool(
            models, poisson(), settings=PoolSettings(4, 50), streams=Streams(2), run=workers.map
        )
    assert alone.samples.counts.tobytes() == both.samples.counts.tobytes()
    assert alone.weights == both.weights
    assert alone.losses.equals(both.losses)


def test_a_thin_series_comes_from_the_national_rate_and_says_so():
    counts = poisson(20).counts.copy()
    counts[2] = 0
    counts[2, ::12] = 1  # 5 events in 60 months
    result = fit_pool(QUICK, panel(counts), settings=PoolSettings(12, 400), streams=Streams(2))
    thin = [f for f in result.findings if f.code == "history_too_thin"]
    assert [f.series for f in thin] == ["c/x"]
    assert thin[0].wording == "history_too_thin_lent"
    assert thin[0].values["events"] == 5
    yearly = result.samples.over_horizon().of(KEYS[2])
    assert yearly.mean() == pytest.approx(1.0, abs=0.6)
    assert result.samples.series == KEYS  # no helper series is left behind
    assert WHOLE_NATION not in {key.region for key in result.samples.series}


def test_a_series_without_events_is_zero_and_one_never_observed_is_named():
    counts = poisson().counts.copy()
    counts[1] = 0
    observed = np.ones(counts.shape, dtype=bool)
    observed[2] = False
    result = fit_pool(
        QUICK, panel(counts, observed=observed), settings=PoolSettings(3, 50), streams=Streams(2)
    )
    assert (result.samples.of(KEYS[1]) == 0).all()
    assert KEYS[2] not in result.samples.series
    assert {f.code for f in result.findings} == {"no_events", "never_observed"}


def test_too_short_a_history_has_prior_weights_and_says_so():
    result = fit_pool(QUICK, poisson(periods=8), settings=PoolSettings(12, 50), streams=Streams(2))
    assert result.weights.overall == {"recent_mean_negbin": 0.5, "seasonal_naive": 0.5}
    assert "prior_weights" in {finding.code for finding in result.findings}
    assert result.losses.empty


def test_a_broken_model_is_named_and_has_no_weight():
    result = fit_pool(
        (*QUICK, Broken()), poisson(), settings=PoolSettings(3, 50), streams=Streams(2)
    )
    assert result.weights.overall.get("broken", 0) == 0
    assert result.failures == tuple(
        FitFailure("broken", key, "RuntimeError: no luck") for key in KEYS
    )
    assert result.samples.series == KEYS


def test_only_broken_models_is_an_error():
    with pytest.raises(ComputationError):
        fit_pool((Broken(),), poisson(), settings=PoolSettings(3, 50), streams=Streams(2))


def test_a_lone_spike_is_tamed_and_told_but_a_surge_stays():
    counts = poisson(5).counts.copy()
    counts[0, 30] = 5000
    counts[1, 30:36] = 500
    result = fit_pool(QUICK, panel(counts), settings=PoolSettings(3, 50), streams=Streams(2))
    assert [f.series for f in result.findings if f.code == "spike"] == ["a/x"]
    assert (without_spikes(counts[1], np.ones(60, dtype=bool)) == counts[1]).all()


# Shared shocks


def test_tying_keeps_every_path_and_widens_the_sum():
    drawn = run_backtest(poisson(30)).forecasts
    one = next(iter(drawn.values()))
    tied = tie(one, strength=0.7, streams=Streams(1))
    for key in KEYS:
        paths = {tuple(path) for path in one.of(key)}
        assert {tuple(path) for path in tied.of(key)} == paths
    spread = [each.total().over_horizon().counts.std() for each in (one, tied)]
    assert spread[1] > 1.15 * spread[0]


def test_series_that_move_together_are_found_and_others_are_not():
    rng = Streams(1).rng("shared")
    year = np.repeat(np.exp(rng.normal(0, 0.4, 15)), 12)
    together = rng.poisson(40 * year, (3, 180))
    apart = rng.poisson(40, (3, 180))
    assert shared_strength(panel(together)) > 0.5
    assert shared_strength(panel(apart)) < 0.3
    assert shared_strength(panel(together[:1])) == 0


# Calibration


@pytest.mark.parametrize(
    "model", [RecentMeanNegBin(), NegBinGlm(), NegBinLevels()], ids=lambda m: m.name
)
def test_simulated_counts_are_covered_as_promised(model):
    """Negative binomial counts with a drifting level: months and year sums."""
    rng = Streams(9).rng("calibration")
    series, periods = 150, 84
    level = np.exp(np.cumsum(rng.normal(0, 0.12 / np.sqrt(12), (series, periods)), axis=1))
    mean = rng.uniform(4, 20, (series, 1)) * level
    keys = tuple(SeriesKey(str(i), "x") for i in range(series))
    whole = panel(rng.poisson(rng.gamma(mean / 0.5, 0.5)), keys=keys)
    origin = last_origins(whole, steps=12, count=1)[0]
    past = whole.until(origin)
    drawn = model.fit(past).sample(steps=12, draws=400, streams=Streams(1))
    table = score_table(model.name, drawn, past=past, truth=whole, streams=Streams(1))
    means = table.assign(of=table["step"] == HORIZON_SUM).groupby(["of", "metric"])["value"].mean()
    # Steps of one series share a level, so count series, not steps, for the tolerance.
    assert means[False, "coverage_80"] == pytest.approx(0.8, abs=3 * np.sqrt(0.16 / series))
    assert means[True, "coverage_80"] == pytest.approx(0.8, abs=4 * np.sqrt(0.16 / series))
    assert means[True, "above_95"] == pytest.approx(0.05, abs=4 * np.sqrt(0.0475 / series))


# Spread


def drawn_round(mean, *, spread=1.0, series=40, steps=12, seed=3):
    """Pooled draws of normal counts round `mean`, as wide as `spread` says, from 40 series."""
    keys = tuple(SeriesKey(str(i), "x") for i in range(series))
    periods = Frequency.MONTH.after(date(2018, 12, 1), steps)
    noise = Streams(seed).rng("drawn").normal(0, 10 * spread, (series, 400, steps))
    counts = np.rint(np.maximum(mean + noise, 0)).astype(np.int64)
    return ForecastSamples(Quantity.REFERRALS, date(2018, 12, 1), keys, periods, counts)


def came_round(mean, *, series=40):
    keys = tuple(SeriesKey(str(i), "x") for i in range(series))
    return panel(np.rint(mean + Streams(4).rng("came").normal(0, 10, (series, 60))), keys=keys)


def test_a_pool_that_was_as_sure_as_it_should_be_keeps_its_spread():
    past = [drawn_round(100, seed=seed) for seed in range(6)]
    assert learn_spread(past, truth=came_round(100)) == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize(("made", "wider"), [(0.5, True), (2.0, False)])
def test_a_pool_that_was_too_sure_is_widened_and_one_not_sure_enough_narrowed(made, wider):
    past = [drawn_round(100, spread=made, seed=seed) for seed in range(6)]
    found = learn_spread(past, truth=came_round(100))
    assert (found > 1.1) if wider else (found < 0.9)


def test_without_past_forecasts_the_spread_stays():
    assert learn_spread([], truth=came_round(100)) == 1


@pytest.mark.parametrize("factor", [0.7, 1.3])
def test_stretching_keeps_the_median_and_moves_the_spread(factor):
    drawn = drawn_round(100)
    moved = stretch(drawn, factor, streams=Streams(1))
    assert np.median(moved.counts) == pytest.approx(np.median(drawn.counts), abs=1)
    assert moved.counts.std() == pytest.approx(factor * drawn.counts.std(), rel=0.1)
    assert (moved.counts >= 0).all()


def test_stretching_zeros_gives_zeros():
    none = samples([0, 0, 0])
    assert (stretch(none, 1.4, streams=Streams(1)).counts == 0).all()
