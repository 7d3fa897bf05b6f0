"""Scores of engines beside one another: scaled CRPS, sums, coverage, and ratios of engines.

One estimator for all engines, since some give no paths: the CRPS is the mean of the doubled
pinball loss at the 23 hub levels, over the in-sample error of the seasonal naive forecast
(forecasting/scores.py); that of a sum is over the number of steps times the same. All
quantiles are rounded to whole counts first; ours are whole already.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecasting.scores import naive_scale
from tests.bench.answers import LEVELS, Answer, Answers, Law, truth_of
from tests.bench.sets import BenchSet

Array = NDArray[np.float64]
# An engine that fails on more than this share of a set's series and origins is shown there,
# but what it could not do does not narrow the comparison of the others.
MOST_FAILED = 0.1
_RESAMPLES = 1000


@dataclass(frozen=True)
class Cells:
    """Scaled scores and P(Y < truth), P(Y <= truth); NaN where not judged. [series, origin, ...]"""

    score: Array
    below: Array
    up_to: Array

    def only(self, keep: NDArray[np.bool_]) -> "Cells":
        """The cells of these series and origins. `keep` [series, origin]"""
        gone = ~keep.reshape(*keep.shape, *[1] * (self.score.ndim - 2))
        parts = (np.where(gone, np.nan, part) for part in (self.score, self.below, self.up_to))
        return Cells(*parts)

    @property
    def mean(self) -> float:
        """Mean scaled score."""
        return mean(self.score)

    def inside(self, low: float, high: float) -> float:
        """Share of truths between two levels: randomised PIT, averaged over the randomising."""
        overlap = np.minimum(self.up_to, high) - np.maximum(self.below, low)
        return mean(np.maximum(overlap, 0.0) / (self.up_to - self.below))

    def covered(self, share: float) -> float:
        """Share of truths in the central interval of this probability."""
        return self.inside((1 - share) / 2, (1 + share) / 2)


@dataclass(frozen=True)
class Scored:
    """One engine on one set. `made` [series, origin]; `sums` None without paths or for stocks."""

    engine: str
    steps: Cells
    sums: Cells | None
    made: NDArray[np.bool_]
    asked: int
    seconds: float
    reason: str = ""

    @property
    def failed(self) -> int:
        """Series and origins that the engine could not do."""
        return self.asked - int(self.made.sum())

    @property
    def enough(self) -> bool:
        """Whether it failed seldom enough to be compared with others."""
        return self.failed <= MOST_FAILED * self.asked


@dataclass(frozen=True)
class SetResult:
    """Engines on one set, on the series and origins that all comparable engines made."""

    bench: BenchSet
    scored: Mapping[str, Scored]

    def comparable(self, names: Sequence[str]) -> list[str]:
        """Those of the engines that may be compared here."""
        return [name for name in names if name in self.scored and self.scored[name].enough]

    @property
    def forecasts(self) -> int:
        """Judged forecasts of single periods."""
        cells = next(each.steps for each in self.scored.values() if each.enough)
        return int(np.isfinite(cells.score).sum())


def mean(values: Array) -> float:
    """Mean of what is known; NaN where nothing is."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else math.nan


def pinball(quantiles: Array, truth: Array) -> Array:
    """Mean doubled pinball loss over the hub levels: the CRPS as levels grow dense. [...]"""
    gap = truth[..., None] - quantiles
    return np.asarray(2 * np.maximum(LEVELS * gap, (LEVELS - 1) * gap).mean(axis=-1))


def judge(bench: BenchSet, answers: Sequence[Answers]) -> SetResult:
    """Every engine's scores, on what all comparable engines made."""
    scored = [_scored(bench, each) for each in answers]
    asked = _asked(bench)
    common = asked & np.all([each.made for each in scored if each.enough], axis=0)
    return SetResult(
        bench,
        {
            each.engine: replace(
                each,
                steps=each.steps.only(common),
                sums=each.sums and each.sums.only(common),
            )
            for each in scored
        },
    )


def _asked(bench: BenchSet) -> NDArray[np.bool_]:
    """Series with a truth after the origin and a count up to it. [series, origin]"""
    panel = bench.panel
    known = [np.isfinite(truth_of(bench, origin)).any(axis=1) for origin in bench.dates]
    begun = [panel.until(origin).observed.any(axis=1) for origin in bench.dates]
    return np.stack([a & b for a, b in zip(known, begun, strict=True)], axis=1)


