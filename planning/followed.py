"""A plan held against what has come since it began: is it still good?

Nothing is forecast here. What came stands beside the plan's own bands, and a rule says what to
do: numbers outside them happen by chance, and the rule is made so that it seldom cries wolf.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from forecasting.errors import UsageError
from forecasting.panel import SeriesKey
from forecasting.samples import WHOLE_NATION
from forecasting.so_far import Met, SoFar
from planning.plan import Bands, Plan

LOW, HIGH, HIGHEST = 0.05, 0.95, 0.99


class Standing(StrEnum):
    """Where a number lies in the plan's bands.

    BELOW: under the 5 % quantile. ABOVE: over the 95 %, FAR_ABOVE: over the 99 %. Of children
    without a place: ABOVE what the plan gave one chance in ten, for the whole year, FAR_ABOVE
    twice that. UNKNOWN: it cannot be said, because the plan or the data lack the number.
    """

    BELOW = "below"
    WITHIN = "within"
    ABOVE = "above"
    FAR_ABOVE = "far_above"
    UNKNOWN = "unknown"

    @property
    def more(self) -> bool:
        """Whether more came than the plan reckoned with."""
        return self in (Standing.ABOVE, Standing.FAR_ABOVE)


class Verdict(StrEnum):
    """What to do with the plan. TOO_EARLY: no whole month of it has passed."""

    TOO_EARLY = "too_early"
    HOLDS = "holds"
    WATCH = "watch"
    REVISE = "revise"


@dataclass(frozen=True)
class Compared:
    """One number that came, and what the plan expected: mean, 5 % and 95 % quantile.

    `came` is None where it is not known. Quantiles are NaN where the plan does not hold them.
    """

    came: float | None
    expected: float
    low: float
    high: float
    standing: Standing


@dataclass(frozen=True)
class FollowedMonth:
    """Referrals of one month (its first day) against the plan's demand."""

    month: date
    referrals: Compared


@dataclass(frozen=True)
class FollowedDays:
    """Places in use against the places that the plan expected to be wanted.

    `last` is the last day; `mean` and `expected_mean` are over `days`, of which so many were
    `above` the 95 % or `below` the 5 % quantile. Days follow each other: a run of them above is
    one event, not many, so the verdict looks at the last day alone.
    """

    last: Compared
    days: int
    above: int
    below: int
    mean: float
    expected_mean: float


@dataclass(frozen=True)
class FollowedChildren:
    """Children without a committed place in time so far, against the plan's whole year.

    `year_mean` and `year_high` (90 % of path-years) are those of the plan, `level` what it was
    made for; `offered_share` what has come, None where nobody was to be met.
    """

    met: Met
    year_mean: float
    year_high: float
    level: float
    standing: Standing

    @property
    def offered_share(self) -> float | None:
        """Share of the children who had a committed place in time so far."""
        return None if self.met.to_meet == 0 else 1 - self.met.missed / self.met.to_meet


@dataclass(frozen=True)
class FollowedSeries:
    """One series, a need group over the nation, or the nation.

    `so_far` are the referrals of all the months together; `days` is None for the nation as a
    whole, whose places the plan does not add up.
    """

    key: SeriesKey
    months: tuple[FollowedMonth, ...]
    so_far: Compared
    days: FollowedDays | None
    children: FollowedChildren
    verdict: Verdict


@dataclass(frozen=True)
class Followed:
    """The whole plan held against what came from its first day to `as_of`."""

    year: int
    first: date
    as_of: date
    series: tuple[FollowedSeries, ...]
    need_groups: tuple[FollowedSeries, ...]
    nation: FollowedSeries

    @property
    def months(self) -> int:
        """Whole months of the plan that have passed."""
        return len(self.nation.months)

    @property
    def off_plan(self) -> tuple[SeriesKey, ...]:
        """Series that do not follow the plan: a nation that does must not hide them."""
        return tuple(each.key for each in self.series if each.verdict is Verdict.REVISE)

    @property
    def verdict(self) -> Verdict:
        """Of the plan as a whole.

        REVISE where the nation or a need group over it is to be revised. With dozens of series
        some leave their bands by chance every time, so single ones make it WATCH at most.
        """
        wide = [each.verdict for each in (self.nation, *self.need_groups)]
        if Verdict.TOO_EARLY in wide:
            return Verdict.TOO_EARLY
        if Verdict.REVISE in wide:
            return Verdict.REVISE
        return Verdict.WATCH if Verdict.WATCH in wide or self.off_plan else Verdict.HOLDS


