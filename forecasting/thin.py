"""Series too thin to forecast alone take their share of the need group's national forecast."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasting.findings import Finding, error, warning
from forecasting.panel import CountPanel, SeriesKey
from forecasting.samples import WHOLE_NATION, ForecastSamples
from forecasting.streams import Streams


@dataclass(frozen=True)
class Share:
    """A thin series' events and those of all regions over the periods where both were seen."""

    total: SeriesKey
    own: float
    all: float


@dataclass(frozen=True)
class Split:
    """Which series are forecast (`panel`: thick ones and needed totals), borrowed, or zero.

    `series` is the order of the panel that was split, without the series never observed.
    """

    panel: CountPanel
    series: tuple[SeriesKey, ...]
    borrowed: Mapping[SeriesKey, Share]
    zero: tuple[SeriesKey, ...]
    findings: tuple[Finding, ...]


def split(panel: CountPanel, *, least_events: int) -> Split:
    """Sort series by what their history bears.

    Series with fewer than `least_events` events borrow from the sum over their need group's
    regions where there are other regions; series that never had an event are forecast as
    zero; series never observed are left out. Each is a finding.
    """
    events = (panel.counts * panel.observed).sum(axis=1)
    seen = dict(zip(panel.series, np.any(panel.observed, axis=1).tolist(), strict=True))
    count = dict(zip(panel.series, events, strict=True))
    kept = tuple(key for key in panel.series if seen[key])
    zero = tuple(key for key in kept if count[key] == 0)
    few = [key for key in kept if 0 < count[key] < least_events]
    totals = {key: total for key in few if (total := _total_of(key, panel)) is not None}
    thick = tuple(key for key in kept if key not in zero and key not in totals)
    sums = tuple(dict.fromkeys(totals.values()))
    return Split(
        panel=_with_totals(panel, thick, sums),
        series=kept,
        borrowed={key: _share(key, total, panel) for key, total in totals.items()},
        zero=zero,
        findings=tuple(
            finding
            for key in panel.series
            if (
                finding := _finding(
                    key, count[key], seen=seen[key], lends=key in totals, least=least_events
                )
            )
        ),
    )


def complete(
    samples: ForecastSamples, parts: Split, *, model: str, streams: Streams
) -> ForecastSamples:
    """The samples of one model with borrowed and zero series put back, totals taken out."""
    drawn = dict(zip(samples.series, samples.counts, strict=True))
    shape = (samples.draws, len(samples.periods))
    for key in parts.zero:
        drawn[key] = np.zeros(shape, dtype=np.int64)
    for key, share in parts.borrowed.items():
        if share.total in drawn:
            rng = streams.rng("share", model, str(key))
            drawn[key] = _borrow(rng, drawn[share.total], share)
    series = tuple(key for key in parts.series if key in drawn)
    counts = np.stack([drawn[key] for key in series]) if series else samples.counts[:0]
    return replace(samples, series=series, counts=counts)


def _borrow(rng: np.random.Generator, total: NDArray[np.int64], share: Share) -> NDArray[np.int64]:
    """Each event of the total is the series' own with an uncertain probability. [draw, step]"""
    chance = rng.beta(share.own + 0.5, share.all - share.own + 0.5, (len(total), 1))
    return np.asarray(rng.binomial(total, chance), dtype=np.int64)


def _total_of(key: SeriesKey, panel: CountPanel) -> SeriesKey | None:
    """The sum over regions that this series can borrow from, if there is one."""
    total = SeriesKey(WHOLE_NATION, key.need_group)
    others = any(
        other.need_group == key.need_group and other != key and not other.name
        for other in panel.series
    )
    return total if others and not key.name and total not in panel.series else None


def _regions_of(total: SeriesKey, panel: CountPanel) -> list[int]:
    return [
        row
        for row, key in enumerate(panel.series)
        if key.need_group == total.need_group and not key.name and panel.observed[row].any()
    ]


def _with_totals(
    panel: CountPanel, series: Sequence[SeriesKey], totals: Sequence[SeriesKey]
) -> CountPanel:
    chosen = panel.select(tuple(series))
    rows = [_regions_of(total, panel) for total in totals]
    counts = [panel.counts[row].sum(axis=0) for row in rows]
    observed = [np.asarray(panel.observed[row].all(axis=0)) for row in rows]
    return replace(
        chosen,
        series=(*chosen.series, *totals),
        counts=np.concatenate([chosen.counts, _stack(counts, chosen.counts)]),
        observed=np.concatenate([chosen.observed, _stack(observed, chosen.observed)]),
        known={
            name: np.concatenate(
                [chosen.known[name], _stack([column[row].mean(axis=0) for row in rows], column)]
            )
            for name, column in panel.known.items()
        },
    )


def _stack(rows: Sequence[NDArray[Any]], like: NDArray[Any]) -> NDArray[Any]:
    return np.stack(rows) if rows else like[:0]


def _share(key: SeriesKey, total: SeriesKey, panel: CountPanel) -> Share:
    rows = _regions_of(total, panel)
    seen = panel.observed[rows].all(axis=0)
    own = panel.counts[panel.series.index(key)][seen].sum()
    return Share(total=total, own=float(own), all=float(panel.counts[rows][:, seen].sum()))


def _finding(
    key: SeriesKey, events: float, *, seen: bool, lends: bool, least: int
) -> Finding | None:
    name = str(key)
    if not seen:
        return error("never_observed", series=name)
    if events == 0:
        return warning("no_events", series=name)
    if lends:
        return warning(
            "history_too_thin",
            wording="history_too_thin_lent",
            series=name,
            events=events,
            least=least,
        )
    if events < least:
        return warning("history_too_thin", series=name, events=events, least=least)
    return None
