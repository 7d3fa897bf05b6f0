"""Observed referrals: the table of each month by region and need group, with its sums.

Every month is protected by itself, from its own counts alone. So two exports of overlapping
periods hide the same cells of a month that both hold, and nothing is won by subtracting them.
Sums over the last year are another matter (years.py).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from forecasting.panel import CountPanel, SeriesKey
from forecasting.samples import WHOLE_NATION
from reports.disclosure.counted import counted, dimensions, hidden_cells
from reports.disclosure.linear import Floats, Sums
from reports.disclosure.years import Month, shown_years

# Months that a protected export holds: what no report draws need not leave the agency.
MONTHS = 24


def sums_of(series: Iterable[SeriesKey]) -> Sums[SeriesKey]:
    """Sums over regions, over need groups, and over both."""
    single = tuple(series)
    regions = dict.fromkeys(key.region for key in single)
    groups = dict.fromkeys(key.need_group for key in single)
    nation = SeriesKey(WHOLE_NATION, WHOLE_NATION)
    by_region = {
        SeriesKey(code, WHOLE_NATION): tuple(k for k in single if k.region == code)
        for code in regions
    }
    by_group = {
        SeriesKey(WHOLE_NATION, code): tuple(k for k in single if k.need_group == code)
        for code in groups
    }
    lines = {**by_region, **by_group}
    whole = ((nation, tuple(by_region)), (nation, tuple(by_group)))
    return Sums((*single, *lines, nation), (*lines.items(), *whole))


@dataclass(frozen=True)
class Months:
    """The protected history: shown counts with their sums, and what is hidden."""

    panel: CountPanel
    hidden: Mapping[SeriesKey, tuple[date, ...]]
    last_year: Mapping[SeriesKey, float]
    hidden_years: frozenset[SeriesKey]


def protected_months(
    history: CountPanel, last_year: Mapping[SeriesKey, float], *, threshold: int, rounded_to: int
) -> Months:
    """The last months of a history with their sums, small counts hidden."""
    recent = _recent(history)
    sums = sums_of(history.series)
    known = [_totalled(recent, at) for at in range(len(recent.periods))]
    days = recent.periods.astype("datetime64[D]").tolist()
    months = [_month(sums, *month, threshold=threshold) for month in zip(days, known, strict=True)]
    year, years = months[-history.freq.per_year :], _years(sums, last_year)
    whole = {key: value for key, value in years.items() if not np.isnan(value)}
    told = shown_years(sums, whole, year, threshold=threshold)
    shown = np.array(
        [
            [k in v and k not in m.hidden for v, m in zip(known, months, strict=True)]
            for k in sums.keys
        ]
    )
    values = np.array([[month.get(key, 0.0) for month in known] for key in sums.keys])
    panel = replace(
        recent,
        series=sums.keys,
        counts=rounded(np.where(shown, values, 0.0), rounded_to),
        observed=shown,
    )
    return Months(
        panel,
        _hidden_days(sums, months),
        {
            key: float(rounded(np.array(value), rounded_to))
            for key, value in years.items()
            if key in told or key not in whole
        },
        frozenset(whole.keys() - told),
    )


def _recent(history: CountPanel) -> CountPanel:
    """The months that reports draw, and nothing beside them."""
    return replace(
        history,
        periods=history.periods[-MONTHS:],
        counts=history.counts[:, -MONTHS:],
        observed=history.observed[:, -MONTHS:],
        known={},
    )


def _month(
    sums: Sums[SeriesKey], day: date, values: Mapping[SeriesKey, float], *, threshold: int
) -> Month:
    """One month, protected."""
    hidden = hidden_cells(sums.among(values), values, threshold)
    table = counted(sums.among(values), values, threshold)
    seen = table.seen(np.array([key in hidden for key in table.labels]))
    return Month(day, replace(seen, labels=tuple((day, key) for key in table.labels)), hidden)


def _hidden_days(
    sums: Sums[SeriesKey], months: Sequence[Month]
) -> dict[SeriesKey, tuple[date, ...]]:
    """The hidden months of every series and sum that has any."""
    days = {key: tuple(m.day for m in months if key in m.hidden) for key in sums.keys}
    return {key: found for key, found in days.items() if found}


def _totalled(panel: CountPanel, at: int) -> dict[SeriesKey, float]:
    """Counts of the observed series of a month, and every sum of which all parts are known."""
    observed = panel.observed[:, at]
    found = {
        key: float(panel.counts[row, at]) for row, key in enumerate(panel.series) if observed[row]
    }
    for total, parts in sums_of(panel.series).lines:
        if all(part in found for part in parts):
            found[total] = sum(found[part] for part in parts)
    return found


def _years(sums: Sums[SeriesKey], last_year: Mapping[SeriesKey, float]) -> dict[SeriesKey, float]:
    """Last year's referrals of every series and sum; not a number where a month is missing."""
    found = {key: last_year.get(key, np.nan) for key in sums.keys if not dimensions(key)}
    for total, parts in sums.lines:
        found[total] = sum(found[part] for part in parts)
    return found


def rounded(values: Floats, to: int) -> Floats:
    """Counts as multiples of `to`, halves upwards; 1 leaves them as they are."""
    return values if to == 1 else to * np.floor(values / to + 0.5)
