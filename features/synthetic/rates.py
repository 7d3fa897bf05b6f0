"""Expected referrals per day, so scaled that the reference year's total is the table's."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from features.synthetic.spec import DemoGroup, DemoSpec

Days = NDArray[np.datetime64]
Floats = NDArray[np.float64]


def days_of(spec: DemoSpec) -> Days:
    """Every day that is drawn, burn-in included. [day]"""
    start = spec.first.replace(year=spec.first.year - spec.burn_in_years)
    return _days(start, spec.last)


def _days(first: date, last: date) -> Days:
    start = np.datetime64(first, "D")
    return np.asarray(start + np.arange((last - first).days + 1))


def year_of(days: Days) -> NDArray[np.int64]:
    """Calendar year of each day."""
    return np.asarray(days.astype("datetime64[Y]").astype(np.int64) + 1970)


def month_of(days: Days) -> NDArray[np.int64]:
    """Calendar month of each day, from 0."""
    return np.asarray(days.astype("datetime64[M]").astype(np.int64) % 12)


def expected_referrals(group: DemoGroup, days: Days, *, year: int) -> Floats:
    """Expected direct referrals of one group per day over the nation. [day]

    Month shape x weekday shape x trend x step, scaled so that `year` sums to the table.
    """
    whole = _days(date(year, 1, 1), date(year, 12, 31))
    total = _shape(group, whole, year=year).sum()
    return np.asarray(_shape(group, days, year=year) * (group.referrals / total))


def _shape(group: DemoGroup, days: Days, *, year: int) -> Floats:
    since_monday = (days.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
    years = (days - np.datetime64(date(year, 7, 2))).astype(np.int64) / 365.25
    # A step lifts every region alike; which legal basis it comes from is drawn later.
    step = np.ones(len(days))
    if group.shift:
        step = np.where(days >= np.datetime64(group.shift.start), group.shift.rise, 1.0)
    season = np.array(group.month)[month_of(days)] * np.array(group.weekday)[since_monday]
    return np.asarray(season * (1 + group.trend) ** years * step, dtype=np.float64)


def shortfall_chance(group: DemoGroup, days: Days, *, spec: DemoSpec) -> Floats:
    """Chance that a child to be met is not offered a place in time, per day of referral. [day]

    The reference year's cases, spread over its months by shape, against the children to be
    met in each of them; the same chance holds in other years, times their level.
    """
    year = spec.reference_year
    whole = _days(date(year, 1, 1), date(year, 12, 31))
    to_meet = expected_referrals(group, whole, year=year) * (1 - group.withdrawn_share)
    by_month = np.bincount(month_of(whole), weights=to_meet, minlength=12)
    shape = np.array(spec.shortfall.by_month)
    chance = group.not_in_time * shape / shape.sum() / by_month  # [month]
    level = np.select(
        [days < np.datetime64(spec.shortfall.start), year_of(days) > year],
        [spec.shortfall.before, spec.shortfall.after],
        default=1.0,
    )
    return np.asarray(np.minimum(chance[month_of(days)] * level, 0.95))


def placed_a_year(group: DemoGroup, *, spec: DemoSpec) -> float:
    """Expected stays that begin from direct referrals of the reference year."""
    never = group.not_in_time * (spec.shortfall.fates[1] + spec.shortfall.fates[2])
    return group.referrals * (1 - group.withdrawn_share) - never


def onward_share(group: DemoGroup, source: DemoGroup, *, spec: DemoSpec) -> float:
    """Share of the source's stays that go on to `group`, so that its yearly total holds."""
    return group.via.via_referrals / placed_a_year(source, spec=spec) if group.via else 0.0