def followed(plan: Plan, so_far: SoFar) -> Followed:
    """The plan against what has come of its days.

    Raises UsageError where what came does not begin with the plan, or a planned series is not
    among it.
    """
    _check(plan, so_far)
    whole = _Whole.of(plan, so_far)
    nation = SeriesKey(WHOLE_NATION, WHOLE_NATION)
    groups = dict.fromkeys(key.need_group for key in plan.series())
    return Followed(
        year=plan.year,
        first=so_far.first,
        as_of=so_far.as_of,
        series=tuple(whole.followed(key) for key in plan.series()),
        need_groups=tuple(whole.followed(SeriesKey(WHOLE_NATION, code)) for code in groups),
        nation=whole.followed(nation),
    )


def verdict_of(*standings: Standing) -> Verdict:
    """REVISE for one number far above its band, or two above; WATCH for one outside its band.

    By the plan's own draws a number is far above once in a hundred and above once in twenty. Two
    above at once are no accident of two independent ones: more referrals also fill more places,
    so by chance alone that happens between once in four hundred and once in twenty.
    """
    if Standing.FAR_ABOVE in standings or sum(each.more for each in standings) >= 2:
        return Verdict.REVISE
    inside = {Standing.WITHIN, Standing.UNKNOWN}
    return Verdict.HOLDS if inside.issuperset(standings) else Verdict.WATCH


def _check(plan: Plan, so_far: SoFar) -> None:
    if so_far.first != plan.first_day or so_far.as_of > date(plan.year, 12, 31):
        raise UsageError(
            f"the plan begins {plan.first_day} and ends with {plan.year}, but what came is of "
            f"{so_far.first} to {so_far.as_of}.",
            fix="Count from the plan's first day to a day within its year.",
        )
    for key in plan.series():
        if key not in so_far.referrals.rows or key not in so_far.met:
            raise UsageError(
                f"{key} is planned, but not among what came.", fix="Use the plan's configuration."
            )


