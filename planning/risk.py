"""What the recommended places leave at risk: by series, and summed over region and nation."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from forecasting.panel import SeriesKey
from forecasting.samples import WHOLE_NATION
from planning.flow import offered_share, standard_error, years_meeting
from planning.plan import Risk
from planning.sizing import Sized
from planning.window import Window


def series_risk(sized: Sized, *, window: Window) -> Risk:
    """Risk of one series, with how often its places are all taken."""
    outcome = sized.outcome
    some = outcome.places > 0  # where there is no place, "full" has no meaning
    return _risk(
        sized.key,
        outcome.to_meet,
        outcome.missed,
        level=sized.goal.level,
        window=window,
        longest=outcome.longest_full if some else None,
        free_day_share=1 - float(outcome.full_days.mean()) / window.days if some else float("nan"),
    )


def summed_risk(key: SeriesKey, parts: Sequence[Sized], *, level: float, window: Window) -> Risk:
    """Risk of several series together: children added path by path."""
    return _risk(
        key,
        np.sum([part.outcome.to_meet for part in parts], axis=0),
        np.sum([part.outcome.missed for part in parts], axis=0),
        level=level,
        window=window,
        longest=None,
        free_day_share=float("nan"),
    )


def all_risks(sized: Sequence[Sized], *, level: float, window: Window) -> tuple[Risk, ...]:
    """Risk of every series, region, need group over the nation, and the nation."""
    risks = [series_risk(part, window=window) for part in sized]
    regions = _unique(part.key.region for part in sized)
    groups = _unique(part.key.need_group for part in sized)
    for region in regions:
        parts = [part for part in sized if part.key.region == region]
        risks.append(
            summed_risk(SeriesKey(region, WHOLE_NATION), parts, level=level, window=window)
        )
    for group in groups:
        parts = [part for part in sized if part.key.need_group == group]
        own = parts[0].goal.level
        risks.append(summed_risk(SeriesKey(WHOLE_NATION, group), parts, level=own, window=window))
    risks.append(
        summed_risk(SeriesKey(WHOLE_NATION, WHOLE_NATION), sized, level=level, window=window)
    )
    return tuple(risks)


def _risk(
    key: SeriesKey,
    to_meet: NDArray[np.int64],
    missed: NDArray[np.int64],
    *,
    level: float,
    window: Window,
    longest: NDArray[np.int64] | None,
    free_day_share: float,
) -> Risk:
    a_year = missed.sum(axis=1)  # [path]
    by_month = missed.sum(axis=0)  # [month]
    low, high = np.quantile(a_year, [0.1, 0.9], method="inverted_cdf")
    return Risk(
        key=key,
        to_meet=float(to_meet.mean()),
        offered_share=offered_share(to_meet, a_year),
        standard_error=standard_error(to_meet, a_year),
        not_offered_mean=float(a_year.mean()),
        not_offered_low=float(low),
        not_offered_high=float(high),
        years_meeting=years_meeting(to_meet, a_year, level=level),
        p_none=float((a_year == 0).mean()),
        longest_full_mean=float("nan") if longest is None else float(longest.mean()),
        longest_full_high=_high(longest),
        free_day_share=free_day_share,
        worst_month=window.first.month + int(by_month.argmax()) if by_month.any() else 0,
    )


def _high(values: NDArray[np.int64] | None) -> float:
    if values is None:
        return float("nan")
    return float(np.quantile(values, 0.9, method="inverted_cdf"))


def _unique(codes: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(codes))
