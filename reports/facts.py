"""What reports say about a plan beyond its own fields: sums, differences and look-ups.

Nothing is estimated here. Means and chosen places are added over series; quantiles never
are (a quantile of a sum is not a sum of quantiles).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from forecasting.panel import SeriesKey
from forecasting.places import Form
from forecasting.samples import WHOLE_NATION
from planning.goal import Binds
from planning.plan import Bands, Curve, Money, Plan, PlanLine, Risk, Source
from reports.document import missing

NATION = SeriesKey(WHOLE_NATION, WHOLE_NATION)
COMMITTED_FORMS = tuple(form for form in Form if form.committed)
# Places fewer and more in every series, around the recommendation.
OFFSETS = range(-5, 11)
# Those that are told of a sum with hidden parts.
AHEAD = range(11)


@dataclass(frozen=True)
class Part:
    """A part of a plan: one series, a region, a need group over the nation, or all."""

    plan: Plan
    key: SeriesKey = NATION

    @property
    def curves(self) -> tuple[Curve, ...]:
        """Curves of the series in this part."""
        return tuple(curve for curve in self.plan.curves if inside(curve.key, self.key))

    @property
    def lines(self) -> tuple[PlanLine, ...]:
        """Lines of the series in this part."""
        return tuple(line for line in self.plan.lines if inside(line.key, self.key))

    @property
    def committed(self) -> int:
        """Recommended committed places; call-off counts at its availability."""
        return sum(curve.chosen for curve in self.curves)

    @property
    def existing(self) -> float | None:
        """Today's committed places; None without a register."""
        return total(curve.existing for curve in self.curves)

    @property
    def readiness(self) -> float | None:
        """Committed places above those in need on a usual day: the median, meaned over days.

        None where the days of one of the series are hidden.
        """
        if any(self._hidden(curve.key) for curve in self.curves):
            return None
        bands = (find(self.plan.occupancy, curve.key) for curve in self.curves)
        usual = (float(b.values[b.levels.index(0.5)].mean()) for b in bands if b is not None)
        return self.committed - sum(usual)

    @property
    def change(self) -> float | None:
        """Recommended minus today's committed places."""
        return None if self.existing is None else self.committed - self.existing

    def places(self, form: Form) -> int:
        """Recommended places of one form."""
        return sum(line.places for line in self.lines if line.form is form)

    def existing_of(self, form: Form) -> float | None:
        """Today's places of one form."""
        return total(line.existing for line in self.lines if line.form is form)

    @property
    def cost(self) -> float | None:
        """Mean cost of the year in NOK; None without prices, or where it is hidden."""
        if self.hides_parts:
            return None if self._money is None else self._money.mean
        return total(line.cost_nok.mean if line.cost_nok else None for line in self.lines)

    @property
    def cost_range(self) -> tuple[float, float] | None:
        """10 % and 90 % quantiles of the cost, where the plan holds them for this part."""
        return None if self._money is None else (self._money.low, self._money.high)

    @property
    def _money(self) -> Money | None:
        whole = self.plan.total_cost if self.key == NATION else None
        return self.plan.costs.get(self.key, whole)

    @property
    def risk(self) -> Risk | None:
        """The risk of this part, where the plan holds it."""
        return next((risk for risk in self.plan.risks if risk.key == self.key), None)

    @property
    def not_offered(self) -> float:
        """Mean children a year without a committed place in time."""
        # As the plan tells it: on other paths than those of the curves, where it has any.
        if self.risk is not None:
            return self.risk.not_offered_mean
        return sum(float(curve.not_offered_mean[curve.chosen]) for curve in self.curves)

    @property
    def not_offered_today(self) -> float | None:
        """The same with today's places; None where they are not known."""
        shares = self.plan.existing_offered
        if self.key in shares and self.risk is not None:
            return self.risk.to_meet * (1 - shares[self.key])
        risks = {risk.key: risk for risk in self.plan.risks}
        keys = {curve.key for curve in self.curves}
        if not keys <= shares.keys() & risks.keys():
            return None
        return sum(risks[key].to_meet * (1 - shares[key]) for key in sorted(keys))

    @property
    def cost_today(self) -> float | None:
        """Mean cost of the year in NOK with today's places; None where it is not known."""
        costs = self.plan.existing_cost
        if self.key in costs:
            return costs[self.key]
        return total(costs.get(curve.key) for curve in self.curves) if costs else None

    @property
    def bracket(self) -> tuple[int, int]:
        """Places for the level if all are helped outside the plan, and if all wait."""
        own = [row for row in self.plan.brackets if row.key == self.key]
        rows = own or [row for row in self.plan.brackets if inside(row.key, self.key)]
        return sum(row.lost for row in rows), sum(row.wait for row in rows)

    @property
    def steps(self) -> tuple[tuple[Source, float], ...]:
        """Where the committed places come from; empty where the plan does not say."""
        found = (each.steps for each in self.plan.waterfalls if each.key == self.key)
        return next(found, ())

    @property
    def demand(self) -> Bands | None:
        """Monthly referrals of this part, where the plan holds them."""
        return find(self.plan.demand, self.key)

    @property
    def occupancy(self) -> Bands | None:
        """Daily places wanted in this part, where the plan holds and shows them."""
        return None if self.hides_days else find(self.plan.occupancy, self.key)

    @property
    def hides_days(self) -> bool:
        """Whether daily places wanted are hidden."""
        return self._hidden(self.key)

    @property
    def hides_today(self) -> bool:
        """Whether use, cost, risk and curve are hidden, for today's children show through them."""
        return self.key in self._untold

    @property
    def hides_parts(self) -> bool:
        """Whether they are hidden of one of its series."""
        return any(curve.key in self._untold for curve in self.curves)

    @property
    def offsets(self) -> range:
        """Places fewer and more in every series of which `at_offset` can be asked."""
        return AHEAD if self.hides_parts else OFFSETS

    @property
    def _untold(self) -> frozenset[SeriesKey]:
        done = self.plan.protection
        return frozenset() if done is None else done.today

    def _hidden(self, key: SeriesKey) -> bool:
        done = self.plan.protection
        return done is not None and key in done.occupancy

    @property
    def hides_last_year(self) -> bool:
        """Whether the referrals of last year are hidden."""
        done = self.plan.protection
        return done is not None and self.key in done.last_year

    @property
    def rounds(self) -> bool:
        """Whether observed counts are rounded, so that no share of change is that of the true."""
        done = self.plan.protection
        return done is not None and done.rounded_to > 1

    @property
    def hidden_months(self) -> tuple[date, ...]:
        """Observed months whose referrals are hidden."""
        done = self.plan.protection
        return () if done is None else done.months.get(self.key, ())

    @property
    def referrals(self) -> float:
        """Expected referrals in the plan year."""
        bands = (
            [self.demand] if self.demand else [Part(self.plan, c.key).demand for c in self.curves]
        )
        return sum(float(b.mean[in_plan(b, self.plan)].sum()) for b in bands if b)

    @property
    def last_year(self) -> float | None:
        """Referrals of the planned months if they repeat those a year before.

        None where unknown or hidden.
        """
        if self.hides_last_year:
            return None
        if self.plan.begins is not None:
            return self._months_a_year_before()
        # A protected plan holds its sums, whose parts may be hidden.
        if self.key in self.plan.same_as_last_year:
            return known(self.plan.same_as_last_year[self.key])
        last = total(self.plan.same_as_last_year.get(curve.key) for curve in self.curves)
        return known(last)

    def _months_a_year_before(self) -> float | None:
        """Of part of a year: the same months of the year before, where all were observed."""
        periods, counts = self.history()
        first = np.datetime64(self.plan.first_day, "M") - 12
        last = np.datetime64(f"{self.plan.year - 1}-12", "M")
        months = periods.astype("datetime64[M]")
        same = (months >= first) & (months <= last)
        whole = int((last - first).astype(int)) + 1
        return float(counts[same].sum()) if same.sum() == whole else None

    def history(self) -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
        """Observed months and their referrals, where every series of the part is observed."""
        panel = self.plan.history
        if self.key in panel.rows:
            row = panel.rows[self.key]
            return panel.periods[panel.observed[row]], panel.counts[row, panel.observed[row]]
        keys = {curve.key for curve in self.curves}
        rows = [i for i, key in enumerate(panel.series) if key in keys]
        seen = panel.observed[rows].all(axis=0)  # [period]
        return panel.periods[seen], panel.counts[rows][:, seen].sum(axis=0)

    def at_offset(self, offset: int) -> tuple[int, float, float | None]:
        """Places, mean children not offered and cost with `offset` more places per series.

        Held at 0 below and at the end of the curve (99.9 %) above. Not to be asked of a part whose
        numbers are hidden.
        """
        if self.hides_parts:
            return self._ahead(offset)
        at = [(c, min(max(c.chosen + offset, 0), len(c.offered_share) - 1)) for c in self.curves]
        cost = total(c.cost_of(i) for c, i in at)
        return sum(i for _, i in at), sum(float(c.not_offered_mean[i]) for c, i in at), cost

    def _ahead(self, offset: int) -> tuple[int, float, float | None]:
        """The same of a sum with hidden parts, which the plan holds itself."""
        row = next(row for row in self.plan.ahead if row.key == self.key)
        at = offset - row.first
        cost = None if row.cost_nok is None else known(float(row.cost_nok[at]))
        return int(row.places[at]), float(row.not_offered[at]), cost