def _scored(bench: BenchSet, answers: Answers) -> Scored:
    asked = _asked(bench)
    steps = _empty(len(bench.panel.series), len(bench.dates), bench.horizon)
    sums = _empty(len(bench.panel.series), len(bench.dates))
    made = np.zeros(asked.shape, dtype=np.bool_)
    for at, (origin, answer) in enumerate(zip(bench.dates, answers.origins, strict=True)):
        rows = [bench.panel.series.index(key) for key in answer.series]
        made[rows, at] = True
        scale = naive_scale(bench.panel.until(origin))[0][rows]
        truth = truth_of(bench, origin)[rows]
        _fill(steps, (rows, at), answer.steps, truth=truth, scale=scale[:, None])
        if answer.sums is not None:
            whole = bench.horizon * scale
            _fill(sums, (rows, at), answer.sums, truth=truth.sum(axis=1), scale=whole)
    has_sums = bench.is_flow and any(answer.sums is not None for answer in answers.origins)
    return Scored(
        engine=answers.engine,
        steps=steps,
        sums=sums if has_sums else None,
        made=made & asked,
        asked=int(asked.sum()),
        seconds=answers.seconds,
        reason=_first_reason(answers.origins),
    )


def _first_reason(answers: Sequence[Answer]) -> str:
    return next((why for answer in answers for why in answer.failures.values()), "")


def _empty(*shape: int) -> Cells:
    return Cells(*(np.full(shape, np.nan) for _ in range(3)))


def _fill(cells: Cells, at: tuple[list[int], int], law: Law, *, truth: Array, scale: Array) -> None:
    # Counts are whole: rounding helps every engine that does not know it, by 0-6 % of its score.
    cells.score[at] = pinball(np.rint(law.quantiles), truth) / scale
    cells.below[at] = law.below
    cells.up_to[at] = law.up_to


@dataclass(frozen=True)
class Ratio:
    """One engine's mean score over another's, with a 95 % interval over resampled series."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def ratio(
    results: Sequence[SetResult],
    engine: str,
    base: str,
    *,
    rng: np.random.Generator,
    sums: bool = False,
) -> Ratio:
    """Geometric mean over sets of the ratio of mean scores; series are resampled in each set.

    Both engines are resampled alike, so that what is hard for both cancels.
    """
    logs = [_log_ratios(each, (engine, base), rng, sums=sums) for each in results]
    together = np.mean(logs, axis=0)  # [1 + resample]
    low, high = np.quantile(np.exp(together[1:]), [0.025, 0.975])
    return Ratio(float(np.exp(together[0])), float(low), float(high))


def _log_ratios(
    result: SetResult, pair: tuple[str, str], rng: np.random.Generator, *, sums: bool
) -> Array:
    """Of the set as it is, then of each resample of its series. [1 + resample]"""
    top, bottom = (_by_series(result.scored[name], sums=sums) for name in pair)
    drawn = rng.integers(0, len(top), (_RESAMPLES, len(top)))
    rows = np.vstack([np.arange(len(top)), drawn])
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.log(top[rows].sum(axis=1)) - np.log(bottom[rows].sum(axis=1)))


def _by_series(scored: Scored, *, sums: bool) -> Array:
    """Sum of the scores of every judged series. [series]"""
    cells = scored.sums if sums else scored.steps
    if cells is None:
        raise ValueError(f"{scored.engine} has no sums.")
    flat = cells.score.reshape(len(cells.score), -1)
    return np.asarray(np.nansum(flat[np.isfinite(flat).any(axis=1)], axis=1))


def geometric_mean(results: Sequence[SetResult], engine: str, *, sums: bool = False) -> float:
    """Of the engine's mean score over the sets; NaN where it was not comparable on each."""
    values = [_value(each, engine, sums=sums) for each in results]
    return math.exp(mean(np.log(values))) if values and np.isfinite(values).all() else math.nan


def _value(result: SetResult, engine: str, *, sums: bool) -> float:
    if not result.comparable([engine]):
        return math.nan
    scored = result.scored[engine]
    cells = scored.sums if sums else scored.steps
    return cells.mean if cells else math.nan


def best(results: Sequence[SetResult], names: Sequence[str], *, sums: bool = False) -> str:
    """The one engine with the lowest geometric mean over all these sets; empty where none has one.

    Over all sets and all single periods this is F, over flows and sums G (issue 3).
    """
    means = {name: geometric_mean(results, name, sums=sums) for name in names}
    known = {name: value for name, value in means.items() if math.isfinite(value)}
    return min(known, key=lambda name: known[name]) if known else ""
