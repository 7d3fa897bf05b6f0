"""Numbers that today's children show through, and the series of which they are not told.

The mean load of a year is that of the children to come and what is left of today's: from use,
cost, risk, the curve or the waterfall of one series anyone can work out how many children live
there now. The number of places that is recommended is told all the same.
"""

from dataclasses import replace
from itertools import compress

import numpy as np

from forecasting.errors import UsageError
from forecasting.panel import SeriesKey
from planning.plan import Plan, Present
from reports.disclosure.counted import cost_of_hiding
from reports.disclosure.hiding import Counted, hide
from reports.disclosure.months import sums_of
from reports.disclosure.rules import Rules
from reports.facts import NATION


def hidden_today(plan: Plan, rules: Rules) -> frozenset[SeriesKey]:
    """Series and sums of which no such number is told.

    Series with 1 to `threshold` - 1 children there today, and what would lead to them: the table
    of the places that today's children take, by region and need group with its sums, keeps of
    each hidden series an interval of at least the threshold in children. Where counts are
    rounded no single series is told, for its children could be had exactly.

    Raises UsageError for a plan that does not say how many children there are.
    """
    if not plan.present:
        if not plan.curves:
            return frozenset()
        raise UsageError(
            "this plan was made before plans said how many children are in places.",
            fix="Make the plan again, or use --profile internal.",
        )
    table = _table(plan.present, rules.threshold)
    small = {row.key for row in plan.present if 0 < row.children < rules.threshold}
    hidden = hide(table, np.array([key in small for key in table.labels]))
    if rules.rounded_to > 1:
        # On top of what is hidden elsewhere, so that both editions together tell no more.
        single = {row.key for row in plan.present}
        unsure = replace(table, least=np.zeros(len(table.labels)))
        hidden = hide(unsure, hidden | np.array([key in single for key in table.labels]))
    return frozenset(compress(table.labels, hidden.tolist()))


def todays_sums(plan: Plan, hidden: frozenset[SeriesKey], rules: Rules) -> frozenset[SeriesKey]:
    """Of which sums with hidden parts it is told what today's places would give: the nation's.

    Series without places today give nobody one, so only those with places hide each other: two
    at least, with an interval of the threshold each.
    """
    held = {curve.key for curve in plan.curves if curve.existing}
    away = [row for row in plan.present if row.key in hidden & held]
    slack = sum(row.places for row in away)
    wide = all(slack >= rules.threshold * _each(row, plan.present) for row in away)
    return frozenset({NATION} if NATION not in hidden and len(away) > 1 and wide else ())


def _table(found: tuple[Present, ...], threshold: int) -> Counted:
    """Places that today's children take, with all sums."""
    sums = sums_of(row.key for row in found)
    values: dict[SeriesKey, float] = {row.key: row.places for row in found}
    for total, parts in sums.lines:
        values[total] = sum(values[part] for part in parts)
    numbers = np.array([values[key] for key in sums.keys])
    each = {row.key: _each(row, found) for row in found}
    # Where zeros are told, everybody knows that a hidden series has a child at least.
    least = np.array([each.get(key, 0.0) for key in sums.keys])
    # A sum is as wide as whole places.
    width = np.array([threshold * each.get(key, 1.0) for key in sums.keys])
    cost = cost_of_hiding(sums.keys, numbers)
    return Counted(sums.keys, numbers, sums.matrix, np.minimum(least, numbers), cost, width)


def _each(row: Present, found: tuple[Present, ...]) -> float:
    """How much of a place a child takes in the mean; where there is none, as in other regions."""
    alike = [row] if row.children else [r for r in found if r.key.need_group == row.key.need_group]
    children = sum(other.children for other in alike)
    return sum(other.places for other in alike) / children if children else 1.0
