"""Places wanted per day: where few are wanted, the first days tell how many children are there."""

from collections.abc import Iterable

import numpy as np

from forecasting.panel import SeriesKey
from forecasting.samples import WHOLE_NATION
from planning.plan import Bands


def hidden_occupancy(occupancy: Iterable[Bands], threshold: int) -> frozenset[SeriesKey]:
    """Series and need groups whose days are hidden.

    A mean below the threshold on any day is hidden all year: it moves from today's children to
    the mean load, and any day of it leads back to the first. Regions of one need group add up
    to the nation, so the hidden ones must together want at least the threshold on every day;
    then each of them can be anything from none to that. Where a single one is left, or too
    little, further regions are hidden, those with fewest places first, or the nation's sum.
    """
    bands = {band.key: band for band in occupancy}
    small = {key for key, band in bands.items() if _small(band, threshold)}
    hidden = set(small)
    for total in (key for key in bands if key.region == WHOLE_NATION):
        parts = [k for k in bands if k.need_group == total.need_group and k != total]
        hidden |= _line(bands, total, parts, small=small, threshold=threshold)
    return frozenset(hidden)


def _small(band: Bands, threshold: int) -> bool:
    return bool(((band.mean > 0) & (band.mean < threshold)).any())


def _line(
    bands: dict[SeriesKey, Bands],
    total: SeriesKey,
    parts: list[SeriesKey],
    *,
    small: set[SeriesKey],
    threshold: int,
) -> set[SeriesKey]:
    """What of one need group is hidden."""
    if total in small:
        return {total, *parts}
    found = small & set(parts)
    rest = [key for key in parts if key not in found and bands[key].mean.any()]
    rest.sort(key=lambda key: (bands[key].mean.min(), key))
    while found and (len(found) < 2 or least_in_all(bands, found) < threshold):
        if not rest:
            return {*found, total}
        found.add(rest.pop(0))
    return found


def least_in_all(bands: dict[SeriesKey, Bands], keys: Iterable[SeriesKey]) -> float:
    """Mean places wanted by these series together on the day with fewest."""
    return float(np.sum([bands[key].mean for key in keys], axis=0).min())


def without(bands: Bands) -> Bands:
    """The bands with every number taken out."""
    return Bands(
        bands.key,
        bands.periods,
        np.full_like(bands.mean, np.nan),
        bands.levels,
        np.full_like(bands.values, np.nan),
    )
