"""Days on which the level of counts changed for a known reason: a law, a price, a way of counting.

A planner marks a break. The counts before it are then brought to the level after it, so that
every model learns season and scatter from the whole history, and the level from both sides. A
break that is still ahead moves the draws. Breaks that the counts alone suggest are offered, and
never applied.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from forecasting.findings import Finding, warning
from forecasting.noise import dispersion
from forecasting.panel import CountPanel, SeriesKey
from forecasting.samples import ForecastSamples
from forecasting.streams import Streams

Array = NDArray[np.float64]

# What a break may do where the planner does not say: a factor of about 1.35 up or down.
_USUAL_LOG = 0.3
# Levels of successive years differ by this much (log) without any break.
_DRIFT = 0.12
# Where no break is, the largest of all scores of a series stays below this 19 times in 20.
_OFFERED = 3.1
_LEAST_EVENTS = 10.0


@dataclass(frozen=True)
class Break:
    """A day from which counts are at another level; empty codes mean everywhere.

    `effect` is the planner's own belief: the factor from before to after, with `uncertainty`,
    the standard deviation of its logarithm. Without it a past break is told by the counts
    alone, and one ahead is only named.
    """

    day: date
    note: str
    region: str = ""
    need_group: str = ""
    effect: float | None = None
    uncertainty: float = 0.1

    def touches(self, key: SeriesKey) -> bool:
        """Whether the series is one that changed."""
        return self.region in ("", key.region) and self.need_group in ("", key.need_group)

    @property
    def belief(self) -> tuple[float, float]:
        """Mean and standard deviation of the log factor before any count is seen."""
        if self.effect is None:
            return 0.0, _USUAL_LOG
        return float(np.log(self.effect)), max(self.uncertainty, 1e-6)


def mended(panel: CountPanel, breaks: Sequence[Break]) -> tuple[CountPanel, tuple[Finding, ...]]:
    """The panel with every past break's earlier counts at the level after it, and what was done.

    Only counts of the panel are used, so a panel that ends at an origin leaks nothing. Breaks
    are mended from the latest to the earliest.
    """
    findings: list[Finding] = []
    for each in sorted(breaks, key=lambda row: row.day, reverse=True):
        rows = [row for row, key in enumerate(panel.series) if each.touches(key)]
        at = int(np.searchsorted(panel.periods, panel.freq.start(each.day)))
        if not rows or at >= len(panel.periods) or at == 0:
            findings.append(_unused(each, panel, rows))
            continue
        seen = _ratio(panel, rows, at)
        factor = _factor(each, seen)
        counts = panel.counts.copy()
        counts[rows, :at] *= factor
        panel = replace(panel, counts=counts)
        findings.append(_told(each, factor, seen))
    return panel, tuple(reversed(findings))


def ahead(
    samples: ForecastSamples, breaks: Sequence[Break], *, streams: Streams
) -> ForecastSamples:
    """Draws moved by the breaks that lie after the origin and have a stated effect.

    One factor a path, drawn from the planner's belief and the same for all series touched, so
    that sums are as uncertain as the belief. Whole counts: thinned below 1, added to above.
    """
    coming = [each for each in breaks if each.effect is not None and each.day > samples.origin]
    if not coming:
        return samples
    counts = samples.counts.copy()
    for number, each in enumerate(coming):
        own = streams.child("break", each.day.isoformat(), str(number))
        mean, spread = each.belief
        normal = own.rng("factor").normal(size=(samples.draws, 1))
        factor = np.exp(mean + spread * normal - spread**2 / 2)
        steps = samples.periods >= np.datetime64(each.day)
        for row, key in enumerate(samples.series):
            if each.touches(key):
                moved = _moved(own.rng(str(key)), counts[row], factor)
                counts[row] = np.where(steps, moved, counts[row])
    return replace(samples, counts=counts)


def suggested(panel: CountPanel, breaks: Sequence[Break]) -> tuple[Finding, ...]:
    """Where the level of a series seems to have jumped, if nobody has marked a break there.

    The year after each period is compared with the same months of the year before, so that a
    season is none; the difference is measured in standard deviations of over-dispersed counts
    and of ordinary change from year to year. At most one is offered for each series.
    """
    found = []
    for row, key in enumerate(panel.series):
        at, score = _largest_jump(panel, row)
        if score < _OFFERED:
            continue
        day = panel.periods[at].astype("datetime64[D]").item()
        near = [each for each in breaks if each.touches(key) and abs((each.day - day).days) < 366]
        if not near:
            found.append(_offer(key, day, _ratio(panel, [row], at)))
    return tuple(found)


@dataclass(frozen=True)
class _Ratio:
    """Counts of up to a year after a break, and of the same periods one year before."""

    after: float
    before: float
    scatter: float

    @property
    def log(self) -> float:
        """Log of after over before."""
        return float(np.log((self.after + 0.5) / (self.before + 0.5)))

    @property
    def variance(self) -> float:
        """Of the log ratio: chance, and change from year to year that is no break."""
        chance = self.scatter * (1 / (self.after + 0.5) + 1 / (self.before + 0.5))
        return chance + _DRIFT**2


def _ratio(panel: CountPanel, rows: Sequence[int], at: int) -> _Ratio:
    """What the year from period `at` on shows beside the year before, series together."""
    year = panel.freq.per_year
    end = min(at + year, len(panel.periods))
    after, before = slice(max(at, year), end), slice(max(at, year) - year, end - year)
    both = panel.observed[rows, after] & panel.observed[rows, before]
    new = np.where(both, panel.counts[rows, after], 0.0)
    old = np.where(both, panel.counts[rows, before], 0.0)
    return _Ratio(float(new.sum()), float(old.sum()), _scatter(panel, rows))


def _scatter(panel: CountPanel, rows: Sequence[int]) -> float:
    """Variance / mean of single periods, from differences a year apart. At least 1."""
    year = panel.freq.per_year
    both = panel.observed[rows, year:] & panel.observed[rows, :-year]
    new, old = panel.counts[rows, year:][both], panel.counts[rows, :-year][both]
    if len(new) < 4:
        return 1.0
    middle = (new + old) / 2
    return max(dispersion(middle + (new - old) / np.sqrt(2), middle), 1.0)


def _factor(each: Break, seen: _Ratio) -> float:
    """The factor most believable after the planner's belief and the counts."""
    mean, spread = each.belief
    trust = spread**2 / (spread**2 + seen.variance)
    return float(np.exp(mean + trust * (seen.log - mean)))


