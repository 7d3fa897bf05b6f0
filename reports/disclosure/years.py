"""Sums over the last year: which of them tell nothing about a hidden month.

Windows of twelve months that overlap from export to export would let their difference tell a
month. So a sum is shown where all its months are, or where the window is a calendar year: those
do not overlap, and whether one may be shown follows from its own months alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from forecasting.panel import SeriesKey
from reports.disclosure.counted import dimensions, hidden_cells
from reports.disclosure.linear import Floats, Label, Seen, Sums, narrowed, together

DECEMBER = 12
# Cells of a year whose sums are tried together; beyond, that would take minutes.
MOST_CELLS = 600


@dataclass(frozen=True)
class Month:
    """One month: its table as published, with the cells that are hidden."""

    day: date
    seen: Seen
    hidden: frozenset[SeriesKey]


def shown_years(
    sums: Sums[SeriesKey],
    totals: Mapping[SeriesKey, float],
    months: Sequence[Month],
    *,
    threshold: int,
) -> frozenset[SeriesKey]:
    """Series and sums whose total over these months can be shown."""
    whole = frozenset(k for k in totals if not any(k in month.hidden for month in months))
    together_cells = len(totals) * len(months)
    if months[-1].day.month != DECEMBER or not 0 < together_cells <= MOST_CELLS:
        return whole
    # Totals are a table themselves: small ones are hidden, and what leads to them.
    away = hidden_cells(sums.among(totals), totals, threshold)
    # Of single series no report tells the year: sums over many hidden months are for the sums.
    known = {key for key in totals.keys() - away if dimensions(key)}
    known = {key for key in known if _loose(key, totals[key], months=months, threshold=threshold)}
    shown, tables = known | whole, list[Floats]()
    while shown - whole:
        seen = [month.seen for month in months]
        seen += [_year(key, totals[key], months, shown=key in shown) for key in totals]
        # Every table found stays one when fewer sums are shown.
        narrow = tuple(narrowed(together(seen), float(threshold), tables))
        if not narrow:
            return frozenset(shown)
        told = {key for _, key in (cell.label for cell in narrow) if key in shown - whole}
        # Where no sum of the cell's own is to blame, those with the fewest children are.
        shown -= told or {min(shown - whole, key=lambda key: (totals[key], key))}
    return whole


def _loose(key: SeriesKey, total: float, *, months: Sequence[Month], threshold: int) -> bool:
    """Whether a total leaves its hidden months the wanted width, no other sum being known."""
    rest, hidden = total, 0
    for month in months:
        at = month.seen.labels.index((month.day, key))
        rest -= month.seen.low[at]
        hidden += bool(month.seen.hidden[at])
    return hidden == 0 or (hidden > 1 and rest >= threshold)


def _year(key: SeriesKey, total: float, months: Sequence[Month], *, shown: bool) -> Seen:
    """A sum over the months, with its parts."""
    parts: tuple[Label, ...] = tuple((month.day, key) for month in months)
    year: Label = ("year", key)
    sums = Sums((*parts, year), ((year, parts),))
    low, high = np.zeros(len(parts) + 1), np.full(len(parts) + 1, np.inf)
    if shown:
        low[-1] = high[-1] = total
    return Seen(sums.keys, low, high, np.isinf(high), sums.matrix)