def inside(key: SeriesKey, part: SeriesKey) -> bool:
    """Whether a series belongs to a part."""
    return part.region in (WHOLE_NATION, key.region) and part.need_group in (
        WHOLE_NATION,
        key.need_group,
    )


def known(value: float | None) -> float | None:
    """The value, or None where it is not a number."""
    return None if missing(value) else value


def total(values: Iterable[float | None]) -> float | None:
    """Sum; None where a value is not known."""
    known = list(values)
    return None if None in known else sum(value for value in known if value is not None)


def find(bands: tuple[Bands, ...], key: SeriesKey) -> Bands | None:
    """The bands of one key, where there are any."""
    return next((band for band in bands if band.key == key), None)


def in_plan(bands: Bands, plan: Plan) -> NDArray[np.bool_]:
    """Which periods lie in the planned days. [period]"""
    last = np.datetime64(date(plan.year, 12, 31))
    return np.asarray((bands.periods >= np.datetime64(plan.first_day)) & (bands.periods <= last))


def days_of(periods: NDArray[np.datetime64]) -> tuple[date, ...]:
    """Periods as dates."""
    return tuple(periods.astype("datetime64[D]").tolist())


def level_of(bands: Bands, level: float) -> NDArray[np.float64]:
    """Values at one level. [period]"""
    return np.asarray(bands.values[bands.levels.index(level)])


