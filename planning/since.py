"""What changed since an earlier plan: the difference in places, by what it comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from forecasting.agency import Agency
from forecasting.panel import SeriesKey
from planning.compare import recommended
from planning.earlier import Reason, Since
from planning.plan import Plan
from planning.scenario import Demand, Given


def since(earlier: Plan, given: Given, *, workers: int = 1) -> tuple[Since, ...]:
    """The change of places since the earlier plan, per need group over the nation.

    `given` is what the new plan is made from, `given.base` its recommended places. It is
    sized again with the earlier plan's choices, and then with the earlier plan's referrals
    too: the first difference is that of the choices, the second that of demand, and what is
    left to the earlier plan is the rest. A need group that only one plan has is all rest.
    """
    alike = _with_choices(earlier, given)
    chosen = recommended(alike, workers=workers)
    demanded = recommended(_with_demand(earlier, alike), workers=workers)
    before = {curve.key: curve.chosen for curve in earlier.curves}
    codes = [group.code for group in (*given.agency.need_groups, *earlier.agency.need_groups)]
    return tuple(
        _since(code, before, (demanded, chosen, given.base)) for code in dict.fromkeys(codes)
    )


def _since(
    code: str, before: Mapping[SeriesKey, int], sized: Sequence[Mapping[SeriesKey, int]]
) -> Since:
    was = _sum(before, code)
    demanded, chosen, now = (_sum(places, code) for places in sized)
    if not any(key.need_group == code for key in before):
        demanded = chosen = now  # there is nothing to compare with
    steps = (
        (Reason.DEMAND, chosen - demanded),
        (Reason.CHOICES, now - chosen),
        (Reason.PRICES, 0),
        (Reason.REST, demanded - was),
    )
    return Since(code, was, steps, now)


def _sum(places: Mapping[SeriesKey, int], code: str) -> int:
    return sum(number for key, number in places.items() if key.need_group == code)


def _with_choices(earlier: Plan, given: Given) -> Given:
    """The same with the earlier plan's policy, and its own levels of need groups."""
    levels = {group.code: group.level for group in earlier.agency.need_groups}
    groups = tuple(
        replace(group, level=levels.get(group.code, group.level))
        for group in given.agency.need_groups
    )
    agency: Agency = replace(given.agency, need_groups=groups)
    return replace(given, agency=agency, policy=earlier.policy)


def _with_demand(earlier: Plan, given: Given) -> Given:
    """The same with as many referrals in the plan year as the earlier plan expected in its."""
    samples = given.evidence.samples
    # Of a year that had begun the earlier plan holds its last months only: like is held to like.
    first = np.datetime64(earlier.first_day.replace(year=given.year), "M")
    mine = samples.periods.astype("datetime64[Y]") == np.datetime64(str(given.year), "Y")
    mine &= samples.periods.astype("datetime64[M]") >= first
    for bands in earlier.demand:
        if bands.key in samples.rows:
            theirs = bands.periods.astype("datetime64[Y]") == np.datetime64(str(earlier.year), "Y")
            expected = float(samples.of(bands.key)[:, mine].sum(axis=1).mean())
            factor = float(bands.mean[theirs].sum()) / expected if expected else 1.0
            change = Demand(factor, need_group=bands.key.need_group, region=bands.key.region)
            given = change.applied(given)
    return given
