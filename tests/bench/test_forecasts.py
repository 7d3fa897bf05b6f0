"""The forecast benchmark: its sets, its scores, and that no engine sees the future."""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from forecasting.errors import InputError
from forecasting.panel import CountPanel, Frequency, Quantity
from forecasting.samples import ForecastSamples
from forecasting.scores import judged, wis
from tests.bench import forecasts, speed
from tests.bench.answers import LEVELS, Answer, Answers, Law, from_paths, from_quantiles, truth_of
from tests.bench.judge import MOST_FAILED, best, geometric_mean, judge, pinball, ratio
from tests.bench.made_up import made_up_panel
from tests.bench.own import run_own
from tests.bench.peers import PEERS, past_of, run_peer
from tests.bench.sets import BUNDLED, BenchSet, load_sets
from tests.bench.tables import set_table, summary

SETS = """
[small]
file = "small.csv"
freq = "MS"
quantity = "referrals"
horizon = 3
origins = 2
stride = 3
"""


def small() -> BenchSet:
    """Three monthly series with a gap of three months in the first."""
    panel = made_up_panel(Frequency.MONTH, regions=1, need_groups=3, periods=42, seed=5)
    observed = panel.observed.copy()
    observed[0, 20:23] = False
    counts = np.where(observed, panel.counts, 0.0)
    return BenchSet("small", replace(panel, counts=counts, observed=observed), 3, 2, 3)


def write(folder: Path, bench: BenchSet) -> Path:
    """The set as a folder that somebody else might hand in."""
    panel = bench.panel
    lines = ["unique_id,ds,y,region,need_group"]
    lines += [
        f"{key},{period},{count:.0f},{key.region},{key.need_group}"
        for key, row, seen in zip(panel.series, panel.counts, panel.observed, strict=True)
        for period, count, there in zip(panel.periods, row, seen, strict=True)
        if there
    ]
    (folder / "small.csv").write_text("\n".join(lines))
    (folder / "sets.toml").write_text(SETS)
    return folder


def said(bench: BenchSet, name: str, off: float) -> Answers:
    """An engine whose every path is the truth plus so much."""
    answers = []
    for origin in bench.dates:
        truth = truth_of(bench, origin)
        paths = np.repeat((np.nan_to_num(truth) + off)[:, None], 50, axis=1)
        steps, sums = from_paths(paths, truth)
        answers.append(Answer(origin, bench.panel.series, steps, sums, {}))
    return Answers(name, tuple(answers), 1.0)


def dumb(bench: BenchSet, name: str, *, makes: int) -> Answers:
    """A perfect engine that does only the first `makes` series."""
    whole = said(bench, name, 0.0)

    def cut(answer: Answer) -> Answer:
        law = answer.steps
        steps = Law(law.quantiles[:makes], law.below[:makes], law.up_to[:makes])
        rest = dict.fromkeys(answer.series[makes:], "would not")
        return Answer(answer.origin, answer.series[:makes], steps, None, rest)

    return Answers(name, tuple(cut(each) for each in whole.origins), 1.0)


def test_the_bundled_sets_are_described_and_long_enough() -> None:
    readme = (BUNDLED / "README.md").read_text("utf-8")
    for bench in load_sets():
        assert f"{bench.name}.csv" in readme
        assert len(bench.dates) == bench.origins
        known = [np.isfinite(truth_of(bench, origin)).mean() for origin in bench.dates]
        assert np.mean(known) * bench.horizon * len(bench.panel.series) * bench.origins > 100


def test_a_folder_of_ones_own_gives_the_same_panel(tmp_path: Path) -> None:
    bench = small()
    (found,) = load_sets(write(tmp_path, bench))
    assert (found.panel.counts == bench.panel.counts).all()
    assert (found.panel.observed == bench.panel.observed).all()
    assert found.dates == bench.dates


def test_a_set_that_is_not_there_or_not_whole_is_refused(tmp_path: Path) -> None:
    write(tmp_path, small())
    with pytest.raises(InputError, match="has no set 'other'"):
        load_sets(tmp_path, only=("other",))
    (tmp_path / "sets.toml").write_text(SETS.replace("stride = 3", "step = 3"))
    with pytest.raises(InputError, match="step"):
        load_sets(tmp_path)