def groups_of(plan: Plan) -> tuple[Part, ...]:
    """The need groups that the plan covers, each over the nation, in the agency's order."""
    held = {curve.key.need_group for curve in plan.curves}
    codes = [group.code for group in plan.agency.need_groups if group.code in held]
    return tuple(Part(plan, SeriesKey(WHOLE_NATION, code)) for code in codes)


def told_groups(plan: Plan) -> tuple[Part, ...]:
    """Those of them whose risk, cost and curve are not hidden."""
    return tuple(part for part in groups_of(plan) if not part.hides_today)


def regions_of(plan: Plan) -> tuple[Part, ...]:
    """The regions that the plan covers, in the agency's order."""
    held = {curve.key.region for curve in plan.curves}
    codes = [region.code for region in plan.agency.regions if region.code in held]
    return tuple(Part(plan, SeriesKey(code, WHOLE_NATION)) for code in codes)


def places_at(curve: Curve, level: float, *, own: float, binds: Binds = Binds.BOTH) -> int | None:
    """Fewest places from which on the curve keeps this level; None where it never does.

    What must keep it is what binds in the plan. At the plan's own level this is the
    recommendation; at others, too, limits and whole houses are kept.
    """
    if abs(level - own) < 1e-9:
        return curve.chosen
    needed = curve.fewest(level, binds)
    return None if needed is None else curve.there(needed)
