"""The nation's frontier: what every level costs, and how few children the same money could miss.

The same level for all is what equal rights ask. The efficient split gives the next krone to the
region and need group where it helps most children; the distance between the two is the price of
equal rights, and is shown, never taken.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from forecasting.agency import Agency
from forecasting.panel import SeriesKey
from planning.goal import Binds
from planning.plan import Curve, FrontierPoint

LEVELS = (0.8, 0.85, 0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.995)


@dataclass(frozen=True)
class _Gain:
    """A step along one curve's lower hull: what it costs and how many children it helps."""

    children: float
    nok: float


def own_levels(curves: Sequence[Curve], agency: Agency) -> dict[SeriesKey, float]:
    """The series whose need group has a level of its own, and that level."""
    levels = {curve.key: agency.need_group(curve.key.need_group).level for curve in curves}
    return {key: level for key, level in levels.items() if level is not None}


def frontier(
    curves: Sequence[Curve], *, binds: Binds, own: Mapping[SeriesKey, float] | None = None
) -> tuple[FrontierPoint, ...]:
    """Places, cost and children not offered a place at every level held by all series.

    Series with a level of their `own` keep it, whatever the others are held to. Levels that the
    curves do not reach are left out; empty without prices. Cost and children are those of the
    curves: sums of means over paths.
    """
    if any(curve.cost_nok is None for curve in curves):
        return ()
    gains = sorted(
        (gain for curve in curves for gain in _hull(curve)),
        key=lambda gain: -gain.children / gain.nok if gain.nok > 0 else -np.inf,
    )
    start_nok, start_children = _least(curves)
    found = []
    for level in LEVELS:
        places = _held(curves, level, binds=binds, own=own)
        if None in places:
            continue
        at = [(c, n) for c, n in zip(curves, places, strict=True) if n is not None]
        cost = _cost(curves, places)
        found.append(
            FrontierPoint(
                level=level,
                places=sum(c.there(n) for c, n in at),
                cost_nok=cost,
                not_offered=float(sum(c.not_offered_mean[c.there(n)] for c, n in at)),
                not_offered_efficient=start_children - _bought(gains, cost - start_nok),
            )
        )
    return tuple(found)


def level_within(
    curves: Sequence[Curve],
    budget_nok: float,
    *,
    binds: Binds,
    own: Mapping[SeriesKey, float] | None = None,
) -> float | None:
    """Highest level, in thousandths, that all series can hold for so much money; None: none.

    Series with a level of their `own` keep it.
    """
    within = None
    for level in np.arange(1000) / 1000:
        places = _held(curves, float(level), binds=binds, own=own)
        if None in places or _cost(curves, places) > budget_nok:
            break
        within = float(level)
    return within


def _cost(curves: Sequence[Curve], places: Sequence[int | None]) -> float:
    found = [c.cost_where(n) for c, n in zip(curves, places, strict=True) if n is not None]
    return sum(cost for cost in found if cost is not None)


def _held(
    curves: Sequence[Curve],
    level: float,
    *,
    binds: Binds,
    own: Mapping[SeriesKey, float] | None,
) -> list[int | None]:
    """Needed places of each series at a level, or at its own one; None where out of reach."""
    levels = own or {}
    return [curve.fewest(levels.get(curve.key, level), binds, priced=True) for curve in curves]


def _cheapest(curve: Curve) -> int:
    assert curve.cost_nok is not None
    return int(np.nanargmin(curve.cost_nok))


def _least(curves: Sequence[Curve]) -> tuple[float, float]:
    """Cost and children not offered where every series costs least."""
    ends = [(curve, _cheapest(curve)) for curve in curves]
    cost = sum(float(c.cost_nok[n]) for c, n in ends if c.cost_nok is not None)
    return cost, sum(float(c.not_offered_mean[n]) for c, n in ends)


def _hull(curve: Curve) -> Iterator[_Gain]:
    """From the cheapest number of places up, the steps that help most children per krone."""
    assert curve.cost_nok is not None
    at = _cheapest(curve)
    missed = curve.not_offered_mean
    while True:
        more = np.arange(at + 1, len(curve.cost_nok))
        nok = curve.cost_nok[more] - curve.cost_nok[at]
        children = missed[at] - missed[more]
        helps = np.flatnonzero(np.isfinite(nok) & (children > 0) & (nok > 0))
        if not len(helps):
            return
        best = helps[np.argmax(children[helps] / nok[helps])]
        yield _Gain(float(children[best]), float(nok[best]))
        at = int(more[best])


def _bought(gains: Sequence[_Gain], nok: float) -> float:
    """Children helped by so much money, spent where it helps most; the last step in part."""
    children = 0.0
    for gain in gains:
        if nok <= 0:
            break
        children += gain.children * min(1.0, nok / gain.nok)
        nok -= gain.nok
    return children