def test_a_perfect_forecast_scores_nothing_and_a_shift_scores_itself() -> None:
    bench = small()
    result = judge(bench, [said(bench, "perfect", 0.0), said(bench, "high", 2.0)])
    assert result.scored["perfect"].steps.mean == 0
    assert result.scored["perfect"].sums is not None
    assert result.scored["perfect"].sums.mean == 0
    # All quantiles 2 too high: the loss is 2 x (1 - level) x 2, whose mean over levels is 2.
    assert pinball(np.full(23, 7.0), np.array(5.0)) == pytest.approx(2.0)
    high = result.scored["high"]
    # A sum of three steps is 6 off, over three times the scale.
    assert high.sums is not None
    assert high.sums.mean == pytest.approx(high.steps.mean, rel=0.1)


def test_the_score_is_the_wis_of_the_product_itself() -> None:
    bench = small()
    rng = np.random.default_rng(1)
    origin = bench.dates[0]
    truth, past = truth_of(bench, origin), bench.panel.until(origin)
    counts = rng.poisson(6.0, (3, 300, 3))
    samples = ForecastSamples(
        Quantity.REFERRALS, origin, past.series, past.freq.after(origin, 3), counts
    )
    steps, _ = from_paths(counts, truth)
    assert pinball(steps.quantiles, truth) == pytest.approx(wis(judged(samples, truth, past=past)))


def test_quantiles_are_rounded_before_they_are_scored() -> None:
    bench = small()
    result = judge(
        bench, [said(bench, "near", 0.3), said(bench, "far", 0.7), said(bench, "one", 1.0)]
    )
    assert result.scored["near"].steps.mean == 0
    assert result.scored["far"].steps.mean == result.scored["one"].steps.mean > 0


def test_coverage_is_right_for_the_right_law_with_paths_and_with_quantiles() -> None:
    rng = np.random.default_rng(2)
    number, truth = 4000, np.random.default_rng(3).poisson(3.0, (4000, 1)).astype(float)
    paths = np.broadcast_to(rng.poisson(3.0, (1, 2000, 1)), (number, 2000, 1))
    exact, _ = from_paths(paths, truth)
    real = rng.gamma(3.0, 1.0, (number, 1))
    quantiles = np.quantile(rng.gamma(3.0, 1.0, 200_000), LEVELS)
    rough = from_quantiles(np.broadcast_to(quantiles, (number, 1, 23)), real)
    for law in (exact, rough):
        width = law.up_to - law.below
        for low, high in ((0.1, 0.9), (0.025, 0.975), (0.95, 1.0), (0.99, 1.0)):
            overlap = np.minimum(law.up_to, high) - np.maximum(law.below, low)
            share = (np.maximum(overlap, 0) / width).mean()
            sd = np.sqrt((high - low) * (1 - high + low) / number)
            assert share == pytest.approx(high - low, abs=4 * sd + 0.002)


def test_quantiles_that_equal_the_truth_share_its_probability() -> None:
    at_zero = np.concatenate([np.zeros(12), np.arange(1.0, 12.0)])  # median and below are 0
    law = from_quantiles(at_zero[None, None], np.zeros((1, 1)))
    assert law.below.item() == 0
    assert 0.5 <= law.up_to.item() <= 0.55


def test_f_is_the_engine_best_over_all_sets_that_could_do_them_all() -> None:
    one, two = small(), replace(small(), name="two", origins=1)
    results = [
        judge(one, [said(one, "even", 2.0), said(one, "once", 1.0), dumb(one, "half", makes=1)]),
        judge(two, [said(two, "even", 2.0), said(two, "once", 9.0), dumb(two, "half", makes=1)]),
    ]
    names = ["even", "once", "half"]
    assert results[0].scored["half"].failed / results[0].scored["half"].asked > MOST_FAILED
    assert best(results, names) == "even"  # once: the root of 1 x 9 is 3
    assert best(results[:1], names) == "once"
    both = geometric_mean(results, "once") / geometric_mean(results, "even")
    assert both == pytest.approx(1.5)
    assert best(results, ["half"]) == ""