def _moved(rng: np.random.Generator, counts: NDArray[np.int64], factor: Array) -> NDArray[np.int64]:
    """Whole counts with mean factor x count. [draw, step]"""
    thinned = rng.binomial(counts, np.minimum(factor, 1.0))
    return np.asarray(thinned + rng.poisson(counts * np.maximum(factor - 1.0, 0.0)), dtype=np.int64)


def _largest_jump(panel: CountPanel, row: int) -> tuple[int, float]:
    """Period with the largest jump, and its size in standard deviations."""
    year = panel.freq.per_year
    first, last = year, len(panel.periods) - max(year // 2, 1)
    best, score = 0, 0.0
    scatter = _scatter(panel, [row]) if last > first else 1.0
    for at in range(first, last):
        seen = replace(_window(panel, row, at), scatter=scatter)
        if seen.after + seen.before < _LEAST_EVENTS:
            continue
        size = abs(seen.log) / np.sqrt(seen.variance)
        if size > score:
            best, score = at, float(size)
    return best, score


def _window(panel: CountPanel, row: int, at: int) -> _Ratio:
    year = panel.freq.per_year
    end = min(at + year, len(panel.periods))
    both = panel.observed[row, at:end] & panel.observed[row, at - year : end - year]
    after = float(panel.counts[row, at:end][both].sum())
    return _Ratio(after, float(panel.counts[row, at - year : end - year][both].sum()), 1.0)


def _series(each: Break) -> str | None:
    return "/".join(filter(None, (each.region, each.need_group))) or None


def _told(each: Break, factor: float, seen: _Ratio) -> Finding:
    return warning(
        "break",
        series=_series(each),
        day=each.day.isoformat(),
        note=each.note,
        factor=factor,
        seen=float(np.exp(seen.log)),
    )


def _unused(each: Break, panel: CountPanel, rows: Sequence[int]) -> Finding:
    if not rows:
        why = "break_of_no_series"
    elif each.day <= panel.origin:
        why = "break_before_the_data"
    elif each.effect is None:
        why = "break_after_the_data"
    else:
        why = "break_to_come"
    return warning(
        "break",
        wording=why,
        series=_series(each),
        day=each.day.isoformat(),
        note=each.note,
        effect=1.0 if each.effect is None else each.effect,
    )


def _offer(key: SeriesKey, day: date, seen: _Ratio) -> Finding:
    change = float(np.exp(seen.log) - 1)
    return warning("possible_break", series=str(key), month=f"{day:%Y-%m}", change=change)
