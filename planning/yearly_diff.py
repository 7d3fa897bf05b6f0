"""Two versions of a yearly plan side by side: what differs, and by how much of it comes from what.

Only what the two stored plans hold is used. What new data do apart from new choices needs the
data: see `since.py`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from forecasting.panel import SeriesKey
from forecasting.places import Form
from forecasting.samples import WHOLE_NATION
from planning.decided import DecidedPart, decided_parts, summed
from planning.override import ChosenLine, chosen_lines
from planning.plan import Plan
from planning.yearly import Override, series_of


class Cause(StrEnum):
    """Where a change of committed places comes from.

    LEVEL: another level, by the new plan's curve. OVERRIDES: the planner's own numbers.
    COMPUTED: all that was computed anew: data, forecast, stays, prices, limits, the program.
    """

    COMPUTED = "computed"
    LEVEL = "level_choice"
    OVERRIDES = "overrides"


@dataclass(frozen=True)
class Decided:
    """A version with its computed plan: what was decided, or may be. `region` as in YearlyPlan."""

    plan: Plan
    overrides: tuple[Override, ...]
    region: str = WHOLE_NATION

    @property
    def lines(self) -> tuple[ChosenLine, ...]:
        """Every committed form of the region's series."""
        return chosen_lines(self.plan, self.overrides, region=self.region)

    @property
    def parts(self) -> tuple[DecidedPart, ...]:
        """Every series, the model's numbers beside those of the version."""
        return decided_parts(self.plan, self.overrides, region=self.region)

    def committed(self) -> dict[SeriesKey, int]:
        """Committed places of each series, overrides counted."""
        return {part.key: part.decided.places for part in self.parts}

    def model(self) -> dict[SeriesKey, int]:
        """Committed places of each series as the model recommends them."""
        return {key: self.plan.curve(key).chosen for key in series_of(self.plan, self.region)}

    def cost_nok(self) -> float | None:
        """Mean cost of the planned days; None where it, or what overrides cost, is not known."""
        return summed(self.parts).decided.cost_nok

    def expected_referrals(self) -> float:
        """Mean referrals of the planned months."""
        first, mine = np.datetime64(self.plan.first_day), set(series_of(self.plan, self.region))
        return float(
            sum(b.mean[b.periods >= first].sum() for b in self.plan.demand if b.key in mine)
        )


@dataclass(frozen=True)
class LineChange:
    """One form of one series; None where a version lacks it. `model_*` are without overrides."""

    key: SeriesKey
    form: Form
    before: int | None
    now: int | None
    model_before: int | None
    model_now: int | None


@dataclass(frozen=True)
class GroupChange:
    """Committed places of a need group over the regions; the causes add up to the change."""

    need_group: str
    before: int
    causes: tuple[tuple[Cause, int], ...]
    now: int


@dataclass(frozen=True)
class Pair:
    """One value of two versions."""

    before: float | None
    now: float | None

    @property
    def change(self) -> float | None:
        """Now less before; None where one is not known."""
        return None if self.before is None or self.now is None else self.now - self.before


@dataclass(frozen=True)
class YearlyDiff:
    """What differs between two versions. `lines` are those with another number, of any of the four.

    Costs and referrals are of the days that each plan is for, and comparable where `same_days`.
    """

    same_days: bool
    level: Pair
    cost_nok: Pair
    referrals: Pair
    places: Pair
    groups: tuple[GroupChange, ...]
    lines: tuple[LineChange, ...]
    overrides_gone: tuple[Override, ...]
    overrides_new: tuple[Override, ...]


def differences(before: Decided, now: Decided) -> YearlyDiff:
    """The earlier version against the later one."""
    places = [sum(each.committed().values()) for each in (before, now)]
    return YearlyDiff(
        same_days=(before.plan.first_day, before.plan.year) == (now.plan.first_day, now.plan.year),
        level=Pair(before.plan.policy.level, now.plan.policy.level),
        cost_nok=Pair(before.cost_nok(), now.cost_nok()),
        referrals=Pair(before.expected_referrals(), now.expected_referrals()),
        places=Pair(*places),
        groups=_groups(before, now),
        lines=_lines(before.lines, now.lines),
        overrides_gone=_without(before.overrides, now.overrides),
        overrides_new=_without(now.overrides, before.overrides),
    )


def _groups(before: Decided, now: Decided) -> tuple[GroupChange, ...]:
    old, new = before.committed(), now.committed()
    old_model, new_model = before.model(), now.model()
    as_before = {key: _at_level_of(before.plan, now.plan, key) for key in new}
    codes = dict.fromkeys(key.need_group for key in (*new, *old))

    def total(places: Mapping[SeriesKey, int], code: str) -> int:
        return sum(number for key, number in places.items() if key.need_group == code)

    found = []
    for code in codes:
        computed = total(as_before, code) - total(old_model, code)
        level = total(new_model, code) - total(as_before, code)
        change = total(new, code) - total(old, code)
        causes = (
            (Cause.COMPUTED, computed),
            (Cause.LEVEL, level),
            (Cause.OVERRIDES, change - computed - level),
        )
        found.append(GroupChange(code, total(old, code), causes, total(new, code)))
    return tuple(found)


def _at_level_of(earlier: Plan, plan: Plan, key: SeriesKey) -> int:
    """Places of a series on the new curve at the earlier plan's level.

    The new number where the levels are the same, or the curve never reaches the earlier one, or
    the earlier plan did not have the need group.
    """
    curve = plan.curve(key)
    known = {group.code for group in earlier.agency.need_groups}
    was = earlier.level_of(key) if key.need_group in known else None
    if was is None or was == plan.level_of(key):
        return curve.chosen
    needed = curve.fewest(was, plan.policy.binds)
    return curve.chosen if needed is None else curve.there(needed)


def _lines(before: Iterable[ChosenLine], now: Iterable[ChosenLine]) -> tuple[LineChange, ...]:
    old = {(line.key, line.form): line for line in before}
    new = {(line.key, line.form): line for line in now}
    changes = (
        LineChange(
            *key,
            before=old[key].places if key in old else None,
            now=new[key].places if key in new else None,
            model_before=old[key].model if key in old else None,
            model_now=new[key].model if key in new else None,
        )
        for key in dict.fromkeys((*new, *old))
    )
    return tuple(
        each for each in changes if (each.before, each.model_before) != (each.now, each.model_now)
    )


def _without(some: Iterable[Override], others: Iterable[Override]) -> tuple[Override, ...]:
    known = set(others)
    return tuple(each for each in some if each not in known)