def test_an_engine_that_fails_seldom_narrows_the_comparison_for_all() -> None:
    bench = replace(small(), origins=4)
    panel = made_up_panel(Frequency.MONTH, regions=4, need_groups=3, periods=42, seed=5)
    bench = replace(bench, panel=panel)
    result = judge(bench, [said(bench, "all", 1.0), dumb(bench, "most", makes=11)])
    assert result.forecasts == 11 * 4 * 3
    assert result.scored["most"].failed == 4


def test_a_ratio_of_an_engine_to_itself_is_one_and_to_a_better_one_above() -> None:
    bench = small()
    result = judge(bench, [said(bench, "a", 1.0), said(bench, "b", 2.0)])
    same = ratio([result], "a", "a", rng=np.random.default_rng(1))
    assert (same.value, same.low, same.high) == (1.0, 1.0, 1.0)
    twice = ratio([result, result], "b", "a", rng=np.random.default_rng(1), sums=True)
    assert twice.value == pytest.approx(2.0)
    assert twice.low == pytest.approx(2.0)  # every series is twice as bad


def test_gaps_are_filled_from_the_past_only() -> None:
    panel = small().panel
    past = past_of(panel.until(panel.periods[21].astype("datetime64[D]").item()), panel.series[0])
    # Within the gap nothing that comes after it is known: the last count goes on.
    assert (past.filled[20:] == past.counts[19]).all()
    whole = past_of(panel, panel.series[0])
    assert whole.filled[21] == pytest.approx((whole.counts[19] + whole.counts[23]) / 2)


@pytest.mark.parametrize("name", ["seasonal_naive", "dot", "lightgbm_quantile"])
def test_an_engine_answers_alike_whatever_comes_later(name: str) -> None:
    bench = replace(small(), origins=1)
    end = int(np.searchsorted(bench.panel.periods, np.datetime64(bench.dates[0]))) + 1
    counts = bench.panel.counts.copy()
    counts[:, end:] += 50.0
    other = replace(bench, panel=replace(bench.panel, counts=counts))
    (mine,), (others,) = run_peer(name, bench).origins, run_peer(name, other).origins
    assert (mine.steps.quantiles == others.steps.quantiles).all()
    assert (mine.steps.up_to < others.steps.up_to).any()


def test_an_engine_that_raises_is_a_failure_with_its_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(panel: CountPanel, truth: np.ndarray) -> Answer:
        raise RuntimeError("no such thing")

    monkeypatch.setitem(PEERS, "dot", replace(PEERS["dot"], answer=broken))
    bench = small()
    result = judge(bench, [said(bench, "good", 0.0), run_peer("dot", bench)])
    assert result.scored["dot"].failed == 6
    assert "RuntimeError: no such thing" in set_table(result)


def test_every_piece_runs_on_a_small_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    forecasts.add_arguments(parser)
    folder, out, cache = write(tmp_path, small()), tmp_path / "out", tmp_path / "cache"
    names = ["seasonal_naive", "auto_theta", "lightgbm_quantile"]
    words = ["--sets", str(folder), "--out", str(out), "--cache", str(cache), "--peers", *names]
    forecasts.run(parser.parse_args(words))
    first = capsys.readouterr().out
    assert "ensemble / F" in first
    assert "Gaps given as straight lines" in first
    assert (out / "scores.csv").read_text().count("\n") > len(names) + 2
    forecasts.run(parser.parse_args(words))
    assert capsys.readouterr().out == first  # from the cache, and the same bytes


def test_the_pool_alone_is_told_without_peers() -> None:
    bench = replace(small(), origins=1)
    result = judge(bench, run_own(bench, workers=1))
    text, facts = summary([result], [])
    assert facts["F"] == ""
    assert "ensemble / F: -" in text


def test_the_speed_of_a_small_job_adds_up() -> None:
    panel = small().panel
    job = speed.Job("small", lambda: panel, 3, draws=50, weight_origins=1, target=9, floor=9)
    found = speed.measure(replace(job, models=("seasonal_naive", "ets")), workers=1)
    assert set(found.by_model) == {"seasonal_naive", "ets"}
    assert sum(found.by_model.values()) + found.outside <= found.seconds + 0.1