@dataclass(frozen=True)
class _Whole:
    """A plan and what came, with the plan's bands at hand. `whole` are the months passed."""

    plan: Plan
    so_far: SoFar
    months: NDArray[np.datetime64]
    demand: Mapping[SeriesKey, Bands]
    summed: Mapping[SeriesKey, Bands]
    occupancy: Mapping[SeriesKey, Bands]

    @classmethod
    def of(cls, plan: Plan, so_far: SoFar) -> "_Whole":
        periods = so_far.referrals.periods
        return cls(
            plan,
            so_far,
            months=periods[periods >= np.datetime64(plan.first_day)],
            demand={bands.key: bands for bands in plan.demand},
            summed={bands.key: bands for bands in plan.demand_so_far},
            occupancy={bands.key: bands for bands in plan.occupancy},
        )

    def followed(self, key: SeriesKey) -> FollowedSeries:
        months, summed = tuple(self._months(key)), self._summed(key)
        days, children = self._days(key), self._children(key)
        today = Standing.UNKNOWN if days is None else days.last.standing
        verdict = verdict_of(summed.standing, today, children.standing)
        return FollowedSeries(
            key=key,
            months=months,
            so_far=summed,
            days=days,
            children=children,
            verdict=verdict if len(self.months) else Verdict.TOO_EARLY,
        )

    def _parts(self, key: SeriesKey) -> list[SeriesKey]:
        """The planned series that a key sums."""
        return [
            one
            for one in self.plan.series()
            if key.region in (WHOLE_NATION, one.region)
            and key.need_group in (WHOLE_NATION, one.need_group)
        ]

    def _came(self, key: SeriesKey) -> list[float | None]:
        """Referrals of each month that passed; None where one of the series is missing."""
        panel = self.so_far.referrals
        rows = [panel.rows[one] for one in self._parts(key)]
        kept = slice(len(panel.periods) - len(self.months), None)
        counts: list[float] = panel.counts[rows, kept].sum(axis=0).tolist()
        observed: list[bool] = np.all(panel.observed[rows, kept], axis=0).tolist()
        return [n if seen else None for n, seen in zip(counts, observed, strict=True)]

    def _months(self, key: SeriesKey) -> Iterator[FollowedMonth]:
        for month, came in zip(self.months, self._came(key), strict=True):
            day: date = month.astype("datetime64[D]").item()
            yield FollowedMonth(day, _compared(came, self.demand.get(key), month))

    def _summed(self, key: SeriesKey) -> Compared:
        came = [number for number in self._came(key) if number is not None]
        whole = sum(came) if len(came) == len(self.months) and came else None
        if not len(self.months):
            return _compared(None, None, np.datetime64(self.plan.first_day))
        bands = self.summed.get(key)
        if bands is None:  # a mean can be added up, quantiles cannot
            expected = sum(month.referrals.expected for month in self._months(key))
            return Compared(whole, expected, np.nan, np.nan, Standing.UNKNOWN)
        return _compared(whole, bands, self.months[-1])

    def _days(self, key: SeriesKey) -> FollowedDays | None:
        bands = self.occupancy.get(key)
        if bands is None:
            return None
        used = np.sum([self.so_far.occupancy[one] for one in self._parts(key)], axis=0)  # [day]
        at = np.searchsorted(bands.periods, np.datetime64(self.so_far.first))
        here = slice(at, at + len(used))
        low, high = (bands.values[bands.levels.index(p), here] for p in (LOW, HIGH))
        return FollowedDays(
            last=_compared(float(used[-1]), bands, np.datetime64(self.so_far.as_of)),
            days=len(used),
            above=int((used > high).sum()),
            below=int((used < low).sum()),
            mean=float(used.mean()),
            expected_mean=float(bands.mean[here].mean()),
        )

    def _children(self, key: SeriesKey) -> FollowedChildren:
        met = sum((self.so_far.met[one] for one in self._parts(key)), Met(0, 0, 0))
        risk = self.plan.risk(key)
        return FollowedChildren(
            met=met,
            year_mean=risk.not_offered_mean,
            year_high=risk.not_offered_high,
            level=self.plan.level_of(key),
            standing=_children_standing(met.missed, risk.not_offered_high),
        )


def _children_standing(missed: int, high: float) -> Standing:
    """Children without a place so far against the 90 % quantile of the whole year.

    The plan holds no quantile further out. Twice this one is passed once in a hundred where
    the tail is exponential, as that of such counts about is: (1/10)^2. One child is never
    far above.
    """
    if missed > 2 * max(high, 1):
        return Standing.FAR_ABOVE
    return Standing.ABOVE if missed > high else Standing.WITHIN


def _compared(came: float | None, bands: Bands | None, period: np.datetime64) -> Compared:
    """One number against the bands of its period."""
    at = np.flatnonzero(bands.periods == period) if bands is not None else np.zeros(0, np.int64)
    if bands is None or not len(at):
        return Compared(came, np.nan, np.nan, np.nan, Standing.UNKNOWN)
    column = bands.values[:, at[0]]
    low, high, highest = (float(column[bands.levels.index(p)]) for p in (LOW, HIGH, HIGHEST))
    if came is None:
        standing = Standing.UNKNOWN
    elif came > high:
        standing = Standing.FAR_ABOVE if came > highest else Standing.ABOVE
    else:
        standing = Standing.BELOW if came < low else Standing.WITHIN
    return Compared(came, float(bands.mean[at[0]]), low, high, standing)
