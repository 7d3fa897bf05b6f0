"""Each need group forecast over all regions together, then shared out between the regions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from forecasting.history import LocalFitted, fit_each, without_spikes
from forecasting.level_laws import USUAL, LevelLaw, LevelSettings, level_laws
from forecasting.panel import CountPanel, SeriesKey
from forecasting.protocol import Ability, CannotFitError, FitFailure
from forecasting.samples import WHOLE_NATION, ForecastSamples
from forecasting.streams import Streams

_LEAST_SHARE = 0.3


@dataclass(frozen=True)
class NationalShare:
    """Top-down: the sum over regions tells a level better than a region's few counts do.

    The sum is forecast by its levels (as `negbin_levels` does) and every draw is split by
    regional shares, themselves drawn from a Dirichlet law: the shares of past counts, old ones
    counting less (`half_life_years`), as sure as at most `most_events` counts would make them.
    Regions add up to the sum draw by draw. A series whose need group has no other region fails.
    """

    name: str = "national_share"
    ability: ClassVar[Ability] = Ability()
    settings: LevelSettings = USUAL
    half_life_years: float = 3.0
    most_events: float = 200.0

    def fit(self, panel: CountPanel) -> "SharedFitted":
        """The law of every need group's sum, and how the regions share it."""
        panel = _tamed(panel)
        groups = _groups(panel)
        sums = _sums(panel, groups)
        laws = level_laws(sums, self.settings) if sums.series else {}
        fitted = fit_each(self, sums, lambda seen: _law(laws, seen.key))
        age = (len(panel.periods) - 1 - np.arange(len(panel.periods))) / panel.freq.per_year
        recent = 0.5 ** (age / self.half_life_years)
        shares = {
            total: _shares(panel, rows, total=total, recent=recent, most=self.most_events)
            for total, rows in groups.items()
            if total in fitted.laws
        }
        return SharedFitted(
            sums=fitted, panel=panel, shares=shares, failures=_failures(self.name, panel, fitted)
        )


@dataclass(frozen=True)
class SharedFitted:
    """Laws of the sums, and for each the evidence of its regions' shares, in counts. [region]

    What is left of a sum after the regions of the panel stands last in `shares`.
    """

    sums: LocalFitted
    panel: CountPanel
    shares: Mapping[SeriesKey, tuple[tuple[SeriesKey, ...], NDArray[np.float64]]]
    failures: tuple[FitFailure, ...]

    def sample(self, *, steps: int, draws: int, streams: Streams) -> ForecastSamples:
        """Whole counts of the regions, split from draws of the sums."""
        sums = self.sums.sample(steps=steps, draws=draws, streams=streams)
        drawn: dict[SeriesKey, NDArray[np.int64]] = {}
        for total, (regions, events) in self.shares.items():
            drawn[total] = sums.of(total)
            rng = streams.rng(self.sums.model, "share", str(total))
            drawn |= dict(zip(regions, _split(rng, drawn[total], events), strict=False))
        series = tuple(key for key in self.panel.series if key in drawn)
        none = np.zeros((0, draws, steps), dtype=np.int64)
        counts = np.stack([drawn[key] for key in series]) if series else none
        return replace(sums, series=series, counts=counts)


def _tamed(panel: CountPanel) -> CountPanel:
    """Lone spikes brought down, lest one of them be a region's share of the nation."""
    rows = zip(panel.counts, panel.observed, strict=True)
    return replace(panel, counts=np.stack([without_spikes(row * seen, seen) for row, seen in rows]))


def _groups(panel: CountPanel) -> dict[SeriesKey, list[int]]:
    """The sum of each need group with two regions or more, and its regions' rows."""
    groups: dict[SeriesKey, list[int]] = {}
    for row, key in enumerate(panel.series):
        if key.need_group and key.region != WHOLE_NATION and panel.observed[row].any():
            groups.setdefault(SeriesKey(WHOLE_NATION, key.need_group), []).append(row)
    return {total: rows for total, rows in groups.items() if len(rows) > 1}


def _sums(panel: CountPanel, groups: Mapping[SeriesKey, list[int]]) -> CountPanel:
    """The panel of sums; one that stands in the panel is taken from there.

    There it holds regions too thin to stand alone as well.
    """
    counts, observed = np.zeros((2, len(groups), len(panel.periods)))
    for at, (total, rows) in enumerate(groups.items()):
        parts = [panel.series.index(total)] if total in panel.series else rows
        observed[at] = panel.observed[parts].all(axis=0)
        counts[at] = panel.counts[parts].sum(axis=0) * observed[at]
    return replace(
        panel, series=tuple(groups), counts=counts, observed=observed.astype(np.bool_), known={}
    )


def _law(laws: Mapping[SeriesKey, LevelLaw], total: SeriesKey) -> LevelLaw:
    if total not in laws:
        raise CannotFitError("few_together", "too few periods in which all regions were observed")
    return laws[total]


def _shares(
    panel: CountPanel,
    rows: list[int],
    *,
    total: SeriesKey,
    recent: NDArray[np.float64],
    most: float,
) -> tuple[tuple[SeriesKey, ...], NDArray[np.float64]]:
    """Regions, and the counts that speak for the share of each; the rest of the sum last."""
    together = panel.observed[rows].all(axis=0)
    events = (panel.counts[rows] * recent * together).sum(axis=1) + _LEAST_SHARE
    if total in panel.series:
        whole = (panel.counts[panel.series.index(total)] * recent * together).sum()
        events = np.append(events, max(whole - events.sum(), 0.0) + 1e-6)
    events *= min(1.0, most / events.sum())
    return tuple(panel.series[row] for row in rows), events


def _split(
    rng: np.random.Generator, total: NDArray[np.int64], events: NDArray[np.float64]
) -> list[NDArray[np.int64]]:
    """Each count of the sum falls to a region by shares drawn once a path. [region][draw, step]"""
    shares = rng.dirichlet(events, len(total))  # [draw, region]
    left, rest = total.copy(), np.ones(len(total))
    parts = []
    for region in range(len(events) - 1):
        chance = np.clip(shares[:, region] / np.maximum(rest, 1e-12), 0.0, 1.0)
        parts.append(rng.binomial(left, chance[:, None]))
        left = left - parts[-1]
        rest = rest - shares[:, region]
    return [*parts, left]


def _failures(name: str, panel: CountPanel, fitted: LocalFitted) -> tuple[FitFailure, ...]:
    why = {failure.series.need_group: failure for failure in fitted.failures}
    lone = CannotFitError("lone_region", "the need group has no other region")
    done = {total.need_group for total in fitted.laws}
    return tuple(
        replace(why[key.need_group], series=key)
        if key.need_group in why
        else FitFailure.of(name, key, lone)
        for key in panel.series
        if key.need_group not in done
    )
